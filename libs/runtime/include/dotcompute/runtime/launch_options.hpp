#pragma once

/// What a Launcher was told, as the pipeline takes it.

#include <memory>
#include <stop_token>

#include <dotcompute/base/extent.hpp>

namespace dotcompute::detail {

class LaunchWatcher;
class RuntimeCore;
class StreamCore;
struct Device;

struct LaunchOptions {
  RuntimeCore* runtime = nullptr;
  const Device* device = nullptr;  ///< Null: the runtime's choice.
  Extent grid;                     ///< If `has_grid`.
  bool has_grid = false;
  bool timed = false;
  Extent group{0, 0, 0};
  std::stop_token stop;
  std::shared_ptr<StreamCore> stream = nullptr;  ///< Null: the runtime's choice. Shared with the program's handle.
  LaunchWatcher* watcher = nullptr;              ///< Null for none.
};

}  // namespace dotcompute::detail
