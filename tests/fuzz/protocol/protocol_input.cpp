#include "protocol_input.hpp"

#include <unistd.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <dotcompute/kernel/protocol.hpp>
#include <dotcompute/kernel/protocol_io.hpp>

#include "driver/compile.hpp"
#include "serve/server.hpp"

// The compiler that the server calls: what was asked for is the answer.
namespace kernelc {

CompileResult compile(const CompileOptions& options) {
  CompileResult result;
  result.ok = options.text.has_value();
  result.diagnostics = options.file;
  if (result.ok) result.output.assign(options.text->begin(), options.text->end());
  result.dependencies = options.host_options;
  return result;
}

const char* version() { return "0.1.0"; }

}  // namespace kernelc

namespace fuzz {

namespace {

namespace protocol = dotcompute::protocol;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "the protocol is broken: %s\n", what);
  std::abort();
}

/// A message that was read must be the same when it is sent on.
void check_round_trip(const protocol::Message& message) {
  const std::vector<char> frame = protocol::encode(message);
  const std::span<const char> bytes(frame);
  const auto header = protocol::decode_header(bytes);
  require(header.value.has_value(), "an encoded header is refused");
  const auto again = protocol::decode_payload(header.value->type, bytes.subspan(protocol::header_size_bytes));
  require(again.value.has_value(), "an encoded payload is refused");
  require(*again.value == message, "a message changes when it is encoded and decoded");
}

void decode(std::span<const char> bytes) {
  for (const protocol::MessageType type : {protocol::MessageType::hello, protocol::MessageType::compile_request,
                                           protocol::MessageType::compile_response, protocol::MessageType::failure}) {
    const auto message = protocol::decode_payload(type, bytes);
    require(message.value.has_value() != !message.problem.empty(), "neither a message nor a problem");
    if (message.value) check_round_trip(*message.value);
  }
  const auto header = protocol::decode_header(bytes);
  if (!header.value) return;
  const auto message = protocol::decode_payload(header.value->type, bytes.subspan(protocol::header_size_bytes));
  if (message.value) check_round_trip(*message.value);
}

/// A file in memory, at its beginning.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("protocol", MFD_CLOEXEC)) { require(fd_ >= 0, "there is no memory file"); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  void fill(std::span<const char> bytes) const {
    require(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a memory file is full");
    rewind();
  }
  void rewind() const { require(::lseek(fd_, 0, SEEK_SET) == 0, "a memory file has no beginning"); }
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  int fd_;
};

void serve(std::span<const char> bytes) {
  const MemoryFile in;
  const MemoryFile out;
  in.fill(bytes);
  const int status = kernelc::serve(in.descriptor(), out.descriptor());
  require(status == 0 || status == 3, "the server ends with another status than it says");
  out.rewind();
  bool is_first = true;
  while (true) {
    const protocol::Received answer = protocol::receive_message(out.descriptor());
    if (answer.result.status == protocol::IoStatus::closed) break;
    require(answer.result.status == protocol::IoStatus::done, "the server answers with something else");
    require(std::holds_alternative<protocol::Hello>(answer.message) == is_first, "a hello at the wrong place");
    is_first = false;
  }
}

std::vector<char> joined(std::vector<char> first, const std::vector<char>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

void read_as_kernelc(std::span<const std::uint8_t> bytes) {
  const std::span<const char> chars(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  decode(chars);
  serve(chars);
}

std::vector<ProtocolSeed> protocol_seeds() {
  const std::vector<char> hello = protocol::encode(protocol::Hello{"fuzz", kernelc::version()});
  protocol::CompileRequest request;
  request.file = "a.cpp";
  const std::vector<char> of_a_file = protocol::encode(request);
  request.text = "int x;";
  request.emit = "model";
  request.host = "GNU-12.2.0";
  request.gcc_install_dir = "/usr/lib/gcc";
  request.options = {"-std=c++20", "-DSIZE=3"};
  const std::vector<char> of_a_text = protocol::encode(request);
  request.emit = "poetry";
  const std::vector<char> of_poetry = protocol::encode(request);
  request.emit = "cpu";
  request.directory = "/nonexistent";
  const std::vector<char> elsewhere = protocol::encode(request);
  std::vector<ProtocolSeed> seeds = {
      {"nothing", {}},
      {"hello", hello},
      {"hello_of_another_version", protocol::encode(protocol::Hello{"fuzz", "9.9.9"})},
      {"hello_of_another_protocol", protocol::encode(protocol::Hello{"fuzz", kernelc::version()}, 7)},
      {"request_for_a_file", joined(hello, of_a_file)},
      {"request_for_a_text", joined(hello, of_a_text)},
      {"request_for_poetry", joined(hello, of_poetry)},
      {"request_elsewhere", joined(hello, elsewhere)},
      {"two_requests", joined(joined(hello, of_a_text), of_a_file)},
      {"request_without_hello", of_a_text},
      {"response",
       joined(hello, protocol::encode(protocol::CompileResponse{true, "said", {'E', 'L', 'F'}, {"a.hpp"}}))},
      {"failure", joined(hello, protocol::encode(protocol::Failure{"why"}))},
  };
  ProtocolSeed cut{"cut_in_a_request", joined(hello, of_a_text)};
  cut.bytes.resize(cut.bytes.size() - 9);
  seeds.push_back(std::move(cut));
  ProtocolSeed claim{"claims_too_much", hello};
  for (std::size_t at = 16; at < 24; ++at) claim.bytes[at] = '\xff';
  seeds.push_back(std::move(claim));
  return seeds;
}

}  // namespace fuzz
