// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file safetensors_writer.hpp
/// Writing safetensors files.
///
///     safetensors::Writer out;
///     out.add("fc1.weight", weight).add("labels", labels, {600}).metadata("source", "…");
///     out.save("net.safetensors");
#include <dyadic/io/file_error.hpp>
#include <dyadic/io/safetensors_header.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <ranges>
#include <system_error>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors {

/// Collects tensors (copies of them), then writes them all. The same calls give the same bytes.
/// What could not be read back is refused when it is added, and leaves the writer as it was.
class Writer {
 public:
  /// Values of type `dtype` as raw bytes, little-endian, row-major.
  /// @throws error if the name is taken, reserved or not UTF-8, or the bytes are not as many as shape and type ask for
  Writer& add(std::string name, DType dtype, std::span<const std::byte> bytes, const Extents& shape) {
    std::string json_name = checked_name(name);
    if (dtype == DType::unknown) refuse(name, "is given no type; an entry of a file is added whole: add(file.entry(name)).");
    const int bits = size_bits(dtype);
    const std::int64_t elements = checked_count(name, shape, (bits + 7) / 8);
    const std::optional<std::int64_t> wanted = detail::whole_bytes(elements, bits);
    const std::string what = "of type " + std::string(safetensors::name(dtype)) + " and shape " + shape.text();
    if (!wanted) refuse(name, what + " has " + detail::part_of_a_byte(elements, bits));
    if (bytes.size() != static_cast<std::uint64_t>(*wanted)) {
      refuse(name, what + " takes " + std::to_string(*wanted) + " bytes, but " + std::to_string(bytes.size()) + " are given.");
    }
    keep(std::move(name), {std::move(json_name), std::string(safetensors::name(dtype)), bits, shape, {bytes.begin(), bytes.end()}});
    return *this;
  }

  /// A tensor of a file that was read, as it is there, also where its type is unknown. @throws error as above
  Writer& add(const Entry& entry) {
    if (entry.dtype != DType::unknown) return add(entry.name, entry.dtype, entry.bytes, entry.shape);
    std::string json_name = checked_name(entry.name);
    (void)checked_count(entry.name, entry.shape, 1);
    std::string dtype = json_string(entry.dtype_name, "the dtype of tensor " + detail::in_quotes(entry.name));
    dtype = dtype.substr(1, dtype.size() - 2);  // quotes come with the others
    keep(entry.name, {std::move(json_name), std::move(dtype), 0, entry.shape, {entry.bytes.begin(), entry.bytes.end()}});
    return *this;
  }

  /// Values in a vector, span, array …; their type decides the dtype: see `dtype_of`. @throws error as above
  template <std::ranges::contiguous_range Values>
    requires std::ranges::sized_range<Values>
  Writer& add(std::string name, const Values& values, const Extents& shape) {
    using T = std::remove_cv_t<std::ranges::range_value_t<Values>>;
    static constexpr std::size_t bits = detail::stored_bits<T>();
    const std::size_t n = std::ranges::size(values);
    // Checked here too: values that are too few or too many should be counted as values, not as bytes.
    const std::optional<std::int64_t> wanted = detail::element_count(shape, 1);
    if (wanted && n != static_cast<std::uint64_t>(*wanted)) {
      refuse(name, "of shape " + shape.text() + " takes " + std::to_string(*wanted) + " values, but " + std::to_string(n) + " are given.");
    }
    std::vector<std::byte> bytes(n / 8 * bits + (n % 8 * bits + 7) / 8);
    const T* from = std::ranges::data(values);
    for (std::size_t i = 0; i < n; ++i) detail::store_value<T>(bytes.data(), i, from[i]);
    return add(std::move(name), dtype_of<T>(), bytes, shape);
  }

  /// A tensor, as F32. @throws error if the name is taken, reserved or not UTF-8
  template <TensorLike T>
  Writer& add(std::string name, const T& tensor) {
    const ConstView v = view(tensor);
    return add(std::move(name), DType::F32, std::as_bytes(v.span()), v.shape);
  }

  /// A string that travels with the tensors. @throws error if the key is taken or either is not UTF-8
  Writer& metadata(std::string key, std::string value) {
    (void)json_string(key, "the metadata key " + detail::in_quotes(key));
    (void)json_string(value, "the metadata value of " + detail::in_quotes(key));
    if (metadata_.contains(key)) throw error("safetensors::Writer: the metadata key " + detail::in_quotes(key) + " is already set.");
    metadata_.emplace(std::move(key), std::move(value));
    return *this;
  }

