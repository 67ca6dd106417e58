#pragma once

#include <span>

/// The kernels of the registration tests, and the addresses that the object which defines them sees.
namespace demo {

void scale(float factor, std::span<const float> in, std::span<float> out);

// Equal code, and still two kernels.
void twin_a(std::span<float> data);
void twin_b(std::span<float> data);

template <class T>
void add_one(std::span<T> data);
extern template void add_one<float>(std::span<float>);
extern template void add_one<double>(std::span<double>);

/// The functions as some object sees them; a null one is not looked up by function.
struct Kernels {
  void (*scale)(float, std::span<const float>, std::span<float>) = nullptr;
  void (*twin_a)(std::span<float>) = nullptr;
  void (*twin_b)(std::span<float>) = nullptr;
  void (*add_one_float)(std::span<float>) = nullptr;
  void (*add_one_double)(std::span<double>) = nullptr;
};

}  // namespace demo

/// The functions as the file that defines the kernels sees them.
extern "C" [[gnu::visibility("default")]] void kernels_seen_inside(demo::Kernels& kernels);
