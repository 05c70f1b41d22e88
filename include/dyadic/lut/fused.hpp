// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fused.hpp
/// Operators that follow a layer value by value and become part of its tables: batch normalisation (inference) and activations. They run
/// as themselves, on whatever values are to be converted, so that folding them changes no bit.
#include <dyadic/layer/operator.hpp>

#include <cstdint>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

inline namespace DYADIC_ISA {

/// Foldable operators in a row, with copies of their parameters.
class fused_operators {
 public:
  void push_back(const operator_info& operation, std::span<const ConstView> parameters) {
    step s{&operation, {}, {}};
    for (const ConstView& p : parameters) {
      s.values.emplace_back(p.data, p.data + p.size());
      s.shapes.push_back(p.shape);
    }
    steps_.push_back(std::move(s));
  }
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// Does a larger value, channel by channel, always give one that is not smaller (or always one that is not larger)? In float32, too.
  [[nodiscard]] bool keeps_order() const {
    for (const step& s : steps_)
      if (s.operation->kind != op::batch_norm2d && s.operation->kind != op::relu) return false;
    return true;
  }

  /// In place; [n, channels, h, w], or any shape if there is no batch normalisation.
  void apply(View x) const {
    for (const step& s : steps_) {
      std::vector<ConstView> parameters;
      for (std::size_t k = 0; k < s.values.size(); ++k) parameters.push_back({s.values[k].data(), s.shapes[k]});
      const ConstView in = x;
      s.operation->run({{&in, 1}, parameters, x, {}});
    }
  }

 private:
  struct step {
    const operator_info* operation;
    std::vector<std::vector<float>> values;
    std::vector<Extents> shapes;
  };
  std::vector<step> steps_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
