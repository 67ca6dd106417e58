#pragma once

/// Compiles kernels, runs each on every device and compares it with the reference.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/compile/kernel_compiler.hpp>

#include "devices.hpp"
#include "tree.hpp"

namespace fuzz {

/// What is wrong with a kernel.
struct Finding {
  std::string device;    ///< Where; "kernelc" if it could not be compiled.
  std::string what;      ///< The first difference, or what was said.
  std::string inputs{};  ///< The arguments, for people.

  /// Whether two findings are likely the same mistake: a kernel that shrinks must not change into another one.
  [[nodiscard]] bool is_like(const Finding& other) const;
};

/// How many times, by what.
using Counts = std::map<std::string, std::uint64_t>;

class Judge {
 public:
  /// `devices` must outlive it.
  Judge(const Devices& devices, dotcompute::CompilerOptions options);

  /// What is wrong with each kernel, in order; nothing for those that mean the same everywhere. They are compiled as
  /// one source.
  [[nodiscard]] std::vector<std::optional<Finding>> judge(std::span<const Kernel> kernels);

  /// The same for a source that holds kernels, each run as `launch` says.
  [[nodiscard]] std::optional<Finding> judge_text(const std::string& text, const Kernel& launch);

  /// How many kernels ran on each device, or went through a compiler that has no device here.
  [[nodiscard]] const Counts& checked() const { return checked_; }

  /// How many kernels a device or language did not take, by which.
  [[nodiscard]] const Counts& refusals() const { return refusals_; }

 private:
  std::optional<Finding> check(const dotcompute::KernelDefinition& definition, const Kernel& kernel);
  std::optional<Finding> run_on(dotcompute::Accelerator& device, const std::string& name, bool is_isolated,
                                const dotcompute::KernelDefinition& definition, const Kernel& kernel,
                                Arguments& arguments);
  std::optional<Finding> check_texts(const dotcompute::KernelDefinition& definition);

  const Devices& devices_;
  dotcompute::KernelCompiler compiler_;
  Counts checked_;
  Counts refusals_;
};

}  // namespace fuzz
