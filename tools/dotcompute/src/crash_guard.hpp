#pragma once

/// What happens when a kernel reaches outside of its arrays.

#include <string>

#include <signal.h>

namespace dotcompute::tool {

/// While it lives, an access to memory that is not there ends the process with a message and exit status 5 (device)
/// instead of a signal. The arrays end at a page that is not there (see Bytes), so that a kernel that runs over the end
/// of one is found out rather than believed. At most one lives at a time.
class CrashGuard {
 public:
  CrashGuard(const std::string& kernel, const std::string& device, bool json);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

 private:
  struct sigaction previous_segv_{};
  struct sigaction previous_bus_{};
};

}  // namespace dotcompute::tool
