#include "kernel_loader.hpp"

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/kernel/registry.hpp>

#include "compile_fixture.hpp"

namespace dotcompute {
namespace {

using test::bytes_of;
using test::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KernelLoaderTest : public test::CompileTest {};

struct Block {
  float a;
  dotcompute_span x;
  dotcompute_span y;
};

/// How often the kernel's own copy of the code has run, this call included.
float calls_of(const KernelDefinition& kernel) {
  std::array<float, 1> result{};
  const Block block{0, {nullptr, 0}, {result.data(), result.size()}};
  constexpr dotcompute_grid grid{{0, 1, 1}};
  constexpr dotcompute_box none{{0, 0, 0}, {0, 1, 1}};
  kernel.record().reference(&block, &grid, &none);
  return result[0];
}

TEST_F(KernelLoaderTest, LoadedKernelsAreRegisteredAndRun) {
  const KernelLoader loader;
  const LoadedKernels kernels = loader.load(bytes_of(TEST_UNIT), "fixture.cpp");
  ASSERT_EQ(kernels.definitions().size(), 1u);
  EXPECT_EQ(kernels.definitions()[0].name(), "fixture::accumulate");

  const KernelDefinition kernel = KernelRegistry::instance().get("fixture::accumulate");
  std::vector<float> x = {0, 0, 0};
  std::vector<float> y = {1, 2, 3};
  const Block block{2, {x.data(), x.size()}, {y.data(), y.size()}};
  constexpr dotcompute_grid grid{{3, 1, 1}};
  constexpr dotcompute_box items{{0, 0, 0}, {2, 1, 1}};
  kernel.cpu_code()[0].entry(&block, &grid, &items);
  EXPECT_THAT(y, ::testing::ElementsAre(3, 4, 3));
}

TEST_F(KernelLoaderTest, UnloadingForgetsThem) {
  const KernelLoader loader;
  std::optional<LoadedKernels> kernels = loader.load(bytes_of(TEST_UNIT), "fixture.cpp");
  const std::uint64_t epoch = KernelRegistry::instance().epoch();
  EXPECT_TRUE(KernelRegistry::instance().find("fixture::accumulate"));
  kernels.reset();
  EXPECT_FALSE(KernelRegistry::instance().find("fixture::accumulate"));
  EXPECT_NE(KernelRegistry::instance().epoch(), epoch);
}

TEST_F(KernelLoaderTest, UnregisteredKernelsStayLoaded) {
  const KernelLoader loader;
  LoadedKernels kernels = loader.load(bytes_of(TEST_UNIT), "fixture.cpp");
  const KernelDefinition kernel = kernels.definitions()[0];
  kernels.unregister();
  EXPECT_FALSE(KernelRegistry::instance().find("fixture::accumulate"));
  EXPECT_EQ(calls_of(kernel), 1);
  kernels.unregister();
}

TEST_F(KernelLoaderTest, TheSameObjectLoadedTwiceIsTwoObjects) {
  const KernelLoader loader;
  const std::vector<char> bytes = bytes_of(TEST_UNIT);
  std::optional<LoadedKernels> first = loader.load(bytes, "fixture.cpp");
  EXPECT_EQ(calls_of(first->definitions()[0]), 1);
  EXPECT_EQ(calls_of(first->definitions()[0]), 2);
  const LoadedKernels second = loader.load(bytes, "fixture.cpp");
  EXPECT_NE(&first->definitions()[0].record(), &second.definitions()[0].record());
  EXPECT_EQ(calls_of(second.definitions()[0]), 1);
  EXPECT_TRUE(KernelRegistry::instance().find("fixture::accumulate")) << "equal kernels are not ambiguous";
  first.reset();
  EXPECT_EQ(calls_of(KernelRegistry::instance().get("fixture::accumulate")), 2);
}

TEST_F(KernelLoaderTest, ALoaderMayGoBeforeItsKernels) {
  std::optional<KernelLoader> loader(std::in_place);
  const LoadedKernels kernels = loader->load(bytes_of(TEST_UNIT), "fixture.cpp");
  loader.reset();
  EXPECT_EQ(calls_of(kernels.definitions()[0]), 1);
}

TEST_F(KernelLoaderTest, OwnersMove) {
  const KernelLoader loader;
  LoadedKernels kernels;
  EXPECT_THAT(kernels.definitions(), IsEmpty());
  kernels = loader.load(bytes_of(TEST_UNIT), "fixture.cpp");
  const LoadedKernels moved = std::move(kernels);
  EXPECT_EQ(moved.definitions().size(), 1u);
  kernels = LoadedKernels();
  EXPECT_TRUE(KernelRegistry::instance().find("fixture::accumulate"));
}

TEST_F(KernelLoaderTest, ThreadsLoadAtOnce) {
  const KernelLoader loader;
  const std::vector<char> bytes = bytes_of(TEST_UNIT);
  std::atomic<int> loaded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        const LoadedKernels kernels = loader.load(bytes, "fixture.cpp");
        if (calls_of(kernels.definitions()[0]) == 1) ++loaded;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loaded, 100);
  EXPECT_FALSE(KernelRegistry::instance().find("fixture::accumulate"));
}

TEST_F(KernelLoaderTest, FilesAreGoneOnceTheyAreLoaded) {
  const KernelLoader loader;
  const LoadedKernels kernels = loader.load(bytes_of(TEST_UNIT), "fixture.cpp");
  EXPECT_TRUE(std::filesystem::is_empty(loader.directory().path()));
  EXPECT_EQ(std::filesystem::status(loader.directory().path()).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(KernelLoaderTest, WhatIsNoSharedObjectIsRefused) {
  const KernelLoader loader;
  for (const std::string& bytes : {std::string(), std::string("not an object"), std::string("\177ELF\2\1\1")}) {
    const CompilationError error = error_of([&] { return loader.load(bytes, "bad.cpp"); });
    EXPECT_THAT(error.what(),
                HasSubstr("the compiled kernels of 'bad.cpp' cannot be loaded: the dynamic linker refuses"));
    EXPECT_THAT(error.what(), HasSubstr("set TMPDIR"));
    EXPECT_THAT(error.context().cause, HasSubstr("kernels-"));
  }
}

TEST_F(KernelLoaderTest, AUnitThatCannotBeReadIsRefused) {
  const KernelLoader loader;
  const auto message = [&](const char* path) {
    return std::string(error_of([&] { return loader.load(bytes_of(path), "other.cpp"); }).what());
  };
  EXPECT_THAT(message(TEST_UNIT_OF_OTHER_ABI),
              HasSubstr("'other.cpp' cannot be loaded: it is of ABI 99, and this library "
                        "reads ABI 3; use the kernelc that belongs to this library"));
  EXPECT_THAT(message(TEST_UNIT_WITHOUT_KERNELS), HasSubstr("it holds no kernel"));
  EXPECT_THAT(message(TEST_UNIT_OF_OTHER_NAME), HasSubstr("they export no dotcompute_unit"));
  EXPECT_FALSE(KernelRegistry::instance().find("fixture::accumulate"));
}

TEST_F(KernelLoaderTest, ADirectoryThatCannotBeMadeIsAnError) {
  const test::ScopedVariable nowhere("TMPDIR", (directory() / "none").string());
  const CompilationError error = error_of([] {
    const KernelLoader loader;
    return LoadedKernels();
  });
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_THAT(error.what(),
              HasSubstr("none': No such file or directory; set TMPDIR to a directory that can be written"));
}

TEST_F(KernelLoaderTest, ADirectoryThatDisappearsIsAnError) {
  const KernelLoader loader;
  std::filesystem::remove_all(loader.directory().path());
  const CompilationError error = error_of([&] { return loader.load(bytes_of(TEST_UNIT), "fixture.cpp"); });
  EXPECT_THAT(error.what(), HasSubstr("compiled kernels cannot be written to '"));
  EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace dotcompute
