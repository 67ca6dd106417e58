#include <dotcompute/kernel/protocol.hpp>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dotcompute::protocol {
namespace {

using ::testing::HasSubstr;

CompileRequest full_request() {
  CompileRequest request;
  request.file = "demo/saxpy.cpp";
  request.text = std::string("void f();\n\0more", 15);
  request.emit = "shared";
  request.directory = "/home/somebody";
  request.host = "GNU-12.2.0";
  request.gcc_install_dir = "/usr/lib/gcc/x86_64-linux-gnu/12";
  request.options = {"-std=c++20", "", "-DNAME=\"two words\""};
  return request;
}

CompileResponse full_response() {
  CompileResponse response;
  response.ok = true;
  response.diagnostics = "saxpy.cpp:3:1: warning: unused\n";
  for (int i = 0; i < 300; ++i) response.output.push_back(static_cast<char>(i));
  response.dependencies = {"/usr/include/math.h", "a b.hpp"};
  return response;
}

std::vector<Message> samples() {
  CompileRequest from_file;
  from_file.file = "x.cpp";
  return {Hello{"libdotcompute", "0.1.0"}, full_request(), from_file, full_response(), CompileResponse{},
          Failure{"no memory is left"}};
}

/// What a reader of a stream would make of these bytes.
Decoded<Message> decode(std::span<const char> frame) {
  const Decoded<Header> header = decode_header(frame);
  if (!header) return {std::nullopt, header.problem};
  const std::span<const char> payload = frame.subspan(header_size_bytes);
  if (payload.size() < header.value->payload_size_bytes) return {std::nullopt, "too short"};
  return decode_payload(header.value->type, payload.first(header.value->payload_size_bytes));
}

template <class Number>
void put(std::vector<char>& bytes, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes[at + i] = static_cast<char>((number >> (8 * i)) & 0xff);
}

TEST(Protocol, EveryMessageSurvivesTheTrip) {
  for (const Message& message : samples()) {
    const std::vector<char> frame = encode(message);
    const Decoded<Message> decoded = decode(frame);
    ASSERT_TRUE(decoded) << decoded.problem;
    EXPECT_TRUE(*decoded.value == message) << "alternative " << message.index();
    EXPECT_EQ(encode(*decoded.value), frame);
  }
}

TEST(Protocol, AnEmptyTextIsNotTheSameAsNone) {
  CompileRequest request;
  request.file = "x.cpp";
  request.text = "";
  const Decoded<Message> decoded = decode(encode(request));
  ASSERT_TRUE(decoded) << decoded.problem;
  EXPECT_TRUE(std::get<CompileRequest>(*decoded.value).text.has_value());
}

TEST(Protocol, AFrameHasTheDescribedBytes) {
  const std::vector<char> frame = encode(Failure{"no"});
  const std::string expected = std::string("dckernel\1\0\0\0\4\0\0\0\x19\0\0\0\0\0\0\0", 24) +
                               std::string("\1\0\0\0\7\0\0\0message\2\0\0\0\0\0\0\0no", 25);
  EXPECT_EQ(std::string(frame.begin(), frame.end()), expected);
}

TEST(Protocol, AHeaderTellsTheSendersVersion) {
  const Decoded<Header> header = decode_header(encode(Hello{"kernelc", "9.0.0"}, 7));
  ASSERT_TRUE(header) << header.problem;
  EXPECT_EQ(header.value->version, 7u);
  EXPECT_EQ(header.value->type, MessageType::hello);
}

TEST(Protocol, EveryTruncationIsRefused) {
  for (const Message& message : samples()) {
    const std::vector<char> frame = encode(message);
    for (std::size_t size = 0; size < header_size_bytes; ++size) {
      const Decoded<Header> header = decode_header(std::span(frame).first(size));
      EXPECT_FALSE(header);
      EXPECT_THAT(header.problem, HasSubstr("a header has 24 bytes"));
    }
    const MessageType type = decode_header(frame).value->type;
    const std::span<const char> payload = std::span(frame).subspan(header_size_bytes);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      // A copy of its own size, so that AddressSanitizer sees a read past the end.
      const std::vector<char> shortened(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
      const Decoded<Message> decoded = decode_payload(type, shortened);
      EXPECT_FALSE(decoded) << "alternative " << message.index() << ", " << size << " of " << payload.size();
      EXPECT_FALSE(decoded.problem.empty());
    }
  }
}

TEST(Protocol, EveryFlippedBitGivesAMessageOrAProblem) {
  for (const Message& message : samples()) {
    const std::vector<char> frame = encode(message);
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      std::vector<char> flipped = frame;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const Decoded<Message> decoded = decode(flipped);
      EXPECT_NE(decoded.value.has_value(), !decoded.problem.empty());
      // A flip that changes nothing would mean that a byte is not looked at. The version is compared by the receiver.
      const bool is_version = bit >= 64 && bit < 96;
      EXPECT_FALSE(decoded && !is_version && *decoded.value == message) << "bit " << bit;
    }
  }
}

