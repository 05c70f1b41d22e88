// SPDX-License-Identifier: BSL-1.0
// What works on tensors gives the same bits in every float environment, and leaves the caller's as it was.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/native_product.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/lut/residual.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/native.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {
using namespace dyadic;
using bits = std::vector<std::uint32_t>;

/// A float environment that is not the usual one, until the end of a scope.
class environment {
 public:
  struct kind {
    std::string name;
    int rounding;
    bool no_subnormals;
  };
  static std::vector<kind> unusual() {
    std::vector<kind> all;
    for (const bool no_subnormals : {false, true})
      for (const auto& [name, rounding] :
           {std::pair{"nearest", FE_TONEAREST}, std::pair{"up", FE_UPWARD}, std::pair{"down", FE_DOWNWARD},
            std::pair{"toward zero", FE_TOWARDZERO}}) {
        if (rounding == FE_TONEAREST && !no_subnormals) continue;
#if !defined(__SSE__)
        if (no_subnormals) continue;
#endif
        all.push_back(
            {std::string(name) + (no_subnormals ? ", no subnormals" : ""), rounding, no_subnormals});
      }
    return all;
  }

  explicit environment(const kind& k) {
    std::fegetenv(&before_);
    std::fesetround(k.rounding);
#if defined(__SSE__)
    if (k.no_subnormals) _mm_setcsr(_mm_getcsr() | 0x8040U);
#endif
    control_ = control();
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() { std::fesetenv(&before_); }
  [[nodiscard]] bool unchanged() const { return control() == control_; }

 private:
  static unsigned control() {
#if defined(__SSE__)
    return _mm_getcsr() & 0xffc0U;  // all but the flags of exceptions
#else
    return static_cast<unsigned>(std::fegetround());
#endif
  }
  std::fenv_t before_;
  unsigned control_;
};

/// Tensors' usual values, some of them tiny, and the ends.
std::vector<float> some_values(std::size_t n) {
  std::vector<float> x(n);
  std::uint32_t state = 5;
  for (std::size_t i = 0; i < n; ++i) {
    state = state * 1664525U + 1013904223U;
    x[i] = static_cast<float>(static_cast<std::int32_t>(state)) * (i % 5 == 0 ? 0x1p-39F : 0x1p-30F);
    if (i % 61 == 7) x[i] = std::bit_cast<float>(state & 0x807fffffU);  // subnormal
    if (i % 199 == 9) x[i] = std::bit_cast<float>(state & 0xffffffU) + 1e-42F;
  }
  return x;
}
const std::vector<float> values = some_values(48 * 40 + 64);

void append(bits& out, std::span<const float> x) {
  for (const float v : x) out.push_back(std::bit_cast<std::uint32_t>(v));
}
void append(bits& out, std::span<const std::byte> x) {
  for (const std::byte b : x) out.push_back(static_cast<std::uint32_t>(b));
}

/// What `work` gives in every environment is what it gives in the usual one.
void expect_same(const std::string& what, const std::function<bits()>& work) {
  const bits usual = work();
  ASSERT_FALSE(usual.empty());
  for (const environment::kind& k : environment::unusual()) {
    bits got;
    bool unchanged = false;
    {
      const environment other(k);
      got = work();
      unchanged = other.unchanged();
    }
    EXPECT_EQ(got, usual) << what << ", rounding " << k.name;
    EXPECT_TRUE(unchanged) << what << ", rounding " << k.name
                           << ": the caller's environment is another afterwards";
  }
}

template <class S>
void expect_conversions() {
  expect_same(std::string(S::name()), [] {
    bits out;
    for (const Extents& shape : {Extents{40, 48}, Extents{1}, Extents{0}, Extents{3, 17}}) {
      std::vector<float> y(static_cast<std::size_t>(shape.size()), -1.0F);
      const ConstView in{values.data() + 5, shape};
      fake_quantize<S>(in, {y.data(), shape}, 3);
      append(out, y);
      const Packed<S> codes = encode<S>(in, 3);
      append(out, codes.codes());
      if constexpr (Packed<S>::has_scales) append(out, codes.scales());
      decode(codes, {y.data(), shape});
      append(out, y);
    }
    return out;
  });
}

TEST(FloatEnvironment, TheseEnvironmentsMatter) {
  for (const environment::kind& k : environment::unusual()) {
    volatile float one = 1, more = 0x1.8p-24F, less = 0x1p-26F, least = 0x1p-126F;
    const environment other(k);
    const bool usual =
        one + more == 0x1.000002p0F && one + less == 1 && -one - less == -1 && least * 0.5F != 0;
    EXPECT_FALSE(usual) << k.name;
  }
}
TEST(FloatEnvironment, ConversionsOfTensors) {
  expect_conversions<Fixed<8, 4>>();
  expect_conversions<Fixed<24, 12>>();
  expect_conversions<Fixed<8, 126>>();
  expect_conversions<E4M3>();
  expect_conversions<Half>();
  expect_conversions<BFloat16>();
  expect_conversions<Minifloat<5, 0>>();
  expect_conversions<LogQ<8>>();
  expect_conversions<With<E4M3, Round::stochastic>>();
  expect_conversions<With<Fixed<8, 4>, Round::up>>();
  expect_conversions<MXFP4>();
  expect_conversions<MXINT8>();
  expect_conversions<BlockFP<8, 8>>();
  expect_conversions<NVFP4>();
  expect_conversions<Affine<8>>();
  expect_conversions<Scaled<Fixed<4, 3>, Shape<32>>>();
  expect_conversions<ScaledBinary<>>();
}

template <class X, class W>
void expect_product() {
  expect_same("product of " + std::string(X::name()) + " and " + std::string(W::name()), [] {
    constexpr std::int64_t samples = 3, outputs = 17, depth = 48;
    native_product<X, W> product;
    product.pack(values.data() + 100, outputs, depth, depth, 3);
    const auto bytes = static_cast<std::size_t>(product.scratch_bytes(samples));
    std::vector<std::byte> memory(bytes + 64);
    const auto scratch =
        std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64, bytes);
    std::vector<float> y(samples * outputs);
    product(values.data(), depth, samples, values.data() + 7, y.data(), outputs, scratch, 5);
    bits out;
    append(out, y);
    return out;
  });
}
TEST(FloatEnvironment, NativeProducts) {
  expect_product<Fixed<8, 4>, Fixed<8, 6>>();
  expect_product<MXINT8, MXFP4>();
  expect_product<Fixed<16, 10>, Fixed<12, 8>>();
  expect_product<Affine<8, PerRow>, Affine<8, PerRow>>();
}

