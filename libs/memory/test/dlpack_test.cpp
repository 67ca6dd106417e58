#include <dotcompute/memory/dlpack.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dlpack/dlpack.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/device_session.hpp>

#include "memory_errors.hpp"
#include "test_device.hpp"

namespace {

using dotcompute::Access;
using dotcompute::from_dlpack;
using dotcompute::to_dlpack;
using dotcompute::UnifiedBuffer;
using dotcompute::detail::DeviceSession;
using dotcompute::test::memory_error_of;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// A tensor as another library makes it.
struct Foreign {
  std::vector<float> values{0, 1, 2, 3, 4, 5};
  std::vector<std::int64_t> shape{2, 3};
  std::vector<std::int64_t> strides{};
  int deleted = 0;
  DLManagedTensor tensor{};

  Foreign() {
    tensor.dl_tensor.data = values.data();
    tensor.dl_tensor.device = {kDLCPU, 0};
    tensor.dl_tensor.dtype = {kDLFloat, 32, 1};
    tensor.manager_ctx = this;
    tensor.deleter = [](DLManagedTensor* self) { ++static_cast<Foreign*>(self->manager_ctx)->deleted; };
    describe();
  }
  void describe() {
    tensor.dl_tensor.ndim = static_cast<int>(shape.size());
    tensor.dl_tensor.shape = shape.data();
    tensor.dl_tensor.strides = strides.empty() ? nullptr : strides.data();
  }
};

TEST(DlpackOut, a_view_is_a_tensor_over_the_same_memory) {
  UnifiedBuffer<float> buffer(std::vector<float>{0, 1, 2, 3, 4, 5, 6});
  DLManagedTensor* const tensor = to_dlpack(buffer.slice(1, 6), std::array<std::int64_t, 2>{2, 3});
  EXPECT_EQ(tensor->dl_tensor.data, buffer.span().data() + 1);
  EXPECT_EQ(tensor->dl_tensor.device.device_type, kDLCPU);
  EXPECT_EQ(tensor->dl_tensor.byte_offset, 0u);
  EXPECT_EQ(tensor->dl_tensor.dtype.code, kDLFloat);
  EXPECT_EQ(tensor->dl_tensor.dtype.bits, 32);
  EXPECT_EQ(tensor->dl_tensor.dtype.lanes, 1);
  EXPECT_EQ(tensor->dl_tensor.strides, nullptr);
  EXPECT_THAT(std::span(tensor->dl_tensor.shape, 2), ElementsAre(2, 3));
  tensor->deleter(tensor);
}

TEST(DlpackOut, is_a_mapping_until_it_is_deleted) {
  UnifiedBuffer<float> buffer(4);
  DLManagedTensor* const writes = to_dlpack(buffer.view());
  EXPECT_THAT(std::span(writes->dl_tensor.shape, 1), ElementsAre(4));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(to_dlpack(buffer.view())); }),
              HasSubstr("it is mapped for writing already; end that mapping first"));
  writes->deleter(writes);
  DLManagedTensor* const reads = to_dlpack(std::as_const(buffer).view());
  EXPECT_TRUE(buffer.storage()->uses().is_mapped_against(dotcompute::detail::HostUse::write));
  EXPECT_EQ(std::as_const(buffer).map().size(), 4u);
  reads->deleter(reads);
  EXPECT_FALSE(buffer.storage()->uses().is_mapped_against(dotcompute::detail::HostUse::write));
}

TEST(DlpackOut, keeps_the_memory_of_a_buffer_that_is_gone) {
  DLManagedTensor* tensor = nullptr;
  {
    UnifiedBuffer<std::int64_t> buffer(std::vector<std::int64_t>{1, 2});
    tensor = to_dlpack(buffer.view());
  }
  EXPECT_EQ(static_cast<const std::int64_t*>(tensor->dl_tensor.data)[1], 2);
  tensor->deleter(tensor);
}

TEST(DlpackOut, a_shape_that_does_not_fit_says_the_sizes) {
  UnifiedBuffer<float> buffer(6);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(to_dlpack(buffer.view(), std::array<std::int64_t, 2>{2, 4})); }),
              HasSubstr("cannot give 6 elements (24 bytes) the shape 2x4, which has 8; pass sizes whose product is 6"));
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(to_dlpack(buffer.view(), std::array<std::int64_t, 2>{-2, -3})); }),
      HasSubstr("a tensor cannot have the shape -2x-3"));
  EXPECT_FALSE(buffer.storage()->uses().is_mapped_against(dotcompute::detail::HostUse::write));
}

