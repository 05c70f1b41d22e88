// SPDX-License-Identifier: BSL-1.0
// How far a long fit is: what is drawn, where, and that nothing is drawn where nobody looks.
#include <dyadic/lut/progress.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#endif

namespace {
using dyadic::detail::progress;

/// What is written to a file.
std::string written(const std::function<void(std::FILE*)>& f) {
  std::FILE* const file = std::tmpfile();
  f(file);
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
  std::fclose(file);
  return text;
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Progress, ShowsABarTheRateAndTheTimeLeft) {
  const std::string text = written([](std::FILE* file) {
    progress bar("fitting LutNet<4, 2>", 8, "outputs", file, true, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    bar.advance(2);
  });
  EXPECT_TRUE(contains(text, "\r\033[Kfitting LutNet<4, 2> [######..................]  25 %, ")) << text;
  // Two in a tenth of a second, or a little more on a busy machine: six to go take about 0.3 s.
  const std::size_t at = text.find("%, ");
  ASSERT_NE(at, std::string::npos);
  const double rate = std::stod(text.substr(at + 3));
  EXPECT_TRUE(rate > 1 && rate <= 20) << text;
  EXPECT_TRUE(contains(text, " outputs/s, ")) << text;
  const double left = std::stod(text.substr(text.find("outputs/s, ") + 11));
  EXPECT_NEAR(left, 6 / rate, 0.5 + 0.01 * left) << text;
  EXPECT_TRUE(text.ends_with(" s left\r\033[K")) << "wiped at the end: " << text;
}

TEST(Progress, DrawsTenTimesASecondAtMost) {
  const std::string text = written([](std::FILE* file) {
    progress bar("fitting", 1000, "outputs", file, true, 0);
    for (int i = 0; i < 1000; ++i) bar.advance();
  });
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find('[', at)) != std::string::npos; ++at) ++lines;
  EXPECT_LE(lines, 2U * 10) << "the time of a thousand steps is a matter of microseconds";
  EXPECT_GE(lines, 1U);
}

TEST(Progress, SaysNothingBeforeItsPatienceEndsOrWhereNobodyLooks) {
  EXPECT_EQ(written([](std::FILE* file) { progress("fitting", 9, "outputs", file, true, 1000).advance(5); }), "");
  EXPECT_EQ(written([](std::FILE* file) { progress("fitting", 9, "outputs", file, false, 0).advance(5); }), "");
}

TEST(Progress, CountsWhatSeveralThreadsDo) {
  const std::string text = written([](std::FILE* file) {
    progress bar("fitting", 400, "neurons", file, true, 0.2);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 99; ++i) bar.advance();
      });
    for (std::thread& t : threads) t.join();
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    bar.advance(4);
  });
  EXPECT_TRUE(contains(text, "[########################] 100 %")) << text;
}

#if defined(__unix__) || defined(__APPLE__)
/// What arrives at the other end while standard error is `descriptor`, and a fit of more than a second goes on.
std::string seen_at(int descriptor, int other_end) {
  std::fflush(stderr);
  const int before = dup(2);
  dup2(descriptor, 2);
  {
    progress bar("fitting", 3, "neurons");
    bar.advance();
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    bar.advance();
  }
  std::fflush(stderr);
  dup2(before, 2);
  close(before);
  std::string text;
  std::array<char, 256> room{};
  for (pollfd ready{other_end, POLLIN, 0}; poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0;) {
    const auto count = read(other_end, room.data(), room.size());
    if (count <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(count));
  }
  return text;
}
TEST(Progress, IsForTerminalsOnly) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) GTEST_SKIP() << "there are no terminals here";
  const int side = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  ASSERT_GE(side, 0);
  EXPECT_TRUE(contains(seen_at(side, terminal), "fitting [################........]  67 %, "));
  close(side);
  close(terminal);
  int ends[2] = {};
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(seen_at(ends[1], ends[0]), "");
  close(ends[0]);
  close(ends[1]);
}
#endif

}  // namespace
