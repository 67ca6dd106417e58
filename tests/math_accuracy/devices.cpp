#include "devices.hpp"

#include <utility>

#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

namespace accuracy {

using namespace dotcompute;

Devices::Devices() : opencl_provider_(make_opencl_provider()), reference_(make_reference_accelerator()) {
  const auto add_cpu = [&](const char* name, dotcompute_isa isa, bool is_there) {
    if (!is_there) return absent_.push_back(std::string("cpu, ") + name + ": this machine has no such instructions");
    CpuOptions options;
    options.isa = isa;
    equal_.push_back(make_cpu_accelerator(options));
  };
#if defined(__x86_64__)
  add_cpu("x86-64-v2", DOTCOMPUTE_ISA_X86_64_V2, __builtin_cpu_supports("x86-64-v2") != 0);
  add_cpu("x86-64-v3", DOTCOMPUTE_ISA_X86_64_V3, __builtin_cpu_supports("x86-64-v3") != 0);
  add_cpu("x86-64-v4", DOTCOMPUTE_ISA_X86_64_V4, __builtin_cpu_supports("x86-64-v4") != 0);
#else
  add_cpu("aarch64", DOTCOMPUTE_ISA_AARCH64, true);
#endif
  FoundAccelerators found = opencl_provider_->find();
  if (!found.accelerators.empty()) opencl_ = std::move(found.accelerators.front());
  for (const AbsentAccelerator& each : found.absent) absent_.push_back(each.id + ": " + each.reason);
}

}  // namespace accuracy
