#pragma once

/// Every kernel of the process: what the objects that kernelc made said when they were loaded.
///
///     const KernelDefinition saxpy = KernelRegistry::instance().get("demo::saxpy");

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/kernel/shape.hpp>

namespace dotcompute {

enum class LookupStatus {
  found,
  unknown,              ///< Nothing is registered under this function or name.
  different_signature,  ///< The function is registered with other parameters than the caller's.
  ambiguous,            ///< Several different kernels answer to it.
};

/// What a look-up found. A definition is valid while the object that holds it stays loaded.
struct KernelLookup {
  LookupStatus status = LookupStatus::unknown;
  std::optional<KernelDefinition> kernel;    ///< Set if found.
  std::vector<KernelDefinition> candidates;  ///< The kernels that a different signature or an ambiguity is about.
  std::vector<std::string> nearest;          ///< For a name that is not registered: at most three that it may mean.
  std::string problem;                       ///< Unless found: one sentence that says why, and what to do.

  [[nodiscard]] explicit operator bool() const noexcept { return status == LookupStatus::found; }
};

/// Thread-safe. Look-ups lock and may allocate: a warm launch remembers what it found and compares `epoch` instead.
class DOTCOMPUTE_API KernelRegistry {
 public:
  /// An empty registry. Programs use `instance`.
  constexpr KernelRegistry() noexcept = default;
  KernelRegistry(const KernelRegistry&) = delete;
  KernelRegistry& operator=(const KernelRegistry&) = delete;
  ~KernelRegistry();

  /// The registry that generated objects register with. It exists before the first constructor of the program runs and
  /// is never destroyed.
  [[nodiscard]] static KernelRegistry& instance() noexcept;

  /// Differs from every earlier value once a unit was added or removed: definitions found before are then looked up
  /// anew.
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_acquire); }

  /// The kernel with this function and these parameters. The address alone is not enough: linkers may fold functions,
  /// and the dynamic linker may give one function two addresses or two functions one.
  [[nodiscard]] KernelLookup find(void (*function)(), std::span<const ParameterShape> parameters) const;

  /// The kernel with this name, as C++ spells it: "demo::saxpy", "sorting::merge<double, true>".
  [[nodiscard]] KernelLookup find(std::string_view name) const;

  /// As `find`; throws ExecutionError with the look-up's `problem`.
  [[nodiscard]] KernelDefinition get(void (*function)(), std::span<const ParameterShape> parameters) const;
  [[nodiscard]] KernelDefinition get(std::string_view name) const;

  /// All kernels, in the order in which they were registered.
  [[nodiscard]] std::vector<KernelDefinition> definitions() const;

  /// Takes a unit, or keeps the reason why it cannot. The unit stays where it is until it is removed. A unit that is
  /// registered already stays registered once.
  void add(dotcompute_unit& unit) noexcept;

  /// Forgets a unit; one that was never added is ignored.
  void remove(dotcompute_unit& unit) noexcept;

 private:
  struct Index;
  struct IndexDeleter {
    void operator()(Index* index) const noexcept;
  };
  /// A unit that could not be taken.
  struct Rejection {
    const dotcompute_unit* unit;
    std::string reason;
  };

  [[nodiscard]] Index& index() const;
  void ask_linker(std::uint64_t epoch) const;
  [[nodiscard]] std::string with_rejections(std::string problem) const;
  void changed() noexcept;

  // Held for moments only, and never while the dynamic linker is called: the linker holds its own lock when it runs the
  // constructors that register units.
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> epoch_{1};
  dotcompute_unit* first_ = nullptr;  ///< Units are linked through their `slot`, so that registering needs no heap.
  dotcompute_unit* last_ = nullptr;
  std::vector<Rejection> rejections_;
  mutable std::unique_ptr<Index, IndexDeleter> index_;  ///< Made by the first look-up of an epoch.
};

}  // namespace dotcompute
