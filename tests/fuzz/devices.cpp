#include "devices.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "msl_on_host.hpp"

namespace fuzz {

namespace {

dotcompute_grid grid_of(const std::uint64_t (&size)[3]) { return {{size[0], size[1], size[2]}}; }

void run_on_host(dotcompute::HostAccelerator& device, const dotcompute::KernelDefinition& definition,
                 const Kernel& kernel, const Arguments& arguments) {
  dotcompute::LaunchDescription launch;
  launch.arguments = arguments.block();
  launch.grid = grid_of(kernel.grid);
  if (kernel.uses_group) launch.group = grid_of(kernel.group);
  if (device.load(definition)->run(launch) != dotcompute::LaunchOutcome::completed) {
    throw std::runtime_error("the launch stopped without being asked to");
  }
}

void run_on_device(dotcompute::DeviceAccelerator& device, const dotcompute::KernelDefinition& definition,
                   const Kernel& kernel, Arguments& arguments) {
  const auto code = device.load(definition, device.build(definition));
  const auto stream = device.create_stream();
  std::vector<std::unique_ptr<dotcompute::DeviceMemory>> memories;
  std::vector<dotcompute::DeviceSpan> places;
  for (const std::vector<std::byte>& span : arguments.spans()) {
    memories.push_back(device.allocate(span.size()));
    stream->write(*memories.back(), 0, span);
    places.push_back({memories.back().get(), 0, arguments.size()});
  }
  dotcompute::DeviceLaunch launch{.arguments = arguments.block(), .spans = places, .grid = grid_of(kernel.grid)};
  if (kernel.uses_group) launch.group = grid_of(kernel.group);
  dotcompute::StreamPoint last = stream->launch(*code, launch);
  for (std::size_t k = 0; k < memories.size(); ++k) last = stream->read(arguments.spans()[k], *memories[k], 0);
  stream->wait(last);
}

}  // namespace

Devices::Devices(const DeviceChoice& choice) : reference_(dotcompute::make_reference_accelerator()) {
  if (choice.cpu) add_cpus();
  if (choice.opencl_every != 0) add_opencl(choice);
  if (choice.msl_every != 0) add_msl(choice);
  if (choice.cuda_compiler) {
    dotcompute::cuda::NvrtcLoad load = dotcompute::cuda::Nvrtc::open();
    nvrtc_ = std::move(load.nvrtc);
    if (nvrtc_ == nullptr) absent_.push_back("nvrtc: " + load.reason);
  }
}

Devices::~Devices() {
  for (const Device& each : tested_) {
    if (!each.log.empty()) ::unlink(each.log.c_str());
  }
}

void Devices::add_cpus() {
  const auto add = [&](const char* name, dotcompute_isa isa, bool is_there) {
    if (!is_there) return absent_.push_back(fmt::format("{}: this machine has no such instructions", name));
    dotcompute::CpuOptions options;
    options.isa = isa;
    options.threads = 1;
    tested_.push_back({name, dotcompute::make_cpu_accelerator(options)});
  };
#if defined(__x86_64__)
  add("x86-64-v2", DOTCOMPUTE_ISA_X86_64_V2, __builtin_cpu_supports("x86-64-v2") != 0);
  add("x86-64-v3", DOTCOMPUTE_ISA_X86_64_V3, __builtin_cpu_supports("x86-64-v3") != 0);
  add("x86-64-v4", DOTCOMPUTE_ISA_X86_64_V4, __builtin_cpu_supports("x86-64-v4") != 0);
#else
  add("aarch64", DOTCOMPUTE_ISA_AARCH64, true);
#endif
}

void Devices::add_opencl(const DeviceChoice& choice) {
  const bool is_oclgrind = !choice.oclgrind.empty();
  std::string log;
  if (is_oclgrind) {
    log = fmt::format("{}/oclgrind-{}.log", std::filesystem::temp_directory_path().string(), ::getpid());
    // Read by the OpenCL backend, and by the library when it is opened.
    for (const auto& [name, value] :
         {std::pair{"DOTCOMPUTE_OPENCL_LIBRARY", choice.oclgrind.c_str()}, std::pair{"OCLGRIND_DATA_RACES", "1"},
          std::pair{"OCLGRIND_NUM_THREADS", "1"}, std::pair{"OCLGRIND_BUILD_OPTIONS", "-cl-opt-disable"},
          std::pair{"OCLGRIND_LOG", log.c_str()}}) {
      ::setenv(name, value, 1);
    }
  }
  opencl_ = dotcompute::make_opencl_provider();
  dotcompute::FoundAccelerators found = opencl_->find();
  // The others are the same driver again.
  if (!found.accelerators.empty()) {
    tested_.push_back({.name = is_oclgrind ? "oclgrind" : "opencl:0",
                       .accelerator = std::move(found.accelerators.front()),
                       .every = choice.opencl_every,
                       .has_threads = true,
                       .log = log});
  }
  for (const dotcompute::AbsentAccelerator& each : found.absent) absent_.push_back(each.id + ": " + each.reason);
}

void Devices::add_msl(const DeviceChoice& choice) {
  if (const auto reason = msl_on_host::why_absent()) return absent_.push_back("msl-on-host: " + *reason);
  tested_.push_back({.name = "msl-on-host",
                     .accelerator = msl_on_host::make_accelerator({.takes_warnings = true}),
                     .every = choice.msl_every});
}

std::string take_log(const Device& device) {
  if (device.log.empty()) return {};
  std::ifstream file(device.log);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  // The device goes on at its own place in the file, or at the new end; what lies before is cut or zero.
  if (!text.empty()) [[maybe_unused]]
    const int done = ::truncate(device.log.c_str(), 0);
  std::erase(text, '\0');
  return text;
}

void run(dotcompute::Accelerator& device, const dotcompute::KernelDefinition& definition, const Kernel& kernel,
         Arguments& arguments) {
  if (auto* host = dynamic_cast<dotcompute::HostAccelerator*>(&device)) {
    return run_on_host(*host, definition, kernel, arguments);
  }
  run_on_device(dynamic_cast<dotcompute::DeviceAccelerator&>(device), definition, kernel, arguments);
}

std::string compile_cuda(const dotcompute::cuda::Nvrtc& nvrtc, const dotcompute_source& source) {
  const dotcompute::cuda::NvrtcOutcome outcome =
      nvrtc.compile({.text = source.text,
                     .file = "kernel.cu",
                     .target = "compute_80",
                     // As the backend gives them.
                     .options = {"--std=c++17", "--prec-div=true", "--prec-sqrt=true", "--ftz=false", "--fmad=false",
                                 "-DDOTCOMPUTE_NARROW=1"}});
  return outcome.is_compiled ? "" : outcome.log;
}

}  // namespace fuzz
