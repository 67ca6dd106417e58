// Texts written by hand, for what the headers and the device promise: groups, barriers, atomics, positions, functions.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

#include "msl_on_host.hpp"

namespace msl_on_host {

namespace {

using namespace dotcompute;
using testing::HasSubstr;

struct Writing {
  std::uint32_t group_features = DOTCOMPUTE_GROUP_IDS;
  std::string functions = {};  ///< Before the kernel's.
  std::uint32_t dimensions = 1;
  std::string pragma = "#pragma METAL fp contract(off)\n";
};

/// A kernel with one span of uint, in Metal only: its text begins with the head that kernelc would write for it.
class HandWritten {
 public:
  explicit HandWritten(const std::string& body, const Writing& writing = {})
      : text_("#include <metal_stdlib>\nusing namespace metal;\n" + writing.pragma +
              "#if DOTCOMPUTE_NARROW\ntypedef uint index_t;\n#else\ntypedef ulong index_t;\n#endif\n" +
              writing.functions + head(writing.dimensions) + body + "\n}\n") {
    source_.text = text_.c_str();
    record_.dimensions = writing.dimensions;
    record_.group_features = writing.group_features;
  }
  HandWritten(const HandWritten&) = delete;
  HandWritten& operator=(const HandWritten&) = delete;

  [[nodiscard]] KernelDefinition definition() const { return KernelDefinition(record_); }

  /// The span after a launch over the grid.
  [[nodiscard]] std::vector<std::uint32_t> run(const dotcompute_grid& grid, const dotcompute_grid& group,
                                               std::vector<std::uint32_t> values, bool wide = false) const {
    const auto device = make_accelerator({.wide_indices = wide});
    const auto kernel = device->load(definition(), device->build(definition()));
    const auto stream = device->create_stream();
    const auto memory = device->allocate(values.size() * sizeof(std::uint32_t));
    stream->write(*memory, 0, std::as_bytes(std::span(values)));
    const DeviceSpan span{memory.get(), 0, values.size()};
    const std::byte block[64] = {};
    stream->launch(*kernel, {.arguments = block, .spans = {&span, 1}, .grid = grid, .group = group});
    stream->wait(stream->read(std::as_writable_bytes(std::span(values)), *memory, 0));
    return values;
  }

 private:
  static std::string head(std::uint32_t dimensions) {
    std::string sizes;
    std::uint32_t next = 2;
    for (const char* name : {"grid_", "first_"}) {
      for (std::uint32_t d = 0; d < dimensions; ++d) {
        sizes +=
            std::string("    constant index_t& ") + name + "xyz"[d] + " [[buffer(" + std::to_string(next++) + ")]],\n";
      }
    }
    return "kernel void by_hand(device uint* x [[buffer(0)]], constant index_t& x_size [[buffer(1)]],\n" + sizes +
           "    uint3 at [[thread_position_in_grid]], uint3 local [[thread_position_in_threadgroup]],\n"
           "    uint3 group [[threadgroup_position_in_grid]], uint3 count [[threads_per_threadgroup]],\n"
           "    uint3 groups [[threadgroups_per_grid]], uint index [[thread_index_in_threadgroup]]) {\n";
  }

  std::string text_;
  dotcompute_type element_{.kind = DOTCOMPUTE_TYPE_SCALAR,
                           .scalar = DOTCOMPUTE_SCALAR_UINT32,
                           .size = 4,
                           .alignment = 4,
                           .name = "unsigned int",
                           .fields = nullptr,
                           .field_count = 0,
                           .element = nullptr,
                           .element_count = 0};
  dotcompute_parameter parameter_{
      .name = "x", .kind = DOTCOMPUTE_PARAMETER_SPAN, .written = 1, .type = &element_, .offset = 0};
  dotcompute_source source_{
      .language = DOTCOMPUTE_LANGUAGE_MSL, .features = 0, .text = nullptr, .entry = "by_hand", .refusal = nullptr};
  dotcompute_kernel record_ = [this] {
    dotcompute_kernel record{};
    record.struct_size = sizeof record;
    record.name = "by_hand";
    record.source_file = "by_hand.metal";
    record.parameter_count = 1;
    record.parameters = &parameter_;
    record.block_size = sizeof(dotcompute_span);
    record.block_alignment = 8;
    record.sources = &source_;
    record.source_count = 1;
    return record;
  }();
};

std::vector<std::uint32_t> counted(std::size_t size) {
  std::vector<std::uint32_t> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<std::uint32_t>(i * i + 7);
  return values;
}

class MetalText : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (const auto reason = why_absent()) GTEST_SKIP() << *reason;
  }
  [[nodiscard]] static bool is_wide() { return GetParam(); }
};

