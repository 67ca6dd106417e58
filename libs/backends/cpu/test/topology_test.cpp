#include "topology.hpp"

#include <unistd.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <dotcompute/base/error.hpp>

#include "processors.hpp"

namespace dotcompute::cpu {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<unsigned> nodes_of(const Topology& topology) {
  std::vector<unsigned> nodes;
  for (const ProcessorGroup& group : topology.groups) nodes.push_back(group.node);
  return nodes;
}

std::vector<std::size_t> sizes_of(const Topology& topology) {
  std::vector<std::size_t> sizes;
  for (const ProcessorGroup& group : topology.groups) sizes.push_back(group.processors.size());
  return sizes;
}

std::vector<unsigned> processors_of(const Topology& topology) {
  std::vector<unsigned> processors;
  for (const ProcessorGroup& group : topology.groups) {
    processors.insert(processors.end(), group.processors.begin(), group.processors.end());
  }
  return processors;
}

class SyntheticTopology : public testing::Test {
 protected:
  void SetUp() override {
#ifndef DOTCOMPUTE_TEST_HAS_HWLOC
    GTEST_SKIP() << "built without hwloc";
#endif
  }
};

TEST_F(SyntheticTopology, OfOneNode) {
  const Topology topology = synthetic_topology("numa:1 l3:1(size=33554432) l2:4(size=1048576) core:1 pu:1");
  EXPECT_EQ(topology.node_count(), 1u);
  EXPECT_EQ(topology.core_count, 4u);
  EXPECT_EQ(topology.l2_bytes, 1'048'576u);
  EXPECT_EQ(topology.l3_bytes, 33'554'432u);
  EXPECT_EQ(topology.unknown, "");
  ASSERT_EQ(topology.groups.size(), 1u);
  EXPECT_EQ(topology.groups[0].cache_bytes, 33'554'432u);
  EXPECT_THAT(topology.groups[0].processors, ElementsAre(0, 1, 2, 3));
}

TEST_F(SyntheticTopology, OfTwoNodesWithoutCaches) {
  const Topology topology = synthetic_topology("numa:2 core:3 pu:1");
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 1));
  EXPECT_THAT(sizes_of(topology), ElementsAre(3, 3));
  EXPECT_EQ(topology.l2_bytes, 0u);
  EXPECT_EQ(topology.l3_bytes, 0u);
  EXPECT_EQ(topology.groups[1].cache_bytes, 0u);
}

TEST_F(SyntheticTopology, OfFourNodesWithTwoCachesEach) {
  const Topology topology = synthetic_topology("numa:4 l3:2 core:4 pu:1");
  EXPECT_EQ(topology.node_count(), 4u);
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(sizes_of(topology), ElementsAre(4, 4, 4, 4, 4, 4, 4, 4));
  EXPECT_EQ(topology.processor_count(), 32u);
}

// The outermost cache is what counts, where it is an L2 too.
TEST_F(SyntheticTopology, OfCoresThatShareAnL2) {
  const Topology topology = synthetic_topology("numa:1 l2:2(size=2097152) core:2 pu:1");
  EXPECT_THAT(sizes_of(topology), ElementsAre(2, 2));
  EXPECT_EQ(topology.groups[0].cache_bytes, 2'097'152u);
  EXPECT_EQ(topology.l3_bytes, 0u);
}

// A cache that two nodes share makes a group in each.
TEST_F(SyntheticTopology, OfACacheOverTwoNodes) {
  const Topology topology = synthetic_topology("l3:1 numa:2 core:2 pu:1");
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 1));
  EXPECT_THAT(sizes_of(topology), ElementsAre(2, 2));
}

TEST_F(SyntheticTopology, OfCoresWithTwoThreads) {
  const Topology topology = synthetic_topology("numa:2 l3:1 core:2 pu:2");
  EXPECT_EQ(topology.core_count, 4u);
  EXPECT_EQ(topology.processor_count(), 8u);
  EXPECT_THAT(topology.groups[1].processors, ElementsAre(4, 5, 6, 7));
}

// As many machines number them: the second threads of all cores come after all first ones.
TEST_F(SyntheticTopology, KeepsTheThreadsOfACoreTogether) {
  const Topology topology = synthetic_topology("numa:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)");
  EXPECT_THAT(topology.groups[0].processors, ElementsAre(0, 4, 1, 5));
  EXPECT_THAT(topology.groups[1].processors, ElementsAre(2, 6, 3, 7));
}

