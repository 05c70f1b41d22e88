// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file safetensors_header.hpp
/// The header of a safetensors file: read from JSON, then checked against the data, so that whoever uses an entry needs no check.
/// The header comes from a stranger: it is read event by event, without a tree, to a fixed depth, and every number is checked before use.
#include <dyadic/io/safetensors_dtype.hpp>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors {

/// One tensor of a file: its bytes lie inside the file's, are exactly as many as shape and type ask for, and belong to no other tensor.
/// They need not be aligned. Of a type that this library does not know the bytes are as many as the header says.
struct Entry {
  std::string name;
  DType dtype = DType::F32;
  std::string dtype_name;  ///< as the header spells it, which is all there is to know of an unknown one
  Extents shape{};
  std::span<const std::byte> bytes{};
};

namespace detail {

/// @throws error naming the file, always
[[noreturn]] inline void fail(const std::string& file, const std::string& what) { throw error(file + ": " + what); }
[[noreturn]] inline void fail(const std::string& file, std::string_view tensor, const std::string& what) {
  throw error(file + ": tensor " + in_quotes(tensor) + " " + what);
}

/// What the header says of one tensor. `end - begin` fits shape and type; offsets count from the start of the data.
struct HeaderEntry {
  std::string name;
  DType dtype = DType::F32;
  std::string dtype_name;
  Extents shape{};
  std::uint64_t begin = 0, end = 0;
};

struct Header {
  std::vector<HeaderEntry> entries;  // as the header lists them
  std::map<std::string, std::size_t, std::less<>> index;
  std::map<std::string, std::string> metadata;
};

/// Receives the events of nlohmann-json's parser; the order and kind of events that a header may produce is a machine of seven states.
/// Its own faults are thrown as `dyadic::error`. A tree would be shorter, but it keeps the last of two equal keys and grows as deep as
/// the file says.
class HeaderReader {
 public:
  using string_t = nlohmann::json::string_t;

  HeaderReader(const std::string& file, Header& out) : file_(file), out_(out) {}

  bool start_object(std::size_t) {
    if (at_ == At::start) {
      at_ = At::top;
    } else if (at_ == At::top_value && entry_.name == metadata_key) {
      at_ = At::metadata;
    } else if (at_ == At::top_value) {
      at_ = At::entry;
    } else {
      unexpected();
    }
    return true;
  }

  bool key(string_t& k) {
    if (at_ == At::top) {
      if (k == metadata_key ? has_metadata_ : out_.index.contains(k)) {
        if (k == metadata_key) fail(file_, "the header has __metadata__ twice.");
        fail(file_, k, "is in the header twice.");
      }
      entry_ = HeaderEntry{};
      entry_.name = k;
      seen_ = {};
      has_metadata_ = has_metadata_ || k == metadata_key;
      at_ = At::top_value;
    } else if (at_ == At::metadata) {
      if (out_.metadata.contains(k)) fail(file_, "__metadata__ has the key " + in_quotes(k) + " twice.");
      metadata_name_ = k;
    } else {  // At::entry: no other state of an object lasts until a key
      field_ = k == "dtype" ? Field::dtype : k == "shape" ? Field::shape : k == "data_offsets" ? Field::offsets : Field::unknown;
      if (field_ == Field::unknown) {
        fail(file_, entry_.name, "has the unknown key " + in_quotes(k) + " in its entry; dtype, shape and data_offsets are expected.");
      }
      bool& seen = seen_[static_cast<std::size_t>(field_)];
      if (seen) fail(file_, entry_.name, "has " + in_quotes(k) + " twice in its entry.");
      seen = true;
    }
    return true;
  }

  bool end_object() {
    if (at_ == At::entry) {
      finish_entry();
      at_ = At::top;
    } else {
      at_ = at_ == At::metadata ? At::top : At::done;
    }
    return true;
  }

  bool start_array(std::size_t) {
    if (at_ != At::entry || field_ == Field::dtype) unexpected();
    at_ = At::array;
    offsets_ = 0;
    return true;
  }

