// A program in kernelc's place, which misbehaves in the way that its own file name says.
#include <unistd.h>
#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

#include <dotcompute/kernel/protocol_io.hpp>

namespace {

namespace protocol = dotcompute::protocol;

void send(const protocol::Message& message, std::uint32_t version = protocol::version) {
  if (!protocol::send_frame(1, protocol::encode(message, version))) std::exit(9);
}

void send_garbage() {
  (void)protocol::send_frame(1, std::string("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
}

[[noreturn]] void sleep_for_ever() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

[[noreturn]] void be_killed(int signal) {
  ::kill(::getpid(), signal);
  sleep_for_ever();
}

/// Not counting the one that counting opens.
std::ptrdiff_t descriptor_count() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}) - 1;
}

/// What kernelc would answer: the file that -DANSWER= names is the object it made, -DREJECT= are its diagnostics, and
/// without either it tells what it was asked.
protocol::Message answer_to(const protocol::CompileRequest& request) {
  protocol::CompileResponse response;
  for (const std::string& option : request.options) {
    const std::string_view text = option;
    if (text.starts_with("-DANSWER=")) {
      std::ifstream file(option.substr(9), std::ios::binary);
      response.ok = true;
      response.diagnostics = "fixture.cpp:1:1: warning: made by hand\n";
      response.output.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    if (text.starts_with("-DREJECT=")) response.diagnostics = option.substr(9);
    if (text == "-DFAIL") return protocol::Failure{"kernelc failed: no memory is left"};
  }
  if (!response.ok && response.diagnostics.empty()) {
    response.diagnostics = "pid " + std::to_string(::getpid()) + "\nfile " + request.file + "\ntext " +
                           request.text.value_or("(none)") + "\nemit " + request.emit + "\nhost " + request.host +
                           "\ngcc " + request.gcc_install_dir + "\ndirectory " + request.directory + "\ntmp " +
                           (std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "") + "\ndescriptors " +
                           std::to_string(descriptor_count()) + "\n";
    for (const std::string& option : request.options) response.diagnostics += "option " + option + "\n";
  }
  return response;
}

void act_on_request(std::string_view behaviour, const protocol::CompileRequest& request) {
  if (behaviour == "dies-at-request") {
    std::fputs("a stack trace\nthe last words\n", stderr);
    be_killed(SIGKILL);
  }
  if (behaviour == "crashes-at-request") be_killed(SIGSEGV);
  if (behaviour == "exits-at-request") std::exit(7);
  if (behaviour == "garbage-at-request") return send_garbage();
  if (behaviour == "hangs-at-request") {
    std::ofstream(std::filesystem::temp_directory_path() / "left over") << "in the middle of work";
    sleep_for_ever();
  }
  if (behaviour == "hello-at-request") return send(protocol::Hello{"kernelc", DOTCOMPUTE_VERSION});
  if (behaviour == "half-at-request") {
    const std::vector<char> frame = protocol::encode(answer_to(request));
    (void)protocol::send_frame(1, std::span(frame).first(frame.size() / 2));
    std::exit(0);
  }
  if (behaviour == "closes-at-request") {
    ::shutdown(1, SHUT_RDWR);
    sleep_for_ever();
  }
  send(answer_to(request));
  if (behaviour == "dies-when-idle") be_killed(SIGKILL);
  if (behaviour == "talks-when-idle") send_garbage();
}

void act_on_start(std::string_view behaviour) {
  if (behaviour == "exits-at-once") {
    std::fputs("kernelc: error while loading shared libraries: libsomething.so\n", stderr);
    std::exit(7);
  }
  if (behaviour == "dies-at-once") be_killed(SIGKILL);
  if (behaviour == "hangs-at-once") sleep_for_ever();
  if (behaviour == "garbage-at-once") send_garbage();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 || std::string_view(arguments[1]) != "--serve") return 2;
  const std::string_view path = arguments[0];
  const std::string_view behaviour = path.substr(path.rfind('/') + 1);
  act_on_start(behaviour);
  const protocol::Received hello = protocol::receive_message(0);
  const auto* caller = std::get_if<protocol::Hello>(&hello.message);
  if (!hello.result || caller == nullptr || caller->version != DOTCOMPUTE_VERSION) return 8;
  if (behaviour == "other-version")
    send(protocol::Hello{"kernelc", "9.8.7"});
  else if (behaviour == "other-protocol")
    send(protocol::Hello{"kernelc", DOTCOMPUTE_VERSION}, 77);
  else if (behaviour == "no-hello")
    send(protocol::Failure{"no"});
  else
    send(protocol::Hello{"kernelc", DOTCOMPUTE_VERSION});
  while (true) {
    const protocol::Received request = protocol::receive_message(0);
    if (!request.result) return 0;
    act_on_request(behaviour, std::get<protocol::CompileRequest>(request.message));
  }
}
