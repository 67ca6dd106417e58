#include "cuda_module.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "error_class.hpp"

namespace dotcompute::cuda {

namespace {

/// Groups of 256 keep every multiprocessor full that larger ones do, and small grids are shared out more evenly.
constexpr int largest_suggested_group_items = 256;

}  // namespace

CudaModule::Handle::~Handle() {
  if (module == nullptr || device.is_lost()) return;
  try {
    const CurrentContext current(device);
    device.driver().cuModuleUnload(module);
  } catch (const ComputeError&) {
    // The device went away, and the module with it.
  }
}

CudaModule::CudaModule(CudaDevice& device, const KernelDefinition& kernel, const Image& image)
    : device_(device), handle_(device) {
  device.require_working(kernel.name());
  const CurrentContext current(device, kernel.name());
  load(kernel, image);
  measure(kernel);
}

CudaModule::~CudaModule() = default;

void CudaModule::load(const KernelDefinition& kernel, const Image& image) {
  const Driver& driver = device_.driver();
  // A copy, for the alignment that machine code wants.
  const std::vector<std::byte> code(image.code.begin(), image.code.end());
  std::vector<char> log(16 * 1024);
  std::array<JitOption, 2> options{JitOption::error_log_buffer, JitOption::error_log_buffer_size_bytes};
  // The driver takes numbers in the place of pointers.
  std::array<void*, 2> values{log.data(), reinterpret_cast<void*>(log.size())};
  const Result loaded = driver.cuModuleLoadDataEx(&handle_.module, code.data(), static_cast<unsigned>(options.size()),
                                                  options.data(), values.data());
  if (classify(loaded) == ErrorClass::code) {
    log.back() = '\0';
    std::string said = log.data();
    while (!said.empty() && said.back() == '\n') said.pop_back();
    if (!said.empty()) said += '\n';
    throw Rejected{.is_entry_missing = false,
                   .log = said + fmt::format("cuModuleLoadDataEx: {}", driver.describe(loaded))};
  }
  device_.check(loaded, "cuModuleLoadDataEx", kernel.name());

  const Result found = driver.cuModuleGetFunction(&function_, handle_.module, image.entry.c_str());
  if (found == Result::not_found) throw Rejected{.is_entry_missing = true, .log = {}};
  device_.check(found, "cuModuleGetFunction", kernel.name());
}

void CudaModule::measure(const KernelDefinition& kernel) {
  const Driver& driver = device_.driver();
  int largest = 0;
  device_.check(driver.cuFuncGetAttribute(&largest, FunctionAttribute::max_threads_per_block, function_),
                "cuFuncGetAttribute", kernel.name());
  int shared_bytes = 0;
  device_.check(driver.cuFuncGetAttribute(&shared_bytes, FunctionAttribute::shared_size_bytes, function_),
                "cuFuncGetAttribute", kernel.name());
  const AcceleratorInfo& info = device_.info();
  if (static_cast<std::uint64_t>(shared_bytes) > info.limits.local_memory_bytes) {
    ErrorContext context;
    context.kernel = kernel.name();
    context.device = info.id;
    throw DeviceError(Remedy::fall_back,
                      fmt::format("'{}' needs {} bytes of local memory, and a group on '{}' ({}) can have {}; make its "
                                  "shared arrays smaller, or use another device",
                                  kernel.name(), shared_bytes, info.id, info.name, info.limits.local_memory_bytes),
                      std::move(context));
  }

  int blocks = 0;
  int items = 0;
  device_.check(driver.cuOccupancyMaxPotentialBlockSize(&blocks, &items, function_, nullptr, 0,
                                                        std::min(largest, largest_suggested_group_items)),
                "cuOccupancyMaxPotentialBlockSize", kernel.name());
  largest_group_items_ = static_cast<std::uint64_t>(std::max(1, largest));
  best_group_items_ =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(1, items)), 1, largest_group_items_);
}

}  // namespace dotcompute::cuda
