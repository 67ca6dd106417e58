#include "random_arguments.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace dotcompute::conformance {

namespace {

using Random = std::mt19937_64;

template <class T>
T random_float(Random& random) {
  switch (random() % 32) {
    case 0: return std::numeric_limits<T>::infinity();
    case 1: return -std::numeric_limits<T>::infinity();
    case 2: return std::numeric_limits<T>::quiet_NaN();
    case 3: return T(-0.0);
    case 4: return T(0);
    case 5: return std::numeric_limits<T>::denorm_min() * static_cast<T>(random() % 1000);
    case 6: return std::numeric_limits<T>::max() / static_cast<T>(random() % 7 + 1);
    case 7: return T(1);
    default: {
      const T fraction = static_cast<T>(static_cast<std::int64_t>(random())) / T(9.2e18);
      return std::ldexp(fraction, static_cast<int>(random() % 12));
    }
  }
}

std::uint64_t random_integer(Random& random) {
  switch (random() % 8) {
    case 0: return 0;
    case 1: return ~std::uint64_t{0};
    case 2: return std::uint64_t{1} << (random() % 64);
    case 3: return random() % 16;
    default: return random();
  }
}

void write_random(const dotcompute_type& type, std::byte* place, Random& random) {
  if (type.kind == DOTCOMPUTE_TYPE_STRUCT) {
    for (std::uint64_t i = 0; i < type.field_count; ++i) {
      write_random(*type.fields[i].type, place + type.fields[i].offset, random);
    }
    return;
  }
  if (type.kind == DOTCOMPUTE_TYPE_ARRAY) {
    for (std::uint64_t i = 0; i < type.element_count; ++i) {
      write_random(*type.element, place + i * type.element->size, random);
    }
    return;
  }
  if (type.scalar == DOTCOMPUTE_SCALAR_FLOAT32) {
    const auto value = random_float<float>(random);
    std::memcpy(place, &value, sizeof value);
  } else if (type.scalar == DOTCOMPUTE_SCALAR_FLOAT64) {
    const auto value = random_float<double>(random);
    std::memcpy(place, &value, sizeof value);
  } else if (type.scalar == DOTCOMPUTE_SCALAR_BOOL) {
    *place = static_cast<std::byte>(random() % 2);
  } else {
    const std::uint64_t value = random_integer(random);
    std::memcpy(place, &value, type.size);
  }
}

}  // namespace

Arguments::Arguments(KernelDefinition kernel, std::uint64_t size, std::uint64_t seed)
    : kernel_(kernel), size_(size), block_(kernel.record().block_size + 32) {
  if (kernel.is_checked()) faults_.resize(DOTCOMPUTE_FAULT_WORDS * sizeof(std::uint32_t));
  Random random(seed);
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) {
      write_random(*parameter.type, block_.data() + parameter.offset, random);
      continue;
    }
    Memory& memory = spans_.emplace_back(size * parameter.type->size);
    for (std::uint64_t i = 0; i < size; ++i)
      write_random(*parameter.type, memory.data() + i * parameter.type->size, random);
  }
  write_spans();
}

Arguments::Arguments(const Arguments& other)
    : kernel_(other.kernel_), size_(other.size_), spans_(other.spans_), faults_(other.faults_), block_(other.block_) {
  write_spans();
}

void Arguments::write_spans() {
  std::size_t next = 0;
  for (const dotcompute_parameter& parameter : kernel_.parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
    const dotcompute_span span{spans_[next++].data(), size_};
    std::memcpy(block_.data() + parameter.offset, &span, sizeof span);
  }
  if (faults_.empty()) return;
  const dotcompute_span words{faults_.data(), DOTCOMPUTE_FAULT_WORDS};
  std::memcpy(block_.data() + kernel_.entry_parameters().back().offset, &words, sizeof words);
}

}  // namespace dotcompute::conformance
