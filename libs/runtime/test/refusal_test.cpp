// What the runtime refuses and what it says then: every message that a caller can reach.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "runtime_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::DeviceError;
using dotcompute::DeviceNotAvailableError;
using dotcompute::DynamicArgument;
using dotcompute::MemoryError;
using dotcompute::UnifiedBuffer;
using dotcompute::test::message_of;
using testing::AllOf;
using testing::Eq;
using testing::HasSubstr;

class Refusal : public dotcompute::test::RuntimeTest {
 protected:
  std::vector<float> x{1, 2, 3, 4};
  std::vector<float> y{1, 1, 1, 1};
};

TEST_F(Refusal, an_unknown_name_offers_the_nearest) {
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpi", arg("x", x)); }),
              AllOf(HasSubstr("demo::saxpi"), HasSubstr("demo::saxpy")));
}

TEST_F(Refusal, an_unregistered_function_says_how_to_register_it) {
  EXPECT_THAT(message_of([&] { runtime.run(demo::unregistered, x); }), HasSubstr("dotcompute_add_kernels"));
}

TEST_F(Refusal, a_missing_argument_is_named) {
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("y", y)); }),
              Eq("kernel demo::saxpy: missing argument 'x' (span<const float32>); give it"));
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("y", y)); }),
              Eq("kernel demo::saxpy: missing arguments 'a' (float32), 'x' (span<const float32>); give each of them"));
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", x)); }),
      Eq("kernel demo::saxpy: missing argument 'y' (span<float32>), which the kernel writes; give memory for it, or "
         "ask for one as the result with execute<R> or run<R>"));
}

TEST_F(Refusal, an_extra_argument_is_named_beside_what_there_is) {
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y), arg("z", y)); }),
              Eq("kernel demo::saxpy: it has no parameter 'z'; it takes a, x, y"));
  EXPECT_THAT(message_of([&] { runtime.over(1).run("demo::nothing", arg("z", 1)); }),
              Eq("kernel demo::nothing: it has no parameter 'z'; it takes no arguments"));
}

TEST_F(Refusal, a_duplicate_argument_is_named) {
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y), arg("x", y)); }),
              Eq("kernel demo::saxpy: argument 'x' is given twice; give it once"));
}

TEST_F(Refusal, a_wrong_type_says_what_was_expected_and_what_came) {
  std::vector<double> doubles(4);
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", doubles), arg("y", y)); }),
      Eq("kernel demo::saxpy: argument 'x' has the wrong type: expected span<const float32>, got span<float64>; "
         "elements are not converted, so pass the expected type"));
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", x), arg("x", x), arg("y", y)); }),
              HasSubstr("argument 'a' has the wrong type: expected float32, got span<float32>"));
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", 2.0f), arg("y", y)); }),
              HasSubstr("argument 'x' has the wrong type: expected span<const float32>, got float32"));
  std::vector<demo::Particle> particles(1);
  EXPECT_THAT(message_of([&] { runtime.run("demo::push", arg("force", 1.0f), arg("particles", particles)); }),
              HasSubstr("argument 'force' has the wrong type: expected demo::Particle (24 bytes), got float32"));
  struct Small {
    float value;
  };
  std::vector<Small> small(1);
  EXPECT_THAT(message_of([&] { runtime.run("demo::push", arg("force", particles[0]), arg("particles", small)); }),
              HasSubstr("expected span<demo::Particle (24 bytes)>, got span<struct of 4 bytes>"));
}

TEST_F(Refusal, a_value_that_does_not_survive_conversion_is_refused) {
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 0.1), arg("x", x), arg("y", y)); }),
      Eq("kernel demo::saxpy: argument 'a' has the wrong type: expected float32, got float64, and its value 0.1 is "
         "not exactly a float32; pass a float32"));
  std::vector<std::uint32_t> out(1);
  const auto refused = HasSubstr("is not exactly a uint32");
  EXPECT_THAT(message_of([&] { runtime.run("demo::count_up", arg("first", -1), arg("out", out)); }), refused);
  EXPECT_THAT(message_of([&] { runtime.run("demo::count_up", arg("first", 1.5), arg("out", out)); }), refused);
  EXPECT_THAT(message_of([&] { runtime.run("demo::count_up", arg("first", std::nan("")), arg("out", out)); }), refused);
  EXPECT_THAT(message_of([&] { runtime.run("demo::count_up", arg("first", 4294967296.0), arg("out", out)); }), refused);
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 16777217), arg("x", x), arg("y", y)); }),
              HasSubstr("its value 16777217 is not exactly a float32"));
  bool flags[1];
  EXPECT_THAT(message_of([&] { runtime.run("demo::flags", arg("value", 2), arg("out", flags)); }),
              HasSubstr("its value 2 is not exactly a bool"));
}

