// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file replacement.hpp
/// What runs in an operator's place: arithmetic on codes, popcounts, lookup tables. It is made once, when a model is made, from the
/// node's parameters (and perhaps from data); it then reads the operands as they are, before any quantisation, and writes the result.
#include <dyadic/format/accumulator.hpp>
#include <dyadic/layer/operator.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What a report says about a replacement.
struct replacement_report {
  std::string name;             ///< "int8", "LogicNets<4, Fixed<3, 1>, Fixed<3, 1>>"
  std::int64_t bytes = 0;       ///< of what it keeps in place of the parameters
  std::int64_t tables = 0;      ///< lookup tables, if that is what it consists of
  std::int64_t table_bits = 0;  ///< their contents
  std::int64_t luts = 0;        ///< six-input lookup tables of an FPGA that suffice for them
  /// Nothing of the operator's parameters is left: what follows, and `bytes`, stand for them and for the data's scheme. Not so if it computes
  /// with the codes of these parameters.
  bool replaces_parameters = false;
  std::int64_t weight_bits = 0;  ///< of what it keeps in place of the weights, biases and scales apart
  std::string weights, biases;   ///< what that is, and what biases are: "signs", "tables"; "none": float32
  std::string data;              ///< how it codes the data that it reads: "2 signs", "Fixed<3, 1>"; empty: it reads none
  double data_bits = 0;          ///< of a value so coded
  overflow_counts overflow;      ///< of all runs so far, where sums are kept in narrow registers; else zeros
};

inline namespace DYADIC_ISA {

/// A class that can run in an operator's place. `run` may be called from many threads at once.
template <class T>
concept ReplacesOperator = requires(const T& t, const arguments& a, std::span<const Extents> shapes) {
  t.run(a);                                             // operands arrive unquantised
  { t.scratch(shapes) } -> std::same_as<std::int64_t>;  // floats of work space for operands of these shapes
  { t.report() } -> std::same_as<replacement_report>;
};

/// What it can run in the place of. @returns why not, in words that follow the name of the node; empty: it can
template <class T>
concept KnowsItsOperator = requires(const T& t, const operator_info& operation) {
  { t.misfit(operation) } -> std::same_as<std::string>;
};

/// One address per class: how `replacement` remembers which it holds.
template <class T>
inline constexpr char replacement_tag = 0;

/// Any such class, its type forgotten. Copies share it. A default-constructed one is empty: the operator itself runs.
class replacement {
 public:
  replacement() = default;
  template <ReplacesOperator T>
  explicit replacement(std::shared_ptr<const T> what)
      : what_(std::move(what)),
        run_([](const void* t, const arguments& a) { static_cast<const T*>(t)->run(a); }),
        scratch_([](const void* t, std::span<const Extents> shapes) { return static_cast<const T*>(t)->scratch(shapes); }),
        report_([](const void* t) { return static_cast<const T*>(t)->report(); }),
        misfit_([]([[maybe_unused]] const void* t, [[maybe_unused]] const operator_info& operation) -> std::string {
          if constexpr (KnowsItsOperator<T>) return static_cast<const T*>(t)->misfit(operation);
          else return {};
        }),
        tag_(&replacement_tag<T>) {}

  explicit operator bool() const { return what_ != nullptr; }
  void run(const arguments& a) const { run_(what_.get(), a); }
  [[nodiscard]] std::int64_t scratch(std::span<const Extents> shapes) const { return scratch_(what_.get(), shapes); }
  [[nodiscard]] replacement_report report() const { return report_(what_.get()); }
  /// Why it cannot run in the place of an operator; empty if it can, as far as it knows.
  [[nodiscard]] std::string misfit(const operator_info& operation) const {
    return misfit_ == nullptr ? std::string() : misfit_(what_.get(), operation);
  }
  /// What it holds, if that is a `T`; else null. As long as this or a copy of it lives.
  template <class T>
  [[nodiscard]] const T* as() const {
    return what_ != nullptr && tag_ == &replacement_tag<T> ? static_cast<const T*>(what_.get()) : nullptr;
  }

 private:
  std::shared_ptr<const void> what_;
  void (*run_)(const void*, const arguments&) = nullptr;
  std::int64_t (*scratch_)(const void*, std::span<const Extents>) = nullptr;
  replacement_report (*report_)(const void*) = nullptr;
  std::string (*misfit_)(const void*, const operator_info&) = nullptr;
  const char* tag_ = nullptr;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
