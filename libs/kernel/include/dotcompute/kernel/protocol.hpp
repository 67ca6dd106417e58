#pragma once

/// What a program and kernelc say to each other, as bytes. Pure: nothing here reads or writes a descriptor.
///
/// A frame is a header and a payload; all numbers are little-endian:
///     magic      8 bytes   "dckernel"
///     version    4 bytes   of the protocol
///     type       4 bytes   MessageType
///     size       8 bytes   of the payload, at most max_payload_bytes
///     payload              4 bytes: number of fields; per field: 4 bytes name size, name, 8 bytes value size, value
///
/// Both sides begin with a hello. The header and the hello keep their form in every version, so that two versions that
/// cannot work together can still say so. Apart from that a message is refused unless it is exactly what this version
/// describes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dotcompute::protocol {

inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t header_size_bytes = 24;
inline constexpr std::uint64_t max_payload_bytes = std::uint64_t{1} << 30;

enum class MessageType : std::uint32_t { hello = 1, compile_request = 2, compile_response = 3, failure = 4 };

/// The first message of either side.
struct Hello {
  std::string program;  ///< "kernelc", or who asks it.
  std::string version;  ///< Of the project that the program was built from: "0.1.0".
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// What kernelc is to compile.
struct CompileRequest {
  std::string file;                  ///< The path, or the name for diagnostics when `text` is set.
  std::optional<std::string> text;   ///< The source, when it is not to be read from `file`.
  std::string emit = "shared";       ///< As --emit= on kernelc's command line.
  std::string directory;             ///< What relative paths are relative to; empty for where kernelc was started.
  std::string host;                  ///< As --host=.
  std::string gcc_install_dir;       ///< As --gcc-install-dir=.
  std::vector<std::string> options;  ///< Of the host's compilation.
  friend bool operator==(const CompileRequest&, const CompileRequest&) = default;
};

/// What became of it.
struct CompileResponse {
  bool ok = false;
  std::string diagnostics;                ///< For people; may be warnings only.
  std::vector<char> output;               ///< Empty unless ok.
  std::vector<std::string> dependencies;  ///< The files that were read.
  friend bool operator==(const CompileResponse&, const CompileResponse&) = default;
};

/// Why kernelc could not even try.
struct Failure {
  std::string message;
  friend bool operator==(const Failure&, const Failure&) = default;
};

using Message = std::variant<Hello, CompileRequest, CompileResponse, Failure>;

struct Header {
  std::uint32_t version = 0;
  MessageType type = MessageType::hello;
  std::uint64_t payload_size_bytes = 0;
};

/// A value, or why the bytes hold none.
template <class T>
struct Decoded {
  std::optional<T> value;
  std::string problem;  ///< Empty if there is a value.

  [[nodiscard]] explicit operator bool() const noexcept { return value.has_value(); }
};

/// The message as one frame. Throws std::length_error if its payload would be larger than max_payload_bytes. Only a
/// test asks for another version.
[[nodiscard]] std::vector<char> encode(const Message& message, std::uint32_t as_version = version);

/// The first header_size_bytes of a frame. Any version is accepted here; compare it before anything but a hello is
/// used.
[[nodiscard]] Decoded<Header> decode_header(std::span<const char> bytes);

/// The whole payload of a message. Takes memory in proportion to `payload`, whatever its numbers claim.
[[nodiscard]] Decoded<Message> decode_payload(MessageType type, std::span<const char> payload);

}  // namespace dotcompute::protocol
