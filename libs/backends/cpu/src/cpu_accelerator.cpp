#include <dotcompute/cpu/cpu_accelerator.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <dotcompute/base/error.hpp>

#include "cpu_kernel.hpp"
#include "instruction_set.hpp"
#include "placement.hpp"
#include "processors.hpp"
#include "shared_work.hpp"
#include "topology.hpp"
#include "worker_team.hpp"

namespace dotcompute {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  ErrorContext context;
  context.device = "cpu";
  throw DeviceError(Remedy::fix_input, message, std::move(context));
}

std::size_t threads_of(const CpuOptions& options) {
  if (options.threads > cpu::most_threads) {
    refuse(
        fmt::format("the cpu cannot have {} threads; give a number from 1 to {}", options.threads, cpu::most_threads));
  }
  return options.threads != 0 ? options.threads : std::min(cpu::usable_processors().size(), cpu::most_threads);
}

/// What there is, or is taken for it. Those of the thread that makes the device: the one that launches first may be
/// bound to fewer.
class Processors {
 public:
  explicit Processors(const CpuOptions& options) : usable_(cpu::usable_processors()), binds_(options.binds_threads) {
    if (!options.topology.empty()) synthetic_ = cpu::synthetic_topology(options.topology);
  }

  /// How the team's threads are placed. On a machine with one node nothing is asked of hwloc.
  [[nodiscard]] cpu::WorkerTeam::Placer placer() const {
    if (!synthetic_ && cpu::node_count_of_machine() == 1) return nullptr;
    return [this](std::size_t threads) {
      return cpu::Placement(topology(), {.threads = threads, .binds = binds_ && !synthetic_});
    };
  }

  [[nodiscard]] cpu::Topology topology() const { return synthetic_ ? *synthetic_ : cpu::topology_of_machine(usable_); }

 private:
  std::vector<unsigned> usable_;
  bool binds_;
  std::optional<cpu::Topology> synthetic_;
};

/// What the machine has, up to what the options allow; empty if it has none of the known ones.
std::optional<dotcompute_isa> isa_of(const CpuOptions& options) {
  const std::optional<dotcompute_isa> best = cpu::best_isa_of_machine();
  if (!best || !options.isa) return best;
  if (!cpu::same_family(*best, *options.isa)) {
    refuse(fmt::format("this machine is an {} one and cannot run {}; give another instruction set, or none",
                       cpu::isa_name(*best), cpu::isa_name(*options.isa)));
  }
  return std::min(*best, *options.isa);
}

/// What is usual for processors of an instruction set.
DeviceSpeed speed_of(std::optional<dotcompute_isa> isa, std::size_t threads) noexcept {
  double lanes = 4;
  if (isa == DOTCOMPUTE_ISA_X86_64_V3) lanes = 8;
  if (isa == DOTCOMPUTE_ISA_X86_64_V4) lanes = 16;
  constexpr double operations_per_ns_of_a_lane = 1.25;  // At about half of what a clock of 2.5 GHz allows.
  constexpr double memory_bytes_per_ns_of_a_thread = 10;
  const auto count = static_cast<double>(threads);
  DeviceSpeed speed;
  speed.operations_per_ns = count * lanes * operations_per_ns_of_a_lane;
  // A few threads take all that the memory gives.
  speed.memory_bytes_per_ns = std::min(count, 8.0) * memory_bytes_per_ns_of_a_thread;
  speed.launch_ns = threads == 1 ? 50 : 1000;
  return speed;
}

class CpuAccelerator final : public HostAccelerator {
 public:
  explicit CpuAccelerator(const CpuOptions& options)
      : isa_(isa_of(options)), processors_(options), team_(threads_of(options), processors_.placer()) {
    const std::size_t threads = team_.threads();
    info_.id = "cpu";
    info_.name =
        fmt::format("{}, {}, {} thread{}", cpu::processor_name(),
                    isa_ ? cpu::isa_name(*isa_) : "no known instruction set", threads, threads == 1 ? "" : "s");
    info_.backend = "cpu";
    info_.concurrency = threads;
    info_.speed = speed_of(isa_, threads);
  }

  const AcceleratorInfo& info() const noexcept override { return info_; }

  std::optional<ProcessorTopology> topology() const override {
    const cpu::Topology found = processors_.topology();
    return ProcessorTopology{.processors = found.processor_count(),
                             .cores = found.core_count,
                             .nodes = found.node_count(),
                             .caches = found.groups.size(),
                             .l2_bytes = found.l2_bytes,
                             .l3_bytes = found.l3_bytes,
                             .unknown = found.unknown};
  }

  std::optional<std::string> refusal(const KernelDefinition& kernel) const override {
    if (code_for(kernel) != nullptr) return std::nullopt;
    if (kernel.is_device_source()) {
      return fmt::format("'{}' is written in the languages of other devices only", kernel.name());
    }
    if (kernel.cpu_code().empty()) {
      return fmt::format("'{}' ({}) has no code for any cpu; compile its file with kernelc again", kernel.name(),
                         kernel.source_file());
    }
    std::string made_for;
    for (const dotcompute_cpu_code& code : kernel.cpu_code()) {
      made_for += (made_for.empty() ? "" : ", ") + cpu::isa_name(code.isa);
    }
    return fmt::format("'{}' has code for {}, but the cpu runs {}", kernel.name(), made_for,
                       isa_ ? "at most " + cpu::isa_name(*isa_) : "none that is known");
  }

  std::unique_ptr<HostKernel> load(const KernelDefinition& kernel) override {
    if (const std::optional<std::string> reason = refusal(kernel)) {
      ErrorContext context;
      context.kernel = kernel.name();
      context.device = info_.id;
      throw DeviceError(Remedy::fall_back, *reason, std::move(context));
    }
    return std::make_unique<cpu::CpuKernel>(kernel, code_for(kernel)->entry, team_);
  }

 private:
  /// The best code of the kernel that the cpu runs; null if there is none.
  [[nodiscard]] const dotcompute_cpu_code* code_for(const KernelDefinition& kernel) const noexcept {
    if (!isa_) return nullptr;
    const dotcompute_cpu_code* best = nullptr;
    for (const dotcompute_cpu_code& code : kernel.cpu_code()) {
      if (!cpu::same_family(code.isa, *isa_) || code.isa > *isa_) continue;
      if (best == nullptr || best->isa < code.isa) best = &code;
    }
    return best;
  }

  std::optional<dotcompute_isa> isa_;
  Processors processors_;
  AcceleratorInfo info_;
  cpu::WorkerTeam team_;
  cpu::SharedWork shared_work_{team_};
  HostWorkersOffer offer_{shared_work_};
};

}  // namespace

std::unique_ptr<HostAccelerator> make_cpu_accelerator(const CpuOptions& options) {
  return std::make_unique<CpuAccelerator>(options);
}

}  // namespace dotcompute
