#pragma once

/// How kernels are launched.
///
///     runtime.run(demo::saxpy, 2.0f, x, y);                                            // by function; blocks
///     co_await runtime.on("reference").execute(demo::saxpy, 2.0f, x_buffer, y_buffer); // asynchronous
///     auto sum = co_await runtime.execute<std::vector<float>>("demo::vector_add", arg("a", a), arg("b", b));
///     auto again = runtime.over({1024, 768}).prepare(demo::blur, width, in, out);      // many times: again.run()

#include <array>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/extent.hpp>
#include <dotcompute/base/task.hpp>
#include <dotcompute/runtime/accelerator_ref.hpp>
#include <dotcompute/runtime/arguments.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/dynamic_argument.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/launch_stream.hpp>
#include <dotcompute/runtime/outcome.hpp>
#include <dotcompute/runtime/pipeline.hpp>
#include <dotcompute/runtime/prepared_launch.hpp>
#include <dotcompute/runtime/report.hpp>

namespace dotcompute {

namespace detail {

template <class... A>
using ExecuteTask = std::conditional_t<(is_owned<A> && ...), DetachableTask<LaunchReport>, Task<LaunchReport>>;

}  // namespace detail

/// Says how to launch, then launches. A cheap value; it must not outlive its Runtime. Thread-safe as any value.
///
/// The grid is what `over` says, else as long as the longest span of the call; a kernel without a span, or one that
/// uses more than one dimension, needs `over`. An empty grid is a success.
///
/// The device is what `on` says, else the runtime's default, else chosen for each launch: of the cpu and the devices
/// found so far that have cores of their own and take the kernel, the one that is estimated to be the fastest, from the
/// work, where its data is, and what the devices say of themselves. The report says which, and why. What `on` names is
/// never replaced.
///
/// A library that holds kernels must not be unloaded while launches of them are under way.
///
/// A call that is wrong throws at once: ExecutionError for the kernel and its arguments, DeviceNotAvailableError and
/// DeviceError for the device, CompilationError where code cannot be made. What fails while the launch runs is thrown
/// by `run`, and by `get` or `co_await` of the Task.
///
/// Warm calls by function, blocking or not, allocate nothing, take no lock that callers share and build no text.
class DOTCOMPUTE_API Launcher {
 public:
  explicit Launcher(detail::RuntimeCore& runtime) noexcept { options_.runtime = &runtime; }
  /// For the library.
  explicit Launcher(const detail::LaunchOptions& options) : options_(options) {}

  /// The grid in work-items. Throws ExecutionError if their number does not fit 64 bits.
  [[nodiscard]] Launcher over(Extent grid) const;

  /// How many neighbouring work-items belong together: a device with groups of its own uses exactly this size, or
  /// throws ExecutionError where it cannot; for others it is a hint. Throws ExecutionError if a size is 0. Kernels that
  /// use no group features compute the same with every size.
  [[nodiscard]] Launcher in_groups_of(Extent group) const;

  /// The device. Throws DeviceNotAvailableError, which lists the devices there are and why others are not.
  [[nodiscard]] Launcher on(AcceleratorRef accelerator) const;

  /// The stream, and the device with it. Throws ExecutionError for a stream of another device than `on` named, of
  /// another runtime, or one that was moved from.
  [[nodiscard]] Launcher on(const LaunchStream& stream) const;

  /// A stream of a device. Throws DeviceNotAvailableError, and DeviceError if the device is lost.
  [[nodiscard]] LaunchStream create_stream(std::string_view accelerator) const;

  /// For the library: has the launch watched. The watcher is borrowed until the launch is complete.
  [[nodiscard]] Launcher watched_by(detail::LaunchWatcher& watcher) const;

  /// Stops the launch between two chunks of work once a stop is requested; the report then says `stopped`, what the
  /// kernel wrote is unspecified, and buffers among it have no content. On a device with memory of its own a launch can
  /// be stopped only before it was given to the device; it has written nothing then.
  [[nodiscard]] Launcher stop_with(std::stop_token stop) const;

  /// Measures the steps of the launch for its report.
  [[nodiscard]] Launcher timed() const;

  /// By function: starts the launch. The Task can be detached where every argument is a buffer, value or temporary.
  template <class... P, class... A>
  detail::ExecuteTask<A...> execute(void (*kernel)(P...), A&&... arguments) const {
    if constexpr (detail::ArgumentsFit < sizeof...(P) == sizeof...(A), void(P...), A... > ::value) {
      using State = detail::ReportingLaunch<detail::HeldArguments<void(P...), A...>>;
      detail::UnstartedLaunch<State> state(new State(std::forward<A>(arguments)...));
      const auto& payload = state->payload;
      detail::start_bound(
          options_, detail::bind_function(options_, identify(kernel), payload.block(), payload.buffers()), *state);
      return detail::ExecuteTask<A...>(state.started());
    } else {
      return {};
    }
  }

  /// By function: launches and returns when the launch is complete.
  template <class... P, class... A>
  LaunchReport run(void (*kernel)(P...), A&&... arguments) const {
    if constexpr (detail::ArgumentsFit < sizeof...(P) == sizeof...(A), void(P...), A... > ::value) {
      const detail::BlockArguments<void(P...), A...> bound(std::forward<A>(arguments)...);
      return detail::run_function(options_, identify(kernel), bound.block(), bound.buffers());
    } else {
      return {};
    }
  }

