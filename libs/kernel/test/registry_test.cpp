#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <dotcompute/kernel/registry.hpp>

#include "unit_fixture.hpp"

namespace {

using dotcompute::KernelLookup;
using dotcompute::KernelRegistry;
using dotcompute::LookupStatus;
using dotcompute::parameter_shapes;
using dotcompute::test::float_span;
using dotcompute::test::float_value;
using dotcompute::test::UnitFixture;

int calls_of_scale = 0;
void scale() { calls_of_scale += 1; }
void shift() { calls_of_scale += 2; }

constexpr auto scale_shapes = parameter_shapes<float, std::span<float>>();
std::vector<dotcompute_parameter> scale_parameters() { return {float_value("factor"), float_span("data", true)}; }

TEST(Registry, FindsByFunctionAndByName) {
  KernelRegistry registry;
  UnitFixture fixture("scale.cpp");
  fixture.add("demo::scale", &scale, scale_parameters()).add("demo::shift", &shift, {});
  registry.add(fixture.unit);

  EXPECT_EQ(registry.get(&scale, scale_shapes).name(), "demo::scale");
  EXPECT_EQ(registry.get(&shift, parameter_shapes<>()).name(), "demo::shift");
  EXPECT_EQ(&registry.get("demo::scale").record(), &fixture.unit.kernels[0]);
  ASSERT_EQ(registry.definitions().size(), 2u);
  EXPECT_EQ(registry.definitions()[1].name(), "demo::shift");
}

TEST(Registry, ForgetsAUnitThatIsRemoved) {
  KernelRegistry registry;
  UnitFixture a("a.cpp");
  UnitFixture b("b.cpp");
  UnitFixture c("c.cpp");
  registry.add(a.add("a", &scale, {}).unit);
  registry.add(b.add("b", &shift, {}).unit);
  registry.add(c.add("c", nullptr, {}).unit);
  registry.remove(b.unit);
  EXPECT_FALSE(registry.find("b"));
  EXPECT_EQ(registry.find(&shift, {}).status, LookupStatus::unknown);
  registry.remove(c.unit);
  registry.add(b.unit);
  registry.remove(a.unit);
  ASSERT_EQ(registry.definitions().size(), 1u);
  EXPECT_EQ(registry.definitions()[0].name(), "b");
  registry.remove(a.unit);  // Not there any more: ignored.
  EXPECT_EQ(registry.definitions().size(), 1u);
}

TEST(Registry, TakesAUnitOnce) {
  KernelRegistry registry;
  UnitFixture fixture("a.cpp");
  registry.add(fixture.add("a", &scale, {}).unit);
  registry.add(fixture.unit);
  EXPECT_EQ(registry.definitions().size(), 1u);
  registry.remove(fixture.unit);
  EXPECT_TRUE(registry.definitions().empty());
}

TEST(Registry, ChangesItsEpochWithEveryUnit) {
  KernelRegistry registry;
  UnitFixture fixture("a.cpp");
  const std::uint64_t before = registry.epoch();
  registry.add(fixture.add("a", &scale, {}).unit);
  const std::uint64_t with = registry.epoch();
  EXPECT_NE(with, before);
  EXPECT_TRUE(registry.find("a"));
  EXPECT_EQ(registry.epoch(), with);
  registry.remove(fixture.unit);
  EXPECT_NE(registry.epoch(), with);
  EXPECT_NE(registry.epoch(), before);
}

TEST(Registry, ReadsRecordsThatAreLongerThanItKnows) {
  struct LongerKernel {
    dotcompute_kernel known;
    std::uint64_t added[3];
  };
  UnitFixture fixture("long.cpp");
  fixture.add("first", &scale, {}).add("second", &shift, {});
  std::vector<LongerKernel> kernels(2);
  for (std::size_t i = 0; i < 2; ++i) {
    kernels[i].known = fixture.unit.kernels[i];
    kernels[i].known.struct_size = sizeof(LongerKernel);
  }
  fixture.unit.kernels = &kernels[0].known;
  KernelRegistry registry;
  registry.add(fixture.unit);
  EXPECT_EQ(&registry.get("second").record(), &kernels[1].known);
}

TEST(Registry, EqualKernelsOfOneNameAreOneKernel) {
  KernelRegistry registry;
  UnitFixture a("a.cpp");
  UnitFixture b("b.cpp");
  registry.add(a.add("demo::scale", &scale, scale_parameters(), "same").unit);
  registry.add(b.add("demo::scale", &scale, scale_parameters(), "same").unit);
  EXPECT_EQ(registry.get("demo::scale").name(), "demo::scale");
  EXPECT_EQ(registry.get(&scale, scale_shapes).name(), "demo::scale");
}

// Linkers may fold two functions that have equal code: the address is then one, the signatures tell them apart.
TEST(Registry, TellsFoldedFunctionsApartByTheirSignature) {
  KernelRegistry registry;
  UnitFixture fixture("a.cpp");
  fixture.add("demo::one", &scale, {float_value("a")}, "1")
      .add("demo::two", &scale, {float_value("a"), float_value("b")}, "2");
  registry.add(fixture.unit);
  EXPECT_EQ(registry.get(&scale, parameter_shapes<float>()).name(), "demo::one");
  EXPECT_EQ(registry.get(&scale, parameter_shapes<float, float>()).name(), "demo::two");
  const KernelLookup neither = registry.find(&scale, parameter_shapes<double>());
  EXPECT_EQ(neither.status, LookupStatus::different_signature);
  EXPECT_EQ(neither.candidates.size(), 2u);
}

TEST(Registry, DifferentKernelsOfOneFunctionAreAmbiguous) {
  KernelRegistry registry;
  UnitFixture a("a.cpp");
  UnitFixture b("b.cpp");
  registry.add(a.add("demo::scale", &scale, {}, "1").unit);
  registry.add(b.add("demo::scale", &scale, {}, "2").unit);
  const KernelLookup lookup = registry.find(&scale, {});
  EXPECT_EQ(lookup.status, LookupStatus::ambiguous);
  EXPECT_EQ(lookup.candidates.size(), 2u);
}

dotcompute_kernel own_kernel{};

// Two libraries define different kernels of one name and the dynamic linker gives both the first one's function.
TEST(Registry, PrefersTheKernelOfTheFunctionsModule) {
  UnitFixture elsewhere("interposed.cpp");  // Its records are on the heap, in no module at all.
  elsewhere.add("demo::scale", &scale, {}, "1");
  UnitFixture here("first.cpp");
  here.add("demo::scale", &scale, {}, "2");
  own_kernel = here.unit.kernels[0];
  here.unit.kernels = &own_kernel;

  KernelRegistry registry;
  registry.add(elsewhere.unit);
  registry.add(here.unit);
  const KernelLookup lookup = registry.find(&scale, {});
  ASSERT_TRUE(lookup) << lookup.problem;
  EXPECT_EQ(&lookup.kernel->record(), &own_kernel);
  EXPECT_EQ(registry.find("demo::scale").status, LookupStatus::ambiguous);
}

// The record of a library that binds its own functions directly holds another address than the program sees.
TEST(Registry, AsksTheDynamicLinkerForTheAddressThatTheProgramSees) {
  void (*const seen)() = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
  ASSERT_NE(seen, nullptr);
  KernelRegistry registry;
  UnitFixture fixture("a.cpp");
  registry.add(fixture.add("demo::scale", &scale, scale_parameters(), "1", "gnu_get_libc_version").unit);
  EXPECT_EQ(registry.get(seen, scale_shapes).name(), "demo::scale");
  EXPECT_EQ(registry.get(&scale, scale_shapes).name(), "demo::scale");
  EXPECT_EQ(registry.find(seen, {}).status, LookupStatus::different_signature);
  registry.remove(fixture.unit);
  EXPECT_EQ(registry.find(seen, scale_shapes).status, LookupStatus::unknown);
}

TEST(Registry, KernelsThatArrivedAtRunTimeAreFoundByNameOnly) {
  KernelRegistry registry;
  UnitFixture fixture("text");
  registry.add(fixture.add("demo::scale", nullptr, {}, "1", "gnu_get_libc_version").unit);
  EXPECT_TRUE(registry.find("demo::scale"));
  EXPECT_EQ(registry.find(reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gnu_get_libc_version")), {}).status,
            LookupStatus::unknown);
  EXPECT_EQ(registry.find(nullptr, {}).status, LookupStatus::unknown);
}

TEST(Registry, ServesThreadsWhileUnitsComeAndGo) {
  KernelRegistry registry;
  UnitFixture stays("stays.cpp");
  UnitFixture goes("goes.cpp");
  registry.add(stays.add("demo::stays", &scale, scale_parameters(), "1").unit);
  goes.add("demo::goes", &shift, {}, "2").add("demo::twice", &shift, {}, "3");

  std::atomic<bool> stop{false};
  std::thread loader([&] {
    while (!stop) {
      registry.add(goes.unit);
      registry.remove(goes.unit);
    }
  });
  std::vector<std::thread> readers;
  std::atomic<int> misses{0};
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        if (!registry.find("demo::stays") || !registry.find(&scale, scale_shapes)) ++misses;
        const KernelLookup other = registry.find(&shift, {});
        if (other.status != LookupStatus::ambiguous && other.status != LookupStatus::unknown) ++misses;
        if (registry.find("demo::none")) ++misses;
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  stop = true;
  loader.join();
  EXPECT_EQ(misses, 0);
}

}  // namespace
