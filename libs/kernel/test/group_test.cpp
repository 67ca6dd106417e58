#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <dotcompute/kernel.hpp>

namespace {

void note_ids(std::span<std::size_t> out) {
  const std::size_t i = dotcompute::global_id();
  out[i] = dotcompute::local_id() + 10 * dotcompute::local_size() + 100 * dotcompute::group_id() +
           10'000 * dotcompute::group_count();
}

void waits(std::span<float> x) {
  dotcompute::SharedArray<float, 16> shared;
  shared[dotcompute::local_id()] = x[dotcompute::global_id()];
  dotcompute::barrier();
  x[dotcompute::global_id()] = shared[0];
}

TEST(Group, ADirectCallIsAGroupOfOneItem) {
  std::vector<std::size_t> out(5);
  dotcompute::for_each_item({out.size()}, [&] { note_ids(out); });
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], 10 + 100 * i + 50'000);
  EXPECT_EQ(dotcompute::local_id<2>(), 0u);
  EXPECT_EQ(dotcompute::group_count<1>(), 1u);
}

TEST(Group, ABarrierInADirectCallSaysWhatToDo) {
  std::vector<float> x(4, 1);
  try {
    waits(x);
    FAIL() << "a barrier in a direct call must throw";
  } catch (const std::logic_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("dotcompute::barrier in 'waits'"), std::string::npos) << text;
    EXPECT_NE(text.find("group_test.cpp:"), std::string::npos) << text;
    EXPECT_NE(text.find("launch the kernel, for example with runtime.on(\"reference\").run(...)"), std::string::npos)
        << text;
  }
}

TEST(Group, ASubGroupInADirectCallSaysWhatToDo) {
  try {
    static_cast<void>(dotcompute::subgroup_add(1.0f));
    FAIL() << "an operation of a group in a direct call must throw";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(
        error.what(),
        "dotcompute: an operation of the items of a group: a direct call runs one work-item alone, which cannot "
        "wait for others; launch the kernel, for example with runtime.on(\"reference\").run(...)");
  }
  EXPECT_EQ(dotcompute::subgroup_size<8>(), 1u);
  EXPECT_EQ(dotcompute::subgroup_lane(), 0u);
}

TEST(Group, SharedArraysAreOrdinaryArraysToTheProgramsCompiler) {
  dotcompute::SharedArray<int, 8> array;
  for (int& each : array) each = 3;
  array[7] = 4;
  const auto& read = array;
  EXPECT_EQ(read[7], 4);
  EXPECT_EQ(read.data() + 8, read.end());
  EXPECT_EQ(std::span<const int>(read).size(), array.size());
  EXPECT_EQ(std::span(array).front(), 3);
}

}  // namespace