TEST(Protocol, WhatIsNotAHeaderIsNamed) {
  std::vector<char> frame = encode(Failure{"no"});
  const auto problem_with = [&](auto change) {
    std::vector<char> changed = frame;
    change(changed);
    return decode_header(changed).problem;
  };
  EXPECT_EQ(problem_with([](auto& bytes) { bytes[0] = '\n'; }), "a message starts with 'dckernel', not '?ckernel'");
  EXPECT_EQ(problem_with([](auto& bytes) { put<std::uint32_t>(bytes, 12, 0); }),
            "a message is of type 0, which is not known");
  EXPECT_EQ(problem_with([](auto& bytes) { put<std::uint32_t>(bytes, 12, 5); }),
            "a message is of type 5, which is not known");
  EXPECT_EQ(problem_with([](auto& bytes) { put(bytes, 16, max_payload_bytes + 1); }),
            "a message claims 1073741825 bytes; at most 1073741824 are allowed");
}

TEST(Protocol, HostileSizesReserveNothing) {
  // Only the claims are large: were one believed, the allocation would fail or the read leave the payload.
  constexpr std::uint64_t claims[] = {1u << 20, max_payload_bytes, std::numeric_limits<std::uint32_t>::max(),
                                      std::numeric_limits<std::uint64_t>::max(),
                                      std::numeric_limits<std::uint64_t>::max() - 11};
  const std::vector<char> frame = encode(Failure{"no"});
  for (const std::uint64_t claim : claims) {
    std::vector<char> payload(frame.begin() + header_size_bytes, frame.end());
    put(payload, 0, static_cast<std::uint32_t>(claim));
    EXPECT_THAT(decode_payload(MessageType::failure, payload).problem, HasSubstr("fields cannot lie in 21 bytes"));

    payload.assign(frame.begin() + header_size_bytes, frame.end());
    put(payload, 4, static_cast<std::uint32_t>(claim));
    EXPECT_THAT(decode_payload(MessageType::failure, payload).problem, HasSubstr("the name of field 1 claims"));

    payload.assign(frame.begin() + header_size_bytes, frame.end());
    put(payload, 15, claim);
    EXPECT_THAT(decode_payload(MessageType::failure, payload).problem, HasSubstr("the value of field 1 claims"));
  }
}

/// A payload with these fields.
std::vector<char> payload_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::vector<char> payload(4);
  put(payload, 0, static_cast<std::uint32_t>(fields.size()));
  for (const auto& [name, value] : fields) {
    payload.resize(payload.size() + 4);
    put(payload, payload.size() - 4, static_cast<std::uint32_t>(name.size()));
    payload.insert(payload.end(), name.begin(), name.end());
    payload.resize(payload.size() + 8);
    put(payload, payload.size() - 8, static_cast<std::uint64_t>(value.size()));
    payload.insert(payload.end(), value.begin(), value.end());
  }
  return payload;
}

TEST(Protocol, FieldsThatDoNotBelongAreNamed) {
  const auto problem = [](MessageType type, auto... fields) {
    return decode_payload(type, payload_of({fields...})).problem;
  };
  using Field = std::pair<std::string_view, std::string_view>;
  EXPECT_EQ(problem(MessageType::failure), "failure: the field 'message' is missing");
  EXPECT_EQ(problem(MessageType::failure, Field{"message", "a"}, Field{"message", "b"}),
            "failure: the field 'message' occurs twice");
  EXPECT_EQ(problem(MessageType::failure, Field{"message", "a"}, Field{"col\nour", "b"}),
            "failure: the field 'col?our' is not known");
  EXPECT_EQ(problem(MessageType::compile_request, Field{"emit", "shared"}),
            "compile request: the field 'file' is missing");
  EXPECT_EQ(problem(MessageType::compile_response, Field{"ok", "yes"}),
            "compile response: the field 'ok' is 'yes', neither 0 nor 1");
  EXPECT_EQ(problem(MessageType::hello, Field{"program", "kernelc"}), "hello: the field 'version' is missing");
  std::vector<char> longer = payload_of({{"message", "a"}});
  longer.push_back('!');
  EXPECT_EQ(decode_payload(MessageType::failure, longer).problem, "failure: 1 bytes follow the last field");
}

TEST(Protocol, AHelloOfALaterVersionIsUnderstood) {
  const auto payload = payload_of({{"program", "kernelc"}, {"features", "many"}, {"version", "2.0.0"}});
  const Decoded<Message> decoded = decode_payload(MessageType::hello, payload);
  ASSERT_TRUE(decoded) << decoded.problem;
  EXPECT_TRUE(*decoded.value == Message(Hello{"kernelc", "2.0.0"}));
}

TEST(Protocol, RandomBytesAreNeverMoreThanAProblem) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<Message> messages = samples();
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char> frame = encode(messages[random() % messages.size()]);
    const MessageType type = decode_header(frame).value->type;
    std::vector<char> payload(frame.begin() + header_size_bytes, frame.end());
    if (round % 2 == 0) payload.resize(random() % 64);
    const std::size_t changes = round % 2 == 0 ? payload.size() : 1 + random() % 4;
    for (std::size_t i = 0; i < changes && !payload.empty(); ++i) {
      payload[random() % payload.size()] = static_cast<char>(random());
    }
    const Decoded<Message> decoded = decode_payload(type, payload);
    ASSERT_NE(decoded.value.has_value(), !decoded.problem.empty());
    refused += decoded ? 0 : 1;
  }
  EXPECT_GT(refused, 10'000 - 100);
}

}  // namespace
}  // namespace dotcompute::protocol
