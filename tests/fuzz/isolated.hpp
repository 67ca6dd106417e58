#pragma once

/// Runs something in a child process, so that code which crashes or does not end costs that one run only.

#include <functional>
#include <string>

namespace fuzz {

/// What became of the child.
struct IsolatedRun {
  std::string said;   ///< What `work` returned; empty if it did not come to that.
  std::string ended;  ///< How the child ended instead, for people; empty if it returned.
};

/// Calls `work` in a child of this process, which has none of its threads. A child that takes longer than
/// `limit_seconds` is ended.
[[nodiscard]] IsolatedRun run_isolated(const std::function<std::string()>& work, unsigned limit_seconds);

}  // namespace fuzz
