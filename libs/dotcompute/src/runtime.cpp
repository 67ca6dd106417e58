#include <dotcompute/runtime.hpp>

#include <memory>
#include <utility>
#include <vector>

#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/cuda/cuda_provider.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>
#include <dotcompute/runtime/completion.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "late_destruction.hpp"
#include "source_kernels.hpp"

namespace dotcompute {

namespace {

CpuOptions cpu_options(const RuntimeOptions& options) {
  CpuOptions cpu = cpu_options_from_environment();
  if (options.cpu_threads != 0) cpu.threads = options.cpu_threads;
  if (options.cpu_isa != CpuIsa::best) cpu.isa = static_cast<dotcompute_isa>(options.cpu_isa);
  return cpu;
}

std::vector<AcceleratorMemoryOptions> memory_options(const RuntimeOptions& options) {
  std::vector<AcceleratorMemoryOptions> all = options.memory;
#ifndef NDEBUG
  for (AcceleratorMemoryOptions& each : all) {
    if (each.checks == MemoryChecks::automatic) each.checks = MemoryChecks::on;
  }
  // For the devices that none of them is for; the first that fits counts.
  all.push_back({.checks = MemoryChecks::on});
#endif
  return all;
}

/// The devices that this version knows, in the order in which they are listed.
RuntimeParts find_parts(const RuntimeOptions& options) {
  RuntimeParts parts;
  parts.accelerators.push_back(make_cpu_accelerator(cpu_options(options)));
  parts.accelerators.push_back(make_reference_accelerator());
  if (options.opencl.enabled) {
    parts.providers.push_back(make_opencl_provider({.loader_paths = options.opencl.loader_paths}));
  }
  if (options.cuda.enabled) {
    parts.providers.push_back(
        make_cuda_provider({.driver_paths = options.cuda.driver_paths, .nvrtc_paths = options.cuda.nvrtc_paths}));
  }
  parts.default_accelerator = options.default_accelerator;
  parts.discovery = options.discovery;
  parts.memory = memory_options(options);
  return parts;
}

}  // namespace

struct Runtime::Parts {
  explicit Parts(const RuntimeOptions& options) : sources(options.kernelc_path), core(find_parts(options)) {}

  /// Kernels that arrived at run time. Declared first: their code is unloaded after everything that may run it.
  SourceKernels sources;
  detail::RuntimeCore core;
};

Runtime Runtime::create(const RuntimeOptions& options) { return Runtime(std::make_unique<Parts>(options)); }

Runtime::Runtime(std::unique_ptr<Parts> parts) noexcept : Launcher(parts->core), parts_(std::move(parts)) {}

Runtime::Runtime(Runtime&&) noexcept = default;

Runtime& Runtime::operator=(Runtime&& other) noexcept {
  if (this != &other) {
    const Runtime replaced(std::move(*this));
    Launcher::operator=(other);
    parts_ = std::move(other.parts_);
  }
  return *this;
}

Runtime::~Runtime() {
  if (parts_ == nullptr) return;
  // A device waits for its threads when it is destroyed, and this may be one of them.
  if (detail::inside_completion()) destroy_late(std::shared_ptr<void>(std::move(parts_)));
}

std::vector<AcceleratorStatus> Runtime::accelerators() const {
  std::vector<AcceleratorStatus> statuses;
  parts_->core.find_all_devices();
  for (const detail::Device* device : parts_->core.devices()) {
    statuses.emplace_back().info = device->accelerator->info();
  }
  for (const AbsentAccelerator& absent : parts_->core.absent()) {
    AcceleratorStatus& status = statuses.emplace_back();
    status.info.id = absent.id;
    status.available = false;
    status.reason = absent.reason;
  }
  return statuses;
}

Accelerator& Runtime::accelerator(std::string_view id) const { return *parts_->core.device(id).accelerator; }

AcceleratorMemory Runtime::memory(std::string_view id) const { return parts_->core.memory(id); }

std::pmr::memory_resource& Runtime::pinned_memory(AcceleratorRef accelerator) const {
  return parts_->core.pinned_memory(accelerator.id());
}

const Accelerator* Runtime::default_accelerator() const noexcept {
  const detail::Device* const device = parts_->core.default_device();
  return device == nullptr ? nullptr : device->accelerator;
}

double Runtime::bandwidth(AcceleratorRef from, AcceleratorRef to) const {
  return parts_->core.bandwidth(from.id(), to.id());
}

std::vector<KernelDefinition> Runtime::add_source(const KernelSource& source) { return parts_->sources.add(source); }

std::vector<KernelDefinition> Runtime::add_file(const std::string& file, const std::vector<std::string>& options) {
  return parts_->sources.add_file(file, options);
}

KernelDefinition Runtime::add_device_source(const DeviceSource& source) { return parts_->sources.add(source); }

}  // namespace dotcompute
