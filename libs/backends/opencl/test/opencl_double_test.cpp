// What the backend finds, builds and allocates when a driver misbehaves or is small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/base/error.hpp>

#include "opencl_double_fixture.hpp"
#include "thrown.hpp"

namespace dotcompute::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// What is found.

TEST_F(OpenClDouble, ReportsALoaderThatKnowsNoDriver) {
  script().platforms_code = platform_not_found;
  EXPECT_THAT(find().accelerators, IsEmpty());
  ASSERT_THAT(found_.absent, SizeIs(1));
  EXPECT_EQ(found_.absent[0].id, "opencl");
  EXPECT_THAT(found_.absent[0].reason, HasSubstr(DOTCOMPUTE_TEST_OPENCL_DOUBLE));
  EXPECT_THAT(found_.absent[0].reason, HasSubstr("CL_PLATFORM_NOT_FOUND_KHR"));
  EXPECT_THAT(found_.absent[0].reason, HasSubstr("install a driver"));
}

TEST_F(OpenClDouble, ReportsALoaderWithoutPlatforms) {
  script().platforms.clear();
  EXPECT_THAT(find().accelerators, IsEmpty());
  ASSERT_THAT(found_.absent, SizeIs(1));
  EXPECT_THAT(found_.absent[0].reason, HasSubstr("knows no driver; it looked in"));
}

TEST_F(OpenClDouble, APlatformThatFailsHidesNoOther) {
  script().platforms.insert(script().platforms.begin(),
                            PlatformScript{.name = "Broken", .devices_code = invalid_value});
  script().platforms.push_back(PlatformScript{.name = "Empty", .devices = {}});
  EXPECT_THAT(find().accelerators, SizeIs(1));
  EXPECT_EQ(found_.accelerators[0]->info().id, "opencl:0");
  ASSERT_THAT(found_.absent, SizeIs(2));
  EXPECT_THAT(found_.absent[0].reason,
              HasSubstr("platform 0 of OpenCL (Broken) has no devices: clGetDeviceIDs gave CL_INVALID_VALUE; install"));
  EXPECT_THAT(found_.absent[1].reason, HasSubstr("platform 2 of OpenCL (Empty) has no devices"));
}

TEST_F(OpenClDouble, DevicesThatCannotBeUsedKeepTheirNumber) {
  script().platforms[0].devices = {
      DeviceScript{.name = "Off", .available = false},     DeviceScript{.name = "Old", .version = "OpenCL 1.1 old"},
      DeviceScript{.name = "Mute", .has_compiler = false}, DeviceScript{.name = "Big", .little_endian = false},
      DeviceScript{.name = "Vague", .group_items = 0},     DeviceScript{.name = "Good"}};
  ASSERT_THAT(find().accelerators, SizeIs(1));
  EXPECT_EQ(found_.accelerators[0]->info().id, "opencl:5");
  ASSERT_THAT(found_.absent, SizeIs(5));
  const char* const reasons[] = {
      "Off, Scripted Platform is present, but its driver says that it is not available",
      "Old, Scripted Platform has 'OpenCL 1.1 old' and OpenCL 1.2 is needed; install a newer",
      "the driver of Mute, Scripted Platform has no compiler for OpenCL C; install",
      "Big, Scripted Platform keeps numbers in the other byte order than the host",
      "Vague, Scripted Platform does not say how large its groups and allocations may be"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(found_.absent[i].id, "opencl:" + std::to_string(i));
    EXPECT_THAT(found_.absent[i].reason, HasSubstr(reasons[i]));
  }
}