struct net final : graph<node<"x", input<dyn, 6, 16>>, node<"norm", layer_norm<16>, "x">,
                         node<"q", linear<16, 8>, "norm">, node<"k", linear<16, 8, false>, "norm">,
                         node<"see", grouped_query_attention<2, 2, 4>, "q", "k", "k">,
                         node<"act", gelu, "see">, node<"y", linear<8, 5>, "act">> {};

struct narrow final : config<by_default<data_in<MXFP8<E4M3>>, weight<Fixed<8, 6>>, bias<Fixed<16, 8>>>> {};
struct codes final : config<by_default<data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>>> {};

TEST(FloatEnvironment, Models) {
  weights<net> w;
  std::int64_t at = 11;
  for (const parameter_info& p : w.entries()) {
    w.set(p.full_name(), ConstView{values.data() + at, p.shape});
    at += p.shape.size();
  }
  const ConstView x{values.data() + 200, {4, 6, 16}};
  const auto exact = bind(net{}, w);
  const auto run_once = [&](const auto& model) {
    const Tensor<3> y = model(x);
    Tensor<3> again(y.dimensions());
    auto run = prepare(model, 4);
    run(x, again);
    bits out;
    append(out, {y.data(), static_cast<std::size_t>(y.size())});
    append(out, {again.data(), static_cast<std::size_t>(again.size())});
    return out;
  };
  expect_same("float model", [&] { return run_once(bind(net{}, w)); });
  expect_same("quantised model", [&] { return run_once(quantize<narrow>(net{}, w)); });
  expect_same("native model", [&] { return run_once(quantize<codes, native>(net{}, w)); });
  const auto quantised = quantize<narrow>(net{}, w);
  expect_same("comparison", [&] {
    const comparison all = compare(quantised, exact, x);
    bits out;
    for (const auto& r : all.rows()) {
      for (const double d : {r.sqnr_db, r.max_abs_error, r.cosine}) {
        const auto word = std::bit_cast<std::uint64_t>(d);
        out.push_back(static_cast<std::uint32_t>(word));
        out.push_back(static_cast<std::uint32_t>(word >> 32));
      }
    }
    return out;
  });
}
TEST(FloatEnvironment, Fits) {
  expect_same("fit_levels", [] {
    std::vector<float> x(values.begin(), values.begin() + 500);
    const residual_levels levels = fit_levels(x, 3);
    bits out;
    append(out, levels.scale);
    return out;
  });
}

/// Exceptions that are raised inside stay raised, and traps stay as they are set: only rounding and
/// subnormals are anybody's business.
TEST(FloatEnvironment, KeepsExceptions) {
  for (const environment::kind& k : environment::unusual()) {
    const environment other(k);
    std::feclearexcept(FE_ALL_EXCEPT);
    volatile float x = 1, y = 3;
    {
      const detail::usual_float_environment inside;
      x = x / y;
    }
    EXPECT_NE(std::fetestexcept(FE_INEXACT), 0) << k.name;
    std::feclearexcept(FE_ALL_EXCEPT);
  }
}
TEST(FloatEnvironment, IsPutBackAfterAnError) {
  for (const environment::kind& k : environment::unusual()) {
    const environment other(k);
    std::vector<float> x(3), y(4);
    EXPECT_THROW(fake_quantize<E4M3>(std::span<const float>(x), std::span<float>(y), Extents{3}), error);
    EXPECT_TRUE(other.unchanged()) << k.name;
  }
}
TEST(FloatEnvironment, OfAThreadThatInheritsIt) {
  std::vector<float> want(values.size()), got(values.size());
  fake_quantize<E4M3>(values, want, {std::ssize(values)});
  for (const environment::kind& k : environment::unusual()) {
    const environment other(k);
    std::thread([&] { fake_quantize<E4M3>(values, got, {std::ssize(values)}); }).join();
    EXPECT_EQ(std::memcmp(got.data(), want.data(), 4 * got.size()), 0) << k.name;
  }
}

}  // namespace
