#pragma once

/// A kernel's body as steps between which control goes by number: for compilers that cannot be trusted with barriers
/// under conditions. Every item walks through the steps until it comes to a barrier or to the end; kernelc has checked
/// that all items of a group come to the same one, so that a single barrier, in a loop around all steps, serves for all
/// (as continuation-based synchronisation does: Meyer et al., "Implementation techniques for SPMD kernels on CPUs",
/// IWOCL 2023).

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "model/model.hpp"

namespace kernelc::source {

/// What stands in a step: a statement without barriers and without jumps out of it, or a loop's step.
using StepPart = std::variant<const model::Statement*, const model::Expression*>;

/// Where control goes at the end of a step.
struct StepEnd {
  enum class Kind : std::uint8_t { go, branch, select, wait, finish };
  Kind kind = Kind::finish;
  const model::Expression* value = nullptr;  ///< branch: the condition; select: the selector.
  std::size_t next = 0;                      ///< go, wait; branch: where it is true; select: otherwise.
  std::size_t otherwise = 0;                 ///< branch: where it is false.
  struct Case {
    std::vector<std::uint64_t> values;
    std::size_t next = 0;
  };
  std::vector<Case> cases = {};  ///< select
};

struct Step {
  std::vector<StepPart> parts;
  StepEnd end;
};

/// Whether barriers stand in nothing but blocks and loops, which nothing leaves early, and no return comes before one:
/// the shapes that all compilers are known to take.
[[nodiscard]] bool has_plain_barriers(const model::Statement& flat_body);

/// The steps of a body in which every barrier is a statement of its own; the first one is where it begins. All can be
/// reached. The number behind the last one is the end.
[[nodiscard]] std::vector<Step> make_steps(const model::Statement& flat_body);

}  // namespace kernelc::source
