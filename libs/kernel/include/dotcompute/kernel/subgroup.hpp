#pragma once

/// Sub-groups: the items of a group in runs of `Width`, in the order of `local_linear_id`, that pass values to each
/// other.
///
///     DOTCOMPUTE_KERNEL void sum_of_runs(std::span<const float> x, std::span<float> sums) {
///       const std::size_t i = dotcompute::global_id();
///       const float sum = dotcompute::subgroup_add(i < x.size() ? x[i] : 0.0f);
///       if (dotcompute::subgroup_lane() == 0 && i / 32 < sums.size()) sums[i / 32] = sum;
///     }
///
/// The width is the kernel's, not the device's: 32 unless it is given, and the same on every device, so that a kernel
/// means the same everywhere. A group whose size is no multiple of the width ends with a smaller sub-group; items that
/// are not there take no part.
///
/// Every item of the group calls an operation together with the others: it stands in control flow that is the same for
/// the whole group, as a barrier does, and kernelc refuses any other. Where an operation is no statement of its own,
/// its operands are always evaluated. In a direct call of a kernel each throws std::logic_error, as `barrier` does.
///
/// `T` is an arithmetic type or `dotcompute::half`.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <dotcompute/kernel/group.hpp>

namespace dotcompute {

namespace detail {

// One word of each item, which the group's other items can read: `publish` writes it and waits, `published` reads an
// item's, `withdraw` waits until all have read. kernelc knows these three and makes a shared array and barriers of
// them.
#ifdef __DOTCOMPUTE_KERNELC__

inline void publish(std::uint64_t word, unsigned line = __builtin_LINE()) {
  current_item.published[local_linear_id()] = word;
  barrier(line);
}
[[nodiscard]] inline std::uint64_t published(std::size_t item) { return current_item.published[item]; }
inline void withdraw(unsigned line = __builtin_LINE()) { barrier(line); }

#else

[[noreturn]] inline void publish(std::uint64_t) { refuse_to_wait("dotcompute: an operation of the items of a group"); }
[[nodiscard]] inline std::uint64_t published(std::size_t) { return 0; }
inline void withdraw() {}

#endif

// A width that a sub-group may have.
template <int N>
struct SubgroupWidth {
  static_assert(N == 2 || N == 4 || N == 8 || N == 16 || N == 32,
                "dotcompute::subgroup_...<Width>: the width of a sub-group is 2, 4, 8, 16 or 32");
  static constexpr std::size_t items = N;
};

// A value as a word, and back.
template <class T>
struct Word {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                    (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8),
                "dotcompute: items of a group pass each other numbers of at most eight bytes");
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t,
                                                     std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

  [[nodiscard]] static std::uint64_t of(T value) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<std::uint64_t>(value);
    } else {
      return std::bit_cast<Bits>(value);
    }
  }
  [[nodiscard]] static T value(std::uint64_t word) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(word);
    } else {
      return std::bit_cast<T>(static_cast<Bits>(word));
    }
  }
};

// What two operands make; `a` is of the lower lane.
struct Add {
  template <class T>
  [[nodiscard]] static T of(T a, T b) {
    return static_cast<T>(a + b);
  }
};
struct Minimum {
  template <class T>
  [[nodiscard]] static T of(T a, T b) {
    return b < a ? b : a;
  }
};
struct Maximum {
  template <class T>
  [[nodiscard]] static T of(T a, T b) {
    return a < b ? b : a;
  }
};

}  // namespace detail

/// This item's place in its sub-group: 0 to `subgroup_size<Width>() - 1`.
template <int Width = 32>
[[nodiscard]] inline std::size_t subgroup_lane() {
  return local_linear_id() % detail::SubgroupWidth<Width>::items;
}

/// The number of this item's sub-group in its group.
template <int Width = 32>
[[nodiscard]] inline std::size_t subgroup_id() {
  return local_linear_id() / detail::SubgroupWidth<Width>::items;
}

/// The number of items in this item's sub-group: `Width`, or less in the group's last one.
template <int Width = 32>
[[nodiscard]] inline std::size_t subgroup_size() {
  const std::size_t left = local_linear_size() - subgroup_id<Width>() * Width;
  return left < Width ? left : Width;
}

/// The number of sub-groups in a group.
template <int Width = 32>
[[nodiscard]] inline std::size_t subgroup_count() {
  return (local_linear_size() + detail::SubgroupWidth<Width>::items - 1) / Width;
}

/// The value of the item in `lane` of this sub-group; this item's own if there is no such item.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_shuffle(T value, std::size_t lane) {
  detail::publish(detail::Word<T>::of(value));
  const std::size_t from = lane < subgroup_size<Width>() ? subgroup_id<Width>() * Width + lane : local_linear_id();
  const std::uint64_t word = detail::published(from);
  detail::withdraw();
  return detail::Word<T>::value(word);
}

/// The value of the item `distance` lanes below; this item's own if there is none.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_shuffle_up(T value, std::size_t distance) {
  const std::size_t lane = subgroup_lane<Width>();
  return subgroup_shuffle<Width>(value, distance <= lane ? lane - distance : lane);
}

/// The value of the item `distance` lanes above; this item's own if there is none.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_shuffle_down(T value, std::size_t distance) {
  const std::size_t lane = subgroup_lane<Width>();
  return subgroup_shuffle<Width>(value, distance < Width ? lane + distance : lane);
}

