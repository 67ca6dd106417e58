#pragma once

#include <string>

#include "kernels.hpp"

/// What an object's kernels_seen_inside tells.
inline demo::Kernels seen_by(void (*tell)(demo::Kernels&)) {
  demo::Kernels kernels;
  tell(kernels);
  return kernels;
}

/// Runs every kernel by its function on every device and compares the results. `offset` is what this `scale` adds.
void check_by_function(const demo::Kernels& kernels, float offset);

/// The same by name.
void check_by_name(float offset);

/// The message of the error that running demo::scale by name gives; empty if it runs.
std::string error_of_scale_by_name();

/// The same by function.
std::string error_of_scale_by_function(const demo::Kernels& kernels);

/// Records a failure unless `holds`.
void expect(bool holds, const std::string& what);

/// Prints what failed; the exit status.
int finish();
