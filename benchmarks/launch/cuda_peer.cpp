#include "cuda_peer.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace launch {

namespace {

/// What nvcc makes of `if (i < n) y[i] = a * x[i] + y[i]` without contraction.
constexpr const char* text = R"(
.version 6.3
.target sm_50
.address_size 64
.visible .entry saxpy(.param .f32 a, .param .u64 x, .param .u64 y, .param .u32 n)
{
  .reg .pred %p;
  .reg .b32 %i, %group, %size, %item, %n;
  .reg .f32 %a, %x, %y, %product;
  .reg .b64 %at_x, %at_y, %offset;
  mov.u32 %group, %ctaid.x;
  mov.u32 %size, %ntid.x;
  mov.u32 %item, %tid.x;
  mad.lo.u32 %i, %group, %size, %item;
  ld.param.u32 %n, [n];
  setp.ge.u32 %p, %i, %n;
  @%p bra end;
  ld.param.f32 %a, [a];
  ld.param.u64 %at_x, [x];
  ld.param.u64 %at_y, [y];
  mul.wide.u32 %offset, %i, 4;
  add.u64 %at_x, %at_x, %offset;
  add.u64 %at_y, %at_y, %offset;
  ld.global.f32 %x, [%at_x];
  ld.global.f32 %y, [%at_y];
  mul.rn.f32 %product, %a, %x;
  add.rn.f32 %y, %product, %y;
  st.global.f32 [%at_y], %y;
end:
  ret;
}
)";

/// The driver's functions that saxpy needs. The types are those of its binary interface: handles are pointers, a device
/// is an int and device memory a 64-bit address.
struct Functions {
  int (*init)(unsigned flags) = nullptr;
  int (*get_device)(int* device, int ordinal) = nullptr;
  int (*retain_context)(void** context, int device) = nullptr;
  int (*set_context)(void* context) = nullptr;
  int (*load_module)(void** module, const void* image) = nullptr;
  int (*get_function)(void** function, void* module, const char* name) = nullptr;
  int (*allocate)(std::uint64_t* address, std::size_t bytes) = nullptr;
  int (*fill)(std::uint64_t address, unsigned char value, std::size_t count) = nullptr;
  int (*create_stream)(void** stream, unsigned flags) = nullptr;
  int (*launch)(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned group_x, unsigned group_y,
                unsigned group_z, unsigned shared_bytes, void* stream, void** arguments, void** extra) = nullptr;
  int (*synchronize)(void* stream) = nullptr;

  bool open() {
    void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
    bool has_all = true;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      has_all = has_all && function != nullptr;
    };
    find(init, "cuInit");
    find(get_device, "cuDeviceGet");
    find(retain_context, "cuDevicePrimaryCtxRetain");
    find(set_context, "cuCtxSetCurrent");
    find(load_module, "cuModuleLoadData");
    find(get_function, "cuModuleGetFunction");
    find(allocate, "cuMemAlloc_v2");
    find(fill, "cuMemsetD8_v2");
    find(create_stream, "cuStreamCreate");
    find(launch, "cuLaunchKernel");
    find(synchronize, "cuStreamSynchronize");
    return has_all;
  }
};

void check(int status, const char* call) {
  if (status == 0) return;
  std::fprintf(stderr, "launch: %s failed with status %d\n", call, status);
  std::exit(1);
}

/// Lives as long as the program, as its CUDA objects do.
class Saxpy final : public CudaSaxpy {
 public:
  Saxpy(const Functions& cuda, int device, std::size_t n) : cuda_(cuda), n_(static_cast<std::uint32_t>(n)) {
    constexpr unsigned non_blocking = 1;
    void* context = nullptr;
    void* module = nullptr;
    check(cuda_.retain_context(&context, device), "cuDevicePrimaryCtxRetain");
    check(cuda_.set_context(context), "cuCtxSetCurrent");
    check(cuda_.load_module(&module, text), "cuModuleLoadData");
    check(cuda_.get_function(&function_, module, "saxpy"), "cuModuleGetFunction");
    for (std::uint64_t* array : {&x_, &y_}) {
      check(cuda_.allocate(array, n * sizeof(float)), "cuMemAlloc");
      check(cuda_.fill(*array, 0, n * sizeof(float)), "cuMemsetD8");
    }
    check(cuda_.create_stream(&stream_, non_blocking), "cuStreamCreate");
  }

  void run(float a, int launches) override {
    constexpr unsigned group = 256;
    void* arguments[] = {&a, &x_, &y_, &n_};
    for (int i = 0; i < launches; ++i) {
      check(cuda_.launch(function_, (n_ + group - 1) / group, 1, 1, group, 1, 1, 0, stream_, arguments, nullptr),
            "cuLaunchKernel");
    }
    check(cuda_.synchronize(stream_), "cuStreamSynchronize");
  }

 private:
  Functions cuda_;
  std::uint32_t n_;
  std::uint64_t x_ = 0;
  std::uint64_t y_ = 0;
  void* function_ = nullptr;
  void* stream_ = nullptr;
};

}  // namespace

std::unique_ptr<CudaSaxpy> CudaSaxpy::create(std::size_t n, std::string& problem) {
  Functions cuda;
  int device = 0;
  if (!cuda.open()) {
    problem = "no CUDA driver";
    return nullptr;
  }
  if (cuda.init(0) != 0 || cuda.get_device(&device, 0) != 0) {
    problem = "no GPU";
    return nullptr;
  }
  return std::make_unique<Saxpy>(cuda, device, n);
}

}  // namespace launch
