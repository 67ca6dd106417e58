#include <cstddef>
#include <numeric>

#include "kernels.hpp"
#include "scans_and_sorts.hpp"
#include "suite.hpp"

namespace kernels {

namespace {

using benchmark::Way;
using benchmark::Work;

struct VectorAdd {
  static constexpr const char* name = "vector add";
  static constexpr auto function = &Programs::vector_add;
  static constexpr double tolerance = 0;

  explicit VectorAdd(const Suite& suite)
      : a(random_numbers<float>(suite.size(std::size_t{1} << 24, 1000), -1, 1)),
        b(random_numbers<float>(a.size(), -9, 9)),
        c(a.size()) {}
  [[nodiscard]] Work work() const { return {3e-9 * static_cast<double>(c.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) { return repeated(on.prepare(vector_add, a, b, c)); }
  template <class F>
  void call(F function) {
    function(a.span(), b.span(), c.mutable_span());
  }
  UnifiedBuffer<float>& result() { return c; }

  UnifiedBuffer<float> a;
  UnifiedBuffer<float> b;
  UnifiedBuffer<float> c;
};

struct Saxpy {
  static constexpr const char* name = "saxpy";
  static constexpr auto function = &Programs::saxpy;
  static constexpr double tolerance = 0;
  static constexpr float factor = 0.001f;

  explicit Saxpy(const Suite& suite)
      : x(random_numbers<float>(suite.size(std::size_t{1} << 24, 1000), -1, 1)), y(x.size()) {}
  [[nodiscard]] Work work() const { return {3e-9 * static_cast<double>(y.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) { return repeated(on.prepare(saxpy, factor, x, y)); }
  template <class F>
  void call(F function) {
    function(factor, x.span(), y.mutable_span());
  }
  UnifiedBuffer<float>& result() { return y; }
  void start() { y.fill(1); }

  UnifiedBuffer<float> x;
  UnifiedBuffer<float> y;
};

template <bool is_fast>
struct BlackScholesOf {
  static constexpr const char* name = is_fast ? "Black-Scholes, fast math" : "Black-Scholes";
  static constexpr auto function = is_fast ? &Programs::fast_black_scholes : &Programs::black_scholes;
  // Differences of numbers around 100, by functions that are off by a few units in the last place.
  static constexpr double tolerance = 2e-4;
  static constexpr float rate = 0.02f;
  static constexpr float volatility = 0.3f;

  explicit BlackScholesOf(const Suite& suite)
      : spot(random_numbers<float>(suite.size(std::size_t{1} << 20, 1024), 50, 150)),
        strike(spot.size()),
        years(spot.size()),
        call_price(spot.size()),
        put(spot.size()) {
    // Other pairs than of equal places.
    const auto backwards = spot.span();
    for (std::size_t i = 0; i < spot.size(); ++i) {
      strike.mutable_span()[i] = backwards[spot.size() - 1 - i];
      years.mutable_span()[i] = 0.25f + static_cast<float>(i % 16) * 0.25f;
    }
  }
  [[nodiscard]] Work work() const { return {1e-6 * static_cast<double>(spot.size()), "Moption"}; }
  /// Three numbers are read and two are written for an option.
  static std::vector<Way> limit() { return memory_limit(20e6); }
  std::function<void()> prepare(const Launcher& on) {
    constexpr auto kernel = is_fast ? fast_black_scholes : black_scholes;
    return repeated(on.prepare(kernel, rate, volatility, spot, strike, years, call_price, put));
  }
  template <class F>
  void call(F function) {
    function(rate, volatility, spot.span(), strike.span(), years.span(), call_price.mutable_span(), put.mutable_span());
  }
  UnifiedBuffer<float>& result() { return call_price; }

  UnifiedBuffer<float> spot;
  UnifiedBuffer<float> strike;
  UnifiedBuffer<float> years;
  UnifiedBuffer<float> call_price;
  UnifiedBuffer<float> put;
};

struct Reduction {
  static constexpr const char* name = "reduction";
  static constexpr auto function = &Programs::sum;
  // The numbers are integers, whose sums are exact in every order.
  static constexpr double tolerance = 0;
  static constexpr std::size_t groups = 64;

  explicit Reduction(const Suite& suite) : in(suite.size(std::size_t{1} << 24, 1000)), sums(groups), total(1) {
    const auto integers = random_numbers<std::int32_t>(in.size(), -8, 8);
    for (std::size_t i = 0; i < in.size(); ++i) in.mutable_span()[i] = static_cast<float>(integers.span()[i]);
  }
  [[nodiscard]] Work work() const { return {1e-9 * static_cast<double>(in.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    const auto over = on.over(groups * 256);
    return [this, run = repeated(over.prepare(library::scans_and_sorts::tree_sum<float>, in, sums))] {
      run();
      const auto parts = sums.span();
      total.mutable_span()[0] = std::accumulate(parts.begin(), parts.end(), 0.0f);
    };
  }
  template <class F>
  void call(F function) {
    total.mutable_span()[0] = function(in.span());
  }
  UnifiedBuffer<float>& result() { return total; }

  UnifiedBuffer<float> in;
  UnifiedBuffer<float> sums;
  UnifiedBuffer<float> total;
};

struct Histogram {
  static constexpr const char* name = "histogram";
  static constexpr auto function = &Programs::histogram;
  static constexpr double tolerance = 0;
  static constexpr std::size_t groups = 64;

  explicit Histogram(const Suite& suite)
      : in(random_numbers<std::uint8_t>(suite.size(std::size_t{1} << 24, 1000), 0, 255)), counts(256) {}
  [[nodiscard]] Work work() const { return {1e-9 * static_cast<double>(in.size()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    const auto over = on.over(groups * 256);
    return [this, run = repeated(over.prepare(library::scans_and_sorts::histogram, in, counts))] {
      counts.fill(0);
      run();
    };
  }
  template <class F>
  void call(F function) {
    function(in.span(), counts.mutable_span());
  }
  UnifiedBuffer<std::uint32_t>& result() { return counts; }

  UnifiedBuffer<std::uint8_t> in;
  UnifiedBuffer<std::uint32_t> counts;
};

struct Scan {
  static constexpr const char* name = "scan";
  static constexpr auto function = &Programs::exclusive_scan;
  static constexpr double tolerance = 0;
  static constexpr std::size_t block = library::scans_and_sorts::block_size;

  explicit Scan(const Suite& suite)
      : in(random_numbers<std::uint32_t>(suite.size(std::size_t{1} << 23, 4 * block), 0, 100)),
        out(in.size()),
        sums(blocks_of(in.size())),
        offsets(sums.size()),
        upper_sums(blocks_of(sums.size())),
        upper_offsets(upper_sums.size()),
        all(1) {}
  [[nodiscard]] Work work() const { return {2e-9 * static_cast<double>(in.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  /// The sums of the blocks are scanned as the elements are, by blocks; there are not so many that their blocks' sums
  /// are more than one block.
  std::function<void()> prepare(const Launcher& on) {
    using namespace library::scans_and_sorts;
    const auto over = [&on](std::size_t elements) { return on.over(blocks_of(elements) * block / 2); };
    const std::vector<std::function<void()>> steps{
        repeated(over(in.size()).prepare(block_sums, in, sums)),
        repeated(over(sums.size()).prepare(scan_blocks<std::uint32_t>, sums, offsets, upper_sums)),
        repeated(over(upper_sums.size()).prepare(scan_blocks<std::uint32_t>, upper_sums, upper_offsets, all)),
        repeated(on.over(sums.size()).prepare(add_block_offsets<std::uint32_t>, upper_offsets, offsets)),
        repeated(over(in.size()).prepare(scan_with_offsets, in, offsets, out))};
    return [steps] {
      for (const auto& step : steps) step();
    };
  }
  template <class F>
  void call(F function) {
    function(in.span(), out.mutable_span());
  }
  UnifiedBuffer<std::uint32_t>& result() { return out; }

  static std::size_t blocks_of(std::size_t elements) { return (elements + block - 1) / block; }

  UnifiedBuffer<std::uint32_t> in;
  UnifiedBuffer<std::uint32_t> out;
  UnifiedBuffer<std::uint32_t> sums;
  UnifiedBuffer<std::uint32_t> offsets;
  UnifiedBuffer<std::uint32_t> upper_sums;
  UnifiedBuffer<std::uint32_t> upper_offsets;
  UnifiedBuffer<std::uint32_t> all;
};

}  // namespace

void solve_arrays(const Suite& suite) {
  solve<VectorAdd>(suite);
  solve<Saxpy>(suite);
  solve<BlackScholesOf<false>>(suite);
  solve<BlackScholesOf<true>>(suite);
  solve<Reduction>(suite);
  solve<Histogram>(suite);
  solve<Scan>(suite);
}

}  // namespace kernels
