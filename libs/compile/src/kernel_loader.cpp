#include "kernel_loader.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute {

namespace {

/// A file with these bytes, for as long as it takes to load it.
class ShortLivedFile {
 public:
  ShortLivedFile(std::filesystem::path path, std::span<const char> bytes) : path_(std::move(path)) {
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IXUSR);
    if (fd < 0) fail(errno);
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        const int error = errno;
        ::close(fd);
        ::unlink(path_.c_str());
        fail(error);
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    ::close(fd);
  }
  ShortLivedFile(const ShortLivedFile&) = delete;
  ShortLivedFile& operator=(const ShortLivedFile&) = delete;
  ~ShortLivedFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  [[noreturn]] void fail(int error) const {
    throw CompilationError(Remedy::retry, fmt::format("compiled kernels cannot be written to '{}': {}; set TMPDIR to a "
                                                      "directory with room",
                                                      path_.string(), std::generic_category().message(error)));
  }

  std::filesystem::path path_;
};

/// A name that was never used in this process: for a name that it knows, the dynamic linker returns the old object.
std::string unused_name() {
  static std::atomic<std::uint64_t> next{0};
  return fmt::format("kernels-{}.so", next.fetch_add(1, std::memory_order_relaxed));
}

/// Why the registry could not read this unit; empty if it can.
std::string unreadable_because(const dotcompute_unit& unit) {
  if (unit.abi_version != DOTCOMPUTE_ABI_VERSION) {
    return fmt::format("it is of ABI {}, and this library reads ABI {}", unit.abi_version, DOTCOMPUTE_ABI_VERSION);
  }
  if (unit.struct_size < sizeof(dotcompute_unit)) {
    return fmt::format("its table has {} bytes, and this library needs {}", unit.struct_size, sizeof(dotcompute_unit));
  }
  if (unit.kernel_count == 0 || unit.kernels == nullptr) return "it holds no kernel";
  if (unit.kernels->struct_size < sizeof(dotcompute_kernel)) {
    return fmt::format("its kernels have records of {} bytes, and this library needs {}", unit.kernels->struct_size,
                       sizeof(dotcompute_kernel));
  }
  return {};
}

[[noreturn]] void fail_to_load(std::string_view source, std::string_view why, std::string cause = {}) {
  ErrorContext context;
  context.source = source;
  context.cause = std::move(cause);
  throw CompilationError(Remedy::fix_input,
                         fmt::format("the compiled kernels of '{}' cannot be loaded: {}", source, why),
                         std::move(context));
}

}  // namespace

/// A loaded shared object and its registered unit.
class LoadedKernels::Library {
 public:
  Library(void* handle, std::string_view source) : handle_(handle) {
    auto* unit = static_cast<dotcompute_unit*>(::dlsym(handle, "dotcompute_unit"));
    const std::string problem = unit == nullptr ? "they export no dotcompute_unit" : unreadable_because(*unit);
    if (!problem.empty()) {
      ::dlclose(handle_);
      fail_to_load(source, problem + "; use the kernelc that belongs to this library");
    }
    unit_ = unit;
    ::dotcompute_register_unit(unit_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    unregister();
    ::dlclose(handle_);
  }

  // The registry ignores a unit that it does not have.
  void unregister() noexcept { ::dotcompute_unregister_unit(unit_); }

  [[nodiscard]] std::vector<KernelDefinition> definitions() const {
    std::vector<KernelDefinition> result;
    // Records may be longer than this library knows: their own size tells where the next one lies.
    const auto* record = reinterpret_cast<const std::byte*>(unit_->kernels);
    for (std::uint64_t i = 0; i < unit_->kernel_count; ++i, record += unit_->kernels->struct_size) {
      result.emplace_back(*reinterpret_cast<const dotcompute_kernel*>(record));
    }
    return result;
  }

 private:
  void* handle_;
  dotcompute_unit* unit_ = nullptr;
};

LoadedKernels::LoadedKernels() noexcept = default;
LoadedKernels::LoadedKernels(std::unique_ptr<Library> library) noexcept : library_(std::move(library)) {}
LoadedKernels::LoadedKernels(LoadedKernels&&) noexcept = default;
LoadedKernels& LoadedKernels::operator=(LoadedKernels&&) noexcept = default;
LoadedKernels::~LoadedKernels() = default;

std::vector<KernelDefinition> LoadedKernels::definitions() const {
  return library_ == nullptr ? std::vector<KernelDefinition>{} : library_->definitions();
}

void LoadedKernels::unregister() noexcept {
  if (library_ != nullptr) library_->unregister();
}

LoadedKernels KernelLoader::load(std::span<const char> shared_object, std::string_view source) const {
  const ShortLivedFile file(directory_.path() / unused_name(), shared_object);
  void* handle = ::dlopen(file.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    fail_to_load(
        source,
        fmt::format("the dynamic linker refuses them; if '{}' forbids programs to run, set TMPDIR to a directory "
                    "that does not",
                    directory_.path().parent_path().string()),
        reason == nullptr ? "" : reason);
  }
  return LoadedKernels(std::make_unique<LoadedKernels::Library>(handle, source));
}

}  // namespace dotcompute
