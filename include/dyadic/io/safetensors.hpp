// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file safetensors.hpp
/// Reading safetensors files: names, shapes, metadata, and tensors as float32 or as they are. (Writing: safetensors_writer.hpp.)
///
/// A file is checked whole before any of it can be used: a `File` that exists is sound. Stricter than some readers: no key and no
/// byte without a meaning, no name twice, at most 8 dimensions.
///
///     const auto file = safetensors::open("digits.safetensors");
///     const Tensor<3> images = file.tensor<3>("test/images");
///     const std::vector<std::int64_t> labels = file.values<std::int64_t>("test/labels");
#include <dyadic/base/float_environment.hpp>
#include <dyadic/io/file_error.hpp>
#include <dyadic/io/safetensors_header.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <system_error>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors {

class File;
[[nodiscard]] File parse(std::vector<std::byte> bytes, std::string name = "(memory)");

/// The tensors of one file, in memory. Immutable; copies are cheap, share the bytes and keep them alive.
/// Also a source of named tensors for `load`: `contains`, `shape`, `read_into`.
///
/// Floats: `tensor`, `read` and `read_into` convert to float32. F32, F16, BF16, F8, F6, F4, BOOL and integers up to 16 bits
/// arrive exactly; F64 and wider integers are rounded to nearest even (a double past the float range becomes infinite), so integers
/// are exact up to 2^24 in magnitude. Where that matters use `values<T>`, which never converts. C64 is complex, which only `values` gives;
/// a type that this library does not know is an error of who reads that tensor, not of the file: its bytes are in its entry.
class File {
 public:
  // Not movable on purpose: what one would move from would hold nothing, and a copy costs no more than a reference count.
  File(const File&) = default;
  File& operator=(const File&) = default;
  ~File() = default;

  /// How messages call this file: its path as given.
  [[nodiscard]] std::string name() const { return contents_->file; }
  /// The names of all tensors, as the header lists them.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> list;
    list.reserve(contents_->entries.size());
    for (const Entry& e : contents_->entries) list.push_back(e.name);
    return list;
  }
  [[nodiscard]] bool contains(std::string_view tensor) const { return contents_->index.contains(tensor); }

  /// Everything known of a tensor; the reference and the bytes live as long as a copy of the file does. @throws error if there is none
  [[nodiscard]] const Entry& entry(std::string_view tensor) const& { return find(tensor); }
  const Entry& entry(std::string_view tensor) const&& = delete;  // would dangle: give the file a name
  /// The strings that the writer left under `__metadata__`.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const& { return contents_->metadata; }
  const std::map<std::string, std::string>& metadata() const&& = delete;

  /// @throws error if there is no such tensor
  [[nodiscard]] Extents shape(std::string_view tensor) const { return find(tensor).shape; }
  [[nodiscard]] DType dtype(std::string_view tensor) const { return find(tensor).dtype; }

  /// Fills `out` with the values as float32. An expected extent `dyn` takes any.
  /// @throws error, with `out` untouched, if there is no such tensor, its shape is another or its dtype no float's, or `out` is not as
  /// large as the tensor
  void read_into(std::string_view tensor, const Extents& expected, std::span<float> out) const {
    const Entry& e = find(tensor);
    check_shape(e, expected);
    check_floats(e);
    if (out.size() != static_cast<std::size_t>(e.shape.size())) {
      detail::fail(contents_->file, e.name,
                   "of shape " + e.shape.text() + " has " + std::to_string(e.shape.size()) + " values, but there is room for " +
                       std::to_string(out.size()) + ".");
    }
    to_float(e, out.data());
  }

  /// The values as float32, row-major. @throws error as `read_into` does
  [[nodiscard]] std::vector<float> read(std::string_view tensor, const Extents& expected) const {
    const Entry& e = find(tensor);
    check_shape(e, expected);
    check_floats(e);
    std::vector<float> out(static_cast<std::size_t>(e.shape.size()));
    to_float(e, out.data());
    return out;
  }

  /// A tensor of rank `R`, as float32. @throws error if there is no such tensor or it has another rank
  template <int R>
  [[nodiscard]] Tensor<R> tensor(std::string_view tensor) const {
    static_assert(0 <= R && R <= Extents::max_rank, "dyadic::safetensors::File::tensor<R>: R, the rank, must be in [0, 8].");
    const Entry& e = find(tensor);
    if (e.shape.rank() != R) {
      detail::fail(contents_->file, e.name,
                   "has shape " + e.shape.text() + ", of rank " + std::to_string(e.shape.rank()) + ", but rank " + std::to_string(R) +
                       " is asked for.");
    }
    check_floats(e);
    Tensor<R> out = make_tensor<R>(e.shape);
    to_float(e, out.data());
    return out;
  }

  /// The values as they are in the file. @throws error if there is no such tensor or its dtype is not that of `T`
  template <class T>
  [[nodiscard]] std::vector<T> values(std::string_view tensor) const {
    const Entry& e = find(tensor);
    if (e.dtype != dtype_of<T>()) {
      const std::string asked(safetensors::name(dtype_of<T>()));
      if (e.dtype == DType::unknown) fail_unknown(e, ", so that it cannot be read as " + asked);
      detail::fail(contents_->file, e.name, "has dtype " + e.dtype_name + ", but " + asked + " is asked for.");
    }
    std::vector<T> out;
    const auto n = static_cast<std::size_t>(e.shape.size());
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) out.push_back(detail::load_value<T>(e.bytes.data(), i));
    return out;
  }

 private:
  friend File parse(std::vector<std::byte> bytes, std::string name);

  struct Contents {
    std::string file;
    std::vector<std::byte> bytes;
    std::vector<Entry> entries;
    std::map<std::string, std::size_t, std::less<>> index;
    std::map<std::string, std::string> metadata;
  };

  explicit File(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}

  const Entry& find(std::string_view tensor) const {
    const auto at = contents_->index.find(tensor);
    if (at != contents_->index.end()) return contents_->entries[at->second];
    static constexpr std::size_t most = 8;
    const std::vector<std::string> all = names();
    std::string text = "is not in the file, which has " + std::to_string(all.size());
    for (std::size_t i = 0; i < all.size() && i < most; ++i) text += (i == 0 ? ": " : ", ") + detail::in_quotes(all[i]);
    if (all.size() > most) text += ", …; the nearest is " + detail::in_quotes(dyadic::detail::nearest_name(tensor, all));
    detail::fail(contents_->file, tensor, text + ".");
  }

  void check_shape(const Entry& e, const Extents& expected) const {
    bool same = e.shape.rank() == expected.rank();
    for (int i = 0; same && i < expected.rank(); ++i) same = expected[i] == dyn || expected[i] == e.shape[i];
    if (!same) detail::fail(contents_->file, e.name, "has shape " + e.shape.text() + ", but " + expected.text() + " is expected.");
  }

  [[noreturn]] void fail_unknown(const Entry& e, const std::string& so) const {
    detail::fail(contents_->file, e.name,
                 "has the unknown dtype " + detail::in_quotes(e.dtype_name) + so + "; known are " + detail::known_dtypes() +
                     ". Its bytes are in entry(name).bytes.");
  }

  /// Before memory is taken: the shape of an unknown type is not held against the bytes.
  void check_floats(const Entry& e) const {
    if (e.dtype == DType::unknown) fail_unknown(e, "");
    if (e.dtype == DType::C64) {
      detail::fail(contents_->file, e.name,
                   "has dtype C64, complex numbers, which are no floats. Read them by values<std::complex<float>>.");
    }
  }

  static void to_float(const Entry& e, float* out) {
    if (e.bytes.empty()) return;  // and `out` may be null
    const dyadic::detail::usual_float_environment environment;
    detail::visit(e.dtype, [&]<class T>(std::type_identity<T>) {
      if constexpr (std::same_as<T, float>) {
        std::memcpy(out, e.bytes.data(), e.bytes.size());
      } else {
        const auto n = static_cast<std::size_t>(e.shape.size());
        for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(detail::load_value<T>(e.bytes.data(), i));
      }
    });
  }

  std::shared_ptr<const Contents> contents_;
};