TEST_F(Refusal, values_that_survive_conversion_are_taken) {
  std::vector<std::uint32_t> out(1);
  runtime.run("demo::count_up", arg("first", 4294967295.0), arg("out", out));
  EXPECT_EQ(out[0], 4294967295u);
  runtime.run("demo::count_up", arg("first", std::int8_t{7}), arg("out", out));
  EXPECT_EQ(out[0], 7u);
  std::vector<double> values{1.0};
  runtime.run("demo::scale", arg("factor", std::numeric_limits<std::int64_t>::min()), arg("values", values));
  EXPECT_EQ(values[0], -9223372036854775808.0);
  EXPECT_THAT(message_of([&] {
                runtime.run("demo::scale", arg("factor", std::numeric_limits<std::uint64_t>::max()),
                            arg("values", values));
              }),
              HasSubstr("its value 18446744073709551615 is not exactly a float64"));
  runtime.run("demo::scale", arg("factor", 0.5f), arg("values", values));
  EXPECT_EQ(values[0], -4611686018427387904.0);
}

TEST_F(Refusal, two_missing_results_are_named) {
  const std::vector<std::int32_t> in{1};
  EXPECT_THAT(
      message_of([&] { runtime.run<std::vector<std::int32_t>>("demo::split", arg("in", in)); }),
      Eq("kernel demo::split: 2 spans that it writes are missing: 'low' (span<int32>), 'high' (span<int32>); only "
         "one can be the result, so give the others"));
}

TEST_F(Refusal, a_result_needs_a_span_that_is_left_out) {
  EXPECT_THAT(
      message_of([&] { runtime.run<std::vector<float>>("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y)); }),
      Eq("kernel demo::saxpy: every span that it writes is given, so that nothing is left to be the result; leave "
         "one out, or call run or execute without a result type"));
}

TEST_F(Refusal, a_result_of_another_type_says_both) {
  EXPECT_THAT(
      message_of([&] { runtime.execute<std::vector<double>>("demo::vector_add", arg("a", x), arg("b", y)).get(); }),
      Eq("kernel demo::vector_add: the result 'sum' has the wrong type: expected span<float32>, got span<float64>; "
         "ask for elements of the expected type"));
}

TEST_F(Refusal, a_result_that_does_not_fit_memory) {
  EXPECT_THAT(
      message_of<MemoryError>([&] {
        runtime.over(std::uint64_t{1} << 62).run<std::vector<std::uint32_t>>("demo::count_up", arg("first", 1));
      }),
      AllOf(HasSubstr("cannot allocate the result, 4611686018427387904 elements of 4 bytes each, on the host: "),
            HasSubstr("free memory or use a smaller grid")));
  EXPECT_THAT(
      message_of<MemoryError>([&] {
        runtime.over(std::uint64_t{1} << 62).run<UnifiedBuffer<std::uint32_t>>("demo::count_up", arg("first", 1));
      }),
      HasSubstr("cannot allocate 4611686018427387904 elements of 4 bytes each"));
}

TEST_F(Refusal, a_partial_overlap_with_a_written_span) {
  const std::span<float> all(x);
  const std::string by_function = message_of([&] { runtime.run(demo::saxpy, 1.0f, all.first(3), all.last(3)); });
  EXPECT_EQ(
      by_function,
      "kernel demo::saxpy: argument 'y', which the kernel writes, overlaps argument 'x' by 8 of its 12 bytes; pass "
      "exactly the same range for both or separate ones");
  EXPECT_THAT(message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", all.first(2)), arg("y", all)); }),
              HasSubstr("overlaps argument 'x' by 8 of its 16 bytes"));
  EXPECT_THAT(message_of([&] { runtime.execute(demo::saxpy, 1.0f, all.first(3), all.last(3)).get(); }),
              HasSubstr("overlaps"));
  EXPECT_THAT(message_of([&] { static_cast<void>(runtime.prepare(demo::saxpy, 1.0f, all.first(3), all.last(3))); }),
              HasSubstr("overlaps"));
  // Reads may overlap, and neighbours do not.
  runtime.run(demo::vector_add, all.first(2), all.subspan(1, 2), std::span<float>(y).first(2));
  runtime.run(demo::saxpy, 1.0f, all.first(2), all.last(2));
}

TEST_F(Refusal, a_partial_overlap_of_two_written_spans) {
  const std::vector<std::int32_t> in(4);
  std::vector<std::int32_t> out(6);
  const std::span<std::int32_t> all(out);
  EXPECT_THAT(message_of([&] { runtime.run(demo::split, in, all.first(4), all.last(4)); }),
              HasSubstr("argument 'low', which the kernel writes, overlaps argument 'high' by 8 of its 16 bytes"));
  // Nothing overlaps an empty span, wherever it is.
  runtime.over(0).run(demo::split, in, all.first(4), all.subspan(2, 0));
}

TEST_F(Refusal, a_null_address_with_a_size) {
  EXPECT_THAT(
      message_of([&] { runtime.run(demo::saxpy, 1.0f, std::span<const float>(static_cast<float*>(nullptr), 4), y); }),
      Eq("kernel demo::saxpy: argument 'x' has 4 elements at a null address; pass memory that holds them"));
}

TEST_F(Refusal, a_size_that_memory_cannot_hold) {
  const std::vector<DynamicArgument> arguments{
      {.name = "a", .data = x.data()},
      {.name = "x", .is_span = true, .data = x.data(), .count = std::uint64_t{1} << 62},
      {.name = "y", .is_span = true, .is_writable = true, .data = y.data(), .count = 4}};
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arguments); }),
      HasSubstr("argument 'x' claims 4611686018427387904 elements of 4 bytes, which is more than memory can hold"));
}

