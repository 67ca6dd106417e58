#pragma once

/// The two forms of a call, by function and by name, on their way into the pipeline (`launch.cpp`).

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/extent.hpp>
#include <dotcompute/device/launch.hpp>
#include <dotcompute/runtime/arguments.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/launch_state.hpp>
#include <dotcompute/runtime/outcome.hpp>
#include <dotcompute/runtime/report.hpp>
#include <dotcompute/runtime/signature.hpp>

namespace dotcompute {

class HostKernel;

namespace detail {

struct LaunchPlan;

/// A call by function: the address and the type, which together are the kernel's identity.
struct FunctionCall {
  void (*function)() = nullptr;
  const Signature* signature = nullptr;
};

/// A call whose plan is found and whose arguments lie in their block.
struct BoundCall {
  const LaunchPlan* plan = nullptr;
  const std::byte* block = nullptr;
  Extent grid;
  /// For each parameter the buffer that was given for it, or null; null as a whole if no argument is a buffer.
  BufferStorage* const* buffers = nullptr;
  StepTimes times;             ///< Of the steps so far; only if timed.
  std::uint64_t begun_ns = 0;  ///< Only if timed.
};

/// A launch that only calls a kernel's code on the host once its buffers, if any, are taken into use and current there;
/// ready to be repeated.
struct DirectLaunch {
  const HostKernel* code = nullptr;  ///< Null for a launch that does more; the rest is empty then.
  LaunchDescription launch;
  LaunchReport report;  ///< Of a launch that completed.
};

/// The argument block of a call by name and its buffers, whose numbers are the kernel's affair.
class NamedBlock {
 public:
  NamedBlock() noexcept {}  // The bytes start out unspecified: `bind` writes those that count.
  NamedBlock(const NamedBlock&) = delete;
  NamedBlock& operator=(const NamedBlock&) = delete;
  ~NamedBlock() = default;

  /// Room for `size_bytes`, aligned to 64 bytes.
  [[nodiscard]] DOTCOMPUTE_API std::byte* reserve(std::uint64_t size_bytes);
  /// Room for a buffer for each parameter; all null.
  [[nodiscard]] DOTCOMPUTE_API BufferStorage** reserve_buffers(std::size_t parameter_count);

 private:
  static constexpr std::size_t inline_buffers = 8;
  BufferStorage* inline_buffers_[inline_buffers];
  std::unique_ptr<BufferStorage*[]> heap_buffers_;
  static constexpr std::size_t inline_bytes = 256;
  alignas(64) std::byte inline_[inline_bytes];
  std::unique_ptr<std::byte[]> heap_;
};

/// The written span that a call by name leaves to the runtime.
struct MissingResult {
  std::byte* place = nullptr;              ///< Of its dotcompute_span in the block.
  BufferStorage** buffer_place = nullptr;  ///< Among the call's buffers.
  std::uint64_t count = 0;                 ///< In elements: as large as the grid.
};

// The pipeline's entries. All throw what the call is refused for; see Launcher.
[[nodiscard]] DOTCOMPUTE_API BoundCall bind_function(const LaunchOptions& options, const FunctionCall& call,
                                                     const std::byte* block, BufferStorage* const* buffers);
[[nodiscard]] DOTCOMPUTE_API BoundCall bind_name(const LaunchOptions& options, std::string_view kernel,
                                                 std::span<const ArgumentView> arguments, NamedBlock& block);
/// As above for a call whose result of elements `result` is to be allocated; fills `missing`.
[[nodiscard]] DOTCOMPUTE_API BoundCall bind_name_and_result(const LaunchOptions& options, std::string_view kernel,
                                                            std::span<const ArgumentView> arguments, NamedBlock& block,
                                                            const ElementShape& result, MissingResult& missing);
/// `data` is where the result's elements are on the host; `buffer` is null unless the result is a buffer.
DOTCOMPUTE_API void store_result(const MissingResult& missing, void* data, BufferStorage* buffer) noexcept;
DOTCOMPUTE_API LaunchReport run_function(const LaunchOptions& options, const FunctionCall& call, const std::byte* block,
                                         BufferStorage* const* buffers);
DOTCOMPUTE_API LaunchReport run_name(const LaunchOptions& options, std::string_view kernel,
                                     std::span<const ArgumentView> arguments, NamedBlock& block);
/// What is left to do for each launch of a call whose plan stays as it is.
[[nodiscard]] DirectLaunch direct_launch(const LaunchOptions& options, const BoundCall& bound);
DOTCOMPUTE_API LaunchReport run_bound(const LaunchOptions& options, const BoundCall& bound);
DOTCOMPUTE_API void start_bound(const LaunchOptions& options, const BoundCall& bound, LaunchInFlight& state);

/// What a launch by function holds of one argument so that it lives until the launch completes.
struct NothingHeld {};

template <class A>
[[nodiscard]] auto hold_argument(std::remove_reference_t<A>& argument) {
  using Traits = ArgumentTraits<A>;
  if constexpr (Traits::buffer) {
    return argument.share_storage();
  } else if constexpr (Traits::range && Traits::temporary) {
    return typename Traits::Plain(std::move(argument));
  } else {
    return NothingHeld{};
  }
}

/// Whether a launch with an argument `A` keeps everything it uses alive by itself.
template <class A>
inline constexpr bool is_owned = ArgumentTraits<A>::buffer || !ArgumentTraits<A>::range || ArgumentTraits<A>::temporary;

/// The buffers among the arguments `A` of a call by function: for a call without any, nothing.
template <bool Any, class... A>
class BufferPlaces {
 public:
  explicit BufferPlaces(const A&...) noexcept {}
  [[nodiscard]] static BufferStorage* const* get() noexcept { return nullptr; }
};
template <class... A>
class BufferPlaces<true, A...> {
 public:
  explicit BufferPlaces(const A&... arguments) noexcept : buffers_{buffer_of(arguments)...} {}
  [[nodiscard]] BufferStorage* const* get() const noexcept { return buffers_.data(); }

