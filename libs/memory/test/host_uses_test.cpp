#include <dotcompute/memory/host_uses.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace dotcompute::detail;
using Turn = HostUses::Turn;

/// Notes that it was granted.
struct Ticket : UseTicket {
  Ticket() : UseTicket([](UseTicket& ticket) noexcept { static_cast<Ticket&>(ticket).is_granted = true; }) {}
  std::atomic<bool> is_granted{false};
};

UseWait wait_for(HostUses& uses, HostUse use, bool is_momentary = false) {
  return {.uses = &uses, .use = use, .is_momentary = is_momentary};
}

TEST(HostUses, readers_share_and_a_writer_is_alone) {
  HostUses uses;
  EXPECT_TRUE(uses.try_take(HostUse::read));
  EXPECT_TRUE(uses.try_take(HostUse::read));
  EXPECT_FALSE(uses.try_take(HostUse::write));
  uses.give_back(HostUse::read);
  uses.give_back(HostUse::read);
  EXPECT_TRUE(uses.try_take(HostUse::write));
  EXPECT_FALSE(uses.try_take(HostUse::read));
  EXPECT_FALSE(uses.is_free_for(HostUse::read));
  uses.give_back(HostUse::write);
  EXPECT_TRUE(uses.is_free_for(HostUse::write));
}

TEST(HostUses, the_line_is_served_in_order_readers_in_a_row_together) {
  HostUses uses;
  ASSERT_TRUE(uses.try_take(HostUse::read));
  std::array<Ticket, 4> tickets;
  std::array<UseWait, 4> waits{wait_for(uses, HostUse::write), wait_for(uses, HostUse::read),
                               wait_for(uses, HostUse::read), wait_for(uses, HostUse::write)};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(HostUses::wait_in_line({&waits[i], 1}, tickets[i]), Turn::later);
  // A reader that comes now does not overtake the writer in line.
  EXPECT_FALSE(uses.try_take(HostUse::read));
  const auto granted = [&] {
    return std::ranges::count_if(tickets, [](const Ticket& ticket) { return ticket.is_granted.load(); });
  };
  EXPECT_EQ(granted(), 0);
  uses.give_back(HostUse::read);
  EXPECT_TRUE(tickets[0].is_granted);
  EXPECT_EQ(granted(), 1);
  uses.give_back(HostUse::write);
  EXPECT_TRUE(tickets[1].is_granted && tickets[2].is_granted);
  EXPECT_EQ(granted(), 3);
  uses.give_back(HostUse::read);
  EXPECT_EQ(granted(), 3);
  uses.give_back(HostUse::read);
  EXPECT_EQ(granted(), 4);
  uses.give_back(HostUse::write);
  EXPECT_TRUE(uses.try_take(HostUse::write));
  uses.give_back(HostUse::write);
}

TEST(HostUses, a_launch_of_several_buffers_waits_for_all_of_them_and_holds_its_place_in_each) {
  std::array<HostUses, 2> uses;
  ASSERT_TRUE(uses[0].try_take(HostUse::read));
  Ticket both;
  std::array<UseWait, 2> waits{wait_for(uses[0], HostUse::write), wait_for(uses[1], HostUse::write)};
  EXPECT_EQ(HostUses::wait_in_line(waits, both), Turn::later);
  Ticket behind;
  UseWait wait = wait_for(uses[1], HostUse::read);
  EXPECT_EQ(HostUses::wait_in_line({&wait, 1}, behind), Turn::later);
  uses[0].give_back(HostUse::read);
  EXPECT_TRUE(both.is_granted);
  EXPECT_FALSE(behind.is_granted);
  uses[0].give_back(HostUse::write);
  uses[1].give_back(HostUse::write);
  EXPECT_TRUE(behind.is_granted);
  uses[1].give_back(HostUse::read);
}

