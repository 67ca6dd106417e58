#include <dotcompute/device/group_shape.hpp>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace dotcompute {

namespace {

bool is_given(const std::uint64_t (&size)[3]) noexcept { return size[0] != 0; }

/// "16x16", without the dimensions that the kernel does not have.
template <class Size>
std::string text_of(const Size (&size)[3]) {
  if (size[2] > 1) return fmt::format("{}x{}x{}", size[0], size[1], size[2]);
  if (size[1] > 1) return fmt::format("{}x{}", size[0], size[1]);
  return fmt::format("{}", size[0]);
}

}  // namespace

GroupShape group_shape(const dotcompute_kernel& kernel, const dotcompute_grid& wanted) noexcept {
  GroupShape shape;
  if (kernel.fixed_group[0] != 0) {
    std::copy(std::begin(kernel.fixed_group), std::end(kernel.fixed_group), shape.size);
  } else if (is_given(wanted.size)) {
    std::copy(std::begin(wanted.size), std::end(wanted.size), shape.size);
  } else {
    constexpr std::uint64_t usual[3][3] = {{256, 1, 1}, {16, 16, 1}, {8, 8, 4}};
    std::copy(std::begin(usual[kernel.dimensions - 1]), std::end(usual[kernel.dimensions - 1]), shape.size);
  }
  return shape;
}

std::optional<std::string> group_problem(const dotcompute_kernel& kernel, const dotcompute_grid& wanted) {
  if (!is_given(wanted.size)) return std::nullopt;
  if (kernel.fixed_group[0] != 0 && !std::equal(std::begin(wanted.size), std::end(wanted.size), kernel.fixed_group)) {
    return fmt::format(
        "has groups of {} (DOTCOMPUTE_GROUP) and cannot be launched in groups of {}; leave in_groups_of "
        "out",
        text_of(kernel.fixed_group), text_of(wanted.size));
  }
  if (!uses_groups(kernel)) return std::nullopt;
  for (std::uint32_t d = kernel.dimensions; d < 3; ++d) {
    if (wanted.size[d] <= 1) continue;
    return fmt::format("uses {} dimension{} and cannot be launched in groups of {}; give {}", kernel.dimensions,
                       kernel.dimensions == 1 ? "" : "s", text_of(wanted.size),
                       kernel.dimensions == 1 ? "one size" : "two sizes");
  }
  std::uint64_t items = 0;
  if (__builtin_mul_overflow(wanted.size[0], wanted.size[1], &items) ||
      __builtin_mul_overflow(items, wanted.size[2], &items) || items > largest_group_items) {
    return fmt::format("cannot be launched in groups of {}: a group has at most {} work-items; give a smaller size",
                       text_of(wanted.size), largest_group_items);
  }
  return std::nullopt;
}

}  // namespace dotcompute
