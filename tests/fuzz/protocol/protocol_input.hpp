#pragma once

/// What kernelc reads from its serve protocol, fed with arbitrary bytes.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fuzz {

/// Decodes the bytes as a frame and as payloads, and serves them as a whole stream, with a compiler that makes nothing.
/// Ends the process if a message does not survive being encoded and decoded again, or if the server answers with
/// something that is no message.
void read_as_kernelc(std::span<const std::uint8_t> bytes);

/// A stream to begin with.
struct ProtocolSeed {
  std::string name;
  std::vector<char> bytes;
};

/// Streams of every message that there is, and some that break off or claim too much.
[[nodiscard]] std::vector<ProtocolSeed> protocol_seeds();

}  // namespace fuzz
