// The suite finds what is wrong with copies, pinned memory, memory of others and peers: each device here breaks the
// contract in one way.

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/conformance/device_checks.hpp>

#include "test_device.hpp"

namespace dotcompute::conformance {

namespace {

enum class Fault {
  none,
  copies_to_the_start,
  copies_one_byte_less,
  copies_late,
  never_waits_for_others,
  pins_less,
  loses_pinned_bytes,
  adopts_a_copy,
  adopts_anything,
  is_its_own_peer,
  forgets_copies_of_peers,
};

/// Passes everything on to a test device's stream, but for its fault.
class BrokenStream final : public Stream {
 public:
  BrokenStream(std::unique_ptr<Stream> inner, Fault fault) : inner_(std::move(inner)), fault_(fault) {}

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override {
    return inner_->write(to, offset_bytes, from);
  }
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override {
    copy_at_last();
    return inner_->read(to, from, offset_bytes);
  }
  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override {
    if (fault_ == Fault::copies_to_the_start && &to != &from) to_offset_bytes = 0;
    if (fault_ == Fault::copies_one_byte_less && size_bytes > 1) --size_bytes;
    if (fault_ == Fault::forgets_copies_of_peers) size_bytes = 0;
    if (fault_ == Fault::copies_late) {
      copy_at_last();
      late_ = {&to, &from, size_bytes};
      return inner_->copy(to, 0, from, 0, 0);
    }
    return inner_->copy(to, to_offset_bytes, from, from_offset_bytes, size_bytes);
  }
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override {
    return inner_->launch(kernel, launch);
  }
  StreamPoint wait_for(const Stream& other, StreamPoint point) override {
    const Stream& theirs = *static_cast<const BrokenStream&>(other).inner_;
    if (fault_ == Fault::never_waits_for_others) point = 0;
    return inner_->wait_for(theirs, point);
  }
  bool is_reached(StreamPoint point) const noexcept override { return inner_->is_reached(point); }
  void wait(StreamPoint point) const override { inner_->wait(point); }

 private:
  struct Late {
    DeviceMemory* to = nullptr;
    const DeviceMemory* from = nullptr;
    std::uint64_t size_bytes = 0;
  };
  void copy_at_last() {
    const Late late = std::exchange(late_, {});
    if (late.to != nullptr) inner_->copy(*late.to, 0, *late.from, 0, late.size_bytes);
  }

  std::unique_ptr<Stream> inner_;
  Fault fault_;
  Late late_;
};

class LessPinned final : public PinnedMemory {
 public:
  explicit LessPinned(std::unique_ptr<PinnedMemory> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override {
    return inner_->bytes().first(inner_->bytes().size() / 2);
  }

 private:
  std::unique_ptr<PinnedMemory> inner_;
};

/// Memory that is another one each time it is looked at.
class RestlessPinned final : public PinnedMemory {
 public:
  explicit RestlessPinned(std::uint64_t size_bytes) : first_(size_bytes), second_(size_bytes) {}
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override {
    is_second_ = !is_second_;
    return is_second_ ? second_ : first_;
  }

 private:
  mutable std::vector<std::byte> first_;
  mutable std::vector<std::byte> second_;
  mutable bool is_second_ = false;
};

class BrokenDevice final : public DeviceAccelerator {
 public:
  BrokenDevice(Fault fault, const std::string& id)
      : inner_({.id = id, .peers = 1, .has_pinned = true}, state_), fault_(fault) {
    state_->delays = true;
  }

  const AcceleratorInfo& info() const noexcept override { return inner_.info(); }
  std::optional<std::string> refusal(const KernelDefinition& kernel) const override { return inner_.refusal(kernel); }
  std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override { return inner_.allocate(size_bytes); }
  std::unique_ptr<PinnedMemory> allocate_pinned(std::uint64_t size_bytes) override {
    if (fault_ == Fault::pins_less) return std::make_unique<LessPinned>(inner_.allocate_pinned(size_bytes));
    if (fault_ == Fault::loses_pinned_bytes) return std::make_unique<RestlessPinned>(size_bytes);
    return inner_.allocate_pinned(size_bytes);
  }
  std::unique_ptr<DeviceMemory> adopt(std::uintptr_t handle, std::uint64_t size_bytes, Ownership ownership) override {
    if (fault_ == Fault::adopts_a_copy) return inner_.allocate(size_bytes);
    if (fault_ == Fault::adopts_anything && handle == 0) return inner_.allocate(size_bytes);
    return inner_.adopt(handle, size_bytes, ownership);
  }
  bool can_access_peer(const DeviceAccelerator& other) const noexcept override {
    if (&other == this) return fault_ == Fault::is_its_own_peer;
    return inner_.can_access_peer(static_cast<const BrokenDevice&>(other).inner_);
  }
  std::unique_ptr<Stream> create_stream() override {
    return std::make_unique<BrokenStream>(inner_.create_stream(), fault_);
  }
  std::vector<std::byte> build(const KernelDefinition& kernel) override { return inner_.build(kernel); }
  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::span<const std::byte> image) override {
    return inner_.load(kernel, image);
  }
  std::optional<std::string> loss() const override { return inner_.loss(); }

