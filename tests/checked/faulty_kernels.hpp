#pragma once

/// Kernels that meet one fault each, in a work-item that the test chooses. The unit is checked.

#include <array>
#include <cstdint>
#include <span>

namespace faulty {

struct Pair {
  float first;
  std::int32_t parts[3];
};

struct alignas(64) Wide {
  float values[16];
};

struct Box {
  std::array<std::int32_t, 3> parts;
  float last;
};

void assertion(std::span<const std::int32_t> x, std::span<std::int32_t> y);
void read(std::span<const float> x, std::span<float> y, std::uint64_t bad);
void write(std::span<float> y, std::uint64_t bad);
void update(std::span<std::int32_t> y, std::int32_t by, std::uint64_t bad);
void back(std::span<const float> x, std::span<float> y);
void part(std::span<const float> x, std::span<float> y, std::uint64_t offset, std::uint64_t count);
void local_array(std::span<std::int32_t> y, std::int32_t index);
void standard_array(std::span<std::int32_t> y, std::int32_t index);
void member_array(std::span<Pair> y, std::uint64_t at, std::int32_t index);
void reference_argument(std::span<float> y, std::uint64_t bad);
void reference_variable(std::span<Pair> y, std::uint64_t bad);
void reference_result(std::span<float> y, std::uint64_t bad);
void shift(std::span<std::uint32_t> y, std::int32_t count);
void divide(std::span<std::int32_t> y, std::int32_t by);
void divide_update(std::span<std::uint32_t> y, std::uint32_t by);
void remainder(std::span<std::int64_t> y, std::int64_t by);
void convert(std::span<const float> x, std::span<std::int32_t> y);
void convert_narrow(std::span<std::uint8_t> y, float by);
void plane(std::span<float> y, std::uint32_t width);
void view(std::span<float> y, std::uint32_t columns);
void lambda(std::span<float> y, std::uint64_t bad);
void shared(std::span<const std::uint32_t> x, std::span<std::uint32_t> y);
void several(std::span<const float> x, std::span<float> y);
void everywhere(std::span<std::uint64_t> y);
void in_condition(std::span<const std::uint32_t> next, std::span<std::uint32_t> y);
void captured_reference(std::span<float> y, std::uint64_t bad);
void swapped_pointers(std::span<float> y, std::uint64_t bad);
void aligned(Wide by, std::span<float> y);
void in_helper(std::span<const float> x, std::span<float> y, std::uint64_t bad);
void in_lambda_of_helper(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t by);
void around_barriers(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint64_t before,
                     std::uint64_t between, std::uint64_t after);
void in_uniform_condition(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint64_t limit);
void guarded(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t offset);
void guarded_too_late(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t offset);
void in_chosen_arm(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t shift);
void in_switch(std::span<const std::int32_t> x, std::span<std::int32_t> y);
void boxed_array(std::span<Box> y, std::uint64_t at, std::int32_t index);
void volume(std::span<float> y, std::uint32_t rows, std::uint32_t columns);
void count(std::span<const std::uint32_t> x, std::span<std::uint32_t> counts, std::span<std::uint32_t> before);

}  // namespace faulty
