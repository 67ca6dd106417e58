#pragma once

/// From a Metal text to an object that the host can load.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace msl_on_host {

/// The function of an object that runs one item: with the addresses of its buffers, and what metal/metal_host says of
/// an item.
inline constexpr const char* narrow_function = "dotcompute_run_narrow";
inline constexpr const char* wide_function = "dotcompute_run_wide";

/// What the compiler calls itself, "Debian clang version 19.1.7"; empty if it cannot be run.
[[nodiscard]] std::string compiler_version();

/// Compiles a kernel's Metal text, unchanged, with indices of 32 and of 64 bits, to a shared object. A text is compiled
/// once in a process. Thread-safe. Throws CompilationError with what Clang says.
[[nodiscard]] std::vector<std::byte> compile_text(const dotcompute::KernelDefinition& kernel,
                                                  const dotcompute_source& source,
                                                  std::string_view further_options = {});

/// The object with a seal, so that a damaged one is not loaded; and without it, nothing if the seal is not right.
[[nodiscard]] std::vector<std::byte> sealed(std::span<const std::byte> object);
[[nodiscard]] std::optional<std::span<const std::byte>> unsealed(std::span<const std::byte> image);

/// A directory of this process that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace msl_on_host
