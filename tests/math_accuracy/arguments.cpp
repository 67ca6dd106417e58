#include "arguments.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace accuracy {

namespace {

template <class T>
class Maker {
 public:
  using Limits = std::numeric_limits<T>;

  explicit Maker(Density density) : is_page_(density == Density::page) {}

  std::vector<T> specials() const {
    std::vector<T> all = {T(0),
                          Limits::infinity(),
                          T(1),
                          Limits::denorm_min(),
                          Limits::min(),
                          Limits::max(),
                          T(0.5),
                          T(2),
                          T(3),
                          Limits::epsilon(),
                          Limits::min() / 2,
                          T(1) + Limits::epsilon(),
                          T(100.5)};
    const std::size_t count = all.size();
    for (std::size_t k = 0; k < count; ++k) all.push_back(-all[k]);
    all.push_back(Limits::quiet_NaN());
    return all;
  }

  /// Of any size, with both signs.
  T any() { return scaled(exponent(lowest, highest)); }
  T scaled(int exponent) { return std::ldexp(sign() * (T(1) + fraction()), exponent); }
  int exponent(int first, int last) {
    return first + static_cast<int>(random_() % static_cast<std::uint64_t>(last - first + 1));
  }
  /// From 0 to 1.
  T fraction() { return static_cast<T>(static_cast<double>(random_() >> 11) * 0x1p-53); }
  T between(double first, double last) {
    return static_cast<T>(first + (last - first) * static_cast<double>(fraction()));
  }
  T sign() { return random_() % 2 == 0 ? T(1) : T(-1); }

  std::vector<T> of_one() {
    std::vector<T> all;
    const int digits = is_page_ ? (is_float ? 400 : 8) : (is_float ? 6 : 1);
    for (int e = lowest; e <= highest; ++e) {
      for (int k = 0; k < digits; ++k) all.push_back(scaled(e));
    }
    const int near = is_page_ ? (is_float ? 4000 : 800) : 60;
    const auto around = [&](double place) {
      T up = static_cast<T>(place);
      T down = up;
      all.push_back(up);
      for (int k = 0; k < 3; ++k) {
        all.push_back(up = std::nextafter(up, Limits::infinity()));
        all.push_back(down = std::nextafter(down, -Limits::infinity()));
      }
    };
    for (int k = 1; k <= near; ++k) around(sign_of(k) * k * 1.5707963267948966);
    for (int k = 0; k < near / 4; ++k) around(std::floor(between(0, 1e6)) * 1.5707963267948966);
    for (int k = -200; k <= 200; ++k) around(k);
    for (const double end : ends) around(end);
    for (int k = 0; k < near; ++k) {
      const T step = std::ldexp(fraction(), exponent(-(Limits::digits - 1), 0));
      all.push_back(T(1) + step);
      all.push_back(T(1) - step / 2);
      all.push_back(T(-1) + step);
      for (const double end : ends) all.push_back(static_cast<T>(end + static_cast<double>(sign() * step)));
      all.push_back(between(-200, 200));
      all.push_back(between(-5, 5));
    }
    return all;
  }

  void of_two(std::vector<T>& first, std::vector<T>& second) {
    const int count = is_page_ ? (is_float ? 60000 : 6000) : 600;
    const double range = std::log(static_cast<double>(Limits::max()));
    for (int k = 0; k < count; ++k) {
      add(first, second, any(), any());
      const T like = any();
      add(first, second, like, std::ldexp(sign() * (T(1) + fraction()), exponent(-3, 3)) * like);
      add(first, second, scaled(exponent(-20, 20)), scaled(exponent(-20, 20)));
      // A power in the range, or a little beyond.
      const T base = std::fabs(scaled(exponent(-60, 60)));
      add(first, second, base, static_cast<T>(between(-1.1, 1.1) * range / std::log(static_cast<double>(base))));
      const T near_one = T(1) + sign() * std::ldexp(fraction(), exponent(-(Limits::digits - 2), -2));
      add(first, second, near_one,
          static_cast<T>(static_cast<double>(between(-1.1, 1.1)) * range / std::log(static_cast<double>(near_one))));
      // Of negative bases only whole exponents have a power.
      add(first, second, -base, std::floor(between(-20, 20)));
    }
  }

 private:
  static constexpr bool is_float = sizeof(T) == sizeof(float);
  static constexpr int lowest = Limits::min_exponent - Limits::digits;
  static constexpr int highest = Limits::max_exponent - 1;
  /// Where exp, expm1, exp2, sinh, tgamma, erfc and their like leave the range of float, and of double.
  static constexpr std::array<double, 18> ends = {88.72283905206835,
                                                  -87.33654475055310,
                                                  -103.97207708399179,
                                                  128.0,
                                                  -149.0,
                                                  89.41598629223294,
                                                  35.04010009765625,
                                                  10.05,
                                                  -17.33,
                                                  709.782712893384,
                                                  -708.3964185322641,
                                                  -745.1332191019411,
                                                  1024.0,
                                                  -1074.0,
                                                  710.4758600739439,
                                                  171.6243769563027,
                                                  26.55,
                                                  -37.43};

  static double sign_of(int k) { return k % 2 == 0 ? 1 : -1; }
  static void add(std::vector<T>& first, std::vector<T>& second, T a, T b) {
    first.push_back(a);
    second.push_back(b);
  }

  bool is_page_;
  std::mt19937_64 random_{20250101};
};

}  // namespace

template <class T>
Columns<T> arguments(int operands, Density density) {
  Maker<T> maker(density);
  Columns<T> all;
  const std::vector<T> specials = maker.specials();
  for (const T a : specials) {
    if (operands == 1) all.operand[0].push_back(a);
    for (std::size_t k = 0; operands > 1 && k < specials.size(); ++k) {
      all.operand[0].push_back(a);
      all.operand[1].push_back(specials[k]);
      if (operands > 2) all.operand[2].push_back(specials[(k * 7 + 3) % specials.size()]);
    }
  }
  all.specials = all.size();
  if (operands == 1) {
    const std::vector<T> more = maker.of_one();
    all.operand[0].insert(all.operand[0].end(), more.begin(), more.end());
    return all;
  }
  maker.of_two(all.operand[0], all.operand[1]);
  // The third operand nearly takes away the product of the others, or is anything.
  for (std::size_t k = all.operand[2].size(); operands > 2 && k < all.size(); ++k) {
    const T product = all.operand[0][k] * all.operand[1][k];
    const bool is_near = k % 2 == 0 && std::isfinite(product);
    all.operand[2].push_back(is_near ? -product * (T(1) + maker.fraction() / 1024) : maker.any());
  }
  return all;
}

template Columns<float> arguments(int, Density);
template Columns<double> arguments(int, Density);

}  // namespace accuracy
