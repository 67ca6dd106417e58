// Explores every state that a buffer of three parts on the host and two devices can come into, and checks in each that
// nobody reads stale content, that no two contents of a part count as current, and that nothing is lost unsaid.

#include <dotcompute/memory/coherence.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using dotcompute::BufferState;
using dotcompute::detail::ByteRange;
using dotcompute::detail::Coherence;
using dotcompute::detail::Place;
using dotcompute::detail::PlaceSet;
using dotcompute::detail::source_for;
using dotcompute::detail::Use;
using dotcompute::detail::Writer;

constexpr Place place_count = 3;
constexpr std::size_t unit_count = 3;
constexpr ByteRange whole{0, unit_count};

/// What is true of one part, which the coherence does not know.
struct Unit {
  enum class Content : std::uint8_t { none, there, lost };
  Content content = Content::none;
  std::array<bool, place_count> is_current{};  ///< Whether a place's bytes are those of the last write.
  Place unsure_writer = 0;                     ///< The device whose write is not known to have succeeded.
};

/// The bytes themselves, and the coherence that is to keep track of them.
class World {
 public:
  World(bool host_has_content, bool are_peers) : coherence_(unit_count, host_has_content), are_peers_(are_peers) {
    if (!host_has_content) return;
    for (Unit& unit : units_) {
      unit.content = Unit::Content::there;
      unit.is_current[Coherence::host] = true;
    }
  }

  /// As BufferStorage does: what is stale is copied, then it is used.
  void use(Place place, Use use, const ByteRange& range) {
    if (use != Use::overwrite) {
      if (any(range, [](const Unit& unit) { return unit.content == Unit::Content::lost; })) {
        EXPECT_TRUE(coherence_.first_lost(range).has_value()) << "a loss that nobody is told of";
        return;
      }
      make_current(place, range);
      EXPECT_FALSE(any(range, [&](const Unit& unit) {
        return unit.content == Unit::Content::there && !unit.is_current[place];
      })) << "a stale read";
    }
    if (use == Use::read) return;
    coherence_.note_write(place, range, writer_of(place));
    for (Unit& unit : in(range)) {
      unit = {};
      unit.content = Unit::Content::there;
      unit.is_current[place] = true;
      unit.unsure_writer = place;
    }
  }

  /// A launch failed whose writes nobody has looked at yet.
  void fail(Place device) {
    coherence_.lose_written(writer_of(device), 1);
    for (Unit& unit : units_) {
      if (unit.unsure_writer == device) lose(unit);
    }
  }
  /// A launch on the host failed.
  void lose(const ByteRange& range) {
    coherence_.lose(range, 1);
    for (Unit& unit : in(range)) lose(unit);
  }
  /// A device has gone with all it had.
  void lose_device(Place device) {
    coherence_.lose_at(device, whole, 1);
    for (Unit& unit : units_) {
      unit.is_current[device] = false;
      const bool is_gone = unit.is_current == std::array<bool, place_count>{};
      if (unit.content == Unit::Content::there && is_gone) lose(unit);
    }
  }
  /// A device gives up its copy, and what only it has comes home.
  void leave(Place device) {
    while (const auto sole = coherence_.first_sole(device, whole)) bring_home(*sole);
    coherence_.drop(device);
    for (Unit& unit : units_) unit.is_current[device] = false;
  }

  void check() const {
    bool has_content = false;
    bool is_host_complete = true;
    for (std::size_t i = 0; i < unit_count; ++i) {
      const Unit& unit = units_[i];
      const PlaceSet places = places_of(i);
      const bool is_there = unit.content == Unit::Content::there;
      ASSERT_EQ(!places.empty(), is_there) << "content that is nowhere, or nothing that counts as content";
      ASSERT_EQ(coherence_.first_lost(at(i)).has_value(), unit.content == Unit::Content::lost);
      for (Place place = 0; place < place_count; ++place) {
        ASSERT_TRUE(!places.contains(place) || unit.is_current[place]) << "two contents count as current";
      }
      has_content = has_content || is_there;
      is_host_complete = is_host_complete && (!is_there || places.contains(Coherence::host));
    }
    const BufferState state = coherence_.state();
    const bool is_on_device_only = state == BufferState::device_only || state == BufferState::device_dirty;
    ASSERT_EQ(state != BufferState::uninitialized, has_content);
    ASSERT_EQ(is_on_device_only, has_content && !is_host_complete);
  }

