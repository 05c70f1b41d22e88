// SPDX-License-Identifier: BSL-1.0
/// @file safetensors.cpp
/// Any bytes as a safetensors file: refused with a `dyadic::error`, or sound. A sound one can be read through every door, and
/// written again it says the same.
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include "fuzz/check.hpp"

#include <algorithm>

namespace {

using namespace dyadic;

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void read_everything(const safetensors::File& file) {
  for (const std::string& name : file.names()) {
    const safetensors::Entry& e = file.entry(name);
    const auto n = static_cast<std::size_t>(e.shape.size());
    fuzz::require(file.contains(name) && e.bytes.size() == n * static_cast<std::size_t>(safetensors::size_bytes(e.dtype)),
                  "an entry has the bytes of its shape and type");
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
    out.add(name, e.dtype, e.bytes, e.shape);
  }
  for (const auto& [key, value] : file.metadata()) out.metadata(key, value);
  const safetensors::File copy = safetensors::parse(out.bytes(), "input");
  fuzz::require(copy.names().size() == file.names().size() && copy.metadata() == file.metadata(),
                "a copy has the same tensors and metadata");
  for (const std::string& name : file.names()) {
    const safetensors::Entry &a = file.entry(name), &b = copy.entry(name);
    fuzz::require(a.dtype == b.dtype && a.shape == b.shape && same_bytes(a.bytes, b.bytes), "a copy's tensors are the same");
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
