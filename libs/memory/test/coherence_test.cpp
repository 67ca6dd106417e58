#include <dotcompute/memory/coherence.hpp>

#include <string>

#include <gtest/gtest.h>

namespace {

using dotcompute::BufferState;
using dotcompute::text;
using dotcompute::detail::ByteRange;
using dotcompute::detail::Coherence;
using dotcompute::detail::Place;
using dotcompute::detail::PlaceSet;
using dotcompute::detail::source_for;
using dotcompute::detail::Writer;
using enum dotcompute::BufferState;

constexpr Place host = Coherence::host;
constexpr Place first_device = 1;
constexpr Place second_device = 2;
constexpr ByteRange whole{0, 100};
constexpr ByteRange front{0, 40};
constexpr ByteRange back{40, 100};

PlaceSet places(std::initializer_list<Place> all) {
  PlaceSet set;
  for (const Place place : all) set = set.with(place);
  return set;
}

TEST(Coherence, has_the_six_states_of_one_host_and_one_device) {
  Coherence fresh(100, false);
  EXPECT_EQ(fresh.state(), uninitialized);
  fresh.note_write(first_device, whole);
  EXPECT_EQ(fresh.state(), device_only);
  fresh.note_copied(host, whole);
  EXPECT_EQ(fresh.state(), synchronized);
  Coherence made(100, true);
  EXPECT_EQ(made.state(), host_only);
  made.note_copied(first_device, whole);
  EXPECT_EQ(made.state(), synchronized);
  made.note_write(host, whole);
  EXPECT_EQ(made.state(), host_dirty);
  made.note_write(first_device, whole);
  EXPECT_EQ(made.state(), device_dirty);
  made.note_copied(host, whole);
  made.drop(first_device);
  EXPECT_EQ(made.state(), host_only);
  made.lose(whole, 1);
  EXPECT_EQ(made.state(), uninitialized);
  EXPECT_EQ(text(device_dirty), "device_dirty");
}

TEST(Coherence, of_several_devices_one_that_is_current_is_enough_to_be_synchronized) {
  Coherence coherence(100, true);
  coherence.note_copied(first_device, whole);
  coherence.note_copied(second_device, whole);
  EXPECT_EQ(coherence.state(), synchronized);
  coherence.note_write(second_device, whole);
  EXPECT_EQ(coherence.state(), device_dirty);
  coherence.note_copied(host, whole);
  EXPECT_EQ(coherence.state(), synchronized);
  EXPECT_TRUE(coherence.first_stale(first_device, whole).has_value());
}

TEST(Coherence, a_part_that_only_a_device_has_makes_the_device_the_newer_one) {
  Coherence coherence(100, true);
  coherence.note_copied(first_device, front);
  EXPECT_EQ(coherence.state(), host_dirty) << "the device lacks the rest";
  coherence.note_write(first_device, front);
  EXPECT_EQ(coherence.state(), device_dirty);
  coherence.note_copied(first_device, back);
  EXPECT_EQ(coherence.state(), device_dirty);
  coherence.note_copied(host, front);
  EXPECT_EQ(coherence.state(), synchronized);
}

TEST(Coherence, finds_what_a_place_lacks_one_part_after_the_other) {
  Coherence coherence(100, true);
  coherence.note_write(first_device, {20, 30});
  coherence.note_write(first_device, {60, 70});
  const auto stale = coherence.first_stale(host, {25, 100});
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(stale->range, (ByteRange{25, 30}));
  EXPECT_EQ(stale->places, places({first_device}));
  EXPECT_EQ(coherence.first_stale(host, {30, 100})->range, (ByteRange{60, 70}));
  EXPECT_FALSE(coherence.first_stale(host, {30, 60}).has_value());
  EXPECT_EQ(coherence.first_stale(first_device, whole)->range, (ByteRange{0, 20}));
  EXPECT_EQ(coherence.first_sole(first_device, whole), (ByteRange{20, 30}));
  EXPECT_EQ(coherence.first_sole(first_device, {30, 60}), std::nullopt);
  EXPECT_FALSE(coherence.is_all_at(host));
}

TEST(Coherence, parts_in_the_same_places_are_found_as_one_whoever_wrote_them) {
  Coherence coherence(100, false);
  coherence.note_write(first_device, front, {1, 5});
  coherence.note_write(first_device, back, {1, 6});
  EXPECT_EQ(coherence.first_stale(host, whole)->range, whole);
}

TEST(Coherence, without_content_there_is_nothing_to_copy) {
  Coherence coherence(100, false);
  EXPECT_FALSE(coherence.first_stale(first_device, whole).has_value());
  coherence.note_write(host, front);
  EXPECT_EQ(coherence.first_stale(first_device, whole)->range, front);
  EXPECT_EQ(coherence.state(), host_only);
  EXPECT_FALSE(coherence.is_all_at(host)) << "a write of the rest must not pass unnoticed";
}

TEST(Coherence, a_failed_write_takes_what_was_not_written_again_and_nothing_else) {
  constexpr Writer failed{3, 7};
  Coherence coherence(100, true);
  coherence.note_write(first_device, whole, failed);
  coherence.note_write(first_device, front, {3, 8});
  coherence.note_write(host, {90, 100});
  coherence.lose_written(failed, 1);
  EXPECT_EQ(coherence.first_lost(whole)->range, (ByteRange{40, 90}));
  EXPECT_EQ(coherence.first_lost(whole)->loss, 1u);
  EXPECT_EQ(coherence.first_lost(front), std::nullopt);
  EXPECT_TRUE(coherence.has_loss());
  coherence.note_write(host, {30, 95});
  EXPECT_FALSE(coherence.has_loss());
}

TEST(Coherence, a_write_that_is_known_to_have_succeeded_is_not_lost) {
  Coherence coherence(100, true);
  coherence.note_write(first_device, whole, {3, 7});
  coherence.note_success(front);
  coherence.lose_written({3, 7}, 1);
  EXPECT_EQ(coherence.first_lost(whole)->range, back);
}

TEST(Coherence, a_place_that_turns_out_not_to_have_it_loses_what_nobody_else_has) {
  Coherence coherence(100, true);
  coherence.note_copied(first_device, whole);
  coherence.note_write(first_device, back, {1, 1});
  coherence.lose_at(first_device, whole, 2);
  EXPECT_EQ(coherence.first_lost(whole)->range, back);
  EXPECT_EQ(coherence.first_stale(first_device, whole)->range, front);
}

TEST(Coherence, losses_for_different_reasons_are_told_apart) {
  Coherence coherence(100, true);
  coherence.lose(front, 1);
  coherence.lose(back, 2);
  EXPECT_EQ(coherence.first_lost(whole)->range, front);
  EXPECT_EQ(coherence.first_lost({50, 60})->loss, 2u);
}

TEST(Coherence, counts_writes) {
  Coherence coherence(100, true);
  EXPECT_EQ(coherence.version(), 0u);
  coherence.note_write(first_device, front);
  coherence.note_copied(host, whole);
  coherence.note_write(host, whole);
  EXPECT_EQ(coherence.version(), 2u);
}

TEST(Coherence, a_source_is_the_host_else_a_device_in_reach_else_none) {
  EXPECT_EQ(source_for(places({host, first_device}), places({first_device})), host);
  EXPECT_EQ(source_for(places({first_device, second_device}), places({second_device})), second_device);
  EXPECT_EQ(source_for(places({first_device}), places({second_device})), std::nullopt);
}

}  // namespace
