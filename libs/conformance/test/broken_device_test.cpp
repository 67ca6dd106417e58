// The suite finds what is wrong with a device: each one here breaks the contract in one way.

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/kernel/registry.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "minimal_backend.hpp"
#include "random_arguments.hpp"
#include "run_kernel.hpp"

namespace dotcompute::conformance {

namespace {

enum class Fault {
  none,
  wrong_result,
  writes_before,
  writes_after,
  writes_read_only,
  runs_items_twice,
  stale_point,
  forgets_a_write,
  takes_any_group,
  takes_any_image,
  never_out_of_memory,
  wrong_error,
  never_reached,
  refuses,
};

/// Passes everything on to the minimal backend, but for its fault.
class BrokenStream final : public Stream {
 public:
  BrokenStream(std::unique_ptr<Stream> inner, Fault fault) : inner_(std::move(inner)), fault_(fault) {}

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override {
    if (fault_ == Fault::forgets_a_write && offset_bytes != 0) return inner_->write(to, 0, {});
    return inner_->write(to, offset_bytes, from);
  }
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override {
    return inner_->read(to, from, offset_bytes);
  }
  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override {
    return inner_->copy(to, to_offset_bytes, from, from_offset_bytes, size_bytes);
  }
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override {
    DeviceLaunch passed = launch;
    if (fault_ == Fault::takes_any_group) passed.group = {};
    StreamPoint point = inner_->launch(kernel, passed);
    if (fault_ == Fault::runs_items_twice) point = inner_->launch(kernel, passed);
    const DeviceSpan& first = launch.spans.front();
    const DeviceSpan& last = launch.spans.back();
    if (fault_ == Fault::wrong_result) point = spoil(last, last.offset_bytes);
    if (fault_ == Fault::writes_read_only) point = spoil(first, first.offset_bytes);
    if (fault_ == Fault::writes_before) point = spoil(last, last.offset_bytes - 1);
    if (fault_ == Fault::writes_after) point = spoil(last, last.memory->size_bytes() - 1);
    return fault_ == Fault::stale_point ? 1 : point;
  }
  StreamPoint wait_for(const Stream&, StreamPoint) override { return inner_->wait_for(*inner_, 0); }
  bool is_reached(StreamPoint point) const noexcept override {
    return fault_ != Fault::never_reached && inner_->is_reached(point);
  }
  void wait(StreamPoint point) const override { inner_->wait(point); }

 private:
  StreamPoint spoil(const DeviceSpan& span, std::uint64_t offset_bytes) {
    auto& memory = const_cast<DeviceMemory&>(*span.memory);
    std::byte byte{};
    inner_->read({&byte, 1}, memory, offset_bytes);
    byte ^= std::byte{0x10};
    return inner_->write(memory, offset_bytes, {&byte, 1});
  }

  std::unique_ptr<Stream> inner_;
  Fault fault_;
};

class BrokenDevice final : public DeviceAccelerator {
 public:
  explicit BrokenDevice(Fault fault) : fault_(fault) {}

  const AcceleratorInfo& info() const noexcept override { return inner_->info(); }
  std::optional<std::string> refusal(const KernelDefinition& kernel) const override {
    if (fault_ == Fault::refuses) return "a device without any wish to run this";
    return inner_->refusal(kernel);
  }
  std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override {
    if (fault_ == Fault::never_out_of_memory) size_bytes %= 1'000'000;
    if (fault_ == Fault::wrong_error && size_bytes > 1'000'000'000) throw std::bad_alloc();
    return inner_->allocate(size_bytes);
  }
  std::unique_ptr<Stream> create_stream() override {
    return std::make_unique<BrokenStream>(inner_->create_stream(), fault_);
  }
  std::vector<std::byte> build(const KernelDefinition& kernel) override { return inner_->build(kernel); }
  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::span<const std::byte> image) override {
    if (fault_ == Fault::takes_any_image) return inner_->load(kernel, inner_->build(kernel));
    return inner_->load(kernel, image);
  }
  std::optional<std::string> loss() const override { return std::nullopt; }

