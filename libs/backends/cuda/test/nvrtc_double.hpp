#pragma once

/// A stand-in for NVRTC, built as a shared library. Its machine code is the text "cubin of " and the request's target;
/// its PTX defines the kernels that the script names.

#include <functional>
#include <string>
#include <vector>

namespace dotcompute::cuda::test {

struct RequestOfDouble {
  std::string text;
  std::string file;
  std::vector<std::string> options;
  std::string name_expression;
};

struct NvrtcDouble {
  // The script.
  int major = 13;
  int minor = 0;
  std::vector<int> architectures{75, 80, 90};
  std::vector<std::string> entries{"scale"};
  bool makes_cubin = true;
  std::string error_log;                  ///< Where it is not empty, nothing compiles, with this log.
  bool has_names = true;                  ///< Else nothing compiles that names a kernel.
  std::function<void()> while_compiling;  ///< Called by each compilation; may be empty.

  // The record.
  std::vector<RequestOfDouble> requests;

  void reset() { *this = NvrtcDouble(); }
};

/// The state of the library at this path, which is opened and never closed.
[[nodiscard]] NvrtcDouble& open_nvrtc_double(const char* path);

}  // namespace dotcompute::cuda::test
