// The registry as constructors that run before main and destructors that run after it see it, whatever their order.
#include <gtest/gtest.h>

#include <cstdlib>

#include <dotcompute/kernel/registry.hpp>

#include "unit_fixture.hpp"

namespace {

using dotcompute::KernelRegistry;

// As in a generated object: constant data and a pair of functions that the loader calls.
/// What is not named is none or zero.
constexpr dotcompute_kernel made_early() {
  dotcompute_kernel kernel{};
  kernel.struct_size = sizeof(dotcompute_kernel);
  kernel.dimensions = 1;
  kernel.name = "early::kernel";
  kernel.mangled_name = "early_kernel";
  kernel.source_file = "early.cpp";
  kernel.source_line = 3;
  kernel.block_alignment = 1;
  kernel.content_hash = "early";
  return kernel;
}
constinit dotcompute_kernel early_kernel = made_early();
constinit dotcompute_unit early_unit{
    sizeof(dotcompute_unit), DOTCOMPUTE_ABI_VERSION, "0.1.0", "early.cpp", &early_kernel, 1, nullptr};

bool found_before_main = false;

// Priority 101 is the first a program may use: it runs before every constructor of a static object.
__attribute__((constructor(101))) void register_early() {
  dotcompute_register_unit(&early_unit);
  found_before_main = static_cast<bool>(KernelRegistry::instance().find("early::kernel"));
}

// Runs after every destructor of a static object; the program's exit status tells what it saw.
__attribute__((destructor(101))) void unregister_late() {
  if (!KernelRegistry::instance().find("early::kernel")) std::_Exit(70);
  dotcompute_unregister_unit(&early_unit);
  if (KernelRegistry::instance().find("early::kernel")) std::_Exit(71);
}

TEST(RegistryStart, TakesUnitsBeforeStaticObjectsAreConstructed) {
  EXPECT_TRUE(found_before_main);
  EXPECT_TRUE(KernelRegistry::instance().find("early::kernel"));
}

TEST(RegistryStart, FunctionsOfTheAbiUseTheOneRegistry) {
  dotcompute::test::UnitFixture fixture("late.cpp");
  fixture.add("late::kernel", nullptr, {});
  dotcompute_register_unit(&fixture.unit);
  EXPECT_TRUE(KernelRegistry::instance().find("late::kernel"));
  dotcompute_unregister_unit(&fixture.unit);
  EXPECT_FALSE(KernelRegistry::instance().find("late::kernel"));
}

}  // namespace
