#pragma once

/// The floating-point environment that kernels run in on the host: rounding to nearest, subnormal numbers kept, no
/// traps.

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace dotcompute {

/// Gives the calling thread the default environment for as long as it lives, whatever the program has set. Costs a few
/// nanoseconds where the environment is the default already. Sticky exception flags that kernels raise stay raised
/// unless the environment had to be changed.
class HostFpEnvironment {
 public:
  HostFpEnvironment() noexcept : saved_(read()), differs_((saved_ & ~sticky_flags) != default_environment) {
    if (differs_) write(default_environment);
  }
  HostFpEnvironment(const HostFpEnvironment&) = delete;
  HostFpEnvironment& operator=(const HostFpEnvironment&) = delete;
  ~HostFpEnvironment() {
    if (differs_) write(saved_);
  }

 private:
#if defined(__x86_64__)
  // MXCSR (Intel SDM, volume 1, 10.2.3): every exception masked, rounding to nearest, no FTZ, no DAZ.
  using Word = std::uint32_t;
  static constexpr Word default_environment = 0x1F80;
  static constexpr Word sticky_flags = 0x3F;
  static Word read() noexcept { return _mm_getcsr(); }
  static void write(Word value) noexcept { _mm_setcsr(value); }
#elif defined(__aarch64__)
  // FPCR (Arm ARM, C5.2): zero is no traps, rounding to nearest, no flush to zero. The sticky flags are elsewhere.
  using Word = std::uint64_t;
  static constexpr Word default_environment = 0;
  static constexpr Word sticky_flags = 0;
  static Word read() noexcept {
    Word value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(Word value) noexcept { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
#error "dotcompute: the floating-point control register of this processor is not known"
#endif

  Word saved_;
  bool differs_;
};

}  // namespace dotcompute
