#pragma once

#include <string>

namespace dotcompute::opencl {

/// The name of an error of OpenCL, as its specification spells it: "CL_OUT_OF_RESOURCES". "error -4711" if it has none.
[[nodiscard]] std::string error_name(int code);

}  // namespace dotcompute::opencl
