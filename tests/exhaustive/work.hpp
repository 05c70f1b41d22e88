// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file work.hpp
/// The inputs, all of them or a sample, in parts for several threads; a progress bar; the count of mismatches.
#include "exhaustive/boundaries.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace exhaustive {

/// A bar on standard error, where that is a terminal.
class Progress {
 public:
  Progress(std::string_view what, std::size_t steps) : what_(what), steps_(steps), shown_(isatty(STDERR_FILENO) != 0) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
  }
  void step() {
    const std::size_t n = ++done_;
    const std::size_t percent = 100 * n / steps_;
    if (!shown_ || percent == 100 * (n - 1) / steps_) return;
    const std::scoped_lock lock(mutex_);
    std::cerr << '\r' << what_ << " [" << std::string(percent / 4, '#') << std::string(25 - percent / 4, '.') << "] " << percent
              << " %\033[K" << std::flush;
  }

 private:
  std::string what_;
  std::size_t steps_;
  bool shown_;
  std::atomic<std::size_t> done_{0};
  std::mutex mutex_;
};

/// Counts mismatches from several threads and keeps the first few.
class Mismatches {
 public:
  void add(std::uint64_t n) { count_ += n; }
  template <class... Parts>
  void tell(const Parts&... parts) {
    const std::scoped_lock lock(mutex_);
    if (++told_ > 6) return;
    std::ostringstream line;
    line.precision(17);
    ((line << parts), ...);
    text_ += "  " + line.str() + "\n";
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;
  int told_ = 0;
  std::string text_;
};

/// Inputs as runs of consecutive bits, or as a sorted list of them.
struct Inputs {
  std::vector<std::uint32_t> sample;  ///< sorted; empty: all
  struct Part {
    std::uint64_t first, last;
  };
  std::vector<Part> parts;  ///< of the bits themselves, or of indices into `sample`
  [[nodiscard]] std::uint64_t size() const { return sample.empty() ? std::uint64_t{1} << 32 : sample.size(); }
};

/// Odd sizes, so that the ends of loops take part; every 64th part is large enough for stores that go past the caches.
inline void divide(Inputs& in) {
  constexpr std::uint64_t small = (1U << 18) + 3, large = (1U << 22) + 5;
  std::uint64_t first = 0;
  for (std::size_t i = 0; first < in.size(); ++i) {
    const std::uint64_t last = std::min(in.size(), first + (i % 64 == 0 ? large : small));
    in.parts.push_back({first, last});
    first = last;
  }
}

/// Every exponent with the ends and the middle of its mantissas and every single bit; random ones.
inline std::vector<std::uint32_t> sampled_bits(std::int64_t random) {
  std::vector<std::uint32_t> r;
  for (std::uint32_t upper = 0; upper < 512; ++upper) {
    const std::uint32_t base = upper << 23;
    for (std::uint32_t m = 0; m < 64; ++m) r.insert(r.end(), {base + m, base + 0x7fffffU - m, base + 0x400000U - m, base + 0x400000U + m});
    for (int bit = 0; bit < 23; ++bit)
      for (const std::uint32_t near : {~0U, 0U, 1U}) r.push_back(base + (((1U << bit) + near) & 0x7fffffU));
  }
  std::mt19937_64 engine(20261);
  for (std::int64_t i = 0; i < random; ++i) r.push_back(static_cast<std::uint32_t>(engine() >> 32));
  return r;
}

template <class Work>
void in_threads(unsigned threads, std::size_t parts, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> pool;
  for (unsigned t = 0; t < threads; ++t)
    pool.emplace_back([&] {
      for (std::size_t i = next++; i < parts; i = next++) work(i);
    });
  for (std::thread& t : pool) t.join();
}

/// The bits of one part of the inputs.
inline void fill(const Inputs& inputs, const Inputs::Part& part, std::vector<float>& x) {
  x.resize(part.last - part.first);
  if (inputs.sample.empty()) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(part.first + i));
  } else {
    std::memcpy(x.data(), inputs.sample.data() + part.first, x.size() * sizeof(float));
  }
}
inline std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

}  // namespace exhaustive