 private:
  std::unique_ptr<DeviceAccelerator> inner_ = minimal::make_accelerator();
  Fault fault_;
};

KernelResult run_one(Fault fault, std::string_view kernel = "suite::copy<int>") {
  BrokenDevice device(fault);
  const auto reference = make_reference_accelerator();
  SuiteOptions options;
  options.sizes = {17};
  return compare_with_reference(device, *reference, KernelRegistry::instance().get(kernel), options).front();
}

void expect_fails(Fault fault, const std::string& needed) {
  const KernelResult result = run_one(fault);
  EXPECT_EQ(result.verdict, Verdict::failed);
  EXPECT_NE(result.detail.find(needed), std::string::npos) << result.detail;
  EXPECT_NE(result.detail.find("size 17, seed 18"), std::string::npos) << result.detail;
}

TEST(SuiteFinds, NothingWrongWithASoundDevice) { EXPECT_EQ(run_one(Fault::none).verdict, Verdict::passed); }

TEST(SuiteFinds, AWrongResult) { expect_fails(Fault::wrong_result, "out[0] is 0x"); }
TEST(SuiteFinds, AWriteBeforeASpan) { expect_fails(Fault::writes_before, "wrote before the elements of 'out'"); }
TEST(SuiteFinds, AWriteAfterASpan) { expect_fails(Fault::writes_after, "wrote after the elements of 'out'"); }
TEST(SuiteFinds, AWriteToWhatIsOnlyRead) {
  expect_fails(Fault::writes_read_only, "wrote to 'in', which it only reads");
}

TEST(SuiteFinds, ItemsThatRanTwice) {
  const KernelResult result = run_one(Fault::runs_items_twice, "suite::saxpy<int>");
  EXPECT_EQ(result.verdict, Verdict::failed);
}

TEST(SuiteFinds, ARefusal) {
  const KernelResult result = run_one(Fault::refuses);
  EXPECT_EQ(result.verdict, Verdict::refused);
  EXPECT_EQ(result.detail, "a device without any wish to run this");
}

TEST(SuiteFinds, WhatIsNoDeviceOfEitherKind) {
  class Neither final : public Accelerator {
   public:
    const AcceleratorInfo& info() const noexcept override { return info_; }
    std::optional<std::string> refusal(const KernelDefinition&) const override { return std::nullopt; }

   private:
    AcceleratorInfo info_{.id = "neither", .name = "n", .backend = "neither"};
  };
  Neither device;
  const auto reference = make_reference_accelerator();
  const auto kernel = KernelRegistry::instance().get("suite::copy<int>");
  const auto results = compare_with_reference(device, *reference, kernel);
  ASSERT_EQ(results.size(), all_sizes().size());
  EXPECT_EQ(results.front().detail, "'neither' is neither a HostAccelerator nor a DeviceAccelerator");
  EXPECT_EQ(run_check(device, "spans may be empty").verdict, Verdict::failed);
}

void expect_check_fails(Fault fault, std::string_view check, const std::string& needed) {
  BrokenDevice sound(Fault::none);
  EXPECT_EQ(run_check(sound, check).verdict, Verdict::passed);
  BrokenDevice device(fault);
  const CheckResult result = run_check(device, check);
  EXPECT_EQ(result.verdict, Verdict::failed) << check;
  EXPECT_NE(result.detail.find(needed), std::string::npos) << result.detail;
}

TEST(ChecksFind, ItemsThatRanTwice) {
  expect_check_fails(Fault::runs_items_twice, "every item of a grid runs once", "item 0 left 2 instead of 1");
}
TEST(ChecksFind, APointThatWasGivenBefore) {
  expect_check_fails(Fault::stale_point, "points are reached in order", "point 1 was given after point 1");
}
TEST(ChecksFind, APointThatIsNeverReached) {
  expect_check_fails(Fault::never_reached, "points are reached in order", "point 0, before any operation");
}
TEST(ChecksFind, AForgottenWrite) {
  expect_check_fails(Fault::forgets_a_write, "memory keeps parts at odd offsets", "came back changed");
}
TEST(ChecksFind, AGroupThatShouldHaveBeenRefused) {
  expect_check_fails(Fault::takes_any_group, "too large a group is refused, with kernel, size and limit",
                     "a group of 1025 items: no error");
}
TEST(ChecksFind, AnImageThatShouldHaveBeenRefused) {
  expect_check_fails(Fault::takes_any_image, "damaged images are refused", "an empty image: no error");
}
TEST(ChecksFind, MemoryWithoutEnd) {
  expect_check_fails(Fault::never_out_of_memory, "too large an allocation is out of memory and harms nothing",
                     "no error");
}
TEST(ChecksFind, AnErrorOfAnotherKind) {
  expect_check_fails(Fault::wrong_error, "too large an allocation is out of memory and harms nothing",
                     "another error than the contract names");
}
TEST(ChecksFind, ANameThatIsNoCheck) {
  BrokenDevice device(Fault::none);
  EXPECT_EQ(run_check(device, "it is blue").detail, "there is no check of this name");
}

}  // namespace

}  // namespace dotcompute::conformance
