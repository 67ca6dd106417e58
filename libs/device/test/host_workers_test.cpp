#include <dotcompute/device/host_workers.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "forked_child.hpp"

namespace {

using dotcompute::HostWork;
using dotcompute::HostWorkers;
using dotcompute::HostWorkersOffer;
using dotcompute::share_host_work;

/// Does all by itself, or says no.
struct Counting final : HostWorkers {
  explicit Counting(bool takes_work = true) : takes(takes_work) {}
  bool share(const HostWork& work) noexcept override {
    ++calls;
    if (takes) work.run(work.context, 0, work.count);
    return takes;
  }
  bool takes;
  int calls = 0;
};

/// Work that counts its elements.
struct Elements {
  HostWork work() {
    return {.run = [](const void* context, std::uint64_t begin,
                      std::uint64_t end) noexcept { *static_cast<std::uint64_t* const*>(context)[0] += end - begin; },
            .context = &total,
            .count = 100,
            .element_bytes = 8};
  }
  std::uint64_t done = 0;
  std::uint64_t* total = &done;
};

TEST(HostWorkers, AreNotThereUntilTheyAreOffered) {
  Elements elements;
  EXPECT_FALSE(share_host_work(elements.work()));
  {
    Counting workers;
    const HostWorkersOffer offer(workers);
    EXPECT_TRUE(share_host_work(elements.work()));
    EXPECT_EQ(workers.calls, 1);
  }
  EXPECT_FALSE(share_host_work(elements.work()));
  EXPECT_EQ(elements.done, 100u);
}

TEST(HostWorkers, MayLeaveTheWorkToTheCaller) {
  Elements elements;
  Counting workers(false);
  const HostWorkersOffer offer(workers);
  EXPECT_FALSE(share_host_work(elements.work()));
  EXPECT_EQ(workers.calls, 1);
  EXPECT_EQ(elements.done, 0u);
}

TEST(HostWorkers, OfTheLastOfferThatStandsCount) {
  Elements elements;
  Counting first;
  Counting second;
  Counting third;
  auto of_first = std::make_unique<HostWorkersOffer>(first);
  auto of_second = std::make_unique<HostWorkersOffer>(second);
  auto of_third = std::make_unique<HostWorkersOffer>(third);
  EXPECT_TRUE(share_host_work(elements.work()));
  EXPECT_EQ(third.calls, 1);
  of_second.reset();  // From between the two.
  EXPECT_TRUE(share_host_work(elements.work()));
  EXPECT_EQ(third.calls, 2);
  of_third.reset();
  EXPECT_TRUE(share_host_work(elements.work()));
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.calls, 0);
}

/// Stays in its work until it is let go.
struct Slow final : HostWorkers {
  bool share(const HostWork&) noexcept override {
    is_inside = true;
    while (!may_go) std::this_thread::yield();
    is_inside = false;
    return true;
  }
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go{false};
};

TEST(HostWorkers, AreWaitedForWhenTheirOfferEnds) {
  Elements elements;
  Slow workers;
  auto offer = std::make_unique<HostWorkersOffer>(workers);
  std::thread user([&] { EXPECT_TRUE(share_host_work(elements.work())); });
  while (!workers.is_inside) std::this_thread::yield();
  std::atomic<bool> has_ended{false};
  std::thread ending([&] {
    offer.reset();
    EXPECT_FALSE(workers.is_inside);
    has_ended = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(has_ended);
  workers.may_go = true;
  user.join();
  ending.join();
  EXPECT_TRUE(has_ended);
}

TEST(HostWorkers, OfAForkedChildHaveNoUsersOfTheParent) {
  dotcompute::test::skip_where_threads_and_fork_do_not_mix();
  if (testing::Test::IsSkipped()) return;
  Elements elements;
  Slow workers;
  auto offer = std::make_unique<HostWorkersOffer>(workers);
  std::thread user([&] { EXPECT_TRUE(share_host_work(elements.work())); });
  while (!workers.is_inside) std::this_thread::yield();
  EXPECT_EQ(dotcompute::test::end_of_child([&] {
              offer.reset();
              return std::size_t{0};
            }),
            dotcompute::test::good_end);
  workers.may_go = true;
  user.join();
}

}  // namespace
