#include <dotcompute/base/task.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using dotcompute::DetachableTask;
using dotcompute::Task;

/// A library operation that a test completes by hand, and that counts its releases.
template <class T>
class ManualState final : public dotcompute::detail::TaskState<T> {
 public:
  explicit ManualState(std::atomic<int>& releases) : releases_(releases) {}

  template <class... V>
  void complete(V&&... value) {
    if constexpr (sizeof...(V) > 0) this->value_.emplace(std::forward<V>(value)...);
    this->finish();
  }
  void fail(const std::string& what) {
    this->error_ = std::make_exception_ptr(std::runtime_error(what));
    this->finish();
  }

 private:
  void release() noexcept override {
    releases_.fetch_add(1);
    delete this;
  }
  std::atomic<int>& releases_;
};

template <class T>
struct Operation {
  std::atomic<int> releases{0};
  ManualState<T>* state = new ManualState<T>(releases);
  Task<T> task() { return Task<T>(*state); }
};

Task<int> constant(int value) { co_return value; }

Task<int> plus_one(Task<int> inner) { co_return co_await inner + 1; }

Task<void> record(Task<int> inner, int& out) { out = co_await std::move(inner); }

TEST(Task, a_coroutine_runs_at_once_and_yields_its_value) {
  Task<int> task = constant(41);
  EXPECT_TRUE(task.ready());
  EXPECT_EQ(task.get(), 41);
  EXPECT_FALSE(task.valid());
}

TEST(Task, a_completed_operation_is_taken_once_and_released_once) {
  Operation<int> operation;
  Task<int> task = operation.task();
  EXPECT_FALSE(task.ready());
  operation.state->complete(7);
  EXPECT_TRUE(task.ready());
  EXPECT_EQ(operation.releases, 0);
  EXPECT_EQ(task.get(), 7);
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, get_blocks_until_another_thread_completes) {
  Operation<std::string> operation;
  Task<std::string> task = operation.task();
  std::thread completer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    operation.state->complete("done");
  });
  EXPECT_EQ(task.get(), "done");
  completer.join();
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, the_destructor_waits) {
  Operation<int> operation;
  std::atomic<bool> completing = false;
  std::thread completer;
  {
    const Task<int> task = operation.task();
    completer = std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      completing = true;
      operation.state->complete(1);
    });
  }
  EXPECT_TRUE(completing);
  completer.join();
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, assignment_waits_for_the_operation_it_replaces) {
  Operation<int> first;
  Task<int> task = first.task();
  first.state->complete(1);
  task = constant(2);
  EXPECT_EQ(first.releases, 1);
  EXPECT_EQ(task.get(), 2);
}

TEST(Task, a_suspended_coroutine_goes_on_in_the_thread_that_completes) {
  Operation<int> operation;
  Task<int> outer = plus_one(operation.task());
  EXPECT_FALSE(outer.ready());
  std::thread([&] { operation.state->complete(9); }).join();
  EXPECT_TRUE(outer.ready());
  EXPECT_EQ(outer.get(), 10);
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, void_coroutines_nest) {
  int out = 0;
  record(plus_one(plus_one(constant(1))), out).get();
  EXPECT_EQ(out, 3);
}

TEST(Task, an_exception_of_an_operation_rethrows_at_get) {
  Operation<int> operation;
  Task<int> task = operation.task();
  operation.state->fail("the device caught fire");
  try {
    task.get();
    FAIL() << "get() returned";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the device caught fire");
  }
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, an_exception_passes_through_awaiting_coroutines) {
  Operation<int> operation;
  Task<int> outer = plus_one(plus_one(operation.task()));
  std::thread([&] { operation.state->fail("no power"); }).join();
  EXPECT_THROW(outer.get(), std::runtime_error);
}

TEST(Task, an_exception_nobody_takes_is_dropped_with_its_task) {
  Operation<int> operation;
  {
    const Task<int> task = operation.task(), other = plus_one(constant(1));
    operation.state->fail("unseen");
  }
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, a_detached_operation_releases_itself_when_it_ends) {
  Operation<int> operation;
  DetachableTask<int> task(*operation.state);
  task.detach();
  EXPECT_FALSE(task.valid());
  EXPECT_EQ(operation.releases, 0);
  operation.state->complete(3);
  EXPECT_EQ(operation.releases, 1);
}

TEST(Task, move_only_results_move_through) {
  Operation<std::unique_ptr<int>> operation;
  Task<std::unique_ptr<int>> task = operation.task();
  operation.state->complete(std::make_unique<int>(5));
  EXPECT_EQ(*task.get(), 5);
}

TEST(Task, a_wait_on_a_worker_runs_the_teams_work) {
  Operation<int> operation;
  std::thread worker([&] {
    // The only thread that could complete the operation is the one that waits for it.
    auto& work = dotcompute::detail::waiting_work();
    int calls = 0;
    struct Context {
      Operation<int>* operation;
      int* calls;
    } context{&operation, &calls};
    work.context = &context;
    work.run_some = [](void* raw) noexcept {
      auto& seen = *static_cast<Context*>(raw);
      if (++*seen.calls < 3) return false;
      if (*seen.calls == 3) seen.operation->state->complete(8);
      return true;
    };
    Task<int> outer = plus_one(operation.task());
    EXPECT_EQ(outer.get(), 9);
    EXPECT_EQ(calls, 3);
    work = {};
  });
  worker.join();
}

// Completion, registration of the continuation and waiting meet at unpredictable moments; run under TSan.
TEST(Task, completion_races_with_await_and_get) {
  for (int round = 0; round < 500; ++round) {
    Operation<int> awaited;
    Operation<int> waited;
    std::atomic<int> arrived{0};
    std::thread completer([&] {
      arrived.fetch_add(1);
      while (arrived.load() < 2) {
      }
      awaited.state->complete(round);
      waited.state->complete(round);
    });
    arrived.fetch_add(1);
    Task<int> outer = plus_one(awaited.task());
    EXPECT_EQ(waited.task().get(), round);
    EXPECT_EQ(outer.get(), round + 1);
    completer.join();
    EXPECT_EQ(awaited.releases, 1);
    EXPECT_EQ(waited.releases, 1);
  }
}

}  // namespace
