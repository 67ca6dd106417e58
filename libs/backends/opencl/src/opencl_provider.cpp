#include <dotcompute/opencl/opencl_provider.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <utility>

#include "device_description.hpp"
#include "error_name.hpp"
#include "library.hpp"
#include "opencl_accelerator.hpp"

namespace dotcompute {

namespace opencl {

namespace {

constexpr const char* backend_name = "opencl";
constexpr const char* what_to_install =
    "install a driver for the device from its vendor, or pocl-opencl-icd to run OpenCL on the processor";

class OpenClProvider final : public AcceleratorProvider {
 public:
  explicit OpenClProvider(OpenClOptions options) : options_(std::move(options)) {}

  std::string_view backend() const noexcept override { return backend_name; }

  FoundAccelerators find() override {
    OpenedLibrary opened = open_library(options_.loader_paths.empty() ? usual_loader_paths() : options_.loader_paths);
    if (!opened.api) {
      found_.absent.push_back({backend_name, fmt::format("no OpenCL loader could be opened ({}); install "
                                                         "ocl-icd-libopencl1 and a driver, such as pocl-opencl-icd",
                                                         opened.tried)});
      return std::move(found_);
    }
    library_ = *opened.api;
    library_in_turns_ = *opened.api;
    library_in_turns_.take_turns(turn_);
    find_platforms(opened.path);
    return std::move(found_);
  }

 private:
  void find_platforms(const std::string& path) {
    cl_uint count = 0;
    cl_int code = library_.clGetPlatformIDs(0, nullptr, &count);
    std::vector<cl_platform_id> platforms(code == CL_SUCCESS ? count : 0);
    if (!platforms.empty()) code = library_.clGetPlatformIDs(count, platforms.data(), nullptr);
    if (platforms.empty() || code != CL_SUCCESS) return report_no_platform(path, code);
    for (std::size_t i = 0; i < platforms.size(); ++i) find_devices(platforms[i], i);
  }

  void report_no_platform(const std::string& path, cl_int code) {
    const char* const vendors = std::getenv("OCL_ICD_VENDORS");
    found_.absent.push_back(
        {backend_name,
         fmt::format("the OpenCL loader {} knows no driver{}; it looked in {}; {}", path,
                     code == CL_SUCCESS ? "" : fmt::format(" (clGetPlatformIDs gave {})", error_name(code)),
                     vendors == nullptr ? "/etc/OpenCL/vendors" : fmt::format("OCL_ICD_VENDORS={}", vendors),
                     what_to_install)});
  }

  void find_devices(cl_platform_id platform, std::size_t number) {
    cl_uint count = 0;
    cl_int code = library_.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count);
    std::vector<cl_device_id> devices(code == CL_SUCCESS ? count : 0);
    if (!devices.empty()) {
      code = library_.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices.data(), nullptr);
    }
    if (devices.empty() || code != CL_SUCCESS) {
      found_.absent.push_back(
          {backend_name, fmt::format("platform {} of OpenCL ({}) has no devices: clGetDeviceIDs gave {}; {}", number,
                                     platform_text(library_, platform, CL_PLATFORM_NAME),
                                     code == CL_SUCCESS ? "none" : error_name(code), what_to_install)});
      return;
    }
    // Oclgrind runs kernels in the thread that waits for them, and two such threads trip each other up.
    const bool takes_turns = platform_text(library_, platform, CL_PLATFORM_NAME) == "Oclgrind";
    const auto context = std::make_shared<PlatformContext>();
    for (const cl_device_id device : devices) {
      add(platform, device, takes_turns ? library_in_turns_ : library_, context);
    }
  }

  void add(cl_platform_id platform, cl_device_id device, const Library& library,
           std::shared_ptr<PlatformContext> context) {
    DeviceDescription description =
        describe_device(library, platform, device, fmt::format("{}:{}", backend_name, next_number_++));
    if (description.unusable) {
      found_.absent.push_back({description.info.id, std::move(*description.unusable)});
      return;
    }
    if (!description.traits.waits_for_others) context = std::make_shared<PlatformContext>();
    context->add(device);
    found_.accelerators.push_back(std::make_unique<OpenClAccelerator>(library, device, std::move(description),
                                                                      std::move(context), options_.out_of_order));
  }

  OpenClOptions options_;
  Library library_;
  Library library_in_turns_;  ///< The same, for drivers that want it so.
  std::mutex turn_;
  FoundAccelerators found_;
  std::size_t next_number_ = 0;
};

}  // namespace

}  // namespace opencl

std::unique_ptr<AcceleratorProvider> make_opencl_provider(const OpenClOptions& options) {
  return std::make_unique<opencl::OpenClProvider>(options);
}

}  // namespace dotcompute
