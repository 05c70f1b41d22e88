// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file float_environment.hpp
/// How a thread's processor rounds, and whether it takes subnormal numbers for zero. A program may change
/// either (`std::fesetround`), and a library that was linked with -ffast-math changes the latter before
/// `main` begins.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/diagnose.hpp>

#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

/// While it lives, this thread rounds to nearest even, and subnormal numbers are numbers; then all is as it
/// was. What works on tensors begins with one. Where the environment is the usual one it is read and nothing
/// more: some nanoseconds. On processors whose control register it does not know it looks whether results are
/// right. @throws error there, if they are not
class usual_float_environment {
 public:
  [[gnu::always_inline]] usual_float_environment() {
#if defined(__SSE__) || defined(__aarch64__)
    found_ = read();
    if ((found_ & changes) != 0) write(found_ & ~changes);
#else
    check();
#endif
  }
  usual_float_environment(const usual_float_environment&) = delete;
  usual_float_environment& operator=(const usual_float_environment&) = delete;
  [[gnu::always_inline]] ~usual_float_environment() {
#if defined(__SSE__)
    if ((found_ & changes) != 0)
      write((found_ & changes) | read());  // exceptions that were raised meanwhile stay so
#elif defined(__aarch64__)
    if ((found_ & changes) != 0) write(found_);
#endif
  }

 private:
  // The clobber keeps loads and stores, and with them what is computed from and for them, on their side.
#if defined(__SSE__)
  using word = std::uint32_t;
  static constexpr word changes = 0xe040;  // MXCSR: rounding, flush to zero, denormals are zero
  [[gnu::always_inline]] static word read() {
    word w;
    __asm__ __volatile__("stmxcsr %0" : "=m"(w));
    return w;
  }
  [[gnu::always_inline]] static void write(word w) {
    __asm__ __volatile__("ldmxcsr %0" : : "m"(w) : "memory");
  }
  word found_;
#elif defined(__aarch64__)
  using word = std::uint64_t;
  // FPCR: rounding, FZ, FZ16, and what alters subnormals or elements (FIZ, AH, NEP)
  static constexpr word changes = 0x1c80007;
  [[gnu::always_inline]] static word read() {
    word w;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(w));
    return w;
  }
  [[gnu::always_inline]] static void write(word w) {
    __asm__ __volatile__("msr fpcr, %0" : : "r"(w) : "memory");
  }
  word found_;
#else
  static void check() {
    const volatile float one = 1, above = 0x1.8p-24F, below = 0x1p-25F, least = 0x1p-126F;
    if (one + above != one && one + below == one && -one - below == -one && least * 0.5F != 0) return;
    throw error(
        "this thread does not round to nearest, or takes subnormal numbers for zero, so that no result would "
        "be what its format says; call std::fesetenv(FE_DFL_ENV) before, and std::fesetenv again after.");
  }
#endif
};

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