TEST_F(Refusal, read_only_memory_and_temporaries_for_a_written_span) {
  const std::vector<float> constant(4);
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", constant)); }),
      Eq("kernel demo::saxpy: argument 'y' is written by the kernel and was given as const or read-only memory; pass "
         "memory that may be written"));
  EXPECT_THAT(
      message_of([&] { runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", std::vector<float>(4))); }),
      Eq("kernel demo::saxpy: argument 'y' is written by the kernel and was given as a temporary, whose results "
         "would be lost; give it a name and pass that"));
}

TEST_F(Refusal, dynamic_arguments_are_checked_in_full) {
  float a = 1;
  const auto with = [&](const DynamicArgument& first, const DynamicArgument& last) {
    const std::vector<DynamicArgument> arguments{
        first, {.name = "x", .is_span = true, .data = x.data(), .count = 4}, last};
    return message_of([&] { runtime.run("demo::saxpy", arguments); });
  };
  const DynamicArgument good_a{.name = "a", .data = &a};
  const DynamicArgument good_y{.name = "y", .is_span = true, .is_writable = true, .data = y.data(), .count = 4};
  EXPECT_EQ(with(good_a, good_y), "no error");
  double wide = 1;
  EXPECT_THAT(
      with({.name = "a", .scalar = dotcompute::ScalarType::float64, .element_size_bytes = 8, .data = &wide}, good_y),
      HasSubstr("expected float32, got float64"));
  EXPECT_THAT(with({.name = "a", .data = &a, .count = 3}, good_y),
              HasSubstr("argument 'a' is one value and was given as 3 values; pass one"));
  EXPECT_THAT(with({.name = "a"}, good_y), HasSubstr("argument 'a' is one value and was given as 0 values"));
  EXPECT_THAT(
      with({.name = "a", .element_size_bytes = 8, .data = &wide}, good_y),
      HasSubstr("argument 'a' says float32 elements of 8 bytes, and a float32 has 4 bytes; the sizes do not agree"));
  EXPECT_THAT(with(good_a, {.name = "y", .is_span = true, .data = y.data(), .count = 4}),
              HasSubstr("argument 'y' is written by the kernel and was given as const or read-only memory"));
  EXPECT_THAT(with(good_a, {.name = "b"}), HasSubstr("it has no parameter 'b'; it takes a, x, y"));
  EXPECT_THAT(with(good_a, {.name = "y",
                            .is_span = true,
                            .is_writable = true,
                            .is_struct = true,
                            .element_size_bytes = 4,
                            .data = y.data(),
                            .count = 4}),
              HasSubstr("expected span<float32>, got span<struct of 4 bytes>"));
}

TEST_F(Refusal, an_absent_device_lists_what_there_is_and_why_others_are_not) {
  EXPECT_THAT(
      message_of<DeviceNotAvailableError>([&] { static_cast<void>(runtime.on("opencl:0")); }),
      Eq("there is no accelerator 'opencl:0': this machine has cpu, picky; missing is unavailable: libmissing.so was "
         "not found in /usr/lib; ask for one of those with .on(...)"));
  try {
    static_cast<void>(runtime.on("missing"));
    FAIL() << "there is no such device";
  } catch (const DeviceNotAvailableError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fall_back);
    EXPECT_EQ(error.context().device, "missing");
    EXPECT_EQ(error.context().cause, "libmissing.so was not found in /usr/lib");
  }
}