TEST(HostUses, where_nobody_is_in_the_way_the_turn_is_now) {
  std::array<HostUses, 2> uses;
  Ticket ticket;
  std::array<UseWait, 2> waits{wait_for(uses[0], HostUse::write), wait_for(uses[1], HostUse::read)};
  EXPECT_EQ(HostUses::wait_in_line(waits, ticket), Turn::now);
  EXPECT_FALSE(ticket.is_granted);
  uses[0].give_back(HostUse::write);
  uses[1].give_back(HostUse::read);
  EXPECT_TRUE(uses[0].is_free_for(HostUse::write));
  EXPECT_TRUE(uses[1].is_free_for(HostUse::write));
}

TEST(HostUses, a_momentary_wait_holds_nothing_once_it_is_granted) {
  HostUses uses;
  ASSERT_TRUE(uses.try_take(HostUse::write));
  std::array<Ticket, 2> tickets;
  std::array<UseWait, 2> waits{wait_for(uses, HostUse::write, true), wait_for(uses, HostUse::write)};
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(HostUses::wait_in_line({&waits[i], 1}, tickets[i]), Turn::later);
  uses.give_back(HostUse::write);
  EXPECT_TRUE(tickets[0].is_granted && tickets[1].is_granted);
  uses.give_back(HostUse::write);
}

TEST(HostUses, a_mapping_refuses_what_is_in_its_way_and_nothing_is_left_in_line) {
  std::array<HostUses, 2> uses;
  ASSERT_TRUE(uses[1].try_map(HostUse::read));
  EXPECT_FALSE(uses[1].is_mapped_for_writing());
  EXPECT_TRUE(uses[1].try_take(HostUse::read));
  uses[1].give_back(HostUse::read);
  EXPECT_FALSE(uses[1].try_map(HostUse::write));
  Ticket ticket;
  std::array<UseWait, 2> waits{wait_for(uses[0], HostUse::write), wait_for(uses[1], HostUse::write)};
  EXPECT_EQ(HostUses::wait_in_line(waits, ticket), Turn::refused);
  EXPECT_EQ(waits[0].uses, &uses[1]);
  EXPECT_TRUE(uses[0].is_free_for(HostUse::write));
  EXPECT_FALSE(wait_for_uses(uses[1], HostUse::write));
  EXPECT_FALSE(HeldUse::take(uses[1], HostUse::write).has_value());
  EXPECT_TRUE(wait_for_uses(uses[1], HostUse::read));
  uses[1].unmap(HostUse::read);
  EXPECT_TRUE(HeldUse::take(uses[1], HostUse::write).has_value());
  EXPECT_TRUE(HeldUse::take_both(uses[0], uses[1]).has_value());
  ASSERT_TRUE(uses[1].try_map(HostUse::write));
  EXPECT_TRUE(uses[1].is_mapped_for_writing());
  EXPECT_FALSE(HeldUse::take_both(uses[0], uses[1]).has_value());
  uses[1].unmap(HostUse::write);
  EXPECT_TRUE(uses[1].is_free_for(HostUse::write));
}

TEST(HostUses, a_thread_waits_for_what_is_in_its_way) {
  HostUses uses;
  ASSERT_TRUE(uses.try_take(HostUse::write));
  int value = 0;
  std::thread reader([&] {
    EXPECT_TRUE(wait_for_uses(uses, HostUse::read));
    EXPECT_EQ(value, 1);
  });
  std::thread writer([&] {
    const auto held = HeldUse::take(uses, HostUse::write);
    EXPECT_TRUE(held.has_value());
    EXPECT_EQ(value, 1);
  });
  value = 1;
  uses.give_back(HostUse::write);
  reader.join();
  writer.join();
  EXPECT_TRUE(uses.is_free_for(HostUse::write));
}

/// Gives back its use when it is granted, so that the next one is granted inside it.
struct PassingTicket : UseTicket {
  PassingTicket() : UseTicket([](UseTicket& ticket) noexcept { static_cast<PassingTicket&>(ticket).pass(); }) {}
  void pass() noexcept {
    ++*passed;
    uses->give_back(HostUse::write);
  }
  HostUses* uses = nullptr;
  int* passed = nullptr;
};

