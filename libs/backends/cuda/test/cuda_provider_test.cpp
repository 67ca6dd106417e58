#include "cuda_fixture.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using CudaProviderTest = CudaTest;

std::string reason_of(const FoundAccelerators& found) {
  EXPECT_THAT(found.accelerators, IsEmpty());
  if (found.absent.size() != 1) {
    ADD_FAILURE() << found.absent.size() << " absent";
    return {};
  }
  EXPECT_EQ(found.absent[0].id, "cuda");
  return found.absent[0].reason;
}

TEST_F(CudaProviderTest, OpensNothingBeforeItIsAsked) {
  const auto provider = make_cuda_provider(options());
  EXPECT_EQ(provider->backend(), "cuda");
  EXPECT_THAT(driver.calls, IsEmpty());
}

TEST_F(CudaProviderTest, DescribesADevice) {
  const AcceleratorInfo& info = open().info();
  EXPECT_EQ(info.id, "cuda:0");
  EXPECT_EQ(info.name, "Double 90");
  EXPECT_EQ(info.backend, "cuda");
  EXPECT_EQ(info.concurrency, 4u);
  EXPECT_EQ(info.driver, "CUDA driver 13.0, NVRTC 13.0, sm_90");
  EXPECT_FALSE(info.runs_on_host_cores);
  EXPECT_EQ(info.limits.memory_bytes, std::uint64_t{1} << 34);
  EXPECT_EQ(info.limits.largest_allocation_bytes, std::uint64_t{1} << 34);
  EXPECT_EQ(info.limits.local_memory_bytes, 49152u);
  EXPECT_EQ(info.limits.largest_group_items, 1024u);
  EXPECT_THAT(info.limits.largest_group, ElementsAre(1024, 1024, 64));
  EXPECT_TRUE(info.limits.has_fp64);
  // 4 multiprocessors of 128 cores at 1 GHz; 2 transfers of 32 bytes at 2 GHz.
  EXPECT_DOUBLE_EQ(info.speed.operations_per_ns, 512);
  EXPECT_DOUBLE_EQ(info.speed.memory_bytes_per_ns, 128);
  EXPECT_GT(info.speed.transfer_bytes_per_ns, 0);
  EXPECT_GT(info.speed.launch_ns, 0);
}

TEST_F(CudaProviderTest, LooksAtADeviceWithoutAContext) {
  open();
  EXPECT_EQ(driver.retained, 0);
}

TEST_F(CudaProviderTest, ADriverThatTellsNoClocksIsGuessedAt) {
  driver.devices[0].attributes.erase(DeviceAttribute::clock_rate_khz);
  driver.devices[0].attributes.erase(DeviceAttribute::memory_clock_rate_khz);
  const AcceleratorInfo& info = open().info();
  EXPECT_DOUBLE_EQ(info.speed.operations_per_ns, 4 * 128 * 1.5);
  EXPECT_DOUBLE_EQ(info.speed.memory_bytes_per_ns, 300);
}

TEST_F(CudaProviderTest, AsksForTheInterfaceThatItDeclares) {
  open();
  EXPECT_THAT(driver.asked_versions, ElementsAre(interface_version));
}

TEST_F(CudaProviderTest, ManyDevicesAndOnesThatCannotBeUsed) {
  driver.devices.resize(4);
  driver.devices[1].name = "Old";
  driver.devices[1].attributes[DeviceAttribute::compute_capability_major] = 3;
  driver.devices[1].attributes[DeviceAttribute::compute_capability_minor] = 5;
  driver.devices[2].name = "Closed";
  driver.devices[2].attributes[DeviceAttribute::compute_mode] = compute_mode_prohibited;
  const FoundAccelerators found = find();
  ASSERT_EQ(found.accelerators.size(), 2u);
  EXPECT_EQ(found.accelerators[0]->info().id, "cuda:0");
  EXPECT_EQ(found.accelerators[1]->info().id, "cuda:3");
  ASSERT_EQ(found.absent.size(), 2u);
  EXPECT_EQ(found.absent[0].id, "cuda:1");
  EXPECT_EQ(found.absent[0].reason, "Old has compute capability 3.5, and at least 5.0 is needed");
  EXPECT_EQ(found.absent[1].id, "cuda:2");
  EXPECT_EQ(found.absent[1].reason, "Closed is set to take no work; allow it with 'nvidia-smi --compute-mode=DEFAULT'");
}

