// Items that pass each other values: sub-groups of several widths, and the whole group.

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/kernel.hpp>

namespace suite::groups {

using namespace dotcompute;

/// Each sub-group's sum, smallest and largest value, and this item's sums of those before it.
template <class T>
DOTCOMPUTE_KERNEL void subgroup_sums(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  const T own = i < x.size() ? static_cast<T>(x[i] / T(4)) : T(1);
  const T sum = subgroup_add(own);
  const T least = subgroup_min(own);
  const T most = subgroup_max(own);
  const T before = subgroup_exclusive_add(own);
  const T with = subgroup_inclusive_add(own);
  if (i >= y.size()) return;
  switch (i % 5) {
    case 0: y[i] = sum; break;
    case 1: y[i] = least; break;
    case 2: y[i] = most; break;
    case 3: y[i] = before; break;
    default: y[i] = with;
  }
}
template void subgroup_sums<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>);
template void subgroup_sums<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void subgroup_sums<float>(std::span<const float>, std::span<float>);
template void subgroup_sums<double>(std::span<const double>, std::span<double>);

/// The four shuffles, with lanes and distances that lead out of the sub-group too.
template <int Width>
DOTCOMPUTE_KERNEL void subgroup_shuffles(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  const std::size_t i = global_id();
  const std::uint32_t own = i < x.size() ? x[i] : static_cast<std::uint32_t>(i);
  const std::uint32_t any = subgroup_shuffle<Width>(own, own % 40);
  const std::uint32_t up = subgroup_shuffle_up<Width>(own, own % 7);
  const std::uint32_t down = subgroup_shuffle_down<Width>(own, own % 9);
  const std::uint32_t across = subgroup_shuffle_xor<Width>(own, 5);
  if (i < y.size()) y[i] = any * 3 + up * 5 + down * 7 + across * 11;
}
template void subgroup_shuffles<2>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void subgroup_shuffles<8>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void subgroup_shuffles<32>(std::span<const std::uint32_t>, std::span<std::uint32_t>);

/// Stream compaction inside each sub-group: those that stay move together, in their order.
DOTCOMPUTE_KERNEL void subgroup_compaction(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  const std::size_t i = global_id();
  const bool stays = i < x.size() && x[i] % 3 != 0;
  const std::uint32_t votes = subgroup_ballot(stays);
  const bool any = subgroup_any(!stays);
  const bool all = subgroup_all(stays);
  std::uint32_t rank = 0;
  for (std::size_t lane = 0; lane < subgroup_lane(); ++lane) rank += votes >> lane & 1;
  const std::size_t to = i - subgroup_lane() + rank;
  if (stays && to < y.size()) y[to] = x[i] * 2 + (any ? 1 : 0) + (all ? 5 : 0);
}

/// Groups of two dimensions, numbers of one and two bytes.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(5, 7) void subgroup_plane(std::span<const float> x, std::span<float> y) {
  const std::size_t i = global_id<1>() * global_size<0>() + global_id<0>();
  const float own = i < x.size() ? x[i] : 0.0f;
  const auto small = static_cast<std::int8_t>(subgroup_shuffle_xor<4>(static_cast<std::int8_t>(i), 1));
  const auto middle = subgroup_add<16>(static_cast<std::uint16_t>(i));
  const bool flag = subgroup_shuffle<8>(i % 3 == 0, 2);
  const float sum = subgroup_add<8>(own);
  const std::size_t places = subgroup_id<8>() + subgroup_count<8>() + subgroup_size<8>() + local_linear_id();
  if (i < y.size())
    y[i] = sum + static_cast<float>(small) + middle + (flag ? 0.5f : 0.25f) + static_cast<float>(places);
}

/// Relaxation until the whole group is content, or for twelve turns: a loop whose end the group decides together.
DOTCOMPUTE_KERNEL void group_fixpoint(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  SharedArray<std::uint32_t, 1024> label;
  const std::size_t i = local_id();
  label[i] = global_id() < x.size() ? x[global_id()] % 1000 : 1000;
  barrier();
  for (int turn = 0; turn < 12; ++turn) {
    const std::uint32_t left = i > 0 ? label[i - 1] : label[i];
    const std::uint32_t own = label[i];
    const bool changes = left < own && left % 4 != 0;
    if (!group_any(changes)) break;
    if (changes) label[i] = left;
    barrier();
  }
  const std::uint32_t first = group_broadcast(label[i]);
  const std::uint32_t last = group_broadcast(label[i], local_size() - 1);
  const bool all = group_all(label[i] >= first);
  if (global_id() < y.size()) y[global_id()] = label[i] * 4 + first % 2 + last % 2 + (all ? 2 : 0);
}

/// A condition that the group has in common, around a barrier.
DOTCOMPUTE_KERNEL void group_decides(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  SharedArray<std::uint32_t, 1024> values;
  const std::size_t i = local_id();
  const std::uint32_t own = global_id() < x.size() ? x[global_id()] : 0;
  values[i] = own;
  const std::uint32_t choice = group_broadcast(own % 3, local_size() / 2);
  std::uint32_t result = own;
  if (choice == 0) {
    barrier();
    result += values[local_size() - 1 - i];
  } else {
    for (std::uint32_t turn = 0; turn < choice; ++turn) {
      barrier();
      const std::uint32_t next = values[(i + 1) % local_size()];
      barrier();
      values[i] = next + turn;
      result ^= next;
    }
  }
  if (global_id() < y.size()) y[global_id()] = result;
}

}  // namespace suite::groups
