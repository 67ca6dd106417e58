#pragma once

/// How many pointers a type holds, and where a field's are among them; see `Spaces`.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "model/model.hpp"

namespace kernelc::source {

/// Thrown for a struct that holds a pointer to itself: its pointers cannot be counted.
struct EndlessType {
  const model::Type* type;
};

/// Counts and remembers. Not thread-safe.
class PointerSlots {
 public:
  /// The slots of a type. Throws EndlessType.
  std::size_t count(const model::Type& type);

  /// The slots before those of a struct's field. Throws EndlessType.
  std::size_t before(const model::Type& structure, std::uint32_t field);

 private:
  std::map<const model::Type*, std::size_t> structs_;
  std::vector<const model::Type*> active_;  // structs being counted
};

}  // namespace kernelc::source