TEST_F(OpenClDouble, SaysWhatTheDeviceIs) {
  device_script().keeps_subnormals = false;
  const AcceleratorInfo& info = device().info();
  EXPECT_EQ(info.id, "opencl:0");
  EXPECT_EQ(info.name, "Scripted Device, Scripted Platform, subnormal floats become zero");
  EXPECT_EQ(info.backend, "opencl");
  EXPECT_EQ(info.driver, "OpenCL 1.2 scripted | Scripted Device | 7.0 | OpenCL 1.2 double | ");
  EXPECT_EQ(info.concurrency, 10u);
  EXPECT_FALSE(info.runs_on_host_cores);
  EXPECT_EQ(info.limits.memory_bytes, 1u << 20);
  EXPECT_EQ(info.limits.largest_allocation_bytes, 1u << 18);
  EXPECT_EQ(info.limits.local_memory_bytes, 1024u);
  EXPECT_EQ(info.limits.largest_group_items, 64u);
  EXPECT_THAT(info.limits.largest_group, ElementsAre(64, 32, 16));
  EXPECT_TRUE(info.limits.has_fp64);
  EXPECT_DOUBLE_EQ(info.speed.operations_per_ns, 10 * 1.0 * 64);
  EXPECT_GT(info.speed.transfer_bytes_per_ns, 0);
}

TEST_F(OpenClDouble, AContextThatCannotBeMadeIsTheDevicesError) {
  script().failing["clCreateContext"] = device_not_available;
  const auto error = thrown<DeviceError>([&] { static_cast<void>(device().create_stream()); });
  EXPECT_THAT(error.what(),
              HasSubstr("opencl:0 (Scripted Device, Scripted Platform) cannot be used: clCreateContext gave "
                        "CL_DEVICE_NOT_AVAILABLE"));
  EXPECT_EQ(error.context().device, "opencl:0");
}

// What a device refuses.

TEST_F(OpenClDouble, RefusesDoubleWhereThereIsNone) {
  device_script().has_fp64 = false;
  saxpy_.source().features |= DOTCOMPUTE_FEATURE_FP64;
  EXPECT_EQ(device().refusal(saxpy_.definition()),
            "'test::saxpy' computes with double, which opencl:0 (Scripted Device, Scripted Platform) does not have (no "
            "cl_khr_fp64); use float, or run on another device");
  const auto error = thrown<DeviceError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_EQ(error.remedy(), Remedy::fall_back);
  EXPECT_EQ(error.what(), device().refusal(saxpy_.definition()));
}

TEST_F(OpenClDouble, RefusesAtomicsOn64BitsWhereThereAreNone) {
  device_script().extensions = "cl_khr_int64_base_atomics_of_another_kind cl_khr_fp64";
  saxpy_.source().features |= DOTCOMPUTE_FEATURE_INT64_ATOMICS;
  EXPECT_FALSE(device().info().limits.has_int64_atomics);
  EXPECT_EQ(device().refusal(saxpy_.definition()),
            "'test::saxpy' has atomic operations on 64 bits, which opencl:0 (Scripted Device, Scripted Platform) does "
            "not have (no cl_khr_int64_base_atomics); use 32-bit numbers there, or run on another device");
}

TEST_F(OpenClDouble, TakesAtomicsOn64BitsWhereThereAreSome) {
  saxpy_.source().features |= DOTCOMPUTE_FEATURE_INT64_ATOMICS;
  EXPECT_TRUE(device().info().limits.has_int64_atomics);
  EXPECT_EQ(device().refusal(saxpy_.definition()), std::nullopt);
}

TEST_F(OpenClDouble, RefusesWhatHasNoText) {
  EXPECT_EQ(device().refusal(saxpy_.definition()), std::nullopt);
  saxpy_.source().text = nullptr;
  saxpy_.source().refusal = "line 7: a pointer to two kinds of memory";
  EXPECT_EQ(device().refusal(saxpy_.definition()),
            "'test::saxpy' cannot be written in OpenCL C for opencl:0 (Scripted Device, Scripted Platform): line 7: a "
            "pointer to two kinds of memory");
  saxpy_.source().language = DOTCOMPUTE_LANGUAGE_PTX;
  EXPECT_THAT(*device().refusal(saxpy_.definition()),
              HasSubstr("'test::saxpy' (texts.cpp) has no OpenCL C for opencl:0"));
  saxpy_.source().features = DOTCOMPUTE_FEATURE_RAW;
  EXPECT_THAT(*device().refusal(saxpy_.definition()),
              HasSubstr("'test::saxpy' is written in the languages of other devices only, and opencl:0"));
}

// Building and loading.