/// The value of the item in lane `subgroup_lane() ^ mask`; this item's own if there is none.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_shuffle_xor(T value, std::size_t mask) {
  return subgroup_shuffle<Width>(value, subgroup_lane<Width>() ^ mask);
}

/// Bit `i` of the result is the predicate of lane `i`; 0 where there is no item.
template <int Width = 32>
[[nodiscard]] inline std::uint32_t subgroup_ballot(bool predicate) {
  detail::publish(predicate ? 1 : 0);
  const std::size_t first = subgroup_id<Width>() * Width;
  const std::size_t size = subgroup_size<Width>();
  std::uint32_t result = 0;
  for (std::size_t lane = 0; lane < size; ++lane) {
    result |= static_cast<std::uint32_t>(detail::published(first + lane)) << lane;
  }
  detail::withdraw();
  return result;
}

/// Whether the predicate holds for any item of the sub-group.
template <int Width = 32>
[[nodiscard]] inline bool subgroup_any(bool predicate) {
  return subgroup_ballot<Width>(predicate) != 0;
}

/// Whether the predicate holds for all items of the sub-group.
template <int Width = 32>
[[nodiscard]] inline bool subgroup_all(bool predicate) {
  return subgroup_ballot<Width>(!predicate) == 0;
}

namespace detail {

/// What all lanes' values make, by a tree: neighbours first, then pairs of neighbours, and so on.
template <class Operation, int Width, class T>
[[nodiscard]] inline T reduce(T value) {
  publish(Word<T>::of(value));
  const std::size_t first = subgroup_id<Width>() * Width;
  const std::size_t size = subgroup_size<Width>();
  T values[Width];
  for (std::size_t lane = 0; lane < Width; ++lane) {
    values[lane] = lane < size ? Word<T>::value(published(first + lane)) : value;
  }
  withdraw();
  for (std::size_t distance = 1; distance < Width; distance *= 2) {
    for (std::size_t lane = 0; lane + distance < size; lane += 2 * distance) {
      values[lane] = Operation::of(values[lane], values[lane + distance]);
    }
  }
  return values[0];
}

/// What the values of the lanes below, and with `is_inclusive` the item's own, make from left to right; `none` if there
/// is no such lane.
template <class Operation, int Width, class T>
[[nodiscard]] inline T scan(T value, bool is_inclusive, T none) {
  publish(Word<T>::of(value));
  const std::size_t first = subgroup_id<Width>() * Width;
  const std::size_t count = subgroup_lane<Width>() + (is_inclusive ? 1 : 0);
  T result = none;
  for (std::size_t lane = 0; lane < count; ++lane) {
    const T each = Word<T>::value(published(first + lane));
    result = lane == 0 ? each : Operation::of(result, each);
  }
  withdraw();
  return result;
}

}  // namespace detail

/// The sum of the values of all items of the sub-group, for each of them. Neighbours are added first, then pairs of
/// neighbours, and so on: the same rounding on every device.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_add(T value) {
  return detail::reduce<detail::Add, Width>(value);
}

/// The smallest value of the sub-group: `b < a ? b : a` of two, in the order of `subgroup_add`.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_min(T value) {
  return detail::reduce<detail::Minimum, Width>(value);
}

/// The largest value of the sub-group: `a < b ? b : a` of two, in the order of `subgroup_add`.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_max(T value) {
  return detail::reduce<detail::Maximum, Width>(value);
}

/// The sum of the values of the lanes up to this one, added in their order.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_inclusive_add(T value) {
  return detail::scan<detail::Add, Width>(value, true, T(0));
}

/// The sum of the values of the lanes below this one, added in their order; 0 in lane 0.
template <int Width = 32, class T>
[[nodiscard]] inline T subgroup_exclusive_add(T value) {
  return detail::scan<detail::Add, Width>(value, false, T(0));
}

/// The value of one item of the group, which `item` numbers as `local_linear_id` does, for all of them. `item` must be
/// the same for the whole group and below `local_linear_size()`. kernelc knows that the result is the same for the
/// whole group: a loop or condition on it may hold barriers.
template <class T>
[[nodiscard]] inline T group_broadcast(T value, std::size_t item = 0) {
  detail::publish(detail::Word<T>::of(value));
  const std::uint64_t word = detail::published(item);
  detail::withdraw();
  return detail::Word<T>::value(word);
}

/// Whether the predicate holds for any item of the group; the same for the whole group, as `group_broadcast`.
[[nodiscard]] inline bool group_any(bool predicate) {
  detail::publish(predicate ? 1 : 0);
  // The first item of each sub-group looks at the words there; then all look at what the first ones found.
  std::uint64_t in_subgroup = 0;
  if (subgroup_lane() == 0) {
    const std::size_t first = local_linear_id();
    const std::size_t size = subgroup_size();
    for (std::size_t lane = 0; lane < size; ++lane) in_subgroup |= detail::published(first + lane);
  }
  detail::withdraw();
  detail::publish(in_subgroup);
  std::uint64_t in_group = 0;
  const std::size_t count = subgroup_count();
  for (std::size_t each = 0; each < count; ++each) in_group |= detail::published(each * 32);
  detail::withdraw();
  return in_group != 0;
}

/// Whether the predicate holds for all items of the group; the same for the whole group, as `group_broadcast`.
[[nodiscard]] inline bool group_all(bool predicate) { return !group_any(!predicate); }

}  // namespace dotcompute
