#pragma once

/// What runs at the moment, for the case that it ends the program or does not end.

#include <cstdint>

namespace fuzz {

/// Says what the program does while it lives. `device` must outlive it. What takes longer than
/// `limit` seconds ends the program, with a message that names the seed, as a crash does.
class Running {
 public:
  static constexpr unsigned limit_seconds = 240;
  /// For what compiles many kernels on a machine that others use too.
  static constexpr unsigned long_limit_seconds = 1800;

  Running(std::uint64_t seed, const char* device, unsigned limit = limit_seconds);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

 private:
  unsigned outer_limit_;
  std::uint64_t outer_seed_;
  const char* outer_device_;
};

/// Has crashes and endless kernels reported from now on.
void report_crashes();

}  // namespace fuzz
