#include <dotcompute/cuda/cuda_provider.hpp>

#include <utility>

#include <fmt/format.h>

#include <dotcompute/cuda/nvrtc.hpp>

#include "cuda_accelerator.hpp"
#include "device_description.hpp"
#include "driver.hpp"

namespace dotcompute {

namespace cuda {
namespace {

class CudaProvider final : public AcceleratorProvider {
 public:
  explicit CudaProvider(CudaOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::string_view backend() const noexcept override { return "cuda"; }
  [[nodiscard]] FoundAccelerators find() override;

 private:
  CudaOptions options_;
};

FoundAccelerators CudaProvider::find() {
  FoundAccelerators found;
  const auto absent = [&](std::string id, std::string reason) {
    found.absent.push_back({std::move(id), std::move(reason)});
    return std::move(found);
  };
  DriverLoad load = open_driver(options_.driver_paths);
  if (load.driver == nullptr) return absent("cuda", std::move(load.reason));
  const Driver& driver = *load.driver;
  int count = 0;
  if (const Result result = driver.cuDeviceGetCount(&count); result != Result::success) {
    return absent("cuda", fmt::format("the CUDA driver '{}' lists no devices: cuDeviceGetCount gave {}; see whether "
                                      "nvidia-smi works",
                                      driver.path, driver.describe(result)));
  }
  if (count == 0) {
    return absent("cuda", fmt::format("the CUDA driver '{}' finds no device; see whether nvidia-smi lists one, and "
                                      "what CUDA_VISIBLE_DEVICES hides",
                                      driver.path));
  }

  std::vector<DeviceDescription> usable;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    DeviceDescription description;
    if (std::optional<std::string> reason = describe_device(driver, ordinal, description)) {
      found.absent.push_back({fmt::format("cuda:{}", ordinal), *std::move(reason)});
    } else {
      usable.push_back(std::move(description));
    }
  }
  if (usable.empty()) return found;

  // NVRTC is opened only where there is something to compile for.
  auto compiler = std::make_shared<RuntimeCompiler>();
  NvrtcLoad nvrtc = Nvrtc::open(options_.nvrtc_paths, driver.version / 1000);
  compiler->nvrtc = std::move(nvrtc.nvrtc);
  compiler->reason = std::move(nvrtc.reason);
  const std::string nvrtc_name = compiler->nvrtc == nullptr ? "no NVRTC" : "NVRTC " + compiler->nvrtc->version();
  for (DeviceDescription& description : usable) {
    description.info.driver =
        fmt::format("CUDA driver {}, {}, {}", driver.version_name(), nvrtc_name, description.target());
    auto device = std::make_shared<CudaDevice>(load.driver, compiler, std::move(description));
    found.accelerators.push_back(std::make_unique<CudaAccelerator>(std::move(device)));
  }
  return found;
}

}  // namespace
}  // namespace cuda

std::unique_ptr<AcceleratorProvider> make_cuda_provider(const CudaOptions& options) {
  return std::make_unique<cuda::CudaProvider>(options);
}

}  // namespace dotcompute