TEST_F(SyntheticTopology, HasOnlyTheUsableProcessors) {
  const std::vector<unsigned> usable{1, 2, 3, 13};
  const Topology topology = synthetic_topology("numa:4 l3:2 core:2 pu:1", usable);
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 0, 3));
  EXPECT_THAT(sizes_of(topology), ElementsAre(1, 2, 1));
  EXPECT_THAT(processors_of(topology), ElementsAre(1, 2, 3, 13));
  EXPECT_EQ(topology.core_count, 4u);
}

TEST_F(SyntheticTopology, CountsACoreOfWhichOneThreadIsUsable) {
  const std::vector<unsigned> usable{0, 1, 2};
  EXPECT_EQ(synthetic_topology("numa:1 core:2 pu:2", usable).core_count, 2u);
}

TEST_F(SyntheticTopology, MustBeOneOfHwlocs) {
  try {
    (void)synthetic_topology("numa:two");
    FAIL() << "no error";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.remedy(), Remedy::fix_input);
    EXPECT_THAT(error.what(), HasSubstr("cannot make a topology of 'numa:two' (hwloc_topology_set_synthetic"));
  }
}

TEST_F(SyntheticTopology, MustHaveTheProcessors) {
  const std::vector<unsigned> usable{64, 65};
  try {
    (void)synthetic_topology("numa:2 core:2 pu:1", usable);
    FAIL() << "no error";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("hwloc knows none of the 2 processors"));
  }
}

/// The files in which Linux describes two sockets with a node each, four cores in a socket, two threads in a core that
/// are numbered as is usual (all first threads before all second ones), and an L3 for two cores.
class LinuxFiles : public SyntheticTopology {
 protected:
  static constexpr unsigned cores = 8;

