#pragma once

#include <cstddef>
#include <span>

/// The kernels of BabelStream (Deakin et al., Evaluating attainable memory bandwidth of parallel programming models via
/// BabelStream, 2018), an item for each element. For float and double.
namespace stream {

template <class T>
void copy(std::span<const T> a, std::span<T> c);
template <class T>
void mul(T scalar, std::span<const T> c, std::span<T> b);
template <class T>
void add(std::span<const T> a, std::span<const T> b, std::span<T> c);
template <class T>
void triad(T scalar, std::span<const T> b, std::span<const T> c, std::span<T> a);

inline constexpr std::size_t dot_items = 256;
/// The sum of each group, which goes over a part of the arrays together. The grid is whole groups.
template <class T>
void dot(std::span<const T> a, std::span<const T> b, std::span<T> sums);

}  // namespace stream
