#include "devices.hpp"

#include <map>
#include <optional>
#include <utility>

#include "scans_and_sorts.hpp"

namespace library {

namespace {

using dotcompute::CpuIsa;
using dotcompute::Launcher;
using dotcompute::Runtime;
using dotcompute::RuntimeOptions;

/// A runtime of its own for each instruction set.
struct Device {
  std::string id;
  CpuIsa isa = CpuIsa::best;
  bool is_there = true;
};

const std::map<std::string, Device>& devices() {
  static const std::map<std::string, Device> all{
      {"reference", {"reference"}},
      {"cpu_v2", {"cpu", CpuIsa::x86_64_v2, __builtin_cpu_supports("x86-64-v2") != 0}},
      {"cpu_v3", {"cpu", CpuIsa::x86_64_v3, __builtin_cpu_supports("x86-64-v3") != 0}},
      {"cpu_v4", {"cpu", CpuIsa::x86_64_v4, __builtin_cpu_supports("x86-64-v4") != 0}},
      {"opencl", {"opencl:0"}},
  };
  return all;
}

/// A device of a runtime that lives as long as the program; or why there is none.
struct Opened {
  explicit Opened(const Device& device) : runtime(open(device)) {
    if (!device.is_there) {
      reason = "this machine does not have the instruction set";
      return;
    }
    try {
      launcher = runtime.on(device.id);
    } catch (const dotcompute::DeviceNotAvailableError& error) {
      reason = error.what();
    }
  }
  static Runtime open(const Device& device) {
    RuntimeOptions options;
    options.cpu_isa = device.is_there ? device.isa : CpuIsa::best;
    options.discovery = dotcompute::Discovery::named_only;
    return Runtime::create(options);
  }

  Runtime runtime;
  std::optional<Launcher> launcher;
  std::string reason;
};

}  // namespace

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const auto& [name, device] : devices()) names.push_back(name);
  return names;
}

void OnDevice::SetUp() {
  static std::map<std::string, Opened> opened;
  const Opened& found = opened.try_emplace(GetParam(), devices().at(GetParam())).first->second;
  if (!found.launcher) GTEST_SKIP() << found.reason;
  device_ = &*found.launcher;
}

std::vector<std::uint32_t> exclusive_scan(const Launcher& device, const std::vector<std::uint32_t>& in) {
  using namespace scans_and_sorts;
  const std::size_t blocks = (in.size() + block_size - 1) / block_size;
  std::vector<std::uint32_t> out(in.size());
  std::vector<std::uint32_t> sums(blocks);
  device.over(blocks * block_size / 2).run(scan_blocks<std::uint32_t>, in, out, sums);
  if (blocks <= 1) return out;
  device.over(in.size()).run(add_block_offsets<std::uint32_t>, exclusive_scan(device, sums), out);
  return out;
}

}  // namespace library