  void SetUp() override {
    SyntheticTopology::SetUp();
    if (IsSkipped()) return;
    const std::filesystem::path system = root_ / "sys/devices/system";
    for (const char* file : {"cpu/online", "cpu/possible", "cpu/present"}) write(system / file, "0-15");
    write(system / "node/online", "0-1");
    for (unsigned node = 0; node < 2; ++node) {
      const std::filesystem::path directory = system / ("node/node" + std::to_string(node));
      write(directory / "cpumap", map_of(4 * node, 4));
      write(directory / "meminfo", "Node " + std::to_string(node) + " MemTotal: 1048576 kB");
    }
    for (unsigned processor = 0; processor < 2 * cores; ++processor) {
      const unsigned core = processor % cores;
      const std::filesystem::path directory = system / ("cpu/cpu" + std::to_string(processor));
      write(directory / "topology/physical_package_id", std::to_string(core / 4));
      write(directory / "topology/core_id", std::to_string(core % 4));
      for (const char* file : {"core_siblings", "package_cpus"}) {
        write(directory / "topology" / file, map_of(core / 4 * 4, 4));
      }
      for (const char* file : {"thread_siblings", "core_cpus"}) write(directory / "topology" / file, map_of(core, 1));
      write_cache(directory / "cache/index0", {2, "1024K"}, map_of(core, 1));
      write_cache(directory / "cache/index1", {3, "32768K"}, map_of(core / 2 * 2, 2));
    }
    setenv("HWLOC_FSROOT", root_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("HWLOC_FSROOT");
    std::filesystem::remove_all(root_);
  }

 private:
  struct Cache {
    int level;
    const char* size;
  };

  static void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  static void write_cache(const std::filesystem::path& directory, const Cache& cache, const std::string& shared) {
    write(directory / "level", std::to_string(cache.level));
    write(directory / "type", "Unified");
    write(directory / "size", cache.size);
    write(directory / "shared_cpu_map", shared);
  }
  /// Both threads of so many cores.
  static std::string map_of(unsigned first, unsigned count) {
    const unsigned one = ((1u << count) - 1) << first;
    return fmt::format("{:08x}", one | one << cores);
  }

  std::filesystem::path root_ = std::filesystem::path(testing::TempDir()) / ("linux." + std::to_string(getpid()));
};

TEST_F(LinuxFiles, OfTwoSocketsAreRead) {
  std::vector<unsigned> usable(2 * cores);
  std::iota(usable.begin(), usable.end(), 0u);
  const Topology topology = topology_of_machine(usable);
  EXPECT_EQ(topology.unknown, "");
  EXPECT_EQ(topology.core_count, cores);
  EXPECT_EQ(topology.l2_bytes, 1u << 20);
  EXPECT_EQ(topology.l3_bytes, 32u << 20);
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(processors_of(topology), ElementsAre(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
}

TEST_F(LinuxFiles, OfProcessorsThatAreNotUsableAreLeftOut) {
  const std::vector<unsigned> usable{2, 3, 7, 10};
  const Topology topology = topology_of_machine(usable);
  EXPECT_EQ(topology.core_count, 3u);
  EXPECT_THAT(nodes_of(topology), ElementsAre(0, 1));
  EXPECT_THAT(processors_of(topology), ElementsAre(2, 10, 3, 7));
}

TEST(Topology, OfThisMachineHasTheUsableProcessors) {
  const std::vector<unsigned> usable = usable_processors();
  const Topology topology = topology_of_machine(usable);
#ifdef DOTCOMPUTE_TEST_HAS_HWLOC
  EXPECT_EQ(topology.unknown, "");
  EXPECT_EQ(topology.node_count() > 1, node_count_of_machine() > 1 && topology.groups.size() > 1);
#else
  EXPECT_THAT(topology.unknown, HasSubstr("without hwloc"));
#endif
  std::vector<unsigned> found = processors_of(topology);
  std::ranges::sort(found);
  EXPECT_EQ(found, usable);
  EXPECT_GE(topology.core_count, 1u);
  EXPECT_LE(topology.core_count, usable.size());
}

TEST(Topology, OfOneUsableProcessorHasOneGroup) {
  const std::vector<unsigned> usable{usable_processors().back()};
  const Topology topology = topology_of_machine(usable);
  ASSERT_EQ(topology.groups.size(), 1u);
  EXPECT_EQ(topology.groups[0].processors, usable);
}

TEST_F(SyntheticTopology, NeedsTheLibrary) {
  setenv("DOTCOMPUTE_HWLOC_LIBRARY", "/nowhere/libhwloc.so", 1);
  const std::vector<unsigned> usable{0, 1};
  const Topology topology = topology_of_machine(usable);
  EXPECT_THAT(topology.unknown, HasSubstr("/nowhere/libhwloc.so"));
  EXPECT_THAT(topology.unknown, HasSubstr("install hwloc (libhwloc15), or name it in DOTCOMPUTE_HWLOC_LIBRARY"));
  EXPECT_EQ(processors_of(topology), usable);
  EXPECT_THROW((void)synthetic_topology("numa:2 pu:2"), DeviceError);
  setenv("DOTCOMPUTE_HWLOC_LIBRARY", "libm.so.6", 1);
  EXPECT_EQ(topology_of_machine(usable).unknown, "libm.so.6 has no hwloc_topology_init");
  unsetenv("DOTCOMPUTE_HWLOC_LIBRARY");
}

TEST(Topology, WithoutHwlocIsOneGroup) {
  const std::vector<unsigned> processors{2, 3, 5};
  const Topology topology = one_group(processors, "no reason");
  EXPECT_EQ(topology.node_count(), 1u);
  EXPECT_EQ(topology.core_count, 3u);
  EXPECT_EQ(processors_of(topology), processors);
  EXPECT_EQ(topology.unknown, "no reason");
}

TEST(Topology, CountsWhatTheSystemLists) {
  EXPECT_EQ(count_in_list("0\n"), 1u);
  EXPECT_EQ(count_in_list("0-3\n"), 4u);
  EXPECT_EQ(count_in_list("0-3,8,10-11\n"), 7u);
  EXPECT_EQ(count_in_list(""), 0u);
  EXPECT_EQ(count_in_list("\n"), 0u);
  EXPECT_EQ(count_in_list("3-1\n"), 0u);
  EXPECT_EQ(count_in_list("0-\n"), 0u);
  EXPECT_EQ(count_in_list("0;1\n"), 0u);
}

}  // namespace

}  // namespace dotcompute::cpu