TEST_F(CudaProviderTest, ADeviceThatTheDriverDoesNotDescribeIsAbsent) {
  driver.failures["cuDeviceGetName"] = Result::no_device;
  const FoundAccelerators found = find();
  ASSERT_EQ(found.absent.size(), 1u);
  EXPECT_EQ(found.absent[0].id, "cuda:0");
  EXPECT_THAT(found.absent[0].reason,
              StartsWith("the driver does not describe it: cuDeviceGetName gave CUDA_ERROR_NO_DEVICE"));
}

TEST_F(CudaProviderTest, EveryPlaceThatWasTriedIsNamed) {
  const std::string reason = reason_of(find({.driver_paths = {"/nowhere/libcuda.so.1", "/elsewhere/libcuda.so"}}));
  EXPECT_THAT(reason, testing::StrEq(
                          "no CUDA driver was found; not there: /nowhere/libcuda.so.1, /elsewhere/libcuda.so; install "
                          "NVIDIA's driver (Debian: the package libcuda1) or name the library in "
                          "DOTCOMPUTE_CUDA_LIBRARY"));
}

TEST_F(CudaProviderTest, TheEnvironmentReplacesTheUsualPlaces) {
  const Variable variable("DOTCOMPUTE_CUDA_LIBRARY", "/named/by/environment.so");
  EXPECT_THAT(reason_of(find({})), HasSubstr("not there: /named/by/environment.so; "));
}

TEST_F(CudaProviderTest, OptionsGoBeforeTheEnvironment) {
  const Variable driver("DOTCOMPUTE_CUDA_LIBRARY", "/named/by/environment.so");
  const Variable nvrtc("DOTCOMPUTE_NVRTC_LIBRARY", "/named/by/environment.so");
  EXPECT_FALSE(open().refusal(kernel.definition()));
}

TEST_F(CudaProviderTest, ALibraryThatIsNoDriverIsRefused) {
  const std::string reason = reason_of(find({.driver_paths = {NVRTC_DOUBLE}}));
  EXPECT_EQ(reason,
            "'" NVRTC_DOUBLE "' is no CUDA driver that can be used: it has no function cuInit; update NVIDIA's driver");
}

TEST_F(CudaProviderTest, ADriverThatLacksAFunctionIsRefused) {
  const std::string reason = reason_of(find({.driver_paths = {DRIVER_DOUBLE_WITHOUT_LAUNCH}}));
  EXPECT_THAT(reason, HasSubstr("it has no function cuLaunchKernel"));
}

TEST_F(CudaProviderTest, ADriverWithoutProcAddressWorks) {
  DriverDouble& old = open_driver_double(DRIVER_DOUBLE_WITHOUT_PROC_ADDRESS);
  old.reset();
  old.version = 11020;
  nvrtc.major = 11;
  nvrtc.minor = 2;
  CudaOptions chosen = options();
  chosen.driver_paths = {DRIVER_DOUBLE_WITHOUT_PROC_ADDRESS};
  DeviceAccelerator& accelerator = open(chosen);
  EXPECT_EQ(accelerator.info().driver, "CUDA driver 11.2, NVRTC 11.2, sm_90");
  EXPECT_EQ(accelerator.allocate(16)->size_bytes(), 16u);
  EXPECT_EQ(old.count("cuMemAlloc"), 1);
}

TEST_F(CudaProviderTest, AFunctionThatProcAddressDoesNotKnowIsLookedForByName) {
  driver.unknown.insert("cuStreamCreate");
  EXPECT_NE(open().create_stream(), nullptr);
}

TEST_F(CudaProviderTest, ADriverThatDoesNotStartSaysWhatToDo) {
  const std::pair<Result, const char*> cases[] = {
      {Result::no_device, "the machine has no NVIDIA device, or this process may not open /dev/nvidia*"},
      {Result::stub_library, "this is the toolkit's stand-in for linking"},
      {Result::system_driver_mismatch, "restart the machine"},
      {Result::system_not_ready, "nvidia-fabricmanager"},
      {Result::unknown, "see whether nvidia-smi works"}};
  for (const auto& [result, advice] : cases) {
    driver.failures["cuInit"] = result;
    EXPECT_THAT(reason_of(find()), AllOf(StartsWith("the CUDA driver '" DRIVER_DOUBLE "' does not start: cuInit gave "),
                                         HasSubstr(advice)));
  }
}

