#pragma once

#include <array>
#include <cstddef>

/// BabelStream's kernels as a program for this processor would have them, for float and double.
namespace stream {

template <class T>
struct Arrays {
  T* a;
  T* b;
  T* c;
  std::size_t size;
};

/// A way to write the five: `dot` returns the sum, and is null where it would be that of another.
template <class T>
struct Peer {
  const char* subject;
  const char* note;
  void (*copy)(const Arrays<T>&);
  void (*mul)(const Arrays<T>&, T scalar);
  void (*add)(const Arrays<T>&);
  void (*triad)(const Arrays<T>&, T scalar);
  T (*dot)(const Arrays<T>&);
};

/// OpenMP and oneTBB; and what the memory gives: vectors by hand, with stores that go past the caches and with plain
/// ones. The arrays are aligned to 64 bytes, and their sizes are multiples of 64 elements.
template <class T>
[[nodiscard]] std::array<Peer<T>, 4> peers();

}  // namespace stream
