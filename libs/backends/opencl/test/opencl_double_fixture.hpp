#pragma once

/// The backend with a loader that plays a script.

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>

#include "double/opencl_script.hpp"
#include "kernel_texts.hpp"

namespace dotcompute::test {

// Codes of OpenCL.
inline constexpr int device_not_available = -2;
inline constexpr int memory_allocation_failure = -4;
inline constexpr int out_of_resources = -5;
inline constexpr int out_of_host_memory = -6;
inline constexpr int build_program_failure = -11;
inline constexpr int invalid_value = -30;
inline constexpr int invalid_binary = -42;
inline constexpr int invalid_kernel_name = -46;
inline constexpr int invalid_operation = -59;
inline constexpr int platform_not_found = -1001;

/// `script` is played from the first call to `find` on.
class OpenClDouble : public testing::Test {
 protected:
  OpenClDouble() {
    void* const library = dlopen(DOTCOMPUTE_TEST_OPENCL_DOUBLE, RTLD_NOW);
    if (library == nullptr) throw std::runtime_error(dlerror());
    script_ = reinterpret_cast<OpenClScriptFunction>(dlsym(library, opencl_script_name))();
    std::destroy_at(script_);
    std::construct_at(script_);
  }

  ~OpenClDouble() override {
    let_go();
    EXPECT_EQ(script_->live_objects, 0) << "objects of the driver that were not released";
  }

  OpenClScript& script() { return *script_; }
  DeviceScript& device_script() { return script_->platforms[0].devices[0]; }

  void let_go() {
    stream_.reset();
    kernel_.reset();
    found_ = {};
  }

  const FoundAccelerators& find(bool out_of_order = false) {
    let_go();
    provider_ = make_opencl_provider({.loader_paths = {DOTCOMPUTE_TEST_OPENCL_DOUBLE}, .out_of_order = out_of_order});
    found_ = provider_->find();
    return found_;
  }

  DeviceAccelerator& device() {
    if (found_.accelerators.empty()) find();
    return dynamic_cast<DeviceAccelerator&>(*found_.accelerators.at(0));
  }

  const DeviceKernel& kernel() {
    if (kernel_ == nullptr) kernel_ = device().load(saxpy_.definition(), device().build(saxpy_.definition()));
    return *kernel_;
  }

  Stream& stream() {
    if (stream_ == nullptr) stream_ = device().create_stream();
    return *stream_;
  }

  StreamPoint launch(dotcompute_grid grid, dotcompute_grid group = {{0, 0, 0}}) {
    DeviceLaunch launch;
    launch.arguments = reinterpret_cast<const std::byte*>(&block_);
    launch.spans = spans_;
    launch.grid = grid;
    launch.group = group;
    return stream().launch(kernel(), launch);
  }

  OpenClScript* script_ = nullptr;
  std::unique_ptr<AcceleratorProvider> provider_;
  FoundAccelerators found_;
  SaxpyKernel saxpy_;
  std::unique_ptr<DeviceKernel> kernel_;
  std::unique_ptr<Stream> stream_;
  SaxpyKernel::Block block_{2, {}, {}};
  DeviceSpan spans_[2] = {};
};

}  // namespace dotcompute::test
