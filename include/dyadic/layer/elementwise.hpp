// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file elementwise.hpp
/// Arithmetic on two tensors, value by value, with numpy's broadcasting: shapes are aligned at the right, and an extent of 1 repeats.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// The shape in which `a` and `b` meet; refuses input 1 where they do not.
constexpr inferred broadcast(const Extents& a, const Extents& b) {
  const int rank = a.rank() > b.rank() ? a.rank() : b.rank();
  Extents out, wanted = b;
  bool fits = true;
  for (int i = 0; i < rank; ++i) out.push_back(1);
  for (int i = 0; i < rank; ++i) {
    const std::int64_t x = a.back(i), y = b.back(i);
    if (x != y && x != 1 && y != 1 && x != dyn && y != dyn) {
      fits = false;
      wanted[b.rank() - 1 - i] = x;
    }
    // dyn against 1 is whatever dyn turns out to be; dyn against n > 1 can only be n (or 1, which repeats).
    out[rank - 1 - i] = x == 1 ? y : y == 1 ? x : x == dyn ? y : x;
  }
  return fits ? inferred(out) : inferred::refuse(1, wanted);
}

/// out = f(a, b) with broadcasting. One row of the last dimension at a time.
template <class Function>
void map_broadcast(ConstView a, ConstView b, View out, Function f) {
  const Extents& shape = out.shape;
  const int rank = shape.rank();
  // 1. How far each operand moves per dimension; 0 where it repeats.
  std::array<std::int64_t, Extents::max_rank> step_a{}, step_b{}, at{};
  std::int64_t size_a = 1, size_b = 1;
  for (int i = 0; i < rank; ++i) {
    const auto d = static_cast<std::size_t>(rank - 1 - i);
    step_a[d] = a.shape.back(i) == 1 ? 0 : size_a;
    step_b[d] = b.shape.back(i) == 1 ? 0 : size_b;
    size_a *= a.shape.back(i);
    size_b *= b.shape.back(i);
  }
  const std::int64_t total = shape.size();
  if (total == 0) return;
  // 2. Equal shapes are one long row.
  const bool equal = a.shape == b.shape || rank == 0;
  const std::int64_t row = equal ? total : shape.back(0);
  const std::int64_t sa = equal ? 1 : step_a[static_cast<std::size_t>(rank - 1)],
                     sb = equal ? 1 : step_b[static_cast<std::size_t>(rank - 1)];
  const float* pa = a.data;
  const float* pb = b.data;
  for (std::int64_t done = 0;;) {
    float* const to = out.data + done;
    for (std::int64_t j = 0; j < row; ++j) to[j] = f(pa[j * sa], pb[j * sb]);
    done += row;
    if (done == total) return;
    // 3. The next row: count up the leading dimensions, as an odometer does.
    for (int d = rank - 2; d >= 0; --d) {
      const auto k = static_cast<std::size_t>(d);
      pa += step_a[k];
      pb += step_b[k];
      if (++at[k] < shape[d]) break;
      pa -= step_a[k] * shape[d];
      pb -= step_b[k] * shape[d];
      at[k] = 0;
    }
  }
}

/// out = x · factor; x == out is fine.
inline void scale_forward(ConstView x, View out, float factor) {
  for (std::int64_t i = 0; i < x.size(); ++i) out.data[i] = x.data[i] * factor;
}

template <op Kind, class Function>
struct elementwise {
  static constexpr op kind = Kind;
  static std::string name() { return std::string(to_string(Kind)); }
  static constexpr std::array inputs{role::data_in, role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return broadcast(in[0], in[1]); }
  static void run(const arguments& a) { map_broadcast(a.inputs[0], a.inputs[1], a.out, Function{}); }
};

struct sum_of_two {
  constexpr float operator()(float x, float y) const { return x + y; }
};
struct difference_of_two {
  constexpr float operator()(float x, float y) const { return x - y; }
};
struct product_of_two {
  constexpr float operator()(float x, float y) const { return x * y; }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// x + y; both operands take the `data_in` scheme, before they are broadcast.
struct add : detail::elementwise<op::add, detail::sum_of_two> {};
/// x - y, likewise.
struct sub : detail::elementwise<op::sub, detail::difference_of_two> {};
/// x · y, likewise.
struct mul : detail::elementwise<op::mul, detail::product_of_two> {};

/// x · Constant. A constant is a `std::ratio`, or a type with a `value`: `scale_by<std::ratio<1, 2>>`, `scale_by<inverse_sqrt<8>>`.
template <class Constant>
struct scale_by {
  static constexpr op kind = op::scale;
  static constexpr float factor = static_cast<float>(constant_value<Constant>);
  static std::string name() { return "scale_by<" + detail::spell_constant<Constant>() + ">"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) { detail::scale_forward(a.inputs[0], a.out, factor); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