  /// The whole file. @throws error if the header would be longer than readers accept (100 MB)
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> out;
    write([&](std::span<const std::byte> part) {
      out.insert(out.end(), part.begin(), part.end());
      return true;
    });
    return out;
  }

  /// Writes the file, replacing one of that name. It is written beside its destination and renamed when complete: a reader sees the
  /// old file or the new one, and a failure leaves the old one alone. (It is not forced to disk: a power cut may lose it.)
  /// @throws error if it cannot be written
  void save(const std::filesystem::path& path) const {
    const std::string file = path.string();
    const Temporary temporary(path);
    if (!write([&](std::span<const std::byte> part) { return temporary.append(part); }) || !temporary.close()) {
      detail::fail(file, "cannot be written: " + detail::reason_of_errno() + ".");
    }
    std::error_code ec;
    std::filesystem::rename(temporary.path(), path, ec);
    if (ec) detail::fail(file, "cannot be written: " + detail::reason_of(ec) + ".");
  }

 private:
  struct Item {
    std::string json_name;  // quoted and escaped
    std::string dtype;      // escaped
    int bits;               // of an element, 0 if unknown
    Extents shape;
    std::vector<std::byte> bytes;
  };

  /// A new file beside `target`; removed again unless it was renamed.
  class Temporary {
   public:
    explicit Temporary(const std::filesystem::path& target) {
      std::random_device random;
      for (int attempt = 0; attempt < 16 && file_ == nullptr; ++attempt) {
        path_ = target;
        path_ += "." + std::to_string(random()) + ".tmp";
        errno = 0;
        file_.reset(std::fopen(path_.string().c_str(), "wbx"));  // x: never someone else's file
        if (file_ == nullptr && errno != EEXIST) break;
      }
      if (file_ == nullptr) detail::fail(target.string(), "cannot be written: " + detail::reason_of_errno() + ".");
    }
    ~Temporary() {
      file_.reset();
      std::error_code ignored;
      std::filesystem::remove(path_, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] bool append(std::span<const std::byte> part) const {
      return part.empty() || std::fwrite(part.data(), 1, part.size(), file_.get()) == part.size();
    }
    /// A full disk may show only now.
    [[nodiscard]] bool close() const { return std::fclose(file_.release()) == 0; }

   private:
    struct Close {
      void operator()(std::FILE* f) const { (void)std::fclose(f); }
    };
    std::filesystem::path path_;
    mutable std::unique_ptr<std::FILE, Close> file_;
  };

  [[noreturn]] static void refuse(std::string_view tensor, const std::string& what) {
    throw error("safetensors::Writer: tensor " + detail::in_quotes(tensor) + " " + what);
  }

  static std::string json_string(const std::string& s, const std::string& what) {
    try {
      return nlohmann::json(s).dump();
    } catch (const nlohmann::json::exception&) {
      throw error("safetensors::Writer: " + what + " is not valid UTF-8.");
    }
  }

  std::string checked_name(const std::string& name) const {
    if (name == detail::metadata_key) refuse(name, "has a name that the format reserves.");
    if (names_.contains(name)) refuse(name, "is already there.");
    return json_string(name, "the name of tensor " + detail::in_quotes(name));
  }

  static std::int64_t checked_count(const std::string& name, const Extents& shape, std::int64_t each) {
    const std::optional<std::int64_t> elements = detail::element_count(shape, each);
    if (!elements) refuse(name, "has the shape " + shape.text() + ", which has a negative extent or more bytes than 64 bits can count.");
    return *elements;
  }
  void keep(std::string name, Item item) {
    tensors_.push_back(std::move(item));
    names_.emplace(std::move(name), tensors_.size() - 1);
  }

  /// Hands the parts of the file, in order, to `append(span) -> bool`; stops and returns false where that does.
  template <class Append>
  bool write(Append append) const {
    // 1. Widest elements first: the data starts at a multiple of 8, so that every tensor is aligned for readers that map the file.
    std::vector<const Item*> order;
    order.reserve(tensors_.size());
    for (const Item& t : tensors_) order.push_back(&t);
    std::stable_sort(order.begin(), order.end(), [](const Item* a, const Item* b) { return a->bits > b->bits; });
    // 2. The header.
    std::string header = "{";
    if (!metadata_.empty()) header += '"' + std::string(detail::metadata_key) + "\":" + nlohmann::json(metadata_).dump();
    std::uint64_t begin = 0;
    for (const Item* t : order) {
      const std::uint64_t end = begin + t->bytes.size();
      if (header.size() > 1) header += ',';
      header += t->json_name + R"(:{"dtype":")" + t->dtype + R"(","shape":[)";
      for (int i = 0; i < t->shape.rank(); ++i) header += (i == 0 ? "" : ",") + std::to_string(t->shape[i]);
      header += R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
      begin = end;
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size();
    if (length > detail::max_header_bytes)
      throw error("safetensors::Writer: the names and metadata take more than 100 MB, which no reader accepts.");
    // 3. Length, header, data.
    bool good = append(std::as_bytes(std::span(&length, 1))) && append(std::as_bytes(std::span(header)));
    for (const Item* t : order) good = good && append(t->bytes);
    return good;
  }

  std::vector<Item> tensors_;  // in the order of the calls
  std::map<std::string, std::size_t, std::less<>> names_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace safetensors
}  // namespace DYADIC_ISA
}  // namespace dyadic