  bool end_array() {
    if (field_ == Field::offsets && offsets_ != 2) unexpected();
    at_ = At::entry;
    return true;
  }

  bool string(string_t& s) {
    if (at_ == At::metadata) {
      out_.metadata.emplace(std::move(metadata_name_), s);
    } else if (at_ == At::entry && field_ == Field::dtype) {
      entry_.dtype = dtype_named(s);  // an unknown one is a matter for who reads this tensor
      entry_.dtype_name = s;
    } else {
      unexpected();
    }
    return true;
  }

  bool number_unsigned(nlohmann::json::number_unsigned_t n) {
    if (at_ != At::array) unexpected();
    if (field_ == Field::shape) {
      if (entry_.shape.rank() == Extents::max_rank) fail(file_, entry_.name, "has more than 8 dimensions, the most that dyadic knows.");
      if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) too_large();
      entry_.shape.push_back(static_cast<std::int64_t>(n));
    } else {
      if (offsets_ == 2) unexpected();
      (offsets_++ == 0 ? entry_.begin : entry_.end) = n;
    }
    return true;
  }

  // None of these has a place in a header: a fraction or a number beyond 64 bits arrives as a float, a negative one as an integer.
  bool null() { unexpected(); }
  bool boolean(bool) { unexpected(); }
  bool number_integer(nlohmann::json::number_integer_t) { unexpected(); }
  bool number_float(nlohmann::json::number_float_t, const string_t&) { unexpected(); }
  bool binary(nlohmann::json::binary_t&) { unexpected(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    // The parser's own sentence quotes the text, which may be neither short nor printable.
    const std::string where = "the header is not valid JSON in UTF-8, at its byte " + std::to_string(position);
    const bool in_tensor = at_ == At::entry || at_ == At::array;
    fail(file_, where + (in_tensor ? ", in the entry of tensor " + in_quotes(entry_.name) + "." : "."));
  }

 private:
  enum class At : std::uint8_t { start, top, top_value, metadata, entry, array, done };
  enum class Field : std::uint8_t { dtype, shape, offsets, unknown };

  /// The value at hand is of a kind that does not belong here: says what does.
  [[noreturn]] void unexpected() const {
    if (at_ == At::metadata) fail(file_, "__metadata__ must hold strings, but the value of " + in_quotes(metadata_name_) + " is none.");
    if (at_ == At::top_value && entry_.name == metadata_key) fail(file_, "__metadata__ must be an object of strings.");
    if (at_ == At::top_value) fail(file_, entry_.name, "must have an object as its entry in the header.");
    if (at_ != At::entry && at_ != At::array) fail(file_, "the header must be a JSON object.");
    if (field_ == Field::dtype) fail(file_, entry_.name, "must have a string as its dtype.");
    if (field_ == Field::shape) fail(file_, entry_.name, "must have an array of non-negative integers as its shape.");
    fail(file_, entry_.name, "must have an array of two non-negative integers as its data_offsets.");
  }

  [[noreturn]] void too_large() const { fail(file_, entry_.name, "has a shape of more bytes than 64 bits can count."); }

  void finish_entry() {
    static constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!seen_[i]) fail(file_, entry_.name, "has no " + std::string(fields[i]) + " in its entry.");
    }
    const bool known = entry_.dtype != DType::unknown;
    const std::int64_t bits = known ? size_bits(entry_.dtype) : 1;
    const std::optional<std::int64_t> elements = element_count(entry_.shape, (bits + 7) / 8);
    if (!elements) too_large();
    const std::string range = std::to_string(entry_.begin) + " to " + std::to_string(entry_.end);
    if (entry_.begin > entry_.end) fail(file_, entry_.name, "has data_offsets that run backwards, " + range + ".");
    if (known) {
      const std::string what = "of type " + entry_.dtype_name + " and shape " + entry_.shape.text();
      const std::optional<std::int64_t> bytes = whole_bytes(*elements, bits);
      if (!bytes) fail(file_, entry_.name, what + " has " + part_of_a_byte(*elements, bits));
      if (entry_.end - entry_.begin != static_cast<std::uint64_t>(*bytes)) {
        fail(file_, entry_.name,
             what + " takes " + std::to_string(*bytes) + " bytes, but its data_offsets " + range + " give it " +
                 std::to_string(entry_.end - entry_.begin) + ".");
      }
    }
    out_.index.emplace(entry_.name, out_.entries.size());
    out_.entries.push_back(std::move(entry_));
  }

  const std::string& file_;
  Header& out_;
  At at_ = At::start;
  Field field_ = Field::unknown;
  bool has_metadata_ = false;
  std::array<bool, 3> seen_{};  // by Field
  int offsets_ = 0;
  HeaderEntry entry_;
  std::string metadata_name_;
};

