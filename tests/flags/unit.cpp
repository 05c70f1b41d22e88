// SPDX-License-Identifier: BSL-1.0
// Bits of conversions, arithmetic, products, operators and a network. Built with flags that let a compiler
// change what arithmetic means: what it prints must be the same.
#include <dyadic/format/block.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/exact_product.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/softmax.hpp>

#include <cstdio>
#include <vector>

namespace {
using namespace dyadic;

class hash {  // FNV-1a, by words
 public:
  void add(float x) {
    // No comparison of floats: that a NaN is one, the flags may deny.
    const auto bits = std::bit_cast<std::uint32_t>(x);
    add(static_cast<std::uint64_t>((bits & 0x7fffffffU) > 0x7f800000U ? 1U : bits));
  }
  void add(std::uint64_t v) { h_ = (h_ ^ v) * 0x100000001B3U; }
  void show(const char* what) const {
    std::printf("%016llx %s\n", static_cast<unsigned long long>(h_), what);
  }

 private:
  std::uint64_t h_ = 0xCBF29CE484222325U;
};

/// Every exponent, both signs, and NaN.
std::vector<float> patterns() {
  std::vector<float> x;
  for (std::uint32_t upper = 0; upper <= 0xffff; upper += 5)
    x.push_back(std::bit_cast<float>(upper << 16 | (upper * 40503U & 0xffffU)));
  return x;
}
/// Values as tensors have them.
std::vector<float> usual(std::size_t n) {
  std::vector<float> x(n);
  std::uint32_t state = 1;
  for (float& v : x) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<float>(static_cast<std::int32_t>(state)) * (state % 7 == 0 ? 0x1p-36F : 0x1p-30F);
  }
  return x;
}

template <class T>
void number(const std::vector<float>& x) {
  hash h;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const T a(x[i]), b(x[(i * 7 + 3) % x.size()]);
    h.add(static_cast<float>(a));
    h.add(static_cast<float>(a + b));
    h.add(static_cast<float>(a * b));
    h.add(static_cast<float>(a / b));
  }
  h.show(std::string(T::name()).c_str());
}
template <class S>
void scheme(const std::vector<float>& x) {
  const std::int64_t n = std::ssize(x) / 192 * 192;
  const ConstView in{x.data(), {n / 192, 192}};
  std::vector<float> y(static_cast<std::size_t>(n));
  hash h;
  fake_quantize<S>(in, {y.data(), in.shape}, 3);
  for (const float v : y) h.add(v);
  const Packed<S> codes = encode<S>(in, 3);
  for (const std::byte b : codes.codes()) h.add(static_cast<std::uint64_t>(b));
  decode(codes, {y.data(), in.shape});
  for (const float v : y) h.add(v);
  h.show(std::string(S::name()).c_str());
}
template <class O>
void oper(const std::vector<float>& x) {
  const Extents shape{std::ssize(x) / 48, 48};
  std::vector<ConstView> own;
  for (const parameter& p : operator_of<O>.parameters)
    own.push_back({x.data() + 100 * own.size() + 77, p.shape});
  const ConstView in{x.data(), shape};
  const Extents out = O::infer({&shape, 1}).shape;
  std::vector<float> y(static_cast<std::size_t>(out.size()));
  struct alignas(64) line {
    float values[16];
  };
  std::vector<line> memory(65536);
  const detail::usual_float_environment environment;  // what a model sets
  O::run({{&in, 1}, own, {y.data(), out}, {memory.front().values, 16 * memory.size()}});
  hash h;
  for (const float v : y) h.add(v);
  h.show(O::name().c_str());
}

/// A product of wide operands, whose sums are split.
void product(const std::vector<float>& x) {
  constexpr std::int64_t samples = 9, outputs = 33, depth = 300;
  exact_product<Fixed<16, 10>, Half> p;
  p.pack(x.data() + 5000, outputs, depth, depth, 3);
  std::vector<std::byte> memory(static_cast<std::size_t>(p.scratch_bytes(samples)) + 64);
  const auto scratch = std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64);
  std::vector<float> y(samples * outputs);
  p(x.data(), depth, samples, x.data() + 100, y.data(), outputs, scratch, 5);
  hash h;
  for (const float v : y) h.add(v);
  h.show("exact_product");
}

}  // namespace

int main() {
  const std::vector<float> all = patterns(), some = usual(48 * 400);
  number<Fixed<8, 4>>(all);
  number<E4M3>(all);
  number<Half>(all);
  product(all);
  product(some);
  for (const auto& x : {all, some}) {
    scheme<Fixed<8, 4>>(x);
    scheme<Fixed<24, 12>>(x);
    scheme<E4M3>(x);
    scheme<Minifloat<5, 0>>(x);
    scheme<LogQ<5>>(x);
    scheme<MXFP4>(x);
    scheme<NVFP4>(x);
    scheme<Affine<8>>(x);
    scheme<Scaled<Fixed<4, 3>, Shape<32>>>(x);
    oper<linear<48, 20>>(x);
    oper<gelu>(x);
    oper<softsign>(x);
    oper<softmax>(x);
    oper<layer_norm<48>>(x);
    oper<mean<-1>>(x);
  }
}
