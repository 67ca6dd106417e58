#pragma once

/// What a Launcher was told, as the pipeline takes it.

#include <stop_token>

#include <dotcompute/base/extent.hpp>

namespace dotcompute::detail {

class RuntimeCore;
struct Device;

struct LaunchOptions {
  RuntimeCore* runtime = nullptr;
  const Device* device = nullptr;  ///< Null: the runtime's choice.
  Extent grid;                     ///< If `has_grid`.
  bool has_grid = false;
  bool timed = false;
  Extent group{0, 0, 0};
  std::stop_token stop;
};

}  // namespace dotcompute::detail
