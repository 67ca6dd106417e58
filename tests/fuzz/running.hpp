#pragma once

/// What runs at the moment, for the case that it ends the program or does not end.

#include <cstdint>

namespace fuzz {

/// Says what the program does while it lives. `device` must outlive it. What takes longer than
/// `limit_seconds` ends the program, with a message that names the seed, as a crash does.
class Running {
 public:
  static constexpr unsigned limit_seconds = 240;

  Running(std::uint64_t seed, const char* device);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

 private:
  std::uint64_t outer_seed_;
  const char* outer_device_;
};

/// Has crashes and endless kernels reported from now on.
void report_crashes();

}  // namespace fuzz
