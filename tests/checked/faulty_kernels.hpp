#pragma once

/// Kernels that meet one fault each, in a work-item that the test chooses. The unit is checked.

#include <cstdint>
#include <span>

namespace faulty {

struct Pair {
  float first;
  std::int32_t parts[3];
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
void in_condition(std::span<const std::uint32_t> next, std::span<std::uint32_t> y);

}  // namespace faulty
