#include <dotcompute/compile/kernel_compiler.hpp>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/kernel/protocol_io.hpp>

#include "kernel_loader.hpp"
#include "kernelc_search.hpp"
#include "own_place.hpp"
#include "rejection.hpp"
#include "server_process.hpp"

namespace dotcompute {

namespace {

using protocol::IoStatus;

protocol::Deadline deadline_after(std::chrono::milliseconds timeout) {
  // Longer than any program runs; adding more to the clock could overflow.
  constexpr std::chrono::milliseconds forever = std::chrono::hours(24 * 365);
  if (timeout.count() <= 0 || timeout > forever) return std::nullopt;
  return std::chrono::steady_clock::now() + timeout;
}

bool take(std::string_view option, std::string_view prefix, std::string& value) {
  if (!option.starts_with(prefix)) return false;
  value = option.substr(prefix.size());
  return true;
}

protocol::CompileRequest message_of(const CompileRequest& request) {
  protocol::CompileRequest message;
  message.file = request.file;
  message.text = request.text;
  message.host = host_compiler();
  message.gcc_install_dir = host_gcc_install_directory();
  std::error_code ignored;
  message.directory = std::filesystem::current_path(ignored).string();
  bool has_standard = false;
  for (const std::string& option : request.options) {
    if (take(option, "--host=", message.host) || take(option, "--gcc-install-dir=", message.gcc_install_dir)) continue;
    has_standard = has_standard || option.starts_with("-std=");
    message.options.push_back(option);
  }
  if (!has_standard) message.options.emplace_back("-std=c++20");
  if (const std::string include = kernel_include_directory(); !include.empty())
    message.options.push_back("-I" + include);
  return message;
}

std::vector<char> frame_of(const CompileRequest& request) {
  try {
    return protocol::encode(message_of(request));
  } catch (const std::length_error& error) {
    throw CompilationError(Remedy::fix_input, fmt::format("'{}' is too large: {}", request.file, error.what()));
  }
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

}  // namespace

/// Owns the process and everything that sources share.
class KernelCompiler::Client {
 public:
  explicit Client(CompilerOptions options) : options_(std::move(options)) {}

  LoadedKernels compile(const CompileRequest& request) {
    protocol::Message answer = ask(frame_of(request), request.file);
    if (auto* failure = std::get_if<protocol::Failure>(&answer)) {
      throw CompilationError(Remedy::report_bug,
                             fmt::format("'{}' could not be compiled: {}", request.file, failure->message));
    }
    auto& response = std::get<protocol::CompileResponse>(answer);
    if (!response.ok) throw rejection_of(request.file, response.diagnostics);
    LoadedKernels kernels = loader_->load(response.output, request.file);
    kernels.diagnostics_ = std::move(response.diagnostics);
    return kernels;
  }

 private:
  /// The answer to a request: a response or a failure. Whatever else happens ends the process: the stream would be in
  /// the middle of a message.
  protocol::Message ask(std::span<const char> frame, const std::string& file) {
    const std::lock_guard lock(mutex_);
    if (loader_ == nullptr) loader_ = std::make_unique<KernelLoader>();
    if (server_ != nullptr && !server_->is_waiting()) server_.reset();
    try {
      if (server_ == nullptr) start();
      const protocol::Deadline deadline = deadline_after(options_.timeout);
      const std::string task = fmt::format("while it compiled '{}'", file);
      protocol::IoResult sent = protocol::send_frame(server_->socket(), frame, deadline);
      // One that dies while a large source is on its way may have said why.
      if (!sent && sent.status != IoStatus::closed) fail(sent, task);
      protocol::Received received = protocol::receive_message(server_->socket(), deadline);
      if (!received.result) fail(received.result, task);
      const bool is_answer = std::holds_alternative<protocol::CompileResponse>(received.message) ||
                             std::holds_alternative<protocol::Failure>(received.message);
      if (!is_answer) fail({IoStatus::malformed, "it answered a request with something else"}, task);
      return std::move(received.message);
    } catch (...) {
      server_.reset();
      throw;
    }
  }

  void start() {
    server_ = std::make_unique<ServerProcess>(find_kernelc(options_.kernelc_path, own_directories()),
                                              loader_->directory().path());
    const protocol::Deadline deadline = deadline_after(options_.timeout);
    const std::vector<char> hello = protocol::encode(protocol::Hello{"libdotcompute", library_version()});
    const protocol::IoResult sent = protocol::send_frame(server_->socket(), hello, deadline);
    if (!sent && sent.status != IoStatus::closed) fail(sent, "before it was ready");
    const protocol::Received received = protocol::receive_message(server_->socket(), deadline);
    if (!received.result) fail(received.result, "before it was ready");
    const auto* answer = std::get_if<protocol::Hello>(&received.message);
    if (answer == nullptr) fail({IoStatus::malformed, "its first message is no hello"}, "before it was ready");
    if (received.version != protocol::version || answer->version != library_version()) {
      throw CompilationError(
          Remedy::fix_input,
          fmt::format("the kernel compiler '{}' is of version {} (protocol {}), and this library is of version {} "
                      "(protocol {}); install the kernelc of version {}, or name it in the environment variable "
                      "DOTCOMPUTE_KERNELC",
                      server_->path(), answer->version, received.version, library_version(), protocol::version,
                      library_version()));
    }
  }

  [[noreturn]] void fail(const protocol::IoResult& result, std::string_view when) {
    const std::string subject = fmt::format("the kernel compiler '{}'", server_->path());
    ErrorContext context;
    switch (result.status) {
      case IoStatus::closed: {
        const std::string end = server_->end_after_close();
        context.cause = server_->error_output();
        const std::string said = context.cause.empty() ? "" : fmt::format("; it said: {}", last_line(context.cause));
        throw CompilationError(Remedy::retry,
                               fmt::format("{} {} {}{}; the next source starts it anew", subject, end, when, said),
                               std::move(context));
      }
      case IoStatus::timed_out:
        server_->end();
        context.cause = server_->error_output();
        throw CompilationError(Remedy::retry,
                               fmt::format("{} gave no answer within {} ms {} and was ended; allow it more time "
                                           "(CompilerOptions::timeout) or give it less to do",
                                           subject, options_.timeout.count(), when),
                               std::move(context));
      case IoStatus::malformed:
        server_->end();
        context.cause = server_->error_output();
        throw CompilationError(
            Remedy::fix_input,
            fmt::format("{} does not speak kernelc's protocol {}: {}; install the kernelc of version {}, "
                        "or name it in the environment variable DOTCOMPUTE_KERNELC",
                        subject, when, result.problem, library_version()),
            std::move(context));
      case IoStatus::done:
      case IoStatus::failed: break;
    }
    throw CompilationError(Remedy::retry, fmt::format("{} cannot be reached {}: {}", subject, when, result.problem));
  }

  const CompilerOptions options_;
  std::mutex mutex_;
  std::unique_ptr<KernelLoader> loader_;  ///< Made with the first source, and kept: used without the lock.
  std::unique_ptr<ServerProcess> server_;
};

KernelCompiler::KernelCompiler(CompilerOptions options) : client_(std::make_unique<Client>(std::move(options))) {}
KernelCompiler::~KernelCompiler() = default;

LoadedKernels KernelCompiler::compile(const CompileRequest& request) { return client_->compile(request); }

}  // namespace dotcompute
