// Parts of buffers as arguments of launches on the host; mapped buffers and buffers that were moved from.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/base/task.hpp>

#include "runtime_fixture.hpp"

namespace {

using dotcompute::Access;
using dotcompute::arg;
using dotcompute::BufferView;
using dotcompute::PreparedLaunch;
using dotcompute::UnifiedBuffer;
using dotcompute::test::message_of;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using ViewLaunch = dotcompute::test::RuntimeTest;

UnifiedBuffer<float> counted(std::uint64_t size) {
  UnifiedBuffer<float> buffer(size);
  float next = 0;
  for (float& value : buffer.mutable_span()) value = next++;
  return buffer;
}

TEST_F(ViewLaunch, by_function) {
  const UnifiedBuffer<float> x = counted(6);
  UnifiedBuffer<float> y(6);
  const BufferView<float> written = y.slice(1, 2);
  EXPECT_EQ(runtime.run(demo::saxpy, 1.0f, x.slice(3, 2), written).grid.x, 2u);
  EXPECT_THAT(y.span(), ElementsAre(0, 3, 4, 0, 0, 0));
  runtime.execute(demo::saxpy, 10.0f, x.slice(0, 2), y.slice(4, 2)).get();
  EXPECT_THAT(y.span(), ElementsAre(0, 3, 4, 0, 0, 10));
}

TEST_F(ViewLaunch, by_name) {
  const UnifiedBuffer<float> x = counted(6);
  UnifiedBuffer<float> y(6);
  BufferView<float> written = y.slice(1, 2);
  runtime.run("demo::saxpy", arg("a", 1.0f), arg("x", x.slice(3, 2)), arg("y", written));
  runtime.execute("demo::saxpy", arg("a", 10.0f), arg("x", x.slice(0, 2)), arg("y", y.slice(4, 2))).get();
  EXPECT_THAT(y.span(), ElementsAre(0, 3, 4, 0, 0, 10));
  const auto sum =
      runtime.run<UnifiedBuffer<float>>("demo::vector_add", arg("a", x.slice(0, 3)), arg("b", x.slice(3, 3)));
  EXPECT_THAT(sum.value.span(), ElementsAre(3, 5, 7));
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 1.0f), arg("x", x.slice(0, 2)), arg("y", x.slice(2, 2))); }),
      HasSubstr("argument 'y' is written by the kernel and was given as const or read-only memory"));
}

TEST_F(ViewLaunch, prepared) {
  const UnifiedBuffer<float> x = counted(4);
  UnifiedBuffer<float> y(4);
  const PreparedLaunch by_function = runtime.prepare(demo::saxpy, 1.0f, x.slice(2, 2), y.slice(0, 2));
  const PreparedLaunch by_name =
      runtime.prepare("demo::saxpy", arg("a", 1.0f), arg("x", x.slice(2, 2)), arg("y", y.slice(2, 2)));
  by_function.run();
  by_function.execute().get();
  by_name.run();
  EXPECT_THAT(y.span(), ElementsAre(4, 6, 2, 3));
}

TEST_F(ViewLaunch, a_launch_retains_the_memory_behind_a_view) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  auto task = runtime.execute(demo::saxpy, 1.0f, x.slice(0, 100), y.slice(0, 100));
  // All arguments are held, so that the Task may be let go.
  static_assert(std::is_same_v<decltype(task), dotcompute::DetachableTask<dotcompute::LaunchReport>>);
  const dotcompute::detail::StorageHold kept = y.share_storage();
  x = {};
  y = {};
  task.get();
  EXPECT_EQ(reinterpret_cast<const float*>(kept.data())[99], 1.0f);
  const PreparedLaunch prepared = [&] {
    UnifiedBuffer<float> local(std::vector<float>(8, 1.0f));
    return runtime.prepare(demo::saxpy, 1.0f, local.slice(0, 4), local.slice(4, 4));
  }();
  prepared.run();
}