template <class T>
class DlpackOf : public testing::Test {};
using ElementTypes = testing::Types<bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                                    std::uint32_t, std::int64_t, std::uint64_t, float, double, dotcompute::half>;
TYPED_TEST_SUITE(DlpackOf, ElementTypes);

TYPED_TEST(DlpackOf, goes_out_and_comes_in) {
  UnifiedBuffer<TypeParam> buffer(5);
  buffer.template as<std::uint8_t>().fill(1);
  const void* const data = buffer.span().data();
  DLManagedTensor* const tensor = to_dlpack(buffer.view());
  const UnifiedBuffer<TypeParam> back = from_dlpack<TypeParam>(tensor);
  EXPECT_EQ(back.size(), 5u);
  EXPECT_EQ(back.span().data(), data);
}

TEST(DlpackIn, shows_the_tensors_memory_and_deletes_it_with_the_buffer) {
  Foreign foreign;
  {
    UnifiedBuffer<float> buffer = from_dlpack<float>(&foreign.tensor);
    EXPECT_EQ(buffer.span().data(), foreign.values.data());
    EXPECT_EQ(buffer.size(), 6u);
    buffer.write(5, std::array{50.0f});
    EXPECT_EQ(foreign.deleted, 0);
  }
  EXPECT_EQ(foreign.deleted, 1);
  EXPECT_EQ(foreign.values[5], 50.0f);
}

TEST(DlpackIn, takes_offsets_strides_of_compact_tensors_pinned_memory_and_tensors_without_a_deleter) {
  Foreign foreign;
  foreign.tensor.dl_tensor.byte_offset = 4;
  foreign.tensor.dl_tensor.device = {kDLCUDAHost, 0};
  foreign.tensor.deleter = nullptr;
  foreign.shape = {2, 1, 2};
  foreign.strides = {2, 77, 1};
  foreign.describe();
  EXPECT_THAT(from_dlpack<float>(&foreign.tensor).span(), ElementsAre(1, 2, 3, 4));
  foreign.shape = {};
  foreign.strides = {};
  foreign.describe();
  EXPECT_THAT(from_dlpack<float>(&foreign.tensor).span(), ElementsAre(1));
  foreign.shape = {3, 0};
  foreign.describe();
  EXPECT_TRUE(from_dlpack<float>(&foreign.tensor).empty());
}

TEST(DlpackIn, what_is_no_buffer_says_why_and_stays_the_callers) {
  Foreign foreign;
  const auto message = [&] {
    foreign.describe();
    return memory_error_of([&] { static_cast<void>(from_dlpack<float>(&foreign.tensor)); });
  };
  foreign.strides = {1, 2};
  EXPECT_THAT(message(),
              HasSubstr("a tensor of the shape 2x3 has its elements at strides of 1x2: a buffer's lie next to "
                        "each other; make the tensor contiguous first"));
  foreign.strides = {};
  foreign.shape = {1, -1};
  EXPECT_THAT(message(), HasSubstr("a tensor cannot have the shape 1x-1: sizes are not negative"));
  foreign.shape = {1LL << 62, 1LL << 62};
  EXPECT_THAT(message(), HasSubstr("their product fits 64 bits"));
  foreign.shape = {6};
  foreign.tensor.dl_tensor.byte_offset = 2;
  EXPECT_THAT(message(), AllOf(HasSubstr("cannot adopt 6 elements of 4 bytes each at 0x"), HasSubstr("multiple of 4")));
  foreign.tensor.dl_tensor.byte_offset = 0;
  foreign.tensor.dl_tensor.data = nullptr;
  EXPECT_THAT(message(), HasSubstr("the address is null"));
  foreign.tensor.dl_tensor.device = {kDLCUDA, 1};
  EXPECT_THAT(message(),
              HasSubstr("a tensor on cuda:1 cannot be a buffer on the host; pass the accelerator that it is on"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(from_dlpack<float>(nullptr)); }),
              HasSubstr("a null tensor was given"));
  EXPECT_EQ(foreign.deleted, 0);
}

TEST(DlpackIn, other_elements_are_named) {
  Foreign foreign;
  const auto message_for = [&](DLDataType type) {
    foreign.tensor.dl_tensor.dtype = type;
    return memory_error_of([&] { static_cast<void>(from_dlpack<float>(&foreign.tensor)); });
  };
  EXPECT_THAT(
      message_for({kDLInt, 32, 1}),
      HasSubstr("a tensor of int32 cannot be a buffer of float32: elements are not converted; ask for what it has"));
  EXPECT_THAT(message_for({kDLFloat, 64, 1}), HasSubstr("a tensor of float64"));
  EXPECT_THAT(message_for({kDLFloat, 32, 4}), HasSubstr("a tensor of 4 lanes of float32"));
  EXPECT_THAT(message_for({kDLBfloat, 16, 1}), HasSubstr("a tensor of bfloat16"));
  EXPECT_THAT(message_for({kDLComplex, 64, 1}), HasSubstr("a tensor of complex64"));
  EXPECT_THAT(message_for({kDLUInt, 8, 1}), HasSubstr("a tensor of uint8"));
  EXPECT_THAT(message_for({6, 8, 1}), HasSubstr("a tensor of bool8"));
  EXPECT_THAT(message_for({99, 3, 1}), HasSubstr("a tensor of 3 bits of code 99"));
}

