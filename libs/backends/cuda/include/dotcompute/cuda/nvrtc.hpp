#pragma once

/// NVIDIA's run-time compiler for CUDA C, opened when it is first asked for. It needs no device.
///
///     cuda::NvrtcLoad load = cuda::Nvrtc::open();
///     if (load.nvrtc == nullptr) skip(load.reason);
///     cuda::NvrtcOutcome made = load.nvrtc->compile({.text = text, .file = "saxpy.cpp", .target = "sm_80"});

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::cuda {

class Attempts;
class Nvrtc;

/// NVRTC, or why there is none: every place that was tried, and what to install.
struct NvrtcLoad {
  std::unique_ptr<Nvrtc> nvrtc;  ///< Null if there is none.
  std::string reason;            ///< Empty if there is one.
};

struct NvrtcRequest {
  std::string_view text;                  ///< CUDA C++.
  std::string_view file;                  ///< What its diagnostics call the text, where it has no `#line` of its own.
  std::string target;                     ///< "sm_80" for machine code and PTX, "compute_80" for PTX only.
  std::vector<std::string> options = {};  ///< As NVRTC takes them: "--fmad=false".
  std::string name_expression = {};       ///< A kernel as C++ names it; gives `entry`. May be empty.
};

struct NvrtcOutcome {
  bool is_compiled = false;
  std::vector<std::byte> cubin;  ///< Machine code; empty for a "compute_" target.
  std::string ptx;
  std::string entry;  ///< The name in the code of what `name_expression` names.
  std::string log;    ///< Warnings and errors; where it did not compile, at least the name of NVRTC's error.
};

/// All members may be called from several threads at once.
class Nvrtc {
 public:
  static constexpr int any_version = 1'000'000;

  /// Tries the paths in order; without any, what DOTCOMPUTE_NVRTC_LIBRARY names in the environment, else the usual
  /// names and places. Passes over versions above `newest_major`: a driver does not take what a later NVRTC makes.
  /// Never throws for what is missing.
  [[nodiscard]] static NvrtcLoad open(std::span<const std::string> paths = {}, int newest_major = any_version);

  ~Nvrtc();
  Nvrtc(const Nvrtc&) = delete;
  Nvrtc& operator=(const Nvrtc&) = delete;

  /// "13.0"
  [[nodiscard]] const std::string& version() const noexcept { return version_; }

  /// Where it was found.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// What it compiles for, ascending: 75, 80, 86. Never empty.
  [[nodiscard]] std::span<const int> architectures() const noexcept { return architectures_; }

  /// Never throws for what the text or the options may have wrong: that is in the log.
  [[nodiscard]] NvrtcOutcome compile(const NvrtcRequest& request) const;

 private:
  struct Functions;
  /// Null, and a further attempt, where the library cannot be used.
  [[nodiscard]] static std::unique_ptr<Nvrtc> open_one(const std::string& path, int newest_major, Attempts& attempts);
  Nvrtc(std::unique_ptr<const Functions> functions, std::string path, int major, int minor);

  std::unique_ptr<const Functions> functions_;
  std::string path_;
  std::string version_;
  std::vector<int> architectures_;
};

/// The names of the kernels that a PTX text defines, in its order.
[[nodiscard]] std::vector<std::string> entries_of_ptx(std::string_view ptx);

}  // namespace dotcompute::cuda
