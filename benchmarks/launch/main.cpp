// The suite `launch`: what it costs to launch a kernel: on the CPU, by each of the four ways, beside calling a
// function and StarPU's tasks, and on all processors, in a loop and after a pause; on an OpenCL device and a GPU beside
// the driver's own calls.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "cuda_peer.hpp"
#include "kernels.hpp"
#include "measure.hpp"
#include "opencl_peer.hpp"
#include "peers.hpp"
#include "starpu_peer.hpp"

namespace {

using dotcompute::arg;

constexpr int most_callers = 2;
/// Launches of a sequence.
constexpr int sequence_size = 8;
constexpr float factor = 0.5f;

/// What one caller works on; callers share nothing, no cache line either. x is zero, so that y keeps its values however
/// often it is computed. Reads of x lie half a page from writes of y: with equal places in a page, a processor takes
/// the ones for what the others write.
class Data {
  static constexpr std::size_t between = 512;
  std::vector<float> all_x_;
  std::vector<float> all_y_;

 public:
  explicit Data(std::size_t n)
      : all_x_(n + between, 0.0f), all_y_(n + between, 1.0f), x(all_x_.data(), n), y(all_y_.data(), n) {}
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
  std::span<float> x;
  std::span<float> y;
};

using Callers = std::array<Data, most_callers>;

/// So many launches as prepared ones, one by one.
void run_prepared(const dotcompute::PreparedLaunch& launch, std::uint64_t iterations) {
  for (std::uint64_t i = 0; i < iterations; ++i) launch.run();
}

/// So many launches, rounded up, by replays of a sequence.
void run_sequences(const dotcompute::PreparedLaunch& launch, std::uint64_t iterations) {
  dotcompute::LaunchSequence sequence;
  for (int i = 0; i < sequence_size; ++i) sequence.record(launch);
  for (std::uint64_t i = 0; i < iterations; i += sequence_size) sequence.replay();
}

benchmark::Subject dotcompute_subject(const std::string& way, const dotcompute::Launcher& cpu, Callers& data) {
  const auto at = [&data](int caller) -> Data& { return data[static_cast<std::size_t>(caller)]; };
  if (way == "typed") {
    return {"dotcompute", [=](int caller, std::uint64_t iterations) {
              Data& own = at(caller);
              for (std::uint64_t i = 0; i < iterations; ++i) cpu.run(launch::saxpy, factor, own.x, own.y);
            }};
  }
  if (way == "name") {
    return {"dotcompute", [=](int caller, std::uint64_t iterations) {
              Data& own = at(caller);
              for (std::uint64_t i = 0; i < iterations; ++i) {
                cpu.run("launch::saxpy", arg("a", factor), arg("x", own.x), arg("y", own.y));
              }
            }};
  }
  const auto run = way == "sequence" ? run_sequences : run_prepared;
  return {"dotcompute", [=](int caller, std::uint64_t iterations) {
            Data& own = at(caller);
            run(cpu.prepare(launch::saxpy, factor, own.x, own.y), iterations);
          }};
}

/// The launches of a sequence one by one.
benchmark::Subject prepared_subject(const dotcompute::Launcher& cpu, Callers& data) {
  benchmark::Subject subject = dotcompute_subject("prepared", cpu, data);
  subject.name = "prepared";
  return subject;
}

benchmark::Subject peer_subject(const std::string& name, void (*saxpy)(float, std::span<const float>, std::span<float>),
                                Callers& data) {
  return {name, [saxpy, &data](int caller, std::uint64_t iterations) {
            Data& own = data[static_cast<std::size_t>(caller)];
            for (std::uint64_t i = 0; i < iterations; ++i) saxpy(factor, own.x, own.y);
          }};
}

/// Adds tasks of StarPU's that are waited for after each `at_once`, where StarPU is there.
void add_starpu([[maybe_unused]] benchmark::Case& compared, [[maybe_unused]] Callers& data,
                [[maybe_unused]] std::uint64_t at_once) {
#ifdef DOTCOMPUTE_BENCHMARK_STARPU_HOME
  std::array<std::shared_ptr<launch::StarPuSaxpy>, most_callers> callers;
  for (std::size_t i = 0; i < callers.size(); ++i) callers[i] = launch::StarPuSaxpy::create(data[i].x, data[i].y);
  compared.subjects.push_back({"starpu", [callers, at_once](int caller, std::uint64_t iterations) {
                                 callers[static_cast<std::size_t>(caller)]->run(factor, iterations, at_once);
                               }});
#endif
}

/// Launches that nobody waits for one by one, but for several together.
void measure_asynchronous(const dotcompute::Launcher& cpu) {
  constexpr std::size_t at_once = 64;
  for (const std::size_t n : {std::size_t{1}, std::size_t{1024}}) {
    Callers data{Data(n), Data(n)};
    const auto asynchronous = [&](int, std::uint64_t iterations) {
      std::vector<decltype(cpu.execute(launch::saxpy, factor, data[0].x, data[0].y))> launches;
      launches.reserve(at_once);
      for (std::uint64_t i = 0; i < iterations; ++i) {
        launches.push_back(cpu.execute(launch::saxpy, factor, data[0].x, data[0].y));
        if (launches.size() == at_once) launches.clear();
      }
    };
    benchmark::Case compared{"launch",
                             "asynchronous n=" + std::to_string(n),
                             1,
                             {{"dotcompute", asynchronous}, peer_subject("direct", launch::saxpy_direct, data)}};
    add_starpu(compared, data, at_once);
    benchmark::measure(compared);
  }
}

/// Launches on buffers, whose uses a sequence takes once for all of its launches.
void measure_buffers(const dotcompute::Launcher& cpu) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{1024}}) {
    const dotcompute::UnifiedBuffer<float> x(n);
    dotcompute::UnifiedBuffer<float> y(n);
    const auto prepared = [&](int, std::uint64_t iterations) {
      run_prepared(cpu.prepare(launch::saxpy, factor, x, y), iterations);
    };
    const auto sequence = [&](int, std::uint64_t iterations) {
      run_sequences(cpu.prepare(launch::saxpy, factor, x, y), iterations);
    };
    benchmark::measure({"launch",
                        "sequence of buffers n=" + std::to_string(n),
                        1,
                        {{"dotcompute", sequence}, {"prepared", prepared}}});
  }
}

