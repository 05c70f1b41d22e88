// SPDX-License-Identifier: BSL-1.0
/// @file race.cpp
/// A kernel's threads that write where they must not: all of them add to one variable.
#include <dyadic/kernel/lanes.hpp>

int main() {
  std::int64_t sum = 0;
  dyadic::detail::in_parallel(1 << 20, 1, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) sum += i;
  });
  return sum == 0 ? 1 : 0;
}
