// SPDX-License-Identifier: BSL-1.0
/// @file safetensors.cpp
/// Any bytes as a safetensors file: refused with a `dyadic::error`, or sound. A sound one can be read through every door (tensors of
/// types that are unknown or no floats: refused there), and written again it says the same.
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include "fuzz/check.hpp"

#include <algorithm>
#include <complex>

namespace {

using namespace dyadic;

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// Does the action throw a `dyadic::error`?
template <class F>
bool refused(const F& action) {
  try {
    action();
  } catch (const error& e) {
    fuzz::require_good_message(e.what());
    return true;
  }
  return false;
}

void read_everything(const safetensors::File& file) {
  using safetensors::DType;
  for (const std::string& name : file.names()) {
    const safetensors::Entry& e = file.entry(name);
    fuzz::require(file.contains(name) && file.dtype(name) == e.dtype && file.shape(name) == e.shape, "a file says what its entries say");
    fuzz::require(safetensors::name(e.dtype) == (e.dtype == DType::unknown ? "?" : e.dtype_name), "a type has the name of the header");
    if (e.dtype != DType::unknown) {
      const auto bits = static_cast<std::uint64_t>(safetensors::size_bits(e.dtype));
      fuzz::require(e.bytes.size() * 8 == static_cast<std::uint64_t>(e.shape.size()) * bits,
                    "an entry has the bytes of its shape and type");
    }
    if (e.dtype == DType::unknown || e.dtype == DType::C64) {
      fuzz::require(refused([&] { (void)file.read(name, e.shape); }), "what is no float is not read as one");
      fuzz::require(refused([&] { (void)file.values<std::uint8_t>(name); }), "nor as anything else");
      if (e.shape.rank() == 2) fuzz::require(refused([&] { (void)file.tensor<2>(name); }), "nor as an Eigen tensor");
      if (e.dtype == DType::C64)
        fuzz::require(file.values<std::complex<float>>(name).size() == static_cast<std::size_t>(e.shape.size()),
                      "complex numbers are values");
      continue;
    }
    const auto n = static_cast<std::size_t>(e.shape.size());
    fuzz::require(file.read(name, e.shape).size() == n, "a tensor has as many values as its shape says");
    safetensors::detail::visit(
        e.dtype, [&]<class T>(std::type_identity<T>) { fuzz::require(file.values<T>(name).size() == n, "so it has in its own type"); });
    if (e.shape.rank() == 2) fuzz::require(file.tensor<2>(name).size() == e.shape.size(), "and as an Eigen tensor");
  }
}

void write_again(const safetensors::File& file) {
  safetensors::Writer out;
  for (const std::string& name : file.names()) {
    const safetensors::Entry& e = file.entry(name);
    if (e.dtype == safetensors::DType::unknown || name.size() % 2 == 0) out.add(e);
    else out.add(name, e.dtype, e.bytes, e.shape);
  }
  for (const auto& [key, value] : file.metadata()) out.metadata(key, value);
  const safetensors::File copy = safetensors::parse(out.bytes(), "input");
  fuzz::require(copy.names().size() == file.names().size() && copy.metadata() == file.metadata(),
                "a copy has the same tensors and metadata");
  for (const std::string& name : file.names()) {
    const safetensors::Entry &a = file.entry(name), &b = copy.entry(name);
    fuzz::require(a.dtype == b.dtype && a.dtype_name == b.dtype_name && a.shape == b.shape && same_bytes(a.bytes, b.bytes),
                  "a copy's tensors are the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  try {
    const safetensors::File file = safetensors::parse({bytes, bytes + size}, "input");
    read_everything(file);
    write_again(file);
  } catch (const error& e) {
    fuzz::require_good_message(e.what());
  }
  return 0;
}