TEST(HostUses, a_long_line_whose_uses_end_at_once_takes_no_stack) {
  constexpr std::size_t count = 200'000;
  HostUses uses;
  ASSERT_TRUE(uses.try_take(HostUse::write));
  int passed = 0;
  const auto tickets = std::make_unique<PassingTicket[]>(count);
  std::vector<UseWait> waits(count, wait_for(uses, HostUse::write));
  for (std::size_t i = 0; i < count; ++i) {
    tickets[i].uses = &uses;
    tickets[i].passed = &passed;
    ASSERT_EQ(HostUses::wait_in_line({&waits[i], 1}, tickets[i]), Turn::later);
  }
  uses.give_back(HostUse::write);
  EXPECT_EQ(passed, static_cast<int>(count));
  EXPECT_TRUE(uses.is_free_for(HostUse::write));
}

/// Memory that only its uses keep from being a data race.
struct Cell {
  HostUses uses;
  std::uint64_t value = 0;
};

constexpr std::size_t cell_count = 6;
using Cells = std::array<Cell, cell_count>;

/// Works on some cells like a launch that is begun by whoever grants its last use.
class Work : public UseTicket {
 public:
  Work(Cells& cells, unsigned reads, unsigned writes, std::atomic<std::uint64_t>& done)
      : UseTicket(&Work::granted), cells_(cells), writes_(writes), done_(done) {
    for (std::size_t i = 0; i < cell_count; ++i) {
      if (((reads | writes) >> i & 1u) == 0) continue;
      waits_.push_back(wait_for(cells[i].uses, is_written(i) ? HostUse::write : HostUse::read));
    }
  }
  static void begin(std::unique_ptr<Work> work) {
    Work& begun = *work.release();
    if (HostUses::wait_in_line(begun.waits_, begun) == Turn::now) granted(begun);
  }

 private:
  [[nodiscard]] bool is_written(std::size_t i) const { return (writes_ >> i & 1u) != 0; }
  static void granted(UseTicket& ticket) noexcept {
    const std::unique_ptr<Work> work(&static_cast<Work&>(ticket));
    std::uint64_t sum = 0;
    for (const UseWait& wait : work->waits_) {
      Cell& cell = *std::ranges::find_if(work->cells_, [&](Cell& each) { return &each.uses == wait.uses; });
      if (wait.use == HostUse::write) {
        ++cell.value;
      } else {
        sum += cell.value;
      }
    }
    work->sum_ = sum;
    ++work->done_;
    for (const UseWait& wait : work->waits_) wait.uses->give_back(wait.use);
  }

  Cells& cells_;
  unsigned writes_;
  std::atomic<std::uint64_t>& done_;
  std::vector<UseWait> waits_;
  volatile std::uint64_t sum_ = 0;
};

TEST(HostUses, sixteen_threads_that_share_buffers_neither_race_nor_wait_for_each_other) {
  constexpr int threads = 16;
  constexpr int rounds = 2'000;
  Cells cells;
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> done{0};
  std::array<std::atomic<std::uint64_t>, cell_count> written{};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::vector<std::thread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      std::minstd_rand random(seed + static_cast<unsigned>(t));
      for (int round = 0; round < rounds; ++round) {
        if (random() % 4 == 0) {
          Cell& cell = cells[random() % cell_count];
          Cell& other = cells[random() % cell_count];
          if (&cell == &other) continue;
          const auto held = HeldUse::take_both(other.uses, cell.uses);
          cell.value += other.value == cell.value + 1'000'000'000 ? 2 : 1;
          ++written[static_cast<std::size_t>(&cell - cells.data())];
          continue;
        }
        const unsigned reads = random() % (1u << cell_count);
        const unsigned writes = random() % (1u << cell_count) & random() % (1u << cell_count);
        if ((reads | writes) == 0) continue;
        for (std::size_t i = 0; i < cell_count; ++i) written[i] += writes >> i & 1u;
        ++begun;
        Work::begin(std::make_unique<Work>(cells, reads, writes, done));
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  EXPECT_EQ(done, begun);
  for (std::size_t i = 0; i < cell_count; ++i) {
    EXPECT_TRUE(cells[i].uses.is_free_for(HostUse::write));
    EXPECT_EQ(cells[i].value, written[i]);
  }
}

}  // namespace
