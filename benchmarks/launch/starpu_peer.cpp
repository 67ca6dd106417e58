#include "starpu_peer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <starpu.h>

namespace launch {

namespace {

void check(int status, const char* call) {
  if (status == 0) return;
  std::fprintf(stderr, "launch: %s failed with status %d\n", call, status);
  std::exit(1);
}

void saxpy_task(void* buffers[], void* argument) {
  const float a = *static_cast<const float*>(argument);
  const auto* x = reinterpret_cast<const float*>(STARPU_VECTOR_GET_PTR(buffers[0]));
  auto* y = reinterpret_cast<float*>(STARPU_VECTOR_GET_PTR(buffers[1]));
  const std::size_t n = STARPU_VECTOR_GET_NX(buffers[1]);
  for (std::size_t i = 0; i < n; ++i) y[i] = a * x[i] + y[i];
}

/// StarPU itself, from the first use to the end of the program. Its workers are awake while somebody uses it.
class StarPu {
 public:
  static StarPu& get() {
    static StarPu starpu;
    return starpu;
  }

  starpu_codelet* saxpy() { return &saxpy_; }

  void wake() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) starpu_resume();
  }
  void rest() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) starpu_pause();
  }

 private:
  /// One worker for each processor but the caller's: with one for that too, a task that is waited for took twice as
  /// long. Of its policies, "eager" has the shortest way for single tasks.
  StarPu() {
    setenv("STARPU_HOME", DOTCOMPUTE_BENCHMARK_STARPU_HOME, 0);
    setenv("STARPU_SILENT", "1", 0);
    starpu_conf conf;
    check(starpu_conf_init(&conf), "starpu_conf_init");
    conf.ncpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
    conf.ncuda = 0;
    conf.nopencl = 0;
    conf.catch_signals = 0;
    conf.sched_policy_name = "eager";
    check(starpu_init(&conf), "starpu_init");
    starpu_codelet_init(&saxpy_);
    saxpy_.cpu_funcs[0] = saxpy_task;
    saxpy_.nbuffers = 2;
    saxpy_.modes[0] = STARPU_R;
    saxpy_.modes[1] = STARPU_RW;
    starpu_pause();
  }
  ~StarPu() {
    starpu_resume();
    starpu_shutdown();
  }

  starpu_codelet saxpy_ = {};
  std::mutex mutex_;
  int users_ = 0;
};

class Saxpy final : public StarPuSaxpy {
 public:
  Saxpy(std::span<float> x, std::span<float> y) {
    (void)StarPu::get();
    for (const auto& [handle, data] : {std::pair{&x_, x}, std::pair{&y_, y}}) {
      starpu_vector_data_register(handle, STARPU_MAIN_RAM, reinterpret_cast<std::uintptr_t>(data.data()),
                                  static_cast<std::uint32_t>(data.size()), sizeof(float));
    }
  }
  ~Saxpy() override {
    StarPu::get().wake();
    for (starpu_data_handle_t handle : {x_, y_}) starpu_data_unregister(handle);
    StarPu::get().rest();
  }

  void run(float a, std::uint64_t tasks, std::uint64_t at_once) override {
    StarPu::get().wake();
    for (std::uint64_t i = 1; i <= tasks; ++i) {
      starpu_task* task = starpu_task_create();
      task->cl = StarPu::get().saxpy();
      task->handles[0] = x_;
      task->handles[1] = y_;
      task->cl_arg = &a;
      task->cl_arg_size = sizeof a;
      // Tasks on the same vectors run in order, so that the last one's end is the end of all.
      task->synchronous = i % at_once == 0 || i == tasks ? 1 : 0;
      check(starpu_task_submit(task), "starpu_task_submit");
    }
    StarPu::get().rest();
  }

 private:
  starpu_data_handle_t x_ = nullptr;
  starpu_data_handle_t y_ = nullptr;
};

}  // namespace

std::unique_ptr<StarPuSaxpy> StarPuSaxpy::create(std::span<float> x, std::span<float> y) {
  return std::make_unique<Saxpy>(x, y);
}

}  // namespace launch
