#pragma once

/// The device `msl-on-host`, for tests: it compiles the Metal text of a kernel, as it is, with Clang over the headers
/// in metal/, and runs it on the host, item by item. It is neither Metal nor Apple's compiler: it shows that the texts
/// mean what they should when they are read as the Metal specification says, and nothing of how a GPU runs them.

#include <memory>
#include <optional>
#include <string>

#include <dotcompute/device/device_accelerator.hpp>

namespace msl_on_host {

struct Options {
  bool takes_warnings = false;  ///< Of code at random, say. Otherwise a text that Clang warns of is refused.
  bool wide_indices = false;    ///< Indices of 64 bits also where 32 would do. The id is then "msl-on-host:wide".
};

/// Why there is no such device here, in a sentence; empty if there is.
[[nodiscard]] std::optional<std::string> why_absent();

/// The device. Operations are complete when they are enqueued. A grid is cut into slices of a hundred groups, so that
/// texts see first indices other than 0. Only where `why_absent` says nothing.
///
/// A program that links it exports the barrier that texts call (CMake: link dotcompute_msl_on_host).
[[nodiscard]] std::unique_ptr<dotcompute::DeviceAccelerator> make_accelerator(const Options& options = {});

}  // namespace msl_on_host
