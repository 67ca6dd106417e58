#pragma once

/// Kernels whose records are written by hand, so that the runtime is tested without kernelc.

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/kernel/abi.h>

namespace demo {

struct Particle {
  float position[3];
  std::int32_t charge;
  double mass;
};

void saxpy(float a, std::span<const float> x, std::span<float> y);
void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> sum);
void count_up(std::uint32_t first, std::span<std::uint32_t> out);
void split(std::span<const std::int32_t> in, std::span<std::int32_t> low, std::span<std::int32_t> high);
void plane(std::span<const std::uint16_t> in, std::span<std::uint16_t> out);  // two dimensions
void push(Particle force, std::span<Particle> particles);
void flags(bool value, std::span<bool> out);
void scale(double factor, std::span<double> values);
void nothing();
void failing(std::span<float> out);       // its entry throws nothing: the test device reports the failure
void refused(std::span<float> out);       // the test device "picky" does not take it
void unregistered(std::span<float> out);  // no record exists
void spin(std::span<std::uint64_t> out);  // long enough to be stopped between chunks

}  // namespace demo

namespace dotcompute::test {

/// The unit with the kernels above; registered by the test program itself.
[[nodiscard]] dotcompute_unit& demo_unit();

/// A unit with one kernel "late::scale" of two values of its content, for what happens when kernels come and go.
/// `variant` 0: multiplies by 2; 1: multiplies by 3; 2: takes other parameters.
[[nodiscard]] dotcompute_unit& late_unit(int variant);

/// Registers a unit for as long as it lives.
class Registration {
 public:
  explicit Registration(dotcompute_unit& unit) : unit_(&unit) { dotcompute_register_unit(unit_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { dotcompute_unregister_unit(unit_); }

 private:
  dotcompute_unit* unit_;
};

}  // namespace dotcompute::test
