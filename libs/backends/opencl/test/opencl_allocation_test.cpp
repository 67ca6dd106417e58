// What the backend itself allocates; the double takes its objects from malloc.
#include <gtest/gtest.h>

#include <array>

#include "counted_heap.hpp"
#include "opencl_double_fixture.hpp"

namespace dotcompute::test {

namespace {

class OpenClAllocation : public OpenClDouble, public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(Queues, OpenClAllocation, testing::Values(false, true),
                         [](const auto& parameter) { return parameter.param ? "OutOfOrder" : "InOrder"; });

TEST_P(OpenClAllocation, WarmOperationsAllocateNothing) {
  find(GetParam());
  script().keeps_records = false;
  const auto memory = device().allocate(256);
  const auto other = device().create_stream();
  spans_[0] = {memory.get(), 0, 64};
  spans_[1] = {memory.get(), 0, 64};
  std::array<std::byte, 256> bytes{};
  const auto round = [&] {
    stream().write(*memory, 0, bytes);
    for (int i = 0; i < 20; ++i) {
      block_.a += 1;
      launch({{64, 1, 1}});
    }
    other->wait_for(stream(), stream().read(bytes, *memory, 0));
    const StreamPoint point = other->write(*memory, 0, bytes);
    static_cast<void>(other->is_reached(point));
    other->wait(point);
  };
  round();
  const std::size_t before = allocations.load();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(allocations.load(), before);
}

}  // namespace

}  // namespace dotcompute::test
