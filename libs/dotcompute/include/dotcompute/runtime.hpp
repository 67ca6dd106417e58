#pragma once

/// The library as a program sees it.
///
///     auto runtime = dotcompute::Runtime::create();
///     runtime.run(demo::saxpy, 2.0f, x, y);

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/kernel/device_source.hpp>
#include <dotcompute/memory/memory_options.hpp>
#include <dotcompute/runtime/accelerator_memory.hpp>
#include <dotcompute/runtime/discovery.hpp>
#include <dotcompute/runtime/launcher.hpp>

namespace dotcompute {

/// The instruction sets that CPU code exists for.
enum class CpuIsa : std::uint32_t {
  best = 0,  ///< The highest that the machine has.
  x86_64_v2 = DOTCOMPUTE_ISA_X86_64_V2,
  x86_64_v3 = DOTCOMPUTE_ISA_X86_64_V3,
  x86_64_v4 = DOTCOMPUTE_ISA_X86_64_V4,
  aarch64 = DOTCOMPUTE_ISA_AARCH64,
};

/// Where OpenCL's loader is looked for, when a device of it is first wanted.
struct OpenClDriver {
  bool enabled = true;  ///< False to not look for it at all.
  /// Names and paths, tried in order; empty for what DOTCOMPUTE_OPENCL_LIBRARY names in the environment, else the usual
  /// ones.
  std::vector<std::string> loader_paths = {};
};

/// The same for CUDA's driver and its compiler.
struct CudaDriver {
  bool enabled = true;
  /// Empty for what DOTCOMPUTE_CUDA_LIBRARY names in the environment, else the usual ones.
  std::vector<std::string> driver_paths = {};
  /// Empty for what DOTCOMPUTE_NVRTC_LIBRARY names in the environment, else the usual ones.
  std::vector<std::string> nvrtc_paths = {};
};

struct RuntimeOptions {
  /// The id of the device for launches without `on`; empty to choose for each launch.
  std::string default_accelerator = {};
  /// The number of threads that run CPU kernels, the calling one included; 0 for what DOTCOMPUTE_CPU_THREADS says in
  /// the environment, else one per processor that the process may use.
  std::size_t cpu_threads = 0;
  /// The highest instruction set that the cpu uses; `best` for what DOTCOMPUTE_CPU_TARGET says, else what the machine
  /// has.
  CpuIsa cpu_isa = CpuIsa::best;
  /// The kernel compiler for sources that arrive at run time; empty for what DOTCOMPUTE_KERNELC names in the
  /// environment, else the kernelc that lies with the library or the program, else the one in PATH.
  std::string kernelc_path = {};
  /// When devices besides the cpu are looked for that launches without `on` may run on.
  Discovery discovery = Discovery::automatic;
  OpenClDriver opencl = {};
  CudaDriver cuda = {};
  /// How much of the devices' own memory is used and kept.
  std::vector<AcceleratorMemoryOptions> memory = {};
};

/// A device that there is, or that there is not and why.
struct AcceleratorStatus {
  AcceleratorInfo info{};  ///< Only `id` if it is absent.
  bool available = true;
  std::string reason = {};  ///< Why not, with every path tried.
};

/// A C++ source with kernels that arrives while the program runs.
struct KernelSource {
  /// Names the source in diagnostics and identifies it: a source of the same name is replaced.
  std::string name = "kernels.cpp";
  std::string text = {};
  /// For the compiler: "-DSIZE=3", "-Iinclude"; and "--checked", for kernels whose launches throw where they do what
  /// C++ leaves undefined or fail an assertion.
  std::vector<std::string> options = {};
};

/// Owns the devices and everything that launches share, and is a Launcher with no wishes: every launch option and
/// launch is a member of its base. Movable and thread-safe; its Launchers, PreparedLaunches and LaunchSequences must
/// not outlive it. Destroying it waits for its launches; destroyed by a coroutine that one of its own launches resumed,
/// it hands that waiting to another thread.
///
/// Several may live at once. Kernels that the program was built with are known to all of them; so are those that one of
/// them added, until that one is destroyed: no launch of them may then be under way from another.
class DOTCOMPUTE_API Runtime : public Launcher {
 public:
  /// Makes the cpu and the reference ready; other devices are found when they are first wanted. Throws
  /// DeviceNotAvailableError if `default_accelerator` is none of them.
  [[nodiscard]] static Runtime create(const RuntimeOptions& options = {});

  Runtime(Runtime&&) noexcept;
  Runtime& operator=(Runtime&&) noexcept;
  ~Runtime();

  /// The devices there are, then those that were looked for in vain. Looks for the devices of every backend.
  [[nodiscard]] std::vector<AcceleratorStatus> accelerators() const;

  /// A device by id, as a handle for `on`. Throws DeviceNotAvailableError.
  [[nodiscard]] Accelerator& accelerator(std::string_view id) const;

  /// The memory that this runtime has of a device, by its id; of one that uses the host's memory, the blocks of
  /// buffers. Throws DeviceNotAvailableError.
  [[nodiscard]] AcceleratorMemory memory(std::string_view id) const;

  /// Host memory that the driver of a device reads and writes without a copy of its own, for buffers and containers
  /// whose transfers to and from it shall be fast: `UnifiedBuffer<float> x(size, runtime.pinned_memory("cuda:0"))`. It
  /// has a limit, a quarter of the machine's memory. What is made of it goes before the Runtime. Throws
  /// DeviceNotAvailableError, DeviceError for a device without such memory, and OutOfMemoryError.
  [[nodiscard]] std::pmr::memory_resource& pinned_memory(AcceleratorRef accelerator) const;

  /// The device for launches without `on`, if the options name one; null where it is chosen for each launch.
  [[nodiscard]] const Accelerator* default_accelerator() const noexcept;

  /// How fast data goes from one device to another, in bytes per second: between the memories of devices, or from and
  /// to the host's, where "cpu" works. Measured when it is first asked for, which takes some milliseconds; launches
  /// that name no device are placed by it from then on. Infinite where nothing is copied. Throws
  /// DeviceNotAvailableError, DeviceError and OutOfMemoryError.
  [[nodiscard]] double bandwidth(AcceleratorRef from, AcceleratorRef to) const;

  /// Compiles a source with kernelc, a process of its own that starts with the first source, and registers its kernels
  /// for launches by name. A source that is rejected leaves an earlier one of its name as it was. The definitions are
  /// valid until the Runtime is destroyed. Throws CompilationError: with the compiler's diagnostics as its cause, or if
  /// no compiler can be reached.
  std::vector<KernelDefinition> add_source(const KernelSource& source);

  /// The same for a file, which is identified by its path.
  std::vector<KernelDefinition> add_file(const std::string& file, const std::vector<std::string>& options = {});

  /// Registers a kernel that is written in the languages of devices, for launches by name on those; one that was added
  /// under the same name is replaced. The definition is valid until the Runtime is destroyed. Throws CompilationError
  /// for a source that contradicts itself; the device's compiler sees the text at the first launch on a device.
  KernelDefinition add_device_source(const DeviceSource& source);

 private:
  struct Parts;
  explicit Runtime(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

}  // namespace dotcompute