  /// Equal for equal states.
  [[nodiscard]] std::string key() const {
    std::string key(1, static_cast<char>('0' + static_cast<int>(coherence_.state())));
    for (std::size_t i = 0; i < unit_count; ++i) {
      const Unit& unit = units_[i];
      const PlaceSet places = places_of(i);
      for (Place place = 0; place < place_count; ++place) {
        key += static_cast<char>('0' + (places.contains(place) ? 2 : 0) + (unit.is_current[place] ? 1 : 0));
      }
      key += static_cast<char>('0' + static_cast<int>(unit.content));
      key += static_cast<char>('0' + unit.unsure_writer);
    }
    return key;
  }

 private:
  [[nodiscard]] static ByteRange at(std::size_t unit) { return {unit, unit + 1}; }
  [[nodiscard]] static Writer writer_of(Place place) { return place == Coherence::host ? Writer{} : Writer{place, 1}; }

  static void lose(Unit& unit) {
    unit = {};
    unit.content = Unit::Content::lost;
  }

  [[nodiscard]] std::span<Unit> in(const ByteRange& range) {
    return std::span(units_).subspan(range.begin, range.size());
  }
  template <class Test>
  [[nodiscard]] bool any(const ByteRange& range, Test&& test) {
    for (const Unit& unit : in(range)) {
      if (test(unit)) return true;
    }
    return false;
  }

  [[nodiscard]] PlaceSet places_of(std::size_t unit) const {
    // Of a place that has nothing, all that there is is stale.
    const auto stale = coherence_.first_stale(place_count, at(unit));
    return stale ? stale->places : PlaceSet();
  }

  void make_current(Place place, const ByteRange& range) {
    if (place == Coherence::host) return bring_home(range);
    const PlaceSet peers = are_peers_ ? PlaceSet::of(1).with(2) : PlaceSet();
    ByteRange left = range;
    while (const auto stale = coherence_.first_stale(place, left)) {
      const auto source = source_for(stale->places, peers);
      if (!source) bring_home(stale->range);
      copy(source.value_or(Coherence::host), place, stale->range);
      left.begin = stale->range.end;
    }
  }
  void bring_home(const ByteRange& range) {
    ByteRange left = range;
    while (const auto stale = coherence_.first_stale(Coherence::host, left)) {
      copy(stale->places.first(), Coherence::host, stale->range);
      // It was waited for.
      coherence_.note_success(stale->range);
      for (Unit& unit : in(stale->range)) unit.unsure_writer = 0;
      left.begin = stale->range.end;
    }
  }
  void copy(Place from, Place to, const ByteRange& range) {
    for (Unit& unit : in(range)) {
      EXPECT_TRUE(unit.is_current[from]) << "a copy of stale content";
      unit.is_current[to] = unit.is_current[from];
    }
    coherence_.note_copied(to, range);
  }

  Coherence coherence_;
  std::array<Unit, unit_count> units_;
  bool are_peers_;
};

/// Worlds that were not seen before, after everything that may happen to them.
class Exploration {
 public:
  void add(World world) {
    ASSERT_NO_FATAL_FAILURE(world.check());
    if (seen_.insert(world.key()).second) left_.push_back(std::move(world));
  }

  void run() {
    while (!left_.empty() && !testing::Test::HasFailure()) {
      const World world = std::move(left_.front());
      left_.pop_front();
      for (std::uint64_t begin = 0; begin < unit_count; ++begin) {
        for (std::uint64_t end = begin + 1; end <= unit_count; ++end) follow_ranges(world, {begin, end});
      }
      for (Place device = 1; device < place_count; ++device) {
        follow(world, [&](World& next) { next.fail(device); });
        follow(world, [&](World& next) { next.lose_device(device); });
        follow(world, [&](World& next) { next.leave(device); });
      }
    }
  }

  [[nodiscard]] std::size_t state_count() const { return seen_.size(); }

 private:
  template <class Step>
  void follow(const World& world, Step&& step) {
    World next = world;
    step(next);
    add(std::move(next));
  }
  void follow_ranges(const World& world, const ByteRange& range) {
    for (Place place = 0; place < place_count; ++place) {
      for (const Use use : {Use::read, Use::update, Use::overwrite}) {
        follow(world, [&](World& next) { next.use(place, use, range); });
      }
    }
    follow(world, [&](World& next) { next.lose(range); });
  }

  std::set<std::string> seen_;
  std::deque<World> left_;
};

TEST(CoherenceModel, every_reachable_state_is_right) {
  for (const bool are_peers : {false, true}) {
    SCOPED_TRACE(are_peers ? "with devices that reach each other" : "with devices that do not");
    Exploration exploration;
    exploration.add(World(true, are_peers));
    exploration.add(World(false, are_peers));
    exploration.run();
    EXPECT_GT(exploration.state_count(), 500u) << "the exploration stopped early";
    RecordProperty(are_peers ? "states_with_peers" : "states_without", static_cast<int>(exploration.state_count()));
  }
}

}  // namespace
