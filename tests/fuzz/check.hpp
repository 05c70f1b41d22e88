// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file check.hpp
/// What every harness uses: a claim that ends the program where it does not hold, so that libFuzzer keeps the input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline void require(bool holds, std::string_view claim) {
  if (holds) return;
  std::cerr << "fuzz: it does not hold that " << claim << '\n';
  std::abort();
}

/// A message says whose fault it is and stays short and printable, whatever the file holds.
inline void require_good_message(std::string_view what) {
  require(what.starts_with("dyadic: input: "), "a message names the file: " + std::string(what));
  require(what.size() < 1000, "messages stay short");
  for (const char c : what) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "messages are printable");
}

}  // namespace fuzz