constexpr std::uint32_t waits = DOTCOMPUTE_GROUP_IDS | DOTCOMPUTE_GROUP_BARRIER | DOTCOMPUTE_GROUP_SHARED;
const std::string barrier = "threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);";

// More groups than one slice has, so that what a group leaves in the array would be seen by the next.
TEST_P(MetalText, SharesArraysInAGroupAndWaits) {
  const HandWritten reverse(
      "  threadgroup uint part[64];\n  const ulong i = (ulong)first_x + at.x;\n  part[local.x] = x[i];\n  " + barrier +
          "\n  x[i] = part[count.x - 1 - local.x] + (uint)(grid_x - x_size);",
      {.group_features = waits});
  const std::vector<std::uint32_t> before = counted(64 * 250);
  const std::vector<std::uint32_t> after = reverse.run({{before.size(), 1, 1}}, {{64, 1, 1}}, before, is_wide());
  for (std::size_t i = 0; i < after.size(); ++i) ASSERT_EQ(after[i], before[i / 64 * 64 + 63 - i % 64]) << i;
}

TEST_P(MetalText, WaitsInLoopsAndFunctions) {
  const HandWritten sum(
      "  threadgroup uint part[96];\n  part[index] = x[first_x + at.x];\n  sum(part, index, count.x);\n"
      "  x[first_x + at.x] = part[0];",
      {.group_features = waits,
       .functions =
           "static void sum(threadgroup uint* part, uint index, uint count) {\n"
           "  while (count > 1) {\n    " +
           barrier +
           "\n    const uint half_count = (count + 1) / 2;\n"
           "    if (index + half_count < count) part[index] += part[index + half_count];\n    count = half_count;\n  "
           "}\n  " +
           barrier + "\n}\n"});
  const std::vector<std::uint32_t> before = counted(96 * 3);
  const std::vector<std::uint32_t> after = sum.run({{before.size(), 1, 1}}, {{96, 1, 1}}, before, is_wide());
  for (std::size_t group = 0; group < 3; ++group) {
    std::uint32_t expected = 0;
    for (std::size_t i = 0; i < 96; ++i) expected += before[group * 96 + i];
    for (std::size_t i = 0; i < 96; ++i) ASSERT_EQ(after[group * 96 + i], expected);
  }
}

TEST_P(MetalText, KnowsWhereItIs) {
  const HandWritten positions(
      "  const ulong row = grid_x, id = ((ulong)first_y + at.y) * row + first_x + at.x;\n"
      "  const bool is_right = at.x == group.x * count.x + local.x && at.y == group.y * count.y + local.y &&\n"
      "      at.z == 0 && index == local.y * count.x + local.x && group.x < groups.x && group.y < groups.y;\n"
      "  x[id] += is_right ? 1000 * count.x + count.y : 0;",
      {.dimensions = 2});
  const std::vector<std::uint32_t> after =
      positions.run({{35, 303, 1}}, {{7, 3, 1}}, std::vector<std::uint32_t>(35 * 303), is_wide());
  EXPECT_EQ(after, std::vector<std::uint32_t>(35 * 303, 7003));
}

TEST_P(MetalText, RunsWholeGroupsAndTellsTheGridInThem) {
  const HandWritten sizes("  x[first_x + at.x] = (uint)grid_x;");
  std::vector<std::uint32_t> expected(96, 0);
  std::fill_n(expected.begin(), 80, 80);
  EXPECT_EQ(sizes.run({{65, 1, 1}}, {{16, 1, 1}}, std::vector<std::uint32_t>(96), is_wide()), expected);
  // A kernel that does not use its group is given the grid as it is, and guards itself.
  const HandWritten guarded("  if (first_x + at.x < grid_x) x[first_x + at.x] = (uint)grid_x;", {.group_features = 0});
  std::vector<std::uint32_t> fewer(96, 0);
  std::fill_n(fewer.begin(), 65, 65);
  EXPECT_EQ(guarded.run({{65, 1, 1}}, {{16, 1, 1}}, std::vector<std::uint32_t>(96), is_wide()), fewer);
}

