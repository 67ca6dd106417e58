#pragma once

/// A registered kernel: a borrowed, typed view of the record that kernelc wrote.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// Valid while the object that holds the record stays loaded (see KernelRegistry). Cheap to copy.
class KernelDefinition {
 public:
  explicit KernelDefinition(const dotcompute_kernel& record) noexcept : record_(&record) {}

  [[nodiscard]] std::string_view name() const noexcept { return record_->name; }
  [[nodiscard]] std::string_view mangled_name() const noexcept { return record_->mangled_name; }
  [[nodiscard]] std::string_view source_file() const noexcept { return record_->source_file; }
  [[nodiscard]] std::uint32_t source_line() const noexcept { return record_->source_line; }
  [[nodiscard]] std::string_view content_hash() const noexcept { return record_->content_hash; }
  [[nodiscard]] int dimensions() const noexcept { return static_cast<int>(record_->dimensions); }
  [[nodiscard]] std::span<const dotcompute_parameter> parameters() const noexcept {
    return {record_->parameters, record_->parameter_count};
  }
  /// What the kernel's code takes: the parameters and, of a checked kernel, the words in which it leaves a fault.
  [[nodiscard]] std::span<const dotcompute_parameter> entry_parameters() const noexcept {
    return {record_->parameters, record_->parameter_count + std::size_t{is_checked() ? 1u : 0u}};
  }
  /// Whether the kernel says what goes wrong in it.
  [[nodiscard]] bool is_checked() const noexcept { return (record_->flags & DOTCOMPUTE_KERNEL_FLAG_CHECKED) != 0; }
  [[nodiscard]] std::span<const dotcompute_cpu_code> cpu_code() const noexcept {
    return {record_->cpu, static_cast<std::size_t>(record_->cpu_count)};
  }
  [[nodiscard]] std::span<const dotcompute_source> sources() const noexcept {
    return {record_->sources, static_cast<std::size_t>(record_->source_count)};
  }
  /// The kernel in one language; null if the record says nothing about that language. Its text may be null, with the
  /// reason why.
  [[nodiscard]] const dotcompute_source* source(dotcompute_language language) const noexcept {
    for (const dotcompute_source& each : sources()) {
      if (each.language == static_cast<std::uint32_t>(language)) return &each;
    }
    return nullptr;
  }
  /// Whether the program gave the kernel in the languages of devices (DeviceSource); else kernelc made it from C++.
  [[nodiscard]] bool is_device_source() const noexcept {
    return !sources().empty() && (sources().front().features & DOTCOMPUTE_FEATURE_RAW) != 0;
  }
  /// Whether it opted into contraction and fast math: DOTCOMPUTE_KERNEL_FAST. Its reference did not.
  [[nodiscard]] bool is_fast() const noexcept { return (record_->flags & DOTCOMPUTE_KERNEL_FLAG_FAST) != 0; }
  [[nodiscard]] const dotcompute_kernel& record() const noexcept { return *record_; }

 private:
  const dotcompute_kernel* record_;
};

}  // namespace dotcompute
