#pragma once

#include <string>

namespace dotcompute::opencl {

/// The name of an error of OpenCL, as its specification spells it: "CL_OUT_OF_RESOURCES". "error -4711" if it has none.
[[nodiscard]] std::string error_name(int code);

/// Whether an error says that there is too little of something, so that the same call may succeed later.
[[nodiscard]] bool is_shortage(int code);

}  // namespace dotcompute::opencl
