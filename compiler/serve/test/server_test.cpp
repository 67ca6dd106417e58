#include "serve/server.hpp"

#include <unistd.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/kernel/protocol_io.hpp>

#include "driver/compile.hpp"

namespace kernelc {
namespace {

namespace protocol = dotcompute::protocol;
using ::testing::HasSubstr;

/// A server on a thread, and this side of its socket.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : before_(std::filesystem::current_path()) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    own_ = ends[0];
    server_ = std::thread([this, end = ends[1]] {
      status_ = serve(end, end);
      ::close(end);
    });
  }
  ~ServerTest() override {
    (void)ended();
    std::filesystem::current_path(before_);
  }

  /// Closes this side; the server's exit status.
  int ended() {
    if (own_ >= 0) ::close(std::exchange(own_, -1));
    if (server_.joinable()) server_.join();
    return status_;
  }

  void send(const protocol::Message& message, std::uint32_t version = protocol::version) const {
    EXPECT_TRUE(protocol::send_frame(own_, protocol::encode(message, version)));
  }
  [[nodiscard]] protocol::Received receive() const { return protocol::receive_message(own_); }

  void greet() const {
    send(protocol::Hello{"test", version()});
    const protocol::Received hello = receive();
    ASSERT_TRUE(hello.result) << hello.result.problem;
    EXPECT_TRUE(hello.message == protocol::Message(protocol::Hello{"kernelc", version()}));
  }
  [[nodiscard]] int own() const noexcept { return own_; }

  template <class Answer>
  [[nodiscard]] Answer ask(const protocol::CompileRequest& request) const {
    send(request);
    const protocol::Received received = receive();
    EXPECT_TRUE(received.result) << received.result.problem;
    const Answer* answer = std::get_if<Answer>(&received.message);
    EXPECT_NE(answer, nullptr) << "alternative " << received.message.index();
    return answer != nullptr ? *answer : Answer();
  }

 private:
  std::filesystem::path before_;
  int own_ = -1;
  int status_ = -1;
  std::thread server_;
};

protocol::CompileRequest request_for(std::string text) {
  protocol::CompileRequest request;
  request.file = "input.cpp";
  request.text = std::move(text);
  request.options = {"-I" KERNEL_INCLUDE_DIR};
  return request;
}

constexpr const char* fill = R"(#include <dotcompute/kernel.hpp>
DOTCOMPUTE_KERNEL void fill(int value, std::span<int> out) {
  if (dotcompute::global_id() < out.size()) out[dotcompute::global_id()] = value;
}
)";

TEST_F(ServerTest, EndsWhenTheOtherSideIsGone) {
  greet();
  EXPECT_EQ(ended(), 0);
}

TEST_F(ServerTest, EndsWithoutAWord) { EXPECT_EQ(ended(), 0); }

TEST_F(ServerTest, CompilesOneSourceAfterTheOther) {
  greet();
  for (int i = 0; i < 2; ++i) {
    const auto good = ask<protocol::CompileResponse>(request_for(fill));
    EXPECT_TRUE(good.ok) << good.diagnostics;
    EXPECT_EQ(std::string(good.output.begin(), good.output.begin() + 4), "\177ELF");
    EXPECT_THAT(good.dependencies, ::testing::Contains(HasSubstr("dotcompute/kernel.hpp")));
    const auto bad = ask<protocol::CompileResponse>(request_for("int x = nothing;"));
    EXPECT_FALSE(bad.ok);
    EXPECT_TRUE(bad.output.empty());
    EXPECT_THAT(bad.diagnostics, HasSubstr("input.cpp:1:9: error: "));
  }
  EXPECT_EQ(ended(), 0);
}

TEST_F(ServerTest, EmitsWhatIsAskedFor) {
  greet();
  protocol::CompileRequest request = request_for(fill);
  request.emit = "model";
  const auto model = ask<protocol::CompileResponse>(request);
  EXPECT_TRUE(model.ok) << model.diagnostics;
  EXPECT_EQ(model.output.at(0), '{');
  request.emit = "poetry";
  EXPECT_EQ(ask<protocol::Failure>(request).message,
            "kernelc cannot emit 'poetry': ask for object, shared, cpu or model");
  EXPECT_TRUE(ask<protocol::CompileResponse>(request_for(fill)).ok) << "a failure ends nothing";
}

TEST_F(ServerTest, ADirectoryThatIsMissingIsNamed) {
  greet();
  protocol::CompileRequest request = request_for(fill);
  request.directory = "/nonexistent/directory";
  EXPECT_THAT(ask<protocol::Failure>(request).message,
              HasSubstr("cannot enter the directory '/nonexistent/directory'"));
}

TEST_F(ServerTest, AnotherVersionIsAnsweredAndServedNoFurther) {
  send(protocol::Hello{"test", "9.9.9"});
  EXPECT_TRUE(receive().message == protocol::Message(protocol::Hello{"kernelc", version()}));
  EXPECT_EQ(receive().result.status, protocol::IoStatus::closed);
  EXPECT_EQ(ended(), 0);
}

TEST_F(ServerTest, AnotherProtocolIsAnsweredAndServedNoFurther) {
  send(protocol::Hello{"test", version()}, protocol::version + 1);
  EXPECT_EQ(receive().version, protocol::version);
  EXPECT_EQ(receive().result.status, protocol::IoStatus::closed);
}

TEST_F(ServerTest, GarbageEndsIt) {
  ::testing::internal::CaptureStderr();
  send(protocol::CompileRequest{});
  EXPECT_EQ(receive().result.status, protocol::IoStatus::closed);
  EXPECT_EQ(ended(), 3);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "kernelc: cannot serve: the first message is no hello\n");
}

TEST_F(ServerTest, GarbageAfterTheHelloEndsIt) {
  greet();
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(protocol::send_frame(own(), std::string("GET / HTTP/1.1\r\nHost: kernelc\r\n\r\n")));
  EXPECT_EQ(receive().result.status, protocol::IoStatus::closed);
  EXPECT_EQ(ended(), 3);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("kernelc: cannot receive: a message starts with"));
}

}  // namespace
}  // namespace kernelc
