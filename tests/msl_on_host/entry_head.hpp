#pragma once

/// The parameters of a kernel's function, read from its Metal text.

#include <string>
#include <string_view>
#include <vector>

namespace msl_on_host {

/// One parameter: `constant index_t& x_size [[buffer(2)]]`.
struct EntryParameter {
  std::string type;       ///< "constant index_t&"
  std::string attribute;  ///< "buffer(2)", "thread_position_in_grid"
};

/// Those of `kernel void <entry>(...)`, in order. Throws DeviceError if the text has no such function, or a parameter
/// has no attribute.
[[nodiscard]] std::vector<EntryParameter> entry_parameters(std::string_view text, std::string_view entry);

/// The arguments of a call of the function, in a place with `const ulong* arguments`, the addresses of buffers, and
/// `const dotcompute_item* item`, whose members are named as the attributes.
[[nodiscard]] std::string entry_arguments(const std::vector<EntryParameter>& parameters);

}  // namespace msl_on_host
