#pragma once

/// saxpy as a task of StarPU's: its own cost of a launch on the CPU.

#include <cstdint>
#include <memory>
#include <span>

namespace launch {

/// Two vectors that StarPU knows, as a program registers them once, for one caller at a time. Several may exist and run
/// at once. StarPU's workers sleep while none runs: they poll, and would keep a processor from what is measured beside
/// them.
class StarPuSaxpy {
 public:
  /// `x` and `y` have to outlive it; they are as long as each other. Prints why and ends the program where StarPU
  /// fails.
  static std::unique_ptr<StarPuSaxpy> create(std::span<float> x, std::span<float> y);
  virtual ~StarPuSaxpy() = default;

  /// Submits so many tasks and waits for all of them after each `at_once`.
  virtual void run(float a, std::uint64_t tasks, std::uint64_t at_once) = 0;
};

}  // namespace launch
