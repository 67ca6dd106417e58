#include <dotcompute/conformance/exclusions.hpp>

namespace dotcompute::conformance {

namespace {

/// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return matches(pattern.substr(1), text) || (!text.empty() && matches(pattern, text.substr(1)));
  }
  return !text.empty() && pattern.front() == text.front() && matches(pattern.substr(1), text.substr(1));
}

}  // namespace

std::span<const Exclusion> exclusions() noexcept { return {}; }

const Exclusion* find_exclusion(std::span<const Exclusion> list, const AcceleratorInfo& device,
                                std::string_view kernel) {
  for (const Exclusion& each : list) {
    if (matches(each.backend, device.backend) && matches(each.driver, device.driver) && matches(each.kernel, kernel)) {
      return &each;
    }
  }
  return nullptr;
}

}  // namespace dotcompute::conformance