TEST_F(OpenClDouble, BuildsStrictly) {
  static_cast<void>(kernel());
  ASSERT_THAT(script().build_options, SizeIs(2));
  EXPECT_EQ(script().build_options[0], " -cl-std=CL1.2 -DDOTCOMPUTE_NARROW=1");
  device_script().rounds_division_correctly = true;
  find();
  static_cast<void>(device().build(saxpy_.definition()));
  EXPECT_THAT(script().build_options.back(), HasSubstr("-cl-fp32-correctly-rounded-divide-sqrt"));
  EXPECT_THAT(script().build_options.back(), testing::Not(HasSubstr("-cl-opt-disable")));
  script().platforms[0].name = "Oclgrind";
  find();
  static_cast<void>(device().build(saxpy_.definition()));
  EXPECT_THAT(script().build_options.back(), HasSubstr("-cl-fp32-correctly-rounded-divide-sqrt -cl-opt-disable"));
}

TEST_F(OpenClDouble, GivesTheBuildLogOfTranslatedKernels) {
  script().failing["clBuildProgram"] = build_program_failure;
  script().build_log = "compiling\nx.cl:3:1: error: what is this\nmore\n";
  const auto error = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_THAT(error.what(),
              HasSubstr("the vendor's compiler of opencl:0 (Scripted Device, Scripted Platform) rejected kernel "
                        "'test::saxpy' (texts.cpp:12): x.cl:3:1: error: what is this; run it on another device"));
  EXPECT_EQ(error.context().cause, script().build_log);
  EXPECT_EQ(error.context().kernel, "test::saxpy");
  EXPECT_EQ(error.context().device, "opencl:0");
  EXPECT_EQ(error.context().source, "texts.cpp:12");
  EXPECT_EQ(error.remedy(), Remedy::fall_back);
}

TEST_F(OpenClDouble, ARejectedRawSourceIsTheUsersToFix) {
  script().failing["clBuildProgram"] = build_program_failure;
  saxpy_.source().features = DOTCOMPUTE_FEATURE_RAW;
  const auto error = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_THAT(error.what(), HasSubstr("it gave no reason; correct the source"));
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
}

TEST_F(OpenClDouble, NamesTheKernelsWhereTheEntryIsMissing) {
  script().kernel_names = "first;second";
  saxpy_.source().features = DOTCOMPUTE_FEATURE_RAW;
  const auto error = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_THAT(error.what(),
              HasSubstr("has no kernel function 'saxpy' for opencl:0 (Scripted Device, Scripted Platform); it "
                        "has 'first', 'second'; name one of its __kernel functions as the entry"));
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  script().kernel_names = "";
  const auto empty = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_THAT(empty.what(), HasSubstr("it has none;"));
}

TEST_F(OpenClDouble, ADriverWithoutBinariesIsNamed) {
  script().binary = "";
  const auto error = thrown<DeviceError>([&] { static_cast<void>(device().build(saxpy_.definition())); });
  EXPECT_THAT(error.what(), HasSubstr("gives no binary of kernel 'test::saxpy'"));
}