 private:
  std::array<BufferStorage*, sizeof...(A)> buffers_;
};
template <class... A>
using BuffersAmong = BufferPlaces<(ArgumentTraits<A>::buffer || ...), std::remove_cvref_t<A>...>;

template <class Function, class... A>
class BlockArguments;

/// The argument block of a blocking call: it borrows everything.
template <class... P, class... A>
class BlockArguments<void(P...), A...> {
 public:
  explicit BlockArguments(A&&... arguments) : buffers_(arguments...) {
    store(std::index_sequence_for<P...>{}, std::forward<A>(arguments)...);
  }
  [[nodiscard]] const std::byte* block() const noexcept { return bytes_; }
  [[nodiscard]] BufferStorage* const* buffers() const noexcept { return buffers_.get(); }

 private:
  using Layout = BlockLayout<P...>;

  template <std::size_t... I>
  void store(std::index_sequence<I...>, A&&... arguments) {
    (store_argument<P>(bytes_ + Layout::layout.offsets[I], std::forward<A>(arguments)), ...);
  }

  alignas(Layout::layout.alignment) std::byte bytes_[Layout::layout.size_bytes + (sizeof...(P) == 0)];
  [[no_unique_address]] BuffersAmong<A...> buffers_;
};

template <class Function, class... A>
class HeldArguments;

/// The argument block of an asynchronous or prepared call, with what it holds.
template <class... P, class... A>
class HeldArguments<void(P...), A...> {
 public:
  explicit HeldArguments(A&&... arguments) : buffers_(arguments...), held_(hold_argument<A>(arguments)...) {
    store(std::index_sequence_for<P...>{}, std::forward<A>(arguments)...);
  }
  HeldArguments(const HeldArguments&) = delete;
  HeldArguments& operator=(const HeldArguments&) = delete;
  [[nodiscard]] const std::byte* block() const noexcept { return bytes_; }
  [[nodiscard]] BufferStorage* const* buffers() const noexcept { return buffers_.get(); }

 private:
  using Layout = BlockLayout<P...>;

  template <std::size_t... I>
  void store(std::index_sequence<I...>, A&&... arguments) {
    (store_one<P, A>(bytes_ + Layout::layout.offsets[I], std::get<I>(held_), std::forward<A>(arguments)), ...);
  }
  template <class Parameter, class Argument, class Held>
  static void store_one(std::byte* place, Held& held, Argument&& argument) {
    if constexpr (ArgumentTraits<Argument>::range && ArgumentTraits<Argument>::temporary &&
                  !ArgumentTraits<Argument>::buffer) {
      store_argument<Parameter>(place, held);  // The container moved: its elements are the held one's.
    } else {
      store_argument<Parameter>(place, std::forward<Argument>(argument));
    }
  }

  [[no_unique_address]] BuffersAmong<A...> buffers_;
  std::tuple<decltype(hold_argument<A>(std::declval<std::remove_reference_t<A>&>()))...> held_;
  alignas(Layout::layout.alignment) std::byte bytes_[Layout::layout.size_bytes + (sizeof...(P) == 0)];
};

/// The arguments of a call by name, with what an asynchronous one holds, and its block.
template <class... N>
class HeldNames {
 public:
  explicit HeldNames(Named<N>&&... arguments)
      : arguments_(std::move(arguments)...),
        holds_(std::apply(
            [](const auto&... argument) { return std::array<StorageHold, sizeof...(N)>{argument.hold()...}; },
            arguments_)) {}
  [[nodiscard]] std::array<ArgumentView, sizeof...(N)> views() noexcept {
    return std::apply([](auto&... argument) { return std::array<ArgumentView, sizeof...(N)>{argument.view()...}; },
                      arguments_);
  }

  NamedBlock block;

 private:
  std::tuple<Named<N>...> arguments_;
  std::array<StorageHold, sizeof...(N)> holds_;
};

/// A launch by name that yields an allocated result.
template <class R, class... N>
class ResultLaunch final : public LaunchState<Outcome<R>> {
 public:
  explicit ResultLaunch(Named<N>&&... arguments) : held(std::move(arguments)...) {}

  HeldNames<N...> held;
  R result;

 private:
  void deliver(std::exception_ptr error) noexcept override {
    if (error) {
      this->error_ = std::move(error);
    } else {
      this->value_.emplace(Outcome<R>{std::move(result), this->report});
    }
    this->finish();
  }
  void release() noexcept override { delete this; }
};

}  // namespace detail
}  // namespace dotcompute