TEST_P(MetalText, CountsAtomically) {
  const HandWritten histogram(
      "  threadgroup uint bins[4];\n  if (index < 4) bins[index] = 0;\n  " + barrier +
          "\n  atomic_fetch_add_explicit((threadgroup atomic_uint*)&bins[at.x % 4], at.x, memory_order_relaxed);\n  " +
          barrier +
          "\n  if (index < 4) atomic_fetch_add_explicit((device atomic_uint*)x + index, bins[index], "
          "memory_order_relaxed);\n"
          "  atomic_fetch_max_explicit((device atomic_int*)x + 4, (int)at.x - 1000, memory_order_relaxed);\n"
          "  atomic_fetch_min_explicit((device atomic_uint*)x + 5, at.x + 3, memory_order_relaxed);\n"
          "  uint old = atomic_load_explicit((device atomic_uint*)x + 6, memory_order_relaxed);\n"
          "  while (!atomic_compare_exchange_weak_explicit((device atomic_uint*)x + 6, &old, old * 3 + 1,\n"
          "                                                memory_order_relaxed, memory_order_relaxed)) {}\n"
          "  if (index == 0) atomic_fetch_xor_explicit((device atomic_uint*)x + 7, at.x, memory_order_relaxed);",
      {.group_features = waits});
  std::vector<std::uint32_t> expected(8, 0);
  for (std::uint32_t i = 0; i < 256; ++i) {
    expected[i % 4] += i;
    expected[6] = expected[6] * 3 + 1;
    if (i % 32 == 0) expected[7] ^= i;
  }
  const std::int32_t largest = 255 - 1000;
  std::memcpy(&expected[4], &largest, sizeof largest);
  expected[5] = 3;
  std::vector<std::uint32_t> before(8, 0);
  before[4] = 0x8000'0000;
  before[5] = 0xffff'ffff;
  EXPECT_EQ(histogram.run({{256, 1, 1}}, {{32, 1, 1}}, before, is_wide()), expected);
}

TEST_P(MetalText, HasMetalsFunctions) {
  const HandWritten functions(
      "  int e = 0; float whole = 0; const float fraction = frexp(12.0f, e) + modf(2.75f, whole);\n"
      "  const uint results[] = {clz(0u), clz((uchar)1), ctz(0ul) == 64ul, (uint)ctz((short)8), popcount(0xf0f0u), "
      "rotate(0x80000001u, 1u),\n"
      "      reverse_bits((ushort)1), mulhi(0x80000000u, 6u), (uint)clamp(9, 1, 5), abs(-2147483647 - 1), "
      "select(1u, 2u, true),\n"
      "      (uint)e, as_type<uint>(fraction), as_type<uint>(whole), as_type<uint>(fmax(NAN, 2.0f)), "
      "as_type<uint>(precise::sqrt(2.0f)),\n"
      "      as_type<uint>(fast::sin(1.0f)), as_type<uint>(ldexp(1.5f, 3)), as_type<uint>(fma(2.0f, 3.0f, 4.0f)), "
      "as_type<uint>(rint(2.5f)),\n"
      "      as_type<uint>(round(2.5f)), (uint)isnan(NAN), (uint)signbit(-0.0f), as_type<uint>((float)half(0.333f))};\n"
      "  for (uint i = 0; i < sizeof results / 4; ++i) x[i] = results[i];",
      {.group_features = 0});
  const auto bits = [](float value) {
    std::uint32_t result;
    std::memcpy(&result, &value, sizeof result);
    return result;
  };
  const std::vector<std::uint32_t> expected{
      32,         7,           1,           3,          8,          3,          0x8000,     3,
      5,          0x8000'0000, 2,           4,          bits(1.5f), bits(2.0f), bits(2.0f), 0x3fb504f3,
      0x3f576aa4, bits(12.0f), bits(10.0f), bits(2.0f), bits(3.0f), 1,          1,          bits(0.33300781f)};
  EXPECT_EQ(functions.run({{1, 1, 1}}, {{1, 1, 1}}, std::vector<std::uint32_t>(expected.size()), is_wide()), expected);
}

