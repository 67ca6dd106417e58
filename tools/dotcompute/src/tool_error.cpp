#include "tool_error.hpp"

namespace dotcompute::tool {

std::string_view kind_of(ExitStatus status) noexcept {
  switch (status) {
    case ExitStatus::ok: return "ok";
    case ExitStatus::usage: return "usage";
    case ExitStatus::input: return "input";
    case ExitStatus::compile: return "compile";
    case ExitStatus::device: return "device";
    case ExitStatus::check_failed: return "check";
    case ExitStatus::output: return "output";
    case ExitStatus::internal: return "internal";
  }
  return "internal";
}

}  // namespace dotcompute::tool