/// Length of the header, from the first 8 bytes of a file of `size` bytes in all.
inline std::size_t header_length(const std::string& file, std::span<const std::byte> first, std::uint64_t size) {
  if (size < length_field || first.size() < length_field) {
    fail(file, "is " + std::to_string(size) + " bytes long; a safetensors file starts with 8 bytes that tell the length of its header.");
  }
  std::uint64_t n = 0;
  std::memcpy(&n, first.data(), length_field);
  if (n > max_header_bytes) fail(file, "claims a header of " + std::to_string(n) + " bytes; this is not a safetensors file.");
  if (n > size - length_field) {
    fail(file, "claims a header of " + std::to_string(n) + " bytes, but only " + std::to_string(size - length_field) +
                   " follow: it is truncated.");
  }
  return static_cast<std::size_t>(n);
}

/// Every byte of the data belongs to exactly one tensor: no overlap, no hole, nothing past the end.
inline void check_layout(const std::string& file, const Header& header, std::uint64_t data_bytes) {
  std::vector<std::size_t> order(header.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& all = header.entries;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(all[a].begin, all[a].end) < std::pair(all[b].begin, all[b].end); });
  std::uint64_t covered = 0;
  const HeaderEntry* previous = nullptr;
  for (const std::size_t i : order) {
    const HeaderEntry& e = all[i];
    if (e.end > data_bytes) {
      fail(file, e.name,
           "ends at byte " + std::to_string(e.end) + " of the data, but the file has only " + std::to_string(data_bytes) +
               ": it is truncated or its header is wrong.");
    }
    // The first entry starts at 0 or leaves a hole, so an overlap always has a previous one.
    if (e.begin < covered) fail(file, e.name, "shares bytes with tensor " + in_quotes(previous->name) + ".");
    if (e.begin > covered) {
      fail(file, e.name, "leaves a hole of " + std::to_string(e.begin - covered) + " bytes before it, which belong to no tensor.");
    }
    covered = e.end;
    previous = &e;
  }
  if (covered != data_bytes) {
    fail(file, "has " + std::to_string(data_bytes - covered) + " bytes after the last tensor" +
                   (previous != nullptr ? ", " + in_quotes(previous->name) : std::string()) + ", which belong to no tensor.");
  }
}

/// Reads and checks the header of a whole file. @throws error
inline Header read_header(const std::string& file, std::span<const std::byte> bytes) {
  const std::size_t length = header_length(file, bytes, bytes.size());
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_field, length);
  if (text.empty() || text.front() != '{') fail(file, "the header does not start with '{'; this is not a safetensors file.");
  // The parser takes a zero byte for the end, so that what follows would be seen by other readers only.
  if (text.find('\0') != std::string_view::npos) fail(file, "the header holds a zero byte.");
  Header header;
  HeaderReader reader(file, header);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  check_layout(file, header, bytes.size() - length_field - length);
  return header;
}

}  // namespace detail
}  // namespace safetensors
}  // namespace DYADIC_ISA
}  // namespace dyadic
