#include <dotcompute/kernel/declared_kernel.hpp>

#include <gtest/gtest.h>

#include <functional>

#include <dotcompute/base/error.hpp>
#include <dotcompute/kernel/registry.hpp>

namespace {

using dotcompute::DeclaredKernel;
using dotcompute::DeviceLanguage;
using dotcompute::DeviceSource;
using dotcompute::KernelRegistry;

struct Pair {
  double first;
  std::int32_t second;
};

DeviceSource saxpy() {
  DeviceSource source;
  source.name = "mine::saxpy";
  source.parameters = dotcompute::declared_parameters<float, std::span<const float>, std::span<Pair>>({"a", "x", "y"});
  source.texts.push_back({DeviceLanguage::opencl_c, "kernel void saxpy() {}", "saxpy"});
  source.texts.push_back({DeviceLanguage::ptx, ".visible .entry saxpy()", "saxpy"});
  return source;
}

std::string refusal_of(const std::function<void(DeviceSource&)>& damage) {
  DeviceSource source = saxpy();
  damage(source);
  try {
    const DeclaredKernel kernel(source);
  } catch (const dotcompute::CompilationError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
    EXPECT_FALSE(KernelRegistry::instance().find("mine::saxpy"));
    return error.what();
  }
  return "accepted";
}

TEST(DeclaredKernel, IsFoundByNameWhileItLives) {
  {
    const DeclaredKernel kernel(saxpy());
    const auto found = KernelRegistry::instance().find("mine::saxpy");
    ASSERT_TRUE(found);
    EXPECT_EQ(&found.kernel->record(), &kernel.definition().record());
  }
  EXPECT_FALSE(KernelRegistry::instance().find("mine::saxpy"));
}

TEST(DeclaredKernel, LaysItsParametersOutAsAStruct) {
  const DeclaredKernel kernel(saxpy());
  const auto parameters = kernel.definition().parameters();
  ASSERT_EQ(parameters.size(), 3u);
  EXPECT_STREQ(parameters[0].name, "a");
  EXPECT_EQ(parameters[0].kind, DOTCOMPUTE_PARAMETER_VALUE);
  EXPECT_EQ(parameters[0].offset, 0u);
  EXPECT_EQ(parameters[1].kind, DOTCOMPUTE_PARAMETER_SPAN);
  EXPECT_EQ(parameters[1].written, 0u);
  EXPECT_EQ(parameters[1].offset, 8u);
  EXPECT_EQ(parameters[2].written, 1u);
  EXPECT_EQ(parameters[2].offset, 24u);
  EXPECT_EQ(parameters[2].type->size, sizeof(Pair));
  EXPECT_STREQ(parameters[2].type->name, "a struct of 16 bytes");
  EXPECT_EQ(kernel.definition().record().block_size, 40u);
}

TEST(DeclaredKernel, HasItsTextsAndNoOtherCode) {
  const DeclaredKernel kernel(saxpy());
  const auto definition = kernel.definition();
  const dotcompute_source* const opencl = definition.source(DOTCOMPUTE_LANGUAGE_OPENCL_C);
  ASSERT_NE(opencl, nullptr);
  EXPECT_STREQ(opencl->entry, "saxpy");
  EXPECT_EQ(opencl->features, static_cast<std::uint32_t>(DOTCOMPUTE_FEATURE_RAW));
  EXPECT_NE(definition.source(DOTCOMPUTE_LANGUAGE_PTX), nullptr);
  EXPECT_EQ(definition.source(DOTCOMPUTE_LANGUAGE_CUDA_C), nullptr);
  EXPECT_TRUE(definition.cpu_code().empty());
  EXPECT_TRUE(definition.is_device_source());
}

TEST(DeclaredKernel, EqualSourcesHaveEqualHashes) {
  const DeclaredKernel first(saxpy());
  const DeclaredKernel second(saxpy());
  EXPECT_EQ(first.definition().content_hash(), second.definition().content_hash());
  EXPECT_TRUE(KernelRegistry::instance().find("mine::saxpy"));
  DeviceSource changed = saxpy();
  changed.texts[0].text += " ";
  const DeclaredKernel third(changed);
  EXPECT_NE(first.definition().content_hash(), third.definition().content_hash());
}

TEST(DeclaredKernel, RefusesWhatContradictsItself) {
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.name = ""; }),
            "device source '': it has no name; give the name that launches call it by");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.dimensions = 4; }),
            "device source 'mine::saxpy': it says that it has 4 dimensions; a grid has 1, 2 or 3");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.texts.clear(); }),
            "device source 'mine::saxpy': it has no text; give it in at least one language");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.texts[0].text.clear(); }),
            "device source 'mine::saxpy': its OpenCL C text is empty");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.texts[1].entry.clear(); }),
            "device source 'mine::saxpy': its PTX text names no entry; give the name of the kernel function");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.texts[1].language = DeviceLanguage::opencl_c; }),
            "device source 'mine::saxpy': it has two texts in OpenCL C; give one for each language");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.parameters[2].name = "x"; }),
            "device source 'mine::saxpy': it has two parameters 'x'; give each a name of its own");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.parameters[1].name = ""; }),
            "device source 'mine::saxpy': its parameter 2 has no name; arguments are given by name");
  EXPECT_EQ(refusal_of([](DeviceSource& s) { s.parameters[0].shape = {}; }),
            "device source 'mine::saxpy': its parameter 'a' has no type; declare the parameters with "
            "declared_parameters<...>");
}

}  // namespace