INSTANTIATE_TEST_SUITE_P(Indices, MetalText, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Wide" : "Narrow"; });

class MetalTextProblem : public MetalText {};

TEST_P(MetalTextProblem, BarriersThatNotAllItemsComeByAreFound) {
  const HandWritten uneven("  if (local.x < 3) {\n" + barrier + "\n  }", {.group_features = waits});
  try {
    static_cast<void>(uneven.run({{8, 1, 1}}, {{4, 1, 1}}, counted(8)));
    FAIL() << "an item waits for ever";
  } catch (const ExecutionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("work-item 0 of a group waits at the barrier in line"));
    EXPECT_THAT(error.what(), HasSubstr("while work-item 3 has ended"));
  }
  // The thread's stacks can be used again.
  const HandWritten even("  " + barrier + "\n  x[at.x] = 1;", {.group_features = waits});
  EXPECT_EQ(even.run({{4, 1, 1}}, {{4, 1, 1}}, counted(4)), std::vector<std::uint32_t>(4, 1));
}

TEST_P(MetalTextProblem, WhatClangSaysIsTheCause) {
  for (const auto& [body, said] :
       {std::pair{"  x[0] = no_such_function(1);", "no_such_function"},
        std::pair{"  thread uint* y = x; *y = 1;", "cannot initialize"},
        std::pair{"  threadgroup uint z[2]; device uint* y = z; *y = 1;", "cannot initialize"},
        std::pair{"  x[0] = (uint)erf(1.0f);", "undeclared identifier 'erf'"},
        std::pair{"  x[0] = (uint)fmax((int)x[0], (int)x[1]);", "ambiguous"},
        std::pair{"  uint* y = x; *y = 1;", "a pointer to no address space"},
        std::pair{"  double y = x[0]; x[0] = (uint)y;", "poisoned"}}) {
    try {
      static_cast<void>(HandWritten(body).run({{1, 1, 1}}, {{1, 1, 1}}, {0}));
      FAIL() << body;
    } catch (const CompilationError& error) {
      EXPECT_STREQ(error.what(), "Clang does not compile the Metal text of by_hand");
      EXPECT_THAT(error.context().cause, HasSubstr(said));
    }
  }
}

TEST_P(MetalTextProblem, WhatMetalLeavesUndefinedIsFound) {
  for (const auto& [body, said] : {std::pair{"  x[0] = (uint)((int)x[0] + (int)x[1]);", "a sum overflows"},
                                   std::pair{"  x[0] = (uint)((int)x[0] * (int)x[1]);", "a product overflows"},
                                   std::pair{"  x[0] = (uint)(int)((float)x[1] * 4.0f);", "a conversion"},
                                   std::pair{"  thread uint y[2] = {1, 2}; x[0] = y[x[3]];", "an index outside"}}) {
    try {
      static_cast<void>(
          HandWritten(body, {.group_features = 0}).run({{1, 1, 1}}, {{1, 1, 1}}, {0x7fff'ffff, 0x7fff'ffff, 0, 2}));
      FAIL() << body;
    } catch (const ExecutionError& error) {
      EXPECT_THAT(error.what(), HasSubstr(said));
    }
  }
}

TEST_P(MetalTextProblem, ADivisionByZeroEndsTheProgramWithAMessage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const HandWritten division("  x[0] = x[0] / x[1];", {.group_features = 0});
  EXPECT_DEATH(static_cast<void>(division.run({{1, 1, 1}}, {{1, 1, 1}}, {1, 0})), "a Metal text divides by zero");
}

// Contraction changes a product's last bits, if the machine can do it.
TEST_P(MetalTextProblem, WithoutTheTextsPragmaSumsAreContracted) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "this machine cannot contract";
#endif
  const std::string body =
      "  const float a = as_type<float>(x[0]); x[0] = as_type<uint>(a * a - as_type<float>(x[1]));";
  const float a = 1.0f + 0x1p-12f;
  const volatile float square = a * a;
  const float rounded = square;
  std::vector<std::uint32_t> values(2);
  std::memcpy(&values[0], &a, sizeof a);
  std::memcpy(&values[1], &rounded, sizeof rounded);
  EXPECT_EQ(HandWritten(body, {.group_features = 0}).run({{1, 1, 1}}, {{1, 1, 1}}, values)[0], 0u);
  EXPECT_NE(HandWritten(body, {.group_features = 0, .pragma = ""}).run({{1, 1, 1}}, {{1, 1, 1}}, values)[0], 0u);
}

INSTANTIATE_TEST_SUITE_P(Once, MetalTextProblem, testing::Values(false), [](const auto&) { return "Narrow"; });

}  // namespace

}  // namespace msl_on_host
