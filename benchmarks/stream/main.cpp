// The suite `stream`: BabelStream's five kernels on arrays that no cache holds, beside OpenMP, oneTBB, the same kernels
// on PoCL, and what vectors by hand get from the memory.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "comparison.hpp"
#include "devices.hpp"
#include "kernels.hpp"
#include "peers.hpp"

namespace {

using benchmark::Mode;
using benchmark::Way;
using dotcompute::Launcher;
using dotcompute::UnifiedBuffer;

/// BabelStream's own values.
constexpr double start_a = 0.1;
constexpr double start_b = 0.2;
constexpr double start_c = 0.05;
constexpr double scalar = 0.4;
template <class T>
constexpr T factor = static_cast<T>(scalar);

constexpr std::size_t dot_groups = 1024;

template <class T>
struct Data {
  explicit Data(std::size_t n) : a(n), b(n), c(n), sums(dot_groups) {}

  void start() {
    a.fill(static_cast<T>(start_a));
    b.fill(static_cast<T>(start_b));
    c.fill(static_cast<T>(start_c));
  }
  [[nodiscard]] stream::Arrays<T> arrays() {
    return {a.mutable_span().data(), b.mutable_span().data(), c.mutable_span().data(), a.size()};
  }

  UnifiedBuffer<T> a;
  UnifiedBuffer<T> b;
  UnifiedBuffer<T> c;
  UnifiedBuffer<T> sums;
  T sum = 0;
};

/// Whether every element is as near as a rounding or two.
template <class T>
std::string difference(const UnifiedBuffer<T>& buffer, double expected) {
  const auto limit = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const T value : buffer.span()) {
    if (std::fabs(static_cast<double>(value) - expected) <= limit) continue;
    return "an element is " + std::to_string(value) + " instead of " + std::to_string(expected);
  }
  return {};
}

/// A sum of as many equal floats drifts: what is added is rounded each time in the same direction.
template <class T>
std::string sum_difference(const Data<T>& data) {
  const double expected = start_a * start_b * static_cast<double>(data.a.size());
  const double limit = sizeof(T) == sizeof(float) ? 0.05 : 1e-8;
  if (std::fabs(static_cast<double>(data.sum) / expected - 1) <= limit) return {};
  return "the sum is " + std::to_string(data.sum) + " instead of " + std::to_string(expected);
}

/// One of the five: how it is computed, and what of it is looked at.
template <class T>
struct Kernel {
  std::string name;
  int arrays_moved;
  std::function<std::function<void()>(const Launcher&, Data<T>&)> prepare;
  std::function<void(const stream::Peer<T>&, Data<T>&)> run_peer;
  std::function<std::string(const Data<T>&)> difference;
};

std::function<void()> repeated(dotcompute::PreparedLaunch launch) {
  return [shared = std::make_shared<dotcompute::PreparedLaunch>(std::move(launch))] { shared->run(); };
}

template <class T>
std::vector<Kernel<T>> kernels() {
  using Arrays = Data<T>;
  return {
      {"copy", 2, [](const Launcher& on, Arrays& x) { return repeated(on.prepare(stream::copy<T>, x.a, x.c)); },
       [](const stream::Peer<T>& peer, Arrays& x) { peer.copy(x.arrays()); },
       [](const Arrays& x) { return difference(x.c, start_a); }},
      {"mul", 2,
       [](const Launcher& on, Arrays& x) { return repeated(on.prepare(stream::mul<T>, factor<T>, x.c, x.b)); },
       [](const stream::Peer<T>& peer, Arrays& x) { peer.mul(x.arrays(), factor<T>); },
       [](const Arrays& x) { return difference(x.b, scalar * start_c); }},
      {"add", 3, [](const Launcher& on, Arrays& x) { return repeated(on.prepare(stream::add<T>, x.a, x.b, x.c)); },
       [](const stream::Peer<T>& peer, Arrays& x) { peer.add(x.arrays()); },
       [](const Arrays& x) { return difference(x.c, start_a + start_b); }},
      {"triad", 3,
       [](const Launcher& on, Arrays& x) { return repeated(on.prepare(stream::triad<T>, factor<T>, x.b, x.c, x.a)); },
       [](const stream::Peer<T>& peer, Arrays& x) { peer.triad(x.arrays(), factor<T>); },
       [](const Arrays& x) { return difference(x.a, start_b + scalar * start_c); }},
      {"dot", 2,
       [](const Launcher& on, Arrays& x) -> std::function<void()> {
         const auto over = on.over(dot_groups * stream::dot_items);
         return [groups = repeated(over.prepare(stream::dot<T>, x.a, x.b, x.sums)), &x] {
           groups();
           const auto sums = x.sums.span();
           x.sum = std::accumulate(sums.begin(), sums.end(), T(0));
         };
       },
       [](const stream::Peer<T>& peer, Arrays& x) { x.sum = peer.dot(x.arrays()); },
       [](const Arrays& x) { return sum_difference(x); }},
  };
}

template <class T>
Way way(const Kernel<T>& kernel, std::string subject, std::string note, Data<T>& data,
        const std::function<void()>& run) {
  const auto check = [run, &kernel, &data] {
    data.start();
    run();
    return kernel.difference(data);
  };
  return {std::move(subject), std::move(note), run, check, 0};
}

template <class T>
void compare_all(const std::string& type, const Launcher& cpu, const std::optional<Launcher>& opencl,
                 const benchmark::Request& request) {
  // 128 MiB each.
  const std::size_t n = request.mode == Mode::smoke ? 4096 : (std::size_t{128} << 20) / sizeof(T);
  Data<T> data(n);
  Data<T> on_device(opencl ? n : 0);
  for (const Kernel<T>& kernel : kernels<T>()) {
    const std::string name = kernel.name + " " + type;
    if (!request.wants(name)) continue;
    const double bytes = static_cast<double>(kernel.arrays_moved) * static_cast<double>(n * sizeof(T));
    benchmark::Comparison comparison{"stream", name, {bytes / 1e9, "GB"}, {}};
    comparison.ways.push_back(way(kernel, "dotcompute", "", data, kernel.prepare(cpu, data)));
    for (const stream::Peer<T>& peer : stream::peers<T>()) {
      if (kernel.name == "dot" && peer.dot == nullptr) continue;
      comparison.ways.push_back(
          way(kernel, peer.subject, peer.note, data, [&kernel, peer, &data] { kernel.run_peer(peer, data); }));
    }
    if (opencl) comparison.ways.push_back(way(kernel, "pocl", "", on_device, kernel.prepare(*opencl, on_device)));
    benchmark::compare(comparison, request.mode);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const benchmark::Request request = benchmark::request_of(count, arguments);
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const std::optional<Launcher> opencl = benchmark::pocl_device(runtime, "stream");
  compare_all<float>("float", runtime.on("cpu"), opencl, request);
  compare_all<double>("double", runtime.on("cpu"), opencl, request);
}