TEST_F(ViewLaunch, other_element_types) {
  UnifiedBuffer<std::uint8_t> bytes(64);
  runtime.run(demo::count_up, 0x01020304u, bytes.as<std::uint32_t>().slice(1, 2));
  EXPECT_EQ(bytes.as<std::uint32_t>().span()[2], 0x01020305u);
  EXPECT_EQ(bytes.span()[4], 4u);
  UnifiedBuffer<demo::Particle> particles(3);
  runtime.run(demo::push, demo::Particle{{1, 2, 3}, 4, 5}, particles.slice(1, 2));
  EXPECT_EQ(particles.span()[0].position[0], 0);
  EXPECT_EQ(particles.span()[2].position[0], particles.span()[1].position[0]);
}

TEST_F(ViewLaunch, parts_of_one_buffer_side_by_side_or_the_same_but_not_overlapping) {
  UnifiedBuffer<float> buffer = counted(6);
  runtime.run(demo::saxpy, 1.0f, buffer.slice(0, 3), buffer.slice(3, 3));
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, 2, 3, 5, 7));
  runtime.run(demo::saxpy, 1.0f, buffer.slice(0, 3), buffer.slice(0, 3));
  EXPECT_THAT(buffer.span(), ElementsAre(0, 2, 4, 3, 5, 7));
  EXPECT_THAT(
      message_of([&] { runtime.run(demo::saxpy, 1.0f, buffer.slice(0, 3), buffer.slice(2, 3)); }),
      HasSubstr("argument 'y', which the kernel writes, overlaps argument 'x' by 4 of its 12 bytes; pass exactly "
                "the same range for both or separate ones"));
  EXPECT_THAT(message_of([&] { runtime.run(demo::saxpy, 1.0f, buffer, buffer.slice(2, 3)); }),
              HasSubstr("overlaps argument 'x' by 12 of its 12 bytes"));
}

TEST_F(ViewLaunch, empty_views_are_no_work) {
  UnifiedBuffer<float> buffer(4);
  EXPECT_EQ(runtime.run(demo::saxpy, 1.0f, buffer.slice(4, 0), buffer.slice(0, 0)).launches, 0u);
  EXPECT_EQ(runtime.run(demo::saxpy, 1.0f, BufferView<const float>(), BufferView<float>()).launches, 0u);
}

TEST_F(ViewLaunch, a_buffer_that_was_moved_from_is_refused_by_name) {
  UnifiedBuffer<float> moved(4), x(4);
  const UnifiedBuffer<float> now = std::move(moved);
  // NOLINTBEGIN(bugprone-use-after-move): this is what is tested
  const auto says_so = HasSubstr(
      "kernel demo::saxpy: argument 'y' is a buffer that was moved from; pass the buffer that it was moved to");
  EXPECT_THAT(message_of([&] { runtime.run(demo::saxpy, 1.0f, x, moved); }), says_so);
  EXPECT_THAT(message_of([&] { runtime.execute(demo::saxpy, 1.0f, x, moved).get(); }), says_so);
  EXPECT_THAT(message_of([&] { static_cast<void>(runtime.prepare(demo::saxpy, 1.0f, x, moved)); }), says_so);
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1.0f), arg("x", x), arg("y", moved)); }), says_so);
  // NOLINTEND(bugprone-use-after-move)
}

TEST_F(ViewLaunch, a_mapped_buffer_is_refused_by_name) {
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4);
  {
    const auto reading = x.map(Access::read);
    runtime.run(demo::saxpy, 1.0f, x, y);  // It reads, too.
    EXPECT_THAT(
        message_of([&] { runtime.run(demo::saxpy, 1.0f, y, x); }),
        HasSubstr("kernel demo::saxpy: argument 'y' is mapped on the host for reading, and the kernel writes it; "
                  "end the Mapping before the launch"));
  }
  {
    const auto writing = x.slice(0, 1).map(Access::write);
    EXPECT_THAT(message_of([&] { runtime.run(demo::saxpy, 1.0f, x.slice(2, 2), y); }),
                HasSubstr("argument 'x' is mapped on the host for writing, and the kernel reads it"));
    EXPECT_THAT(message_of([&] { runtime.execute(demo::saxpy, 1.0f, y, x).get(); }),
                HasSubstr("argument 'y' is mapped on the host for writing, and the kernel writes it"));
  }
  runtime.run(demo::saxpy, 1.0f, y, x);
  EXPECT_THAT(y.span(), Each(1.0f));
}

}  // namespace
