#include <dlfcn.h>

#include <stdexcept>

#include "driver_double.hpp"
#include "nvrtc_double.hpp"

namespace dotcompute::cuda::test {

namespace {

template <class State>
State& open_state(const char* path, const char* accessor) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto get = reinterpret_cast<State* (*)()>(dlsym(library, accessor));
  if (get == nullptr) throw std::runtime_error(dlerror());
  return *get();
}

}  // namespace

void DriverDouble::reset() {
  const std::lock_guard lock(mutex);
  version = 13000;
  devices = std::vector<DeviceOfDouble>(1);
  functions.clear();
  failures.clear();
  unknown.clear();
  jit_log.clear();
  is_held = false;
  is_quiet = false;
  polls_to_ready = 0;
  peers.clear();
  enabled_peers.clear();
  pinned_flags.clear();
  pinned_blocks = 0;
  calls.clear();
  launches.clear();
  loaded_images.clear();
  asked_versions.clear();
  executed = 0;
  violations = 0;
  memory_blocks = streams = events = modules = retained = 0;
  sticky = Result::success;
}

int DriverDouble::count(const std::string& call) const {
  int times = 0;
  for (const std::string& each : calls) times += each == call ? 1 : 0;
  return times;
}

DriverDouble& open_driver_double(const char* path) {
  return open_state<DriverDouble>(path, "dotcompute_driver_double");
}

NvrtcDouble& open_nvrtc_double(const char* path) { return open_state<NvrtcDouble>(path, "dotcompute_nvrtc_double"); }

}  // namespace dotcompute::cuda::test
