#pragma once

/// The options of the user's own compilation: which of them kernelc follows, which have no effect on it, and which it
/// cannot match. Nothing is assumed: an option that is not known is refused by name.

#include <optional>
#include <string>
#include <vector>

namespace kernelc {

struct HostOptions {
  std::vector<std::string> forwarded;  ///< For Clang's driver.
  std::optional<std::string> error;    ///< Why the compilation cannot be matched.
};

/// Whether the argument after `option` belongs to it.
[[nodiscard]] bool takes_value(const std::string& option);

/// `host` is "GNU-12.2.0" or "Clang-19.1.7", or empty where none was stated.
[[nodiscard]] HostOptions match_host(const std::string& host, const std::vector<std::string>& options);

}  // namespace kernelc
