#include "driver.hpp"

#include <cstdlib>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shared_library.hpp"

namespace dotcompute::cuda {

namespace {

/// Before 7.0 there were no primary contexts.
constexpr int oldest_version = 7000;

std::vector<std::string> usual_places() {
  return {"libcuda.so.1",
          "libcuda.so",
          "/usr/lib/wsl/lib/libcuda.so.1",
          "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
          "/usr/lib/x86_64-linux-gnu/nvidia/current/libcuda.so.1",
          "/usr/lib/aarch64-linux-gnu/libcuda.so.1",
          "/usr/lib64/libcuda.so.1",
          "/usr/lib64/nvidia/libcuda.so.1",
          "/usr/local/nvidia/lib64/libcuda.so.1",
          "/run/opengl-driver/lib/libcuda.so.1",
          "/usr/local/cuda/compat/libcuda.so.1"};
}

/// Finds entry points: through cuGetProcAddress, which gives the version of each that is asked for, or by their symbols
/// in drivers that have no such function.
class EntryPoints {
 public:
  explicit EntryPoints(const SharedLibrary& library) : library_(library) {
    second_ = reinterpret_cast<Second>(library.symbol("cuGetProcAddress_v2"));
    if (second_ == nullptr) first_ = reinterpret_cast<First>(library.symbol("cuGetProcAddress"));
  }

  /// `symbol` is the name under which the library has the version of the function that is declared here.
  template <class Function>
  void find(Function& function, const char* name, const char* symbol) {
    void* address = ask(name);
    if (address == nullptr) address = library_.symbol(symbol);
    if (address == nullptr && missing_ == nullptr) missing_ = symbol;
    function = reinterpret_cast<Function>(address);
  }
  template <class Function>
  void find(Function& function, const char* name) {
    find(function, name, name);
  }

  /// The first one that was not found; null if all were.
  [[nodiscard]] const char* missing() const noexcept { return missing_; }

 private:
  using First = Result (*)(const char* name, void** address, int version, std::uint64_t flags);
  using Second = Result (*)(const char* name, void** address, int version, std::uint64_t flags, int* status);

  [[nodiscard]] void* ask(const char* name) const {
    void* address = nullptr;
    Result result = Result::not_found;
    int status = 0;
    if (second_ != nullptr) result = second_(name, &address, interface_version, 0, &status);
    if (first_ != nullptr) result = first_(name, &address, interface_version, 0);
    return result == Result::success ? address : nullptr;
  }

