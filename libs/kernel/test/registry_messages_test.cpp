#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/kernel/registry.hpp>

#include "code_place.hpp"
#include "unit_fixture.hpp"

namespace {

using dotcompute::ExecutionError;
using dotcompute::KernelRegistry;
using dotcompute::parameter_shapes;
using dotcompute::test::float_span;
using dotcompute::test::float_value;
using dotcompute::test::UnitFixture;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

int calls = 0;
void saxpy() { ++calls; }
void other() { --calls; }

struct Pixel {
  float red, green, blue;
};
constexpr dotcompute_type pixel_type{
    DOTCOMPUTE_TYPE_STRUCT, DOTCOMPUTE_SCALAR_NONE, 12, 4, "demo::Pixel", nullptr, 0, nullptr, 0};

/// A registry with demo::saxpy(float a, span<const float> x, span<float> y).
class RegistryMessages : public testing::Test {
 protected:
  RegistryMessages() {
    fixture_.add("demo::saxpy", &saxpy, {float_value("a"), float_span("x", false), float_span("y", true)});
    registry_.add(fixture_.unit);
  }

  template <class... P>
  std::string problem_of(void (*function)()) {
    return registry_.find(function, parameter_shapes<P...>()).problem;
  }

  KernelRegistry registry_;
  UnitFixture fixture_{"saxpy.cpp"};
};

TEST_F(RegistryMessages, OfferTheNearestName) {
  const dotcompute::KernelLookup lookup = registry_.find("demo::saxpi");
  EXPECT_EQ(lookup.problem, "no kernel named 'demo::saxpi' is registered; did you mean 'demo::saxpy'?");
  EXPECT_THAT(lookup.nearest, ElementsAre("demo::saxpy"));
  EXPECT_EQ(registry_.find("saxpy").problem, "no kernel named 'saxpy' is registered; did you mean 'demo::saxpy'?");
}

TEST_F(RegistryMessages, OfferSeveralNearNames) {
  UnitFixture more("more.cpp");
  registry_.add(more.add("demo::saxby", &other, {}).unit);
  EXPECT_THAT(registry_.find("demo::saxfy").problem, EndsWith("did you mean 'demo::saxby' or 'demo::saxpy'?"));
}

TEST_F(RegistryMessages, ListWhatThereIsWhereNothingIsNear) {
  EXPECT_EQ(registry_.find("histogram").problem,
            "no kernel named 'histogram' is registered; registered are 'demo::saxpy'");
  UnitFixture more("more.cpp");
  for (const char* name : {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"}) more.add(name, nullptr, {});
  registry_.add(more.unit);
  EXPECT_THAT(registry_.find("histogram").problem,
              EndsWith("'demo::saxpy', 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6' and 2 more"));
}

TEST_F(RegistryMessages, TellHowToRegisterTheFirstKernel) {
  KernelRegistry empty;
  EXPECT_EQ(empty.find("demo::saxpy").problem,
            "no kernel named 'demo::saxpy' is registered, and no other one is; list the files that define kernels in "
            "dotcompute_add_kernels(<target> <file>)");
}

TEST_F(RegistryMessages, NameTheParameterThatDiffers) {
  EXPECT_EQ((problem_of<float, std::span<const double>, std::span<float>>(&saxpy)),
            "the kernel 'demo::saxpy' (saxpy.cpp:12) takes as parameter 2, 'x', a span of const float32 but is called "
            "through a declaration with a span of const float64; declare the function as its file defines it");
  EXPECT_THAT((problem_of<float, std::span<float>, std::span<float>>(&saxpy)),
              HasSubstr("'x', a span of const float32 but is called through a declaration with a span of float32;"));
  EXPECT_THAT((problem_of<Pixel, std::span<const float>, std::span<float>>(&saxpy)),
              HasSubstr("'a', float32 but is called through a declaration with a struct of 12 bytes aligned to 4;"));
}

TEST_F(RegistryMessages, NameTheStructThatDiffers) {
  UnitFixture more("pixels.cpp");
  more.add("demo::invert", &other, {{"pixels", DOTCOMPUTE_PARAMETER_SPAN, 1, &pixel_type, 0}});
  registry_.add(more.unit);
  EXPECT_TRUE(registry_.find(&other, parameter_shapes<std::span<Pixel>>()));
  EXPECT_THAT(
      (problem_of<std::span<double>>(&other)),
      HasSubstr("a span of a struct of 12 bytes aligned to 4 ('demo::Pixel') but is called through a declaration "
                "with a span of float64;"));
}

TEST_F(RegistryMessages, CompareTheNumbersOfParameters) {
  EXPECT_EQ((problem_of<float, std::span<const float>>(&saxpy)),
            "the kernel 'demo::saxpy' (saxpy.cpp:12) has 3 parameters but is called through a declaration with 2; "
            "declare the function as its file defines it");
}

TEST_F(RegistryMessages, NameAFunctionThatIsNoKernel) {
  const auto gnu_get_libc_version = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
  EXPECT_THAT(problem_of<>(gnu_get_libc_version),
              AllOf(HasSubstr("the function 'gnu_get_libc_version' in "), HasSubstr("libc.so.6"),
                    HasSubstr("DOTCOMPUTE_KERNEL"),
                    EndsWith("list the file that defines it in dotcompute_add_kernels(<target> <file>)")));
  // A function of a program is known by its address alone unless the program exports it.
  EXPECT_THAT(problem_of<>(&other), AllOf(HasSubstr("the function at 0x"), HasSubstr("kernel_test")));
  EXPECT_EQ(problem_of<>(nullptr),
            "no kernel can be found for a null function; pass the function that defines the kernel");
}

TEST_F(RegistryMessages, MentionAKernelOfThatNameForAnotherFunction) {
  UnitFixture more("parse.cpp");
  registry_.add(more.add("gnu_get_libc_version", &other, {}).unit);
  const auto gnu_get_libc_version = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
  EXPECT_THAT(problem_of<>(gnu_get_libc_version),
              HasSubstr("though parse.cpp:12 registers a kernel 'gnu_get_libc_version' for another function"));
}

TEST_F(RegistryMessages, NameThePlacesOfAnAmbiguousKernel) {
  UnitFixture twin("twin.cpp");
  registry_.add(twin.add("demo::saxpy", &other, {}, "another").unit);
  EXPECT_THAT(registry_.find("demo::saxpy").problem,
              AllOf(HasSubstr("the name 'demo::saxpy' belongs to 2 different kernels: saxpy.cpp:12 in "),
                    HasSubstr(", and twin.cpp:12 in "), EndsWith("; give them different names or namespaces")));
}

TEST_F(RegistryMessages, ReportUnitsOfAnotherAbi) {
  UnitFixture newer("blur.cpp");
  newer.add("demo::blur", &other, {});
  newer.unit.abi_version = 7;
  newer.unit.kernelc_version = "0.2.0";
  const std::uint64_t before = registry_.epoch();
  registry_.add(newer.unit);
  registry_.add(newer.unit);
  EXPECT_NE(registry_.epoch(), before);
  const std::string note =
      "; note: blur.cpp was compiled by kernelc 0.2.0 for ABI 7; this library reads ABI 3: rebuild it";
  EXPECT_EQ(registry_.find("demo::blur").problem,
            "no kernel named 'demo::blur' is registered; registered are 'demo::saxpy'" + note);
  EXPECT_THAT(problem_of<>(&other), EndsWith(note));
  EXPECT_EQ(registry_.definitions().size(), 1u);
  registry_.remove(newer.unit);
  EXPECT_THAT(registry_.find("demo::blur").problem, Not(HasSubstr("note")));
}

TEST_F(RegistryMessages, ReportUnitsThatAreTooSmall) {
  UnitFixture small("small.cpp");
  small.add("demo::small", &other, {});
  small.unit.struct_size = sizeof(dotcompute_unit) - 8;
  registry_.add(small.unit);
  EXPECT_THAT(registry_.find("demo::small").problem,
              EndsWith("note: small.cpp was compiled by kernelc 0.1.0 with a table of 40 bytes; this library needs 48: "
                       "rebuild it"));

  // So old that it does not even say who made it: nothing behind its first two fields is read.
  UnitFixture tiny("tiny.cpp");
  tiny.unit.struct_size = 8;
  tiny.unit.source_file = reinterpret_cast<const char*>(1);
  tiny.unit.abi_version = 0;
  registry_.add(tiny.unit);
  EXPECT_THAT(registry_.find("demo::small").problem, EndsWith("note: a unit of kernels for ABI 0; this library reads "
                                                              "ABI 3: rebuild it"));
  registry_.remove(small.unit);
}

TEST_F(RegistryMessages, ReportRecordsThatAreTooSmall) {
  UnitFixture fixture("old.cpp");
  fixture.add("demo::old", &other, {});
  const_cast<dotcompute_kernel*>(fixture.unit.kernels)->struct_size = 16;
  registry_.add(fixture.unit);
  EXPECT_THAT(registry_.find("demo::old").problem, HasSubstr("note: old.cpp was compiled by kernelc 0.1.0 with kernel "
                                                             "records of 16 bytes; this library needs "));
}

TEST_F(RegistryMessages, AreThrownAsExecutionErrors) {
  try {
    (void)registry_.get("demo::saxpi");
    FAIL() << "nothing was thrown";
  } catch (const ExecutionError& error) {
    EXPECT_STREQ(error.what(), "no kernel named 'demo::saxpi' is registered; did you mean 'demo::saxpy'?");
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
    EXPECT_EQ(error.context().kernel, "demo::saxpi");
  }
  try {
    (void)registry_.get(&saxpy, parameter_shapes<float>());
    FAIL() << "nothing was thrown";
  } catch (const ExecutionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has 3 parameters"));
    EXPECT_EQ(error.context().kernel, "demo::saxpy");
  }
}

TEST(QualifiedName, DropsResultAndParameters) {
  using dotcompute::detail::qualified_name;
  EXPECT_EQ(qualified_name("demo::saxpy(float, std::span<float, 18446744073709551615ul>)"), "demo::saxpy");
  EXPECT_EQ(qualified_name("void sorting::merge<double, true>(std::span<double>)"), "sorting::merge<double, true>");
  EXPECT_EQ(qualified_name("(anonymous namespace)::f(int)"), "(anonymous namespace)::f");
  EXPECT_EQ(qualified_name("void a::f<void (*)(int)>(int)"), "a::f<void (*)(int)>");
  EXPECT_EQ(qualified_name("gnu_get_libc_version"), "gnu_get_libc_version");
}

}  // namespace
