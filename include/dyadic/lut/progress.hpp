// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file progress.hpp
/// A line on standard error that says how far a long fit is: a bar, the rate, the time left. Only where a person looks (a terminal), and
/// only for what takes more than a second.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

class progress {
 public:
  /// @param unit  of what `total` counts, plural: "neurons"
  progress(std::string what, std::int64_t total, std::string unit)
      : progress(std::move(what), total, std::move(unit), stderr, is_terminal()) {}
  /// To another file, for tests.
  progress(std::string what, std::int64_t total, std::string unit, std::FILE* to, bool shown, double patience = 1)
      : what_(std::move(what)), unit_(std::move(unit)), total_(total), to_(to), shown_(shown), next_(patience) {}
  ~progress() {
    if (drawn_) std::fputs("\r\033[K", to_);
  }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// So much more is done. From any thread.
  void advance(std::int64_t by = 1) {
    if (!shown_) return;
    const std::lock_guard lock(mutex_);
    done_ += by;
    const double seconds = std::chrono::duration<double>(clock::now() - start_).count();
    if (seconds < next_) return;
    next_ = seconds + 0.1;
    draw(seconds);
  }

 private:
  using clock = std::chrono::steady_clock;
  static bool is_terminal() {
#if defined(__unix__) || defined(__APPLE__)
    return isatty(2) == 1;
#else
    return false;
#endif
  }
  void draw(double seconds) {
    const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1,
                 rate = static_cast<double>(done_) / seconds;
    std::string bar(24, '.');
    for (std::size_t i = 0; i < bar.size() && static_cast<double>(i) < share * 24; ++i) bar[i] = '#';
    const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
    std::fprintf(to_, "\r\033[K%s [%s] %3.0f %%, %.3g %s/s, %.0f s left", what_.c_str(), bar.c_str(), 100 * share, rate, unit_.c_str(),
                 left);
    std::fflush(to_);
    drawn_ = true;
  }

  std::string what_, unit_;
  std::int64_t total_, done_ = 0;
  std::FILE* to_;
  bool shown_, drawn_ = false;
  double next_;
  clock::time_point start_ = clock::now();
  std::mutex mutex_;
};

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
