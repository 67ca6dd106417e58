#pragma once

/// A kernel with hand-written entries, as kernelc would make them.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <vector>

#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// For the names of tests.
inline void PrintTo(const CpuOptions& options, std::ostream* to) {
  *to << options.threads << " threads" << (options.topology.empty() ? "" : " on ") << options.topology;
}

}  // namespace dotcompute

namespace dotcompute::test {

/// A machine that launches are divided on: four nodes, with two caches each that two cores share.
inline constexpr const char* four_nodes = "numa:4 l3:2 core:2 pu:1";

/// Teams for every machine, and those that hwloc is needed for.
[[nodiscard]] inline std::vector<CpuOptions> teams(std::initializer_list<std::size_t> threads) {
  std::vector<CpuOptions> all;
  for (const std::size_t count : threads) all.push_back({.threads = count});
#ifdef DOTCOMPUTE_TEST_HAS_HWLOC
  // With workers in all groups, and with fewer than groups.
  for (const std::size_t count : {std::size_t{16}, std::size_t{3}}) {
    all.push_back({.threads = count, .topology = four_nodes});
  }
#endif
  return all;
}

inline constexpr dotcompute_type uint32_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_UINT32, 4, 4, "unsigned int", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_parameter visits_parameter{"visits", DOTCOMPUTE_PARAMETER_SPAN, 1, &uint32_type, 0};

/// The argument block of `visit`.
struct Visits {
  std::uint32_t* data;
  std::uint64_t size;
};

/// Every work-item adds one to its own place.
inline void visit(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& visits = *static_cast<const Visits*>(arguments);
  for (std::uint64_t z = items->begin[2]; z < items->end[2]; ++z) {
    for (std::uint64_t y = items->begin[1]; y < items->end[1]; ++y) {
      std::uint32_t* const row = visits.data + grid->size[0] * (y + grid->size[1] * z);
      for (std::uint64_t x = items->begin[0]; x < items->end[0]; ++x) ++row[x];
    }
  }
}

/// A record for `visit`, or for another entry. `arithmetic` is what one item is said to cost.
struct KernelFixture {
  explicit KernelFixture(dotcompute_entry entry = &visit, std::uint32_t arithmetic = 20) : code{base_isa, 1, entry} {
    record.struct_size = sizeof record;
    record.dimensions = 3;
    record.name = "test::visit";
    record.mangled_name = "dotcompute_no_such_symbol";
    record.source_file = "visit.cpp";
    record.source_line = 7;
    record.parameter_count = 1;
    record.parameters = &visits_parameter;
    record.block_size = sizeof(Visits);
    record.block_alignment = alignof(Visits);
    record.content_hash = "0";
    record.reference = entry;
    record.cpu = &code;
    record.cpu_count = 1;
    record.cost.arithmetic = arithmetic;
  }
  KernelFixture(const KernelFixture&) = delete;
  KernelFixture& operator=(const KernelFixture&) = delete;

  [[nodiscard]] KernelDefinition definition() const { return KernelDefinition(record); }

#if defined(__x86_64__)
  static constexpr dotcompute_isa base_isa = DOTCOMPUTE_ISA_X86_64_V2;
#else
  static constexpr dotcompute_isa base_isa = DOTCOMPUTE_ISA_AARCH64;
#endif
  dotcompute_cpu_code code;
  dotcompute_kernel record{};
};

/// A launch of `visit` and what it writes.
class VisitLaunch {
 public:
  explicit VisitLaunch(dotcompute_grid grid) : counts_(grid.size[0] * grid.size[1] * grid.size[2]) {
    visits_ = {counts_.data(), counts_.size()};
    description.arguments = reinterpret_cast<const std::byte*>(&visits_);
    description.grid = grid;
  }
  VisitLaunch(const VisitLaunch&) = delete;
  VisitLaunch& operator=(const VisitLaunch&) = delete;

  /// How many items were not visited exactly so many times.
  [[nodiscard]] std::size_t wrong(std::uint32_t times) const {
    std::size_t count = 0;
    for (const std::uint32_t visits : counts_) count += visits != times ? 1 : 0;
    return count;
  }
  [[nodiscard]] std::size_t visited() const {
    std::size_t count = 0;
    for (const std::uint32_t visits : counts_) count += visits;
    return count;
  }
  [[nodiscard]] std::size_t items() const { return counts_.size(); }

  LaunchDescription description;

 private:
  std::vector<std::uint32_t> counts_;
  Visits visits_{};
};

/// A started launch that remembers how it ended.
class Recorded final : public PendingLaunch {
 public:
  void completed(LaunchOutcome ended_as, std::exception_ptr) noexcept override {
    outcome = ended_as;
    times.fetch_add(1, std::memory_order_release);
  }
  static bool done(const PendingLaunch& pending) noexcept {
    return static_cast<const Recorded&>(pending).times.load(std::memory_order_acquire) != 0;
  }

  LaunchOutcome outcome = LaunchOutcome::stopped;
  std::atomic<int> times{0};
};

}  // namespace dotcompute::test
