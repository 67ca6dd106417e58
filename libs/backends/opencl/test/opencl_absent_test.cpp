// A machine without a loader, and a loader without drivers. A program of its own: a loader reads its environment once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include <dotcompute/opencl/opencl_provider.hpp>

#include "library.hpp"

namespace dotcompute {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

FoundAccelerators find(const OpenClOptions& options) { return make_opencl_provider(options)->find(); }

TEST(OpenClAbsent, NamesEveryPathThatWasTriedAndWhatToInstall) {
  const FoundAccelerators found = find({.loader_paths = {"/no/such/libOpenCL.so.1", "libdotcompute-no-opencl.so"}});
  EXPECT_THAT(found.accelerators, IsEmpty());
  ASSERT_THAT(found.absent, SizeIs(1));
  EXPECT_EQ(found.absent[0].id, "opencl");
  EXPECT_EQ(
      found.absent[0].reason,
      "no OpenCL loader could be opened (/no/such/libOpenCL.so.1: cannot open shared object file: No such file or "
      "directory; libdotcompute-no-opencl.so: cannot open shared object file: No such file or directory); install "
      "ocl-icd-libopencl1 and a driver, such as pocl-opencl-icd");
}

TEST(OpenClAbsent, ALibraryThatIsNoLoaderIsNamed) {
  const FoundAccelerators found = find({.loader_paths = {"libm.so.6"}});
  ASSERT_THAT(found.absent, SizeIs(1));
  EXPECT_THAT(found.absent[0].reason, HasSubstr("libm.so.6: it has no clBuildProgram, so it is older than OpenCL 1.2"));
}

TEST(OpenClAbsent, TheEnvironmentNamesTheLibrary) {
  const char* const before = std::getenv("DOTCOMPUTE_OPENCL_LIBRARY");
  const std::string kept = before == nullptr ? "" : before;
  setenv("DOTCOMPUTE_OPENCL_LIBRARY", "/from/the/environment.so", 1);
  EXPECT_THAT(opencl::usual_loader_paths(), ElementsAre("/from/the/environment.so"));
  const FoundAccelerators found = find({});
  ASSERT_THAT(found.absent, SizeIs(1));
  EXPECT_THAT(found.absent[0].reason, HasSubstr("(/from/the/environment.so: "));
  setenv("DOTCOMPUTE_OPENCL_LIBRARY", "", 1);
  EXPECT_THAT(opencl::usual_loader_paths(), Contains("libOpenCL.so.1"));
  setenv("DOTCOMPUTE_OPENCL_LIBRARY", kept.c_str(), 1);
}

TEST(OpenClAbsent, ALoaderWithoutDriversSaysWhereItLooked) {
  setenv("OCL_ICD_VENDORS", "/no/such/vendors", 1);
  // The loader of another vendor is one that has found its driver.
  const FoundAccelerators found = find({.loader_paths = {"libOpenCL.so.1"}});
  if (!found.absent.empty() && found.absent[0].reason.starts_with("no OpenCL loader could be opened")) {
    GTEST_SKIP() << found.absent[0].reason;
  }
  EXPECT_THAT(found.accelerators, IsEmpty());
  ASSERT_THAT(found.absent, SizeIs(1));
  EXPECT_EQ(found.absent[0].id, "opencl");
  EXPECT_THAT(found.absent[0].reason, HasSubstr("the OpenCL loader libOpenCL.so.1 knows no driver"));
  EXPECT_THAT(found.absent[0].reason, HasSubstr("it looked in OCL_ICD_VENDORS=/no/such/vendors; install a driver"));
}

}  // namespace

}  // namespace dotcompute