/// A file that is already in memory. @param name what messages call it
/// @throws error if anything at all is wrong with it, saying what and in which tensor
inline File parse(std::vector<std::byte> bytes, std::string name) {
  auto contents = std::make_shared<File::Contents>();
  contents->file = std::move(name);
  contents->bytes = std::move(bytes);
  detail::Header header = detail::read_header(contents->file, contents->bytes);
  std::uint64_t data_bytes = 0;
  for (const detail::HeaderEntry& e : header.entries) data_bytes += e.end - e.begin;  // they tile the data: read_header saw to it
  const std::span<const std::byte> data = std::span<const std::byte>(contents->bytes).last(static_cast<std::size_t>(data_bytes));
  contents->entries.reserve(header.entries.size());
  for (detail::HeaderEntry& e : header.entries) {
    const auto bytes_of = data.subspan(static_cast<std::size_t>(e.begin), static_cast<std::size_t>(e.end - e.begin));
    contents->entries.push_back({std::move(e.name), e.dtype, std::move(e.dtype_name), e.shape, bytes_of});
  }
  contents->index = std::move(header.index);
  contents->metadata = std::move(header.metadata);
  return File(std::move(contents));
}

/// Reads a file whole. @throws error if it cannot be read, or if anything at all is wrong with it, saying what and in which tensor
[[nodiscard]] inline File open(const std::filesystem::path& path) {
  const std::string file = path.string();
  // 1. Only a regular file has a size that can be trusted.
  std::error_code ec;
  const std::filesystem::file_status status = std::filesystem::status(path, ec);
  if (!std::filesystem::exists(status)) detail::fail(file, "cannot be opened: there is no such file.");
  if (!std::filesystem::is_regular_file(status)) detail::fail(file, "cannot be opened: it is not a regular file.");
  const std::uintmax_t size = std::filesystem::file_size(path, ec);
  if (ec) detail::fail(file, "cannot be opened: " + detail::reason_of(ec) + ".");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) detail::fail(file, "cannot be opened: " + detail::reason_of_errno() + ".");

  // 2. The length of the header tells most other files at once, before memory is taken for them.
  const auto read = [&](std::byte* to, std::size_t n) {
    in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(n));
    if (static_cast<std::size_t>(in.gcount()) != n) detail::fail(file, "cannot be read to its end.");
  };
  std::array<std::byte, detail::length_field> first{};
  const std::size_t first_bytes = size < first.size() ? static_cast<std::size_t>(size) : first.size();
  read(first.data(), first_bytes);
  (void)detail::header_length(file, std::span(first).first(first_bytes), size);

  // 3. The rest.
  try {
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    std::copy(first.begin(), first.end(), bytes.begin());
    read(bytes.data() + first.size(), bytes.size() - first.size());
    return parse(std::move(bytes), file);
  } catch (const std::bad_alloc&) {
    detail::fail(file, "is too large to be read into memory: " + std::to_string(size) + " bytes.");
  } catch (const std::length_error&) {
    detail::fail(file, "is too large to be read into memory: " + std::to_string(size) + " bytes.");
  }
}

}  // namespace safetensors
}  // namespace DYADIC_ISA
}  // namespace dyadic
