#pragma once

/// The arguments of a launch as cuLaunchKernel takes them: an array of pointers, one to each argument of the entry.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>

#include "image.hpp"
#include "launch_geometry.hpp"

namespace dotcompute::cuda {

/// One stream's, used again by each of its launches so that they need no heap once the largest has been seen.
class ArgumentList {
 public:
  /// Points to the values in the launch's argument block, which must live until the launch is enqueued. The entry takes
  /// what abi.h says at dotcompute_source.
  void bind(const KernelDefinition& kernel, Convention convention, const DeviceLaunch& launch);

  /// The first index of the next slice. Nothing for raw kernels.
  void set_first(const Sizes& first);

  [[nodiscard]] void** pointers() noexcept { return pointers_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return pointers_.size(); }

 private:
  /// A place for a number that the list itself holds.
  std::uint64_t& next_number();
  void add_size(std::uint64_t size);

  std::vector<void*> pointers_;
  std::vector<std::uint64_t> numbers_;
  std::size_t number_count_ = 0;
  std::size_t first_index_ = 0;  // In numbers_.
  std::size_t dimensions_ = 0;   // Of the first indices; 0 where there are none.
  bool is_narrow_ = true;
};

}  // namespace dotcompute::cuda
