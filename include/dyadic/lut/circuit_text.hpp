// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file circuit_text.hpp
/// How Verilog and BLIF are written: other programs read them, so no setting of the stream may change a digit.
#include <concepts>
#include <ostream>
#include <string>
#include <string_view>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Text and whole numbers on their way to a stream, which gets them as bytes: its locale would group digits (12.000), its flags make
/// them hexadecimal, its width pad them.
class circuit_text {
 public:
  explicit circuit_text(std::ostream& to) : to_(to) {}

  circuit_text& operator<<(std::string_view text) {
    text_ += text;
    if (text_.size() > part) finish();
    return *this;
  }
  circuit_text& operator<<(char c) { return *this << std::string_view(&c, 1); }
  circuit_text& operator<<(std::integral auto number) { return *this << std::string_view(std::to_string(number)); }

  /// Hands over what is left: the last call of all.
  void finish() {
    to_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

 private:
  static constexpr std::size_t part = std::size_t{1} << 16;
  std::ostream& to_;
  std::string text_;
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