TEST_F(CudaProviderTest, HiddenDevicesAreExplained) {
  const Variable variable("CUDA_VISIBLE_DEVICES", "-1");
  driver.failures["cuInit"] = Result::no_device;
  EXPECT_THAT(reason_of(find()), HasSubstr("CUDA_VISIBLE_DEVICES, which is '-1', hides it"));
}

TEST_F(CudaProviderTest, ADriverOfAnErrorWithoutANameGivesItsNumber) {
  driver.failures["cuInit"] = static_cast<Result>(4711);
  EXPECT_THAT(reason_of(find()), HasSubstr("cuInit gave error 4711 of CUDA"));
}

TEST_F(CudaProviderTest, ATooOldDriverIsAbsent) {
  driver.version = 6050;
  EXPECT_THAT(reason_of(find()), HasSubstr("is of CUDA 6.5, which is too old"));
}

TEST_F(CudaProviderTest, NoDevicesIsAbsent) {
  driver.devices.clear();
  EXPECT_THAT(reason_of(find()), HasSubstr("finds no device"));
}

TEST_F(CudaProviderTest, AnUnlistableDriverIsAbsent) {
  driver.failures["cuDeviceGetCount"] = Result::system_not_ready;
  EXPECT_THAT(reason_of(find()), HasSubstr("cuDeviceGetCount gave CUDA_ERROR_SYSTEM_NOT_READY"));
}

TEST_F(CudaProviderTest, WithoutNvrtcTheDeviceIsThereAndKernelsAreRefused) {
  CudaOptions chosen = options();
  chosen.nvrtc_paths = {"/nowhere/libnvrtc.so", "/elsewhere/libnvrtc.so"};
  DeviceAccelerator& accelerator = open(chosen);
  EXPECT_EQ(accelerator.info().driver, "CUDA driver 13.0, no NVRTC, sm_90");
  const std::optional<std::string> refusal = accelerator.refusal(kernel.definition());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(*refusal, AllOf(StartsWith("'demo::scale' cannot be compiled: no NVRTC, NVIDIA's run-time compiler, was "
                                         "found; not there: "),
                              HasSubstr("/nowhere/libnvrtc.so"), HasSubstr("/elsewhere/libnvrtc.so"),
                              HasSubstr("install it"), HasSubstr("DOTCOMPUTE_NVRTC_LIBRARY")));
}

TEST_F(CudaProviderTest, AnNvrtcThatIsNewerThanTheDriverIsPassedOver) {
  driver.version = 12040;
  const std::optional<std::string> refusal = open().refusal(kernel.definition());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(*refusal, HasSubstr("NVRTC 13.0 makes code that a driver of CUDA 12 does not take"));
}

TEST_F(CudaProviderTest, ADeviceOlderThanNvrtcsOldestRefusesKernels) {
  driver.devices[0].attributes[DeviceAttribute::compute_capability_major] = 6;
  driver.devices[0].attributes[DeviceAttribute::compute_capability_minor] = 1;
  const std::optional<std::string> refusal = open().refusal(kernel.definition());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(*refusal,
            "'demo::scale' cannot be compiled: NVRTC 13.0 makes code for sm_75 and later, and Double 90 is sm_61; "
            "install an older NVRTC and name it in DOTCOMPUTE_NVRTC_LIBRARY");
}

TEST_F(CudaProviderTest, TheEnvironmentReplacesTheUsualPlacesOfNvrtc) {
  const Variable variable("DOTCOMPUTE_NVRTC_LIBRARY", "/named/by/environment.so");
  const std::optional<std::string> refusal = open({.driver_paths = {DRIVER_DOUBLE}}).refusal(kernel.definition());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(*refusal, HasSubstr("/named/by/environment.so"));
}

}  // namespace
}  // namespace dotcompute::cuda::test