  /// Runs the kernel over long arrays of the host in chunks, several at once: while one is computed, others are copied
  /// to the device and back. Arrays that are marked with `chunked` are cut; they are equally long. Everything else is
  /// what it is in `run`, the same for all chunks, but for `first_of_chunk`. The grid of a launch is its chunk: a
  /// kernel sees indices within it. On the device of `on`, else the runtime's default, else the cpu.
  ///
  /// Returns when all chunks are done. A chunk that fails stops the rest: the error, which is thrown when nothing is
  /// under way any more, names the chunk and its elements; those before it are done, later ones may be. Throws
  /// ExecutionError for options and arguments that make no sense.
  template <class... P, class... A>
  PipelineReport pipeline(const PipelineOptions& options, void (*kernel)(P...), A&&... arguments) const {
    const std::array<std::optional<std::uint64_t>, sizeof...(A)> sizes{detail::chunked_size(arguments)...};
    return detail::run_pipeline(options_, options, sizes,
                                [&](const Launcher& on, const detail::ChunkRange& chunk) -> Task<LaunchReport> {
                                  return on.execute(kernel, detail::of_chunk(arguments, chunk)...);
                                });
  }

  /// By function: does everything but launch.
  template <class... P, class... A>
  [[nodiscard]] PreparedLaunch prepare(void (*kernel)(P...), A&&... arguments) const {
    if constexpr (detail::ArgumentsFit < sizeof...(P) == sizeof...(A), void(P...), A... > ::value) {
      using Call = detail::PreparedFunction<void(P...), A...>;
      return PreparedLaunch(new Call(options_, identify(kernel), std::forward<A>(arguments)...));
    } else {
      return PreparedLaunch(nullptr);
    }
  }

  /// By name, with the one written span that is not given allocated as the result, one element per work-item of the
  /// grid. `R` is std::vector<T> or UnifiedBuffer<T> of exactly the parameter's element type.
  template <class R, class... N>
  Task<Outcome<R>> execute(std::string_view kernel, Named<N>... arguments) const {
    using State = detail::ResultLaunch<R, N...>;
    detail::UnstartedLaunch<State> state(new State(std::move(arguments)...));
    const auto views = state->held.views();
    detail::MissingResult missing;
    const detail::BoundCall bound = detail::bind_name_and_result(options_, kernel, views, state->held.block,
                                                                 detail::ResultOf<R>::element(), missing);
    state->result = detail::ResultOf<R>::create(missing.count);
    detail::store_result(missing, detail::ResultOf<R>::data(state->result), detail::ResultOf<R>::buffer(state->result));
    detail::start_bound(options_, bound, *state);
    return Task<Outcome<R>>(state.started());
  }

  /// The same, blocking.
  template <class R, class... N>
  Outcome<R> run(std::string_view kernel, Named<N>... arguments) const {
    std::array<detail::ArgumentView, sizeof...(N)> views{arguments.view()...};
    detail::NamedBlock block;
    detail::MissingResult missing;
    const detail::BoundCall bound =
        detail::bind_name_and_result(options_, kernel, views, block, detail::ResultOf<R>::element(), missing);
    Outcome<R> outcome{detail::ResultOf<R>::create(missing.count), {}};
    detail::store_result(missing, detail::ResultOf<R>::data(outcome.value), detail::ResultOf<R>::buffer(outcome.value));
    outcome.report = detail::run_bound(options_, bound);
    return outcome;
  }

  /// By name with every argument given: starts the launch.
  template <class... N>
  Task<LaunchReport> execute(std::string_view kernel, Named<N>... arguments) const {
    using State = detail::ReportingLaunch<detail::HeldNames<N...>>;
    detail::UnstartedLaunch<State> state(new State(std::move(arguments)...));
    const auto views = state->payload.views();
    detail::start_bound(options_, detail::bind_name(options_, kernel, views, state->payload.block), *state);
    return Task<LaunchReport>(state.started());
  }

  /// By name with every argument given: launches and returns when the launch is complete.
  template <class... N>
  LaunchReport run(std::string_view kernel, Named<N>... arguments) const {
    const std::array<detail::ArgumentView, sizeof...(N)> views{arguments.view()...};
    detail::NamedBlock block;
    return detail::run_name(options_, kernel, views, block);
  }

  /// By name with every argument given: does everything but launch.
  template <class... N>
  [[nodiscard]] PreparedLaunch prepare(std::string_view kernel, Named<N>... arguments) const {
    return PreparedLaunch(new detail::PreparedName<N...>(options_, kernel, std::move(arguments)...));
  }

  /// By name with arguments whose types are known only now; every span that the kernel writes must be given. Checks
  /// everything that the compiler checks in the other forms. The arguments' memory is borrowed until completion; the
  /// array itself only for the call.
  LaunchReport run(std::string_view kernel, std::span<const DynamicArgument> arguments) const;
  Task<LaunchReport> execute(std::string_view kernel, std::span<const DynamicArgument> arguments) const;

 private:
  template <class... P>
  [[nodiscard]] static detail::FunctionCall identify(void (*kernel)(P...)) noexcept {
    return {reinterpret_cast<void (*)()>(kernel), &detail::BlockLayout<P...>::signature};
  }

  detail::LaunchOptions options_;
};

}  // namespace dotcompute
