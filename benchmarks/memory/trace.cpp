#include "trace.hpp"

#include <cmath>
#include <random>

namespace memory {

namespace {

constexpr std::size_t layers = 48;
constexpr std::size_t messages = 64;
constexpr std::size_t batches = 4;

class Recorder {
 public:
  explicit Recorder(std::size_t allocations) : most_(allocations) { trace_.slots = layers + messages + batches; }

  [[nodiscard]] bool is_full() const { return trace_.allocations == most_; }
  Trace take() && { return std::move(trace_); }

  void train_step() {
    for (std::size_t layer = 0; layer < layers; ++layer) fill(layer, layer_bytes(layer));
    for (std::size_t layer = layers; layer > 0; --layer) empty(layer - 1);
  }
  void pass_messages() {
    for (int i = 0; i < 32; ++i) fill(layers + random_() % messages, log_uniform(6, 16));
  }
  void load_batch() { fill(layers + messages + random_() % batches, log_uniform(20, 25)); }

 private:
  static std::uint64_t layer_bytes(std::size_t layer) {
    return std::uint64_t{4} * (64 + layer * 16) * (128 + (layer % 7) * 96) * 8;
  }
  std::uint64_t log_uniform(double least_power, double most_power) {
    const double part = static_cast<double>(random_()) / static_cast<double>(std::minstd_rand::max());
    return static_cast<std::uint64_t>(std::exp2(least_power + part * (most_power - least_power)));
  }
  void fill(std::size_t slot, std::uint64_t size_bytes) {
    if (is_full()) return;
    trace_.requests.push_back({slot, size_bytes});
    ++trace_.allocations;
  }
  void empty(std::size_t slot) { trace_.requests.push_back({slot, 0}); }

  std::size_t most_;
  std::minstd_rand random_{20'26};
  Trace trace_;
};

}  // namespace

Trace mixed_trace(std::size_t allocations) {
  Recorder recorder(allocations);
  while (!recorder.is_full()) {
    recorder.train_step();
    recorder.pass_messages();
    recorder.load_batch();
  }
  return std::move(recorder).take();
}

}  // namespace memory