  const SharedLibrary& library_;
  First first_ = nullptr;
  Second second_ = nullptr;
  const char* missing_ = nullptr;
};

/// The name of the first entry point that is missing; null if none is.
const char* find_functions(const SharedLibrary& library, DriverFunctions& functions) {
  EntryPoints points(library);
  points.find(functions.cuInit, "cuInit");
  points.find(functions.cuDriverGetVersion, "cuDriverGetVersion");
  points.find(functions.cuGetErrorName, "cuGetErrorName");
  points.find(functions.cuGetErrorString, "cuGetErrorString");
  points.find(functions.cuDeviceGetCount, "cuDeviceGetCount");
  points.find(functions.cuDeviceGet, "cuDeviceGet");
  points.find(functions.cuDeviceGetName, "cuDeviceGetName");
  points.find(functions.cuDeviceTotalMem, "cuDeviceTotalMem", "cuDeviceTotalMem_v2");
  points.find(functions.cuDeviceGetAttribute, "cuDeviceGetAttribute");
  points.find(functions.cuDeviceCanAccessPeer, "cuDeviceCanAccessPeer");
  points.find(functions.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
  // Its second version differs in name only.
  const bool has_second = library.symbol("cuDevicePrimaryCtxRelease_v2") != nullptr;
  points.find(functions.cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease",
              has_second ? "cuDevicePrimaryCtxRelease_v2" : "cuDevicePrimaryCtxRelease");
  points.find(functions.cuCtxGetCurrent, "cuCtxGetCurrent");
  points.find(functions.cuCtxPushCurrent, "cuCtxPushCurrent", "cuCtxPushCurrent_v2");
  points.find(functions.cuCtxPopCurrent, "cuCtxPopCurrent", "cuCtxPopCurrent_v2");
  points.find(functions.cuCtxEnablePeerAccess, "cuCtxEnablePeerAccess");
  points.find(functions.cuModuleLoadDataEx, "cuModuleLoadDataEx");
  points.find(functions.cuModuleUnload, "cuModuleUnload");
  points.find(functions.cuModuleGetFunction, "cuModuleGetFunction");
  points.find(functions.cuFuncGetAttribute, "cuFuncGetAttribute");
  points.find(functions.cuOccupancyMaxPotentialBlockSize, "cuOccupancyMaxPotentialBlockSize");
  points.find(functions.cuMemAlloc, "cuMemAlloc", "cuMemAlloc_v2");
  points.find(functions.cuMemFree, "cuMemFree", "cuMemFree_v2");
  points.find(functions.cuMemHostAlloc, "cuMemHostAlloc");
  points.find(functions.cuMemFreeHost, "cuMemFreeHost");
  points.find(functions.cuMemGetAddressRange, "cuMemGetAddressRange", "cuMemGetAddressRange_v2");
  points.find(functions.cuPointerGetAttribute, "cuPointerGetAttribute");
  points.find(functions.cuMemGetInfo, "cuMemGetInfo", "cuMemGetInfo_v2");
  points.find(functions.cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync", "cuMemcpyHtoDAsync_v2");
  points.find(functions.cuMemcpyDtoDAsync, "cuMemcpyDtoDAsync", "cuMemcpyDtoDAsync_v2");
  points.find(functions.cuMemcpyPeerAsync, "cuMemcpyPeerAsync");
  points.find(functions.cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync", "cuMemcpyDtoHAsync_v2");
  points.find(functions.cuStreamCreate, "cuStreamCreate");
  points.find(functions.cuStreamDestroy, "cuStreamDestroy", "cuStreamDestroy_v2");
  points.find(functions.cuStreamSynchronize, "cuStreamSynchronize");
  points.find(functions.cuStreamWaitEvent, "cuStreamWaitEvent");
  points.find(functions.cuEventCreate, "cuEventCreate");
  points.find(functions.cuEventDestroy, "cuEventDestroy", "cuEventDestroy_v2");
  points.find(functions.cuEventRecord, "cuEventRecord");
  points.find(functions.cuEventQuery, "cuEventQuery");
  points.find(functions.cuEventSynchronize, "cuEventSynchronize");
  points.find(functions.cuLaunchKernel, "cuLaunchKernel");
  return points.missing();
}

/// What to do about a driver that does not initialise.
std::string advice(Result result) {
  switch (result) {
    case Result::no_device: {
      const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
      if (visible != nullptr) {
        return fmt::format("the machine has no NVIDIA device, or CUDA_VISIBLE_DEVICES, which is '{}', hides it",
                           visible);
      }
      return "the machine has no NVIDIA device, or this process may not open /dev/nvidia*";
    }
    case Result::stub_library:
      return "this is the toolkit's stand-in for linking; remove its directory from LD_LIBRARY_PATH, or install "
             "NVIDIA's driver";
    case Result::system_driver_mismatch:
      return "the driver's library and its kernel module are of different versions; restart the machine, or make them "
             "equal";
    case Result::system_not_ready:
      return "start the services that the machine's devices need, such as nvidia-fabricmanager";
    default: return "see whether nvidia-smi works, and reinstall NVIDIA's driver if it does not";
  }
}

}  // namespace

std::string Driver::version_name() const { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

std::string Driver::describe(Result result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  if (cuGetErrorName(result, &name) != Result::success || name == nullptr) {
    return fmt::format("error {} of CUDA", static_cast<int>(result));
  }
  if (cuGetErrorString(result, &text) != Result::success || text == nullptr) return name;
  return fmt::format("{} ({})", name, text);
}

DriverLoad open_driver(std::span<const std::string> paths) {
  Attempts attempts;
  const SharedLibrary library(places_to_try("DOTCOMPUTE_CUDA_LIBRARY", paths, usual_places()), attempts);
  if (!library.is_open()) {
    return {nullptr, fmt::format("no CUDA driver was found; {}; install NVIDIA's driver (Debian: the package "
                                 "libcuda1) or name the library in DOTCOMPUTE_CUDA_LIBRARY",
                                 attempts.text())};
  }
  auto driver = std::make_shared<Driver>();
  driver->path = library.path();
  if (const char* const missing = find_functions(library, *driver)) {
    return {nullptr, fmt::format("'{}' is no CUDA driver that can be used: it has no function {}; update NVIDIA's "
                                 "driver",
                                 library.path(), missing)};
  }
  if (const Result result = driver->cuInit(0); result != Result::success) {
    return {nullptr, fmt::format("the CUDA driver '{}' does not start: cuInit gave {}; {}", library.path(),
                                 driver->describe(result), advice(result))};
  }
  driver->cuDriverGetVersion(&driver->version);
  if (driver->version < oldest_version) {
    return {nullptr, fmt::format("the CUDA driver '{}' is of CUDA {}, which is too old; install one of CUDA 7.0 or "
                                 "later",
                                 library.path(), driver->version_name())};
  }
  return {std::move(driver), {}};
}

}  // namespace dotcompute::cuda
