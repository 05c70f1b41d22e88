// SPDX-License-Identifier: BSL-1.0
// Element formats by their definitions: one value after the other.
#include "inputs.hpp"

#include "support/formats.hpp"

void digest::add_formats(book& b) {
  const auto formats = subjects::for_formats(
      subjects::element_formats{}, []<class F>(std::type_identity<F>) { return subjects::subject<F>(); });
  for (const subjects::Subject& f : formats) {
    b.begin("format", f.name);
    b.add("values", [&](hash& h, bool others) {
      for (const float x : values(others)) h.add(f.quantize(x));
    });
    b.add("codes", [&](hash& h, bool others) {
      for (const float x : values(others)) h.add(std::uint64_t{f.encode(x)});
      // Every code, or where there are too many as many of them.
      const std::uint64_t codes = std::uint64_t{1} << f.bits;
      generator g(5);
      for (std::uint32_t i = 0; i < (others ? 0x4000U : 0x400U); ++i) {
        const std::uint64_t code = codes <= 0x400 || (others && codes <= 0x4000) ? i : g.next();
        const auto used = static_cast<oracle::Code>(code & (codes - 1));
        h.add(f.decode(used));
        h.add(f.value(used));
      }
    });
  }
}