TEST_F(Refusal, a_default_device_that_is_absent) {
  auto parts = dotcompute::test::test_parts();
  parts.default_accelerator = "cuda:0";
  EXPECT_THAT(message_of<DeviceNotAvailableError>([&] { dotcompute::detail::RuntimeCore other(std::move(parts)); }),
              HasSubstr("there is no accelerator 'cuda:0'"));
}

TEST_F(Refusal, a_handle_of_another_runtime) {
  dotcompute::detail::RuntimeCore other(dotcompute::test::test_parts());
  const dotcompute::Accelerator& foreign = *other.device("picky").accelerator;
  EXPECT_THAT(message_of<DeviceNotAvailableError>([&] { static_cast<void>(runtime.on(foreign)); }),
              HasSubstr("the accelerator 'picky' that was passed belongs to another runtime"));
}

TEST_F(Refusal, a_device_that_refuses_the_kernel_says_why_and_who_does_not) {
  EXPECT_THAT(
      message_of<DeviceError>([&] { runtime.on("picky").run(demo::refused, y); }),
      Eq("picky cannot run the kernel demo::refused: it has no code for this device; use .on(...) with one that can: "
         "cpu"));
  runtime.run(demo::refused, y);
  EXPECT_EQ(y[3], 2);
}

TEST_F(Refusal, a_grid_that_cannot_be_guessed) {
  std::vector<std::uint16_t> cells(4);
  EXPECT_THAT(
      message_of([&] { runtime.run(demo::plane, cells, cells); }),
      Eq("kernel demo::plane: it uses 2 dimensions, and a grid cannot be guessed from its spans; say .over({width, "
         "height}) (--over on the command line)"));
  EXPECT_THAT(
      message_of([&] { runtime.run(demo::nothing); }),
      Eq("kernel demo::nothing: it was given no span that a grid could be taken from; say .over(count) (--over on "
         "the command line)"));
  EXPECT_THAT(message_of([&] { runtime.run<std::vector<std::uint32_t>>("demo::count_up", arg("first", 1)); }),
              HasSubstr("it was given no span that a grid could be taken from"));
}

TEST_F(Refusal, a_grid_of_more_dimensions_than_the_kernel_uses) {
  EXPECT_THAT(
      message_of([&] { runtime.over({4, 2}).run(demo::saxpy, 1.0f, x, y); }),
      Eq("kernel demo::saxpy: the grid 4x2 has 2 dimensions and the kernel uses 1: the sizes do not agree; use a "
         "grid of one dimension"));
  std::vector<std::uint16_t> cells(8);
  EXPECT_THAT(message_of([&] { runtime.over({2, 2, 2}).run(demo::plane, cells, cells); }),
              HasSubstr("the grid 2x2x2 has 3 dimensions and the kernel uses 2"));
}

TEST_F(Refusal, a_grid_too_large_to_count) {
  EXPECT_THAT(
      message_of([&] { static_cast<void>(runtime.over({std::uint64_t{1} << 40, std::uint64_t{1} << 40})); }),
      Eq("the grid 1099511627776x1099511627776 has more work-items than 64 bits can count; use a smaller grid"));
}

TEST_F(Refusal, a_group_of_nothing) {
  EXPECT_THAT(message_of([&] { static_cast<void>(runtime.in_groups_of({16, 0})); }),
              Eq("a group of 16x0 has no work-items; give every dimension at least 1"));
}

}  // namespace
