// Explores every interleaving of a few threads that take and give back uses, step by step as HostUses does it, on the
// functions of use_word.hpp.

#include <dotcompute/memory/use_word.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace dotcompute::detail;

/// What a thread does next. Each is one access to memory that others see, or one acquisition of the lock.
enum class Step : std::uint8_t { take, lock, append, mark, look, add, clear, unlock, wait, use, leave, relock, done };

constexpr std::size_t most_actors = 4;
constexpr std::uint8_t nobody = 0xFF;

struct Actor {
  HostUse use = HostUse::read;
  Step step = Step::take;
  bool is_granted = false;
  bool has_left = false;
};

struct World {
  UseWord word;
  std::uint8_t lock = nobody;
  std::uint8_t in_line = 0;
  std::array<std::uint8_t, most_actors> line{};
  std::array<Actor, most_actors> actors{};
  std::uint8_t count = 0;

  [[nodiscard]] std::string key() const {
    std::string key(reinterpret_cast<const char*>(&word.bits), sizeof word.bits);
    key += static_cast<char>(lock);
    for (std::size_t i = 0; i < in_line; ++i) key += static_cast<char>(line[i]);
    key += '|';
    for (std::size_t i = 0; i < count; ++i) {
      key += static_cast<char>(actors[i].step);
      key += static_cast<char>((actors[i].is_granted ? 1 : 0) + (actors[i].has_left ? 2 : 0));
    }
    return key;
  }
};

bool can_step(const World& world, std::size_t number) {
  const Actor& actor = world.actors[number];
  switch (actor.step) {
    case Step::done: return false;
    case Step::wait: return actor.is_granted;
    case Step::lock:
    case Step::relock: return world.lock == nobody;
    default: return true;
  }
}

/// After the line was looked at: who waits goes to wait, who served others is done.
Step after_unlock(const Actor& actor) {
  if (actor.has_left) return Step::done;
  return actor.is_granted ? Step::use : Step::wait;
}

World stepped(World world, std::size_t number) {
  Actor& actor = world.actors[number];
  switch (actor.step) {
    case Step::take:
      if (may_take(world.word, actor.use)) {
        world.word = with(world.word, actor.use);
        actor.is_granted = true;
        actor.step = Step::use;
      } else {
        actor.step = Step::lock;
      }
      break;
    case Step::lock:
      world.lock = static_cast<std::uint8_t>(number);
      actor.step = Step::append;
      break;
    case Step::append:
      world.line[world.in_line++] = static_cast<std::uint8_t>(number);
      actor.step = Step::mark;
      break;
    case Step::mark:
      world.word.bits |= UseWord::line;
      actor.step = Step::look;
      break;
    case Step::look:
      if (world.in_line == 0) {
        actor.step = Step::clear;
      } else {
        actor.step = is_free_for(world.word, world.actors[world.line[0]].use) ? Step::add : Step::unlock;
      }
      break;
    case Step::add: {
      Actor& first = world.actors[world.line[0]];
      world.word = with(world.word, first.use);
      std::copy(world.line.begin() + 1, world.line.begin() + world.in_line, world.line.begin());
      --world.in_line;
      first.is_granted = true;
      actor.step = Step::look;
      break;
    }
    case Step::clear:
      world.word.bits &= ~UseWord::line;
      actor.step = Step::unlock;
      break;
    case Step::unlock:
      world.lock = nobody;
      actor.step = after_unlock(actor);
      break;
    case Step::wait: actor.step = Step::use; break;
    case Step::use: actor.step = Step::leave; break;
    case Step::leave:
      world.word = without(world.word, actor.use);
      actor.has_left = true;
      actor.step = must_serve_line(world.word) ? Step::relock : Step::done;
      break;
    case Step::relock:
      world.lock = static_cast<std::uint8_t>(number);
      actor.step = world.in_line == 0 ? Step::unlock : Step::look;
      break;
    case Step::done: break;
  }
  return world;
}

/// The writers and readers that may touch the memory.
void expect_nobody_is_in_the_way(const World& world) {
  int readers = 0;
  int writers = 0;
  for (std::size_t i = 0; i < world.count; ++i) {
    const Actor& actor = world.actors[i];
    if (!actor.is_granted || actor.has_left) continue;
    ++(actor.use == HostUse::write ? writers : readers);
  }
  ASSERT_LE(writers, 1);
  ASSERT_TRUE(writers == 0 || readers == 0);
}

/// Returns the number of states.
std::size_t explore(const std::vector<HostUse>& uses) {
  World first;
  first.count = static_cast<std::uint8_t>(uses.size());
  for (std::size_t i = 0; i < uses.size(); ++i) first.actors[i].use = uses[i];
  std::set<std::string> seen{first.key()};
  std::vector<World> open{first};
  while (!open.empty()) {
    const World world = open.back();
    open.pop_back();
    expect_nobody_is_in_the_way(world);
    bool is_over = true;
    for (std::size_t i = 0; i < world.count; ++i) {
      if (!can_step(world, i)) continue;
      is_over = false;
      const World next = stepped(world, i);
      if (seen.insert(next.key()).second) open.push_back(next);
    }
    if (is_over) {
      const bool all_done = std::all_of(world.actors.begin(), world.actors.begin() + world.count,
                                        [](const Actor& actor) { return actor.step == Step::done; });
      EXPECT_TRUE(all_done) << "somebody waits for ever";
      EXPECT_EQ(world.word.bits, 0u);
      EXPECT_EQ(world.in_line, 0u);
    }
    if (testing::Test::HasFailure()) break;
  }
  return seen.size();
}

TEST(UseWord, in_every_interleaving_a_writer_is_alone_and_everybody_gets_a_turn) {
  for (std::size_t actors = 1; actors <= most_actors; ++actors) {
    for (unsigned writers = 0; writers < 1u << actors; ++writers) {
      std::vector<HostUse> uses;
      for (std::size_t i = 0; i < actors; ++i) {
        uses.push_back((writers >> i & 1u) != 0 ? HostUse::write : HostUse::read);
      }
      EXPECT_GT(explore(uses), actors * 3);
      ASSERT_FALSE(HasFailure()) << "with " << actors << " threads, writers " << writers;
    }
  }
}

TEST(UseWord, who_comes_while_others_stand_in_line_joins_them) {
  const UseWord read_and_line{1 | UseWord::line};
  EXPECT_TRUE(is_free_for(read_and_line, HostUse::read));
  EXPECT_FALSE(may_take(read_and_line, HostUse::read));
  EXPECT_FALSE(must_serve_line(read_and_line));
  EXPECT_TRUE(must_serve_line(without(read_and_line, HostUse::read)));
  EXPECT_FALSE(must_serve_line(without(with({}, HostUse::write), HostUse::write)));
}

}  // namespace
