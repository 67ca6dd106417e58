// How the parameters of a kernel's function are read from its text.

#include <string>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

#include "entry_head.hpp"

namespace msl_on_host {

namespace {

constexpr const char* text =
    "static void f(int x) {}\n"
    "[[max_total_threads_per_threadgroup(64)]] kernel void demo_k(constant demo_Box& limits [[buffer(0)]],\n"
    "    device const float* x [[buffer(1)]], constant index_t& x_size [[buffer(2)]],\n"
    "    uint3 at [[thread_position_in_grid]]) {\n  f(1);\n}\n";

TEST(EntryHead, HasEachParameterWithItsAttribute) {
  const auto parameters = entry_parameters(text, "demo_k");
  ASSERT_EQ(parameters.size(), 4u);
  EXPECT_EQ(parameters[0].type, "constant demo_Box&");
  EXPECT_EQ(parameters[1].type, "device const float*");
  EXPECT_EQ(parameters[2].attribute, "buffer(2)");
  EXPECT_EQ(parameters[3].type, "uint3");
  EXPECT_EQ(parameters[3].attribute, "thread_position_in_grid");
  EXPECT_EQ(entry_arguments(parameters),
            "*(constant demo_Box*)arguments[0], (device const float*)arguments[1], *(constant index_t*)arguments[2], "
            "item->thread_position_in_grid");
}

TEST(EntryHead, MayBeEmpty) { EXPECT_TRUE(entry_parameters("kernel void k() {}", "k").empty()); }

TEST(EntryHead, SaysWhatItCannotRead) {
  const auto message = [](const char* broken) -> std::string {
    try {
      static_cast<void>(entry_parameters(broken, "k"));
    } catch (const dotcompute::DeviceError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("kernel void other() {}"), "the Metal text has no 'kernel void k('");
  EXPECT_EQ(message("kernel void k(uint3 at) {}"), "the parameter 'uint3 at' of a Metal kernel has no attribute");
  EXPECT_EQ(message("kernel void k(uint3 at [[a]]"), "the parameters of 'kernel void k(' do not end");
}

}  // namespace

}  // namespace msl_on_host