TEST_F(OpenClDouble, RejectsImagesThatAreNotItsOwn) {
  const std::vector<std::byte> image = device().build(saxpy_.definition());
  const auto load = [&](std::span<const std::byte> bytes) {
    return [&, bytes] { static_cast<void>(device().load(saxpy_.definition(), bytes)); };
  };
  const std::vector<std::byte> strange(100);
  EXPECT_THAT(
      thrown<DeviceError>(load(strange)).what(),
      HasSubstr("the image of kernel 'test::saxpy' (100 bytes) is none that opencl:0 (Scripted Device, Scripted "
                "Platform) can load: it is not one that this version's opencl backend built, or it is damaged; build "
                "the kernel"));
  EXPECT_THAT(thrown<DeviceError>(load({})).what(), HasSubstr("(0 bytes)"));
  EXPECT_THAT(thrown<DeviceError>(load(std::span(image).first(image.size() - 1))).what(),
              HasSubstr("or it is damaged"));
  std::vector<std::byte> flipped = image;
  flipped.back() ^= std::byte{1};
  EXPECT_THAT(thrown<DeviceError>(load(flipped)).what(), HasSubstr("or it is damaged"));
  script().failing["clCreateProgramWithBinary"] = invalid_binary;
  EXPECT_THAT(thrown<DeviceError>(load(image)).what(), HasSubstr("clCreateProgramWithBinary gave CL_INVALID_BINARY"));
  script().failing.clear();
  script().failing["clBuildProgram"] = invalid_binary;
  EXPECT_THAT(thrown<DeviceError>(load(image)).what(), HasSubstr("clBuildProgram gave CL_INVALID_BINARY"));
  script().failing = {{"clCreateKernel", invalid_kernel_name}};
  EXPECT_THAT(thrown<DeviceError>(load(image)).what(),
              HasSubstr("for kernel 'test::saxpy' has no function 'saxpy', so it is another kernel's"));
  script().failing.clear();
  script().argument_count = 8;
  EXPECT_THAT(thrown<DeviceError>(load(image)).what(), HasSubstr("takes 8 arguments instead of 9"));
  saxpy_.source().features = DOTCOMPUTE_FEATURE_RAW;
  EXPECT_THAT(thrown<CompilationError>(load(image)).what(),
              HasSubstr("function 'saxpy' in the OpenCL C source of kernel 'test::saxpy' takes 8 arguments on opencl:0 "
                        "(Scripted Device, Scripted Platform), and 3 parameters were declared"));
}

TEST_F(OpenClDouble, RejectsLocalMemoryBeyondTheLimit) {
  script().kernel_local_bytes = 1025;
  const auto error = thrown<DeviceError>([&] { static_cast<void>(kernel()); });
  EXPECT_THAT(error.what(),
              HasSubstr("kernel 'test::saxpy' needs 1025 bytes of local memory for each group, and opencl:0 "
                        "(Scripted Device, Scripted Platform) has 1024; make its local arrays smaller"));
  EXPECT_EQ(error.remedy(), Remedy::fall_back);
}

// Memory.

TEST_F(OpenClDouble, SaysHowMuchMemoryThereIs) {
  const auto large = thrown<OutOfMemoryError>([&] { static_cast<void>(device().allocate((1 << 18) + 1)); });
  EXPECT_STREQ(
      large.what(),
      "opencl:0 (Scripted Device, Scripted Platform) cannot allocate 262145 bytes: 262144 bytes are its largest "
      "allocation, and it has 1048576 bytes in all; use several buffers");
  for (const auto& [code, name] :
       {std::pair(memory_allocation_failure, "CL_MEM_OBJECT_ALLOCATION_FAILURE"),
        std::pair(out_of_resources, "CL_OUT_OF_RESOURCES"), std::pair(out_of_host_memory, "CL_OUT_OF_HOST_MEMORY")}) {
    script().failing["clCreateBuffer"] = code;
    const auto full = thrown<OutOfMemoryError>([&] { static_cast<void>(device().allocate(1000)); });
    EXPECT_THAT(full.what(), HasSubstr(std::string("cannot allocate 1000 bytes: clCreateBuffer gave ") + name));
    EXPECT_THAT(full.what(), HasSubstr("1048576 bytes in all; give buffers on it back, or run on another device"));
    EXPECT_EQ(full.remedy(), Remedy::retry);
  }
  EXPECT_EQ(device().loss(), std::nullopt);
}

TEST_F(OpenClDouble, RunsOutOfMemoryInALaunchWithoutBeingLost) {
  static_cast<void>(kernel());
  script().failing["clEnqueueNDRangeKernel"] = out_of_resources;
  const auto error = thrown<OutOfMemoryError>([&] { launch({{64, 1, 1}}); });
  EXPECT_THAT(error.what(), HasSubstr("has no room left: clEnqueueNDRangeKernel gave CL_OUT_OF_RESOURCES while running "
                                      "kernel 'test::saxpy'; give buffers on it back"));
  EXPECT_EQ(error.context().kernel, "test::saxpy");
  script().failing.clear();
  stream().wait(launch({{64, 1, 1}}));
}

}  // namespace

}  // namespace dotcompute::test
