// libFuzzer's entry: see protocol_input.hpp.

#include <cstddef>
#include <cstdint>

#include "protocol_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::read_as_kernelc({data, size});
  return 0;
}