/// Its memory's handles are addresses, and it says that it is CUDA's.
class DlpackOnDevice : public testing::Test {
 protected:
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{.id = "cuda:1", .backend = "cuda"}, state};
  std::unique_ptr<DeviceSession> session = std::make_unique<DeviceSession>(device);
};

TEST_F(DlpackOnDevice, a_buffer_is_given_up_to_a_tensor) {
  UnifiedBuffer<float> buffer(std::vector<float>(6, 2.0f));
  DLManagedTensor* const tensor = to_dlpack(std::move(buffer), device, std::array<std::int64_t, 2>{3, 2});
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.span()); }), HasSubstr("moved from"));
  EXPECT_EQ(tensor->dl_tensor.device.device_type, kDLCUDA);
  EXPECT_EQ(tensor->dl_tensor.device.device_id, 1);
  EXPECT_THAT(std::span(static_cast<const float*>(tensor->dl_tensor.data), 6), Each(2.0f));
  EXPECT_EQ(session->memory().statistics().live_blocks, 1u);
  tensor->deleter(tensor);
  EXPECT_EQ(session->memory().statistics().live_blocks, 0u);
}

TEST_F(DlpackOnDevice, a_buffer_that_cannot_be_given_up_stays_as_it_is) {
  UnifiedBuffer<float> buffer(6);
  EXPECT_THAT(memory_error_of(
                  [&] { static_cast<void>(to_dlpack(std::move(buffer), device, std::array<std::int64_t, 2>{2, 2})); }),
              HasSubstr("the shape 2x2"));
  EXPECT_EQ(buffer.size(), 6u);  // NOLINT(bugprone-use-after-move): this is what is tested
  TestDevice other({}, state);
  const DeviceSession others_session(other);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(to_dlpack(std::move(buffer), other)); }),
              HasSubstr("DLPack exchanges memory of the host and of CUDA devices, not of test:0; leave the accelerator "
                        "out, or exchange native handles"));
}

TEST_F(DlpackOnDevice, a_tensor_becomes_the_replica_of_a_buffer) {
  Foreign foreign;
  foreign.tensor.dl_tensor.device = {kDLCUDA, 1};
  foreign.tensor.dl_tensor.byte_offset = 8;
  foreign.shape = {4};
  foreign.describe();
  {
    UnifiedBuffer<float> buffer = from_dlpack<float>(&foreign.tensor, device);
    EXPECT_EQ(buffer.state(), dotcompute::BufferState::device_only);
    EXPECT_EQ(buffer.native_handle(device), reinterpret_cast<std::uintptr_t>(foreign.values.data() + 2));
    EXPECT_THAT(buffer.span(), ElementsAre(2, 3, 4, 5));
    EXPECT_EQ(foreign.deleted, 0);
  }
  EXPECT_EQ(foreign.deleted, 1);
}

TEST_F(DlpackOnDevice, a_tensor_of_another_device_is_refused) {
  Foreign foreign;
  foreign.tensor.dl_tensor.device = {kDLCUDA, 0};
  const auto message = [&] {
    return memory_error_of([&] { static_cast<void>(from_dlpack<float>(&foreign.tensor, device)); });
  };
  EXPECT_THAT(message(),
              HasSubstr("a tensor on cuda:0 cannot be a buffer on cuda:1; pass the accelerator that it is on, "
                        "or none for the host"));
  foreign.tensor.dl_tensor.device = {kDLCPU, 0};
  EXPECT_THAT(message(), HasSubstr("a tensor on the host cannot be a buffer on cuda:1"));
  foreign.tensor.dl_tensor.device = {kDLROCM, 0};
  EXPECT_THAT(message(), HasSubstr("a tensor on a device of DLPack's type 10 cannot"));
  foreign.tensor.dl_tensor.device = {kDLCUDA, 1};
  foreign.tensor.dl_tensor.data = nullptr;
  EXPECT_THAT(message(), HasSubstr("from a null handle"));
  EXPECT_EQ(foreign.deleted, 0);
}

}  // namespace
