#include "serve/server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <dotcompute/kernel/protocol_io.hpp>

#include "driver/compile.hpp"

namespace kernelc {

namespace {

namespace protocol = dotcompute::protocol;

constexpr int ended = 0;
constexpr int broken = 3;

std::optional<Emit> emit_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Emit>, 4> kinds = {
      {{"object", Emit::object}, {"shared", Emit::shared}, {"cpu", Emit::cpu}, {"model", Emit::model}}};
  for (const auto& [kind, emit] : kinds) {
    if (kind == name) return emit;
  }
  return std::nullopt;
}

protocol::Message compiled(protocol::CompileRequest request) {
  const std::optional<Emit> emit = emit_named(request.emit);
  if (!emit)
    return protocol::Failure{"kernelc cannot emit '" + request.emit + "': ask for object, shared, cpu or model"};
  if (!request.directory.empty() && ::chdir(request.directory.c_str()) != 0) {
    return protocol::Failure{"kernelc cannot enter the directory '" + request.directory +
                             "', which options are relative to"};
  }
  CompileOptions options;
  options.file = std::move(request.file);
  options.text = std::move(request.text);
  options.emit = *emit;
  options.host = std::move(request.host);
  options.gcc_install_dir = std::move(request.gcc_install_dir);
  options.host_options = std::move(request.options);
  CompileResult result = compile(options);
  return protocol::CompileResponse{result.ok, std::move(result.diagnostics), std::move(result.output),
                                   std::move(result.dependencies)};
}

/// The frame that answers a request. A compiler that throws has failed at this request, not at its service.
std::vector<char> answer(protocol::CompileRequest request) {
  try {
    return protocol::encode(compiled(std::move(request)));
  } catch (const std::exception& error) {
    return protocol::encode(protocol::Failure{std::string("kernelc failed: ") + error.what()});
  }
}

int complain(std::string_view what, const std::string& problem) {
  std::fprintf(stderr, "kernelc: cannot %.*s: %s\n", static_cast<int>(what.size()), what.data(), problem.c_str());
  return broken;
}

/// The first message of either side. True if requests may follow.
bool exchange_hello(int in, int out, int& status) {
  const protocol::Received hello = protocol::receive_message(in);
  if (hello.result.status == protocol::IoStatus::closed) {
    status = ended;
    return false;
  }
  if (!hello.result) {
    status = complain("receive", hello.result.problem);
    return false;
  }
  const auto* caller = std::get_if<protocol::Hello>(&hello.message);
  if (caller == nullptr) {
    status = complain("serve", "the first message is no hello");
    return false;
  }
  const protocol::IoResult sent = protocol::send_frame(out, protocol::encode(protocol::Hello{"kernelc", version()}));
  status = sent || sent.status == protocol::IoStatus::closed ? ended : complain("send", sent.problem);
  return sent && hello.version == protocol::version && caller->version == version();
}

int serve_stream(int in, int out) {
  int status = ended;
  if (!exchange_hello(in, out, status)) return status;
  while (true) {
    protocol::Received received = protocol::receive_message(in);
    if (received.result.status == protocol::IoStatus::closed) return ended;
    if (!received.result) return complain("receive", received.result.problem);
    auto* request = std::get_if<protocol::CompileRequest>(&received.message);
    if (request == nullptr) return complain("serve", "a message is no compile request");
    const protocol::IoResult sent = protocol::send_frame(out, answer(std::move(*request)));
    if (sent.status == protocol::IoStatus::closed) return ended;
    if (!sent) return complain("send", sent.problem);
  }
}

/// Descriptors of the stream that nothing else in the process uses.
class OwnStream {
 public:
  OwnStream(int fd_in, int fd_out) : in(::fcntl(fd_in, F_DUPFD_CLOEXEC, 3)), out(::fcntl(fd_out, F_DUPFD_CLOEXEC, 3)) {
    if (fd_in == STDIN_FILENO) {
      const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      ::dup2(nothing, STDIN_FILENO);
      if (nothing > STDERR_FILENO) ::close(nothing);
    }
    if (fd_out == STDOUT_FILENO) ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  ~OwnStream() {
    ::close(in);
    ::close(out);
  }

  const int in;
  const int out;
};

}  // namespace

int serve(int fd_in, int fd_out) {
  // For pipes; a socket is written to without the signal.
  std::signal(SIGPIPE, SIG_IGN);
  const OwnStream stream(fd_in, fd_out);
  return serve_stream(stream.in, stream.out);
}

}  // namespace kernelc
