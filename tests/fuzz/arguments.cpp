#include "arguments.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "generator.hpp"

namespace fuzz {

namespace {

double floating_number(Random& random) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::array special = {0.0,   -0.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(),
                                  1e-42, 3e38};
  switch (random.below(8)) {
    case 0: return random.pick(special);
    case 1: return static_cast<double>(static_cast<std::int64_t>(random.bits()));
    case 2: return std::ldexp(static_cast<double>(random.below(1u << 20)), static_cast<int>(random.below(60)) - 40);
    default: return static_cast<double>(static_cast<std::int64_t>(random.below(4001)) - 2000) / 16;
  }
}

std::uint64_t whole_number(Random& random, std::uint64_t bytes) {
  const std::uint64_t top = std::uint64_t{1} << (bytes * 8 - 1);
  switch (random.below(5)) {
    case 0: return random.bits();
    case 1: return top - random.below(2);
    case 2: return 0 - random.below(20);
    default: return random.below(100);
  }
}

/// Calls `visit` with each number of an object: its place in bytes, its type, and where it is for people.
template <class Visit>
void for_each_number(const dotcompute_type& type, std::uint64_t at, const std::string& path, const Visit& visit) {
  if (type.kind == DOTCOMPUTE_TYPE_SCALAR) return visit(at, static_cast<ScalarType>(type.scalar), path);
  for (std::uint64_t f = 0; f < type.field_count; ++f) {
    const dotcompute_field& field = type.fields[f];
    for_each_number(*field.type, at + field.offset, path + "." + field.name, visit);
  }
  for (std::uint64_t e = 0; e < type.element_count; ++e) {
    for_each_number(*type.element, at + e * type.element->size, fmt::format("{}[{}]", path, e), visit);
  }
}

void fill(std::byte* object, const dotcompute_type& type, Random& random) {
  for_each_number(type, 0, "", [&](std::uint64_t at, ScalarType scalar, const std::string&) {
    const std::uint64_t bytes = dotcompute::size_bytes(scalar);
    std::uint64_t bits = 0;
    if (scalar == ScalarType::boolean) {
      bits = random.below(2);
    } else if (scalar == ScalarType::float32) {
      bits = std::bit_cast<std::uint32_t>(static_cast<float>(floating_number(random)));
    } else if (scalar == ScalarType::float64) {
      bits = std::bit_cast<std::uint64_t>(floating_number(random));
    } else {
      bits = whole_number(random, bytes);
    }
    std::memcpy(object + at, &bits, bytes);  // little endian
  });
}

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::string shown(const std::byte* at, ScalarType type) {
  switch (type) {
    case ScalarType::boolean: return fmt::format("{}", read<std::uint8_t>(at));
    case ScalarType::int8: return fmt::format("{}", read<std::int8_t>(at));
    case ScalarType::int16: return fmt::format("{}", read<std::int16_t>(at));
    case ScalarType::int32: return fmt::format("{}", read<std::int32_t>(at));
    case ScalarType::int64: return fmt::format("{}", read<std::int64_t>(at));
    case ScalarType::uint8: return fmt::format("{}", read<std::uint8_t>(at));
    case ScalarType::uint16: return fmt::format("{}", read<std::uint16_t>(at));
    case ScalarType::uint32: return fmt::format("{}", read<std::uint32_t>(at));
    case ScalarType::uint64: return fmt::format("{}", read<std::uint64_t>(at));
    case ScalarType::float32: return fmt::format("{}", read<float>(at));
    case ScalarType::float64: return fmt::format("{}", read<double>(at));
  }
  return {};
}

bool is_same(const std::byte* left, const std::byte* right, ScalarType type) {
  if (std::memcmp(left, right, dotcompute::size_bytes(type)) == 0) return true;
  if (type == ScalarType::float32) return std::isnan(read<float>(left)) && std::isnan(read<float>(right));
  if (type == ScalarType::float64) return std::isnan(read<double>(left)) && std::isnan(read<double>(right));
  return false;
}

std::string shown_object(const std::byte* object, const dotcompute_type& type) {
  std::string all;
  for_each_number(type, 0, "", [&](std::uint64_t at, ScalarType scalar, const std::string&) {
    all += (all.empty() ? "" : ",") + shown(object + at, scalar);
  });
  return type.kind == DOTCOMPUTE_TYPE_SCALAR ? all : "{" + all + "}";
}

}  // namespace

Arguments::Arguments(const dotcompute::KernelDefinition& kernel, std::uint64_t size, std::uint64_t seed)
    : kernel_(kernel), size_(size), block_(kernel.record().block_size + 16) {
  Random random(seed);
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) {
      fill(block_.data() + parameter.offset, *parameter.type, random);
      continue;
    }
    std::vector<std::byte>& span = spans_.emplace_back(size * parameter.type->size);
    for (std::uint64_t k = 0; k < size; ++k) fill(span.data() + k * parameter.type->size, *parameter.type, random);
  }
  write_spans();
}

Arguments::Arguments(const Arguments& other)
    : kernel_(other.kernel_), size_(other.size_), spans_(other.spans_), block_(other.block_) {
  write_spans();
}

void Arguments::write_spans() {
  std::size_t next = 0;
  for (const dotcompute_parameter& parameter : kernel_.parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
    const dotcompute_span span{spans_[next++].data(), size_};
    std::memcpy(block_.data() + parameter.offset, &span, sizeof span);
  }
}

std::string Arguments::bytes() const {
  std::string all;
  for (const std::vector<std::byte>& span : spans_) {
    all.append(reinterpret_cast<const char*>(span.data()), span.size());
  }
  return all;
}

void Arguments::set_bytes(std::string_view bytes) {
  for (std::vector<std::byte>& span : spans_) {
    std::memcpy(span.data(), bytes.data(), span.size());
    bytes.remove_prefix(span.size());
  }
}

std::string Arguments::difference(const Arguments& other) const {
  std::size_t next = 0;
  std::string found;
  for (const dotcompute_parameter& parameter : kernel_.parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
    const std::vector<std::byte>& own = spans_[next];
    const std::vector<std::byte>& others = other.spans_[next++];
    if (own == others) continue;
    for (std::uint64_t k = 0; k < size_ && found.empty(); ++k) {
      const std::uint64_t begin = k * parameter.type->size;
      const std::string path = fmt::format("{}[{}]", parameter.name, k);
      for_each_number(*parameter.type, begin, path, [&](std::uint64_t at, ScalarType type, const std::string& where) {
        if (!found.empty() || is_same(own.data() + at, others.data() + at, type)) return;
        found = fmt::format("{} is {}, not {}", where, shown(own.data() + at, type), shown(others.data() + at, type));
      });
    }
    if (!found.empty()) return found;
  }
  return found;
}

std::string Arguments::description() const {
  std::string all;
  std::size_t next = 0;
  for (const dotcompute_parameter& parameter : kernel_.parameters()) {
    all += fmt::format("{} = ", parameter.name);
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) {
      all += shown_object(block_.data() + parameter.offset, *parameter.type) + "\n";
      continue;
    }
    const std::vector<std::byte>& span = spans_[next++];
    for (std::uint64_t k = 0; k < size_ && k < 8; ++k) {
      all += (k == 0 ? "" : " ") + shown_object(span.data() + k * parameter.type->size, *parameter.type);
    }
    all += fmt::format("{} ({} elements)\n", size_ > 8 ? " ..." : "", size_);
  }
  return all;
}

}  // namespace fuzz