 private:
  std::shared_ptr<test::TestDeviceState> state_ = std::make_shared<test::TestDeviceState>();
  test::TestDevice inner_;
  Fault fault_;
};

void expect_check_fails(Fault fault, std::string_view check, const std::string& needed) {
  BrokenDevice sound(Fault::none, "test:0");
  const CheckResult passed = run_check(sound, check);
  EXPECT_EQ(passed.verdict, Verdict::passed) << passed.detail;
  BrokenDevice device(fault, "test:0");
  const CheckResult result = run_check(device, check);
  EXPECT_EQ(result.verdict, Verdict::failed) << check;
  EXPECT_NE(result.detail.find(needed), std::string::npos) << result.detail;
}

void expect_peer_check_fails(Fault fault, const std::string& needed) {
  BrokenDevice device(fault, "test:0");
  BrokenDevice other(Fault::none, "test:1");
  const CheckResult result = run_peer_check(device, other);
  EXPECT_EQ(result.check, "test:0 is a peer of test:1");
  EXPECT_EQ(result.verdict, Verdict::failed);
  EXPECT_NE(result.detail.find(needed), std::string::npos) << result.detail;
}

TEST(MemoryChecksFind, ACopyToAnotherPlace) {
  expect_check_fails(Fault::copies_to_the_start, "copies on the device are exact at odd offsets",
                     "what copies from one block to another left");
}
TEST(MemoryChecksFind, ACopyThatIsTooShort) {
  expect_check_fails(Fault::copies_one_byte_less, "copies on the device are exact at odd offsets", "left is not what");
}
TEST(MemoryChecksFind, ACopyThatComesTooLate) {
  expect_check_fails(Fault::copies_late, "copies keep their place between launches",
                     "copies between launches of one stream: element");
}
TEST(MemoryChecksFind, ACopyThatDoesNotWaitForAnotherStream) {
  expect_check_fails(Fault::never_waits_for_others, "copies of one stream are ordered with launches of another",
                     "a copy between launches of another stream: element");
}

/// Under the thread sanitizer this looks at the test device itself.
TEST(MemoryChecksFind, NothingInAStreamWhoseAwaitedStreamsHaveEnded) {
  BrokenDevice sound(Fault::none, "test:0");
  const CheckResult result = run_check(sound, "a stream may end once its point is reached");
  EXPECT_EQ(result.verdict, Verdict::passed) << result.detail;
}

TEST(MemoryChecksFind, PinnedMemoryThatIsTooShort) {
  expect_check_fails(Fault::pins_less, "pinned memory keeps bytes",
                     "1 bytes of pinned memory were asked for and others given");
}
TEST(MemoryChecksFind, PinnedMemoryThatMoves) {
  expect_check_fails(Fault::loses_pinned_bytes, "pinned memory keeps bytes",
                     "1 bytes of pinned memory were asked for and others given");
}
TEST(MemoryChecksFind, AnAdoptionThatIsACopy) {
  expect_check_fails(Fault::adopts_a_copy, "memory of others is used where it lies",
                     "memory that was borrowed has another handle or size");
}
TEST(MemoryChecksFind, AnAdoptionOfNothing) {
  expect_check_fails(Fault::adopts_anything, "memory of others is used where it lies", "a handle of nothing: no error");
}
TEST(MemoryChecksFind, ADeviceThatIsItsOwnPeer) {
  expect_check_fails(Fault::is_its_own_peer, "a device is not its own peer", "says that it is its own peer");
}

TEST(PeerChecks, PassOnSoundPeersAndDoNotApplyToOthers) {
  BrokenDevice device(Fault::none, "test:0");
  BrokenDevice other(Fault::none, "test:1");
  const CheckResult passed = run_peer_check(device, other);
  EXPECT_EQ(passed.verdict, Verdict::passed) << passed.detail;
  const CheckResult itself = run_peer_check(device, device);
  EXPECT_EQ(itself.verdict, Verdict::excluded);
  EXPECT_EQ(itself.detail, "test:0 says that it cannot access test:0");
}

TEST(PeerChecks, FindWhatPeersDoNotDo) {
  expect_peer_check_fails(Fault::forgets_copies_of_peers, "what went to a peer and came back: element 0 is");
  expect_peer_check_fails(Fault::copies_to_the_start,
                          "12 bytes that were copied from a peer are not where they belong");
  expect_peer_check_fails(Fault::never_waits_for_others, "what went to a peer and came back: element");
}

}  // namespace

}  // namespace dotcompute::conformance
