// Reads every file of a directory as kernelc would, with any compiler; `--write DIR` writes the streams to begin with.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "protocol_input.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--write") {
    for (const fuzz::ProtocolSeed& seed : fuzz::protocol_seeds()) {
      std::ofstream stream(std::filesystem::path(arguments[1]) / seed.name, std::ios::binary);
      stream.write(seed.bytes.data(), static_cast<std::streamsize>(seed.bytes.size()));
    }
    return 0;
  }
  if (arguments.size() != 1) {
    std::fprintf(stderr, "usage: protocol_replay [--write] DIRECTORY\n");
    return 2;
  }
  // Relative paths end where a request changes the directory.
  const std::filesystem::path directory = std::filesystem::absolute(arguments[0]);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    fuzz::read_as_kernelc({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    ++count;
  }
  std::printf("%zu streams were read\n", count);
  return count == 0 ? 1 : 0;
}