using Tangent = void (*)(std::span<const float>, std::span<float>);

/// `n` elements with much work each, which is worth all processors.
benchmark::Case shared_case(const dotcompute::Launcher& cpu, const std::string& name, std::span<const float> x,
                            std::span<float> y) {
  const auto peer = [x, y](const std::string& subject, Tangent tangent) {
    return benchmark::Subject{subject, [x, y, tangent](int, std::uint64_t iterations) {
                                for (std::uint64_t i = 0; i < iterations; ++i) tangent(x, y);
                              }};
  };
  const benchmark::Subject launched{"dotcompute", [&cpu, x, y](int, std::uint64_t iterations) {
                                      for (std::uint64_t i = 0; i < iterations; ++i) cpu.run(launch::tangent, x, y);
                                    }};
  return {"launch",
          name + " n=" + std::to_string(y.size()),
          1,
          {launched, peer("direct", launch::tangent_direct), peer("openmp", launch::tangent_openmp),
           peer("onetbb", launch::tangent_onetbb)}};
}

/// Launches that are shared between all processors, one after the other: what remains of the time is handing the work
/// out and waiting for its end.
void measure_shared(const dotcompute::Launcher& cpu) {
  for (const std::size_t n : {std::size_t{4096}, std::size_t{16'384}, std::size_t{131'072}}) {
    const std::vector<float> x(n, 1.0f);
    std::vector<float> y(n);
    benchmark::measure(shared_case(cpu, "shared", x, y));
  }
}

/// A launch of some milliseconds on all processors when every thread slept: the workers have to be woken, and to come
/// to processors of their own.
void measure_after_pause(const dotcompute::Launcher& cpu) {
  constexpr std::size_t n = 2'000'000;
  const std::vector<float> x(n, 1.0f);
  std::vector<float> y(n);
  benchmark::Case compared = shared_case(cpu, "after a pause", x, y);
  compared.pause_ms = 30;
  compared.samples = 41;  // Some come in time and some do not: the median has to be of many.
  benchmark::measure(compared);
}

