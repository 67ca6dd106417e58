#include <dotcompute/kernel/protocol_io.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dotcompute::protocol {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

class ProtocolIo : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0); }
  void TearDown() override {
    close_end(0);
    close_end(1);
  }
  void close_end(int index) {
    if (ends_[index] >= 0) ::close(std::exchange(ends_[index], -1));
  }

  int ends_[2] = {-1, -1};
};

CompileResponse large_response() {
  CompileResponse response;
  response.ok = true;
  response.output.assign(std::size_t{5} << 20, 'x');
  response.output.back() = 'y';
  return response;
}

TEST_F(ProtocolIo, AMessageLargerThanEveryBufferArrivesWhole) {
  const Message message = large_response();
  std::thread sender([&] { EXPECT_TRUE(send_frame(ends_[0], encode(message), in(60s))); });
  const Received received = receive_message(ends_[1], in(60s));
  sender.join();
  ASSERT_TRUE(received.result) << received.result.problem;
  EXPECT_EQ(received.version, version);
  EXPECT_TRUE(received.message == message);
}

TEST_F(ProtocolIo, MessagesOnAPipeArrive) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const Message message = Hello{"kernelc", "0.1.0"};
  EXPECT_TRUE(send_frame(pipe_ends[1], encode(message)));
  const Received received = receive_message(pipe_ends[0], in(60s));
  EXPECT_TRUE(received.result) << received.result.problem;
  EXPECT_TRUE(received.message == message);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(ProtocolIo, SignalsDoNotDisturb) {
  static std::atomic<int> signals;
  signals = 0;
  struct sigaction action{};
  action.sa_handler = [](int) { ++signals; };  // Without SA_RESTART: system calls are interrupted.
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);

  const Message message = large_response();
  std::atomic<bool> done = false;
  std::thread receiver([&] {
    const Received received = receive_message(ends_[1], in(60s));
    EXPECT_TRUE(received.result) << received.result.problem;
    EXPECT_TRUE(received.message == message);
    done = true;
  });
  while (signals < 10) {
    ::pthread_kill(receiver.native_handle(), SIGUSR1);
    std::this_thread::sleep_for(1ms);
  }
  std::thread sender([&] { EXPECT_TRUE(send_frame(ends_[0], encode(message), in(60s))); });
  while (!done) {
    ::pthread_kill(receiver.native_handle(), SIGUSR1);
    std::this_thread::sleep_for(1ms);
  }
  sender.join();
  receiver.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(ProtocolIo, ASocketThatNobodyReadsIsAResultAndNoSignal) {
  close_end(1);
  const IoResult sent = send_frame(ends_[0], encode(Failure{"no"}), in(60s));
  EXPECT_EQ(sent.status, IoStatus::closed);
  EXPECT_EQ(sent.problem, "the other side closed the connection");
}

TEST_F(ProtocolIo, AnEndBetweenAndInsideMessagesIsTold) {
  const std::vector<char> frame = encode(Failure{"no"});
  ASSERT_TRUE(send_frame(ends_[0], frame));
  ASSERT_TRUE(send_frame(ends_[0], std::span(frame).first(frame.size() - 1)));
  close_end(0);
  EXPECT_TRUE(receive_message(ends_[1]).result);
  const Received second = receive_message(ends_[1]);
  EXPECT_EQ(second.result.status, IoStatus::closed);
  EXPECT_EQ(second.result.problem, "the other side closed the connection in the middle of a message");
  const Received third = receive_message(ends_[1]);
  EXPECT_EQ(third.result.status, IoStatus::closed);
  EXPECT_EQ(third.result.problem, "the other side closed the connection");
}

TEST_F(ProtocolIo, WhatIsNotAMessageIsMalformed) {
  const std::string greeting = "hello, I am a shell script\n";
  ASSERT_TRUE(send_frame(ends_[0], greeting));
  const Received received = receive_message(ends_[1], in(60s));
  EXPECT_EQ(received.result.status, IoStatus::malformed);
  EXPECT_EQ(received.result.problem, "a message starts with 'dckernel', not 'hello, I'");
}

TEST_F(ProtocolIo, AnotherVersionMaySayHelloAndNothingElse) {
  ASSERT_TRUE(send_frame(ends_[0], encode(Hello{"kernelc", "2.0.0"}, 2)));
  ASSERT_TRUE(send_frame(ends_[0], encode(Failure{"no"}, 2)));
  const Received hello = receive_message(ends_[1], in(60s));
  EXPECT_TRUE(hello.result) << hello.result.problem;
  EXPECT_EQ(hello.version, 2u);
  const Received failure = receive_message(ends_[1], in(60s));
  EXPECT_EQ(failure.result.status, IoStatus::malformed);
  EXPECT_THAT(failure.result.problem, HasSubstr("version 2 of the protocol, not 1"));
}

TEST_F(ProtocolIo, SilenceEndsAtTheDeadline) {
  EXPECT_EQ(receive_message(ends_[1], in(1ms)).result.status, IoStatus::timed_out);
  const std::vector<char> frame = encode(Failure{"no"});
  ASSERT_TRUE(send_frame(ends_[0], std::span(frame).first(30)));
  EXPECT_EQ(receive_message(ends_[1], in(1ms)).result.status, IoStatus::timed_out);
}

TEST_F(ProtocolIo, AReaderThatSleepsEndsASenderAtTheDeadline) {
  EXPECT_EQ(send_frame(ends_[0], encode(large_response()), in(1ms)).status, IoStatus::timed_out);
}

TEST_F(ProtocolIo, AHeaderAloneReservesLittle) {
  std::vector<char> frame = encode(Failure{"no"});
  for (int i = 0; i < 8; ++i)
    frame[static_cast<std::size_t>(16 + i)] = static_cast<char>((max_payload_bytes >> (8 * i)) & 0xff);
  ASSERT_TRUE(send_frame(ends_[0], std::span(frame).first(header_size_bytes)));
  close_end(0);
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(receive_message(ends_[1], in(60s)).result.status, IoStatus::closed);
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 256 * 1024) << "KiB for a payload of 1 GiB that never came";
}

TEST_F(ProtocolIo, ABadDescriptorIsAFailure) {
  const IoResult sent = send_frame(1'000'000, encode(Failure{"no"}), in(60s));
  EXPECT_EQ(sent.status, IoStatus::failed);
  EXPECT_EQ(sent.problem, "send: Bad file descriptor");
}

}  // namespace
}  // namespace dotcompute::protocol