/// Launches on buffers that are on the device already, which is what remains when data moves only where it must, beside
/// `Peer`: the same kernel through the driver's own calls.
template <class Peer>
void measure_device(const dotcompute::Runtime& runtime, const dotcompute::AcceleratorInfo& device,
                    const std::string& peer) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{65'536}}) {
    std::string problem;
    const auto raw = Peer::create(n, problem);
    if (raw == nullptr) {
      std::fprintf(stderr, "launch: %s, so nothing to compare %s with\n", problem.c_str(), device.id.c_str());
      return;
    }
    const dotcompute::UnifiedBuffer<float> x(n);
    dotcompute::UnifiedBuffer<float> y(n);
    const dotcompute::Launcher launcher = runtime.on(device);
    const benchmark::Subject by_hand{peer, [&](int, std::uint64_t iterations) {
                                       for (std::uint64_t i = 0; i < iterations; ++i) raw->run(factor, 1);
                                     }};
    const benchmark::Subject several_by_hand{peer, [&](int, std::uint64_t iterations) {
                                               for (std::uint64_t i = 0; i < iterations; i += sequence_size) {
                                                 raw->run(factor, sequence_size);
                                               }
                                             }};
    const benchmark::Subject typed{"dotcompute", [&](int, std::uint64_t iterations) {
                                     for (std::uint64_t i = 0; i < iterations; ++i) {
                                       launcher.run(launch::saxpy, factor, x, y);
                                     }
                                   }};
    const auto prepared = [&](int, std::uint64_t iterations) {
      run_prepared(launcher.prepare(launch::saxpy, factor, x, y), iterations);
    };
    const auto sequence = [&](int, std::uint64_t iterations) {
      run_sequences(launcher.prepare(launch::saxpy, factor, x, y), iterations);
    };
    const std::string suffix = " " + device.id + " n=" + std::to_string(n);
    benchmark::measure({"launch", "prepared" + suffix, 1, {{"dotcompute", prepared}, by_hand}});
    benchmark::measure(
        {"launch", "sequence" + suffix, 1, {{"dotcompute", sequence}, several_by_hand, {"prepared", prepared}}});
    benchmark::measure({"launch", "typed" + suffix, 1, {typed, by_hand}});
  }
}

}  // namespace

int main() {
  // PoCL's device without threads: waking those takes tens of microseconds, and never the same number of them. Other
  // drivers do not look at this.
  setenv("POCL_DEVICES", "basic", 0);
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const dotcompute::Launcher cpu = runtime.on("cpu");
  for (const std::size_t n : {std::size_t{1}, std::size_t{1024}}) {
    Callers data{Data(n), Data(n)};
    for (int callers = 1; callers <= most_callers; ++callers) {
      for (const std::string way : {"sequence", "prepared", "typed", "name"}) {
        const std::string suffix = callers == 1 ? "" : " callers=" + std::to_string(callers);
        benchmark::Case compared{
            "launch",
            way + " n=" + std::to_string(n) + suffix,
            callers,
            {dotcompute_subject(way, cpu, data), peer_subject("direct", launch::saxpy_direct, data),
             peer_subject("openmp", launch::saxpy_openmp, data), peer_subject("onetbb", launch::saxpy_onetbb, data)}};
        if (way == "sequence") compared.subjects.push_back(prepared_subject(cpu, data));
        if (way == "typed") add_starpu(compared, data, 1);
        benchmark::measure(compared);
      }
    }
  }
  measure_asynchronous(cpu);
  measure_buffers(cpu);
  measure_shared(cpu);
  measure_after_pause(cpu);
  for (const dotcompute::AcceleratorStatus& device : runtime.accelerators()) {
    if (!device.available) std::fprintf(stderr, "launch: no %s: %s\n", device.info.id.c_str(), device.reason.c_str());
    if (device.info.id == "opencl:0") measure_device<launch::OpenClSaxpy>(runtime, device.info, "raw OpenCL");
    if (device.info.id == "cuda:0") measure_device<launch::CudaSaxpy>(runtime, device.info, "raw CUDA");
  }
}
