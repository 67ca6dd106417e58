#include <dotcompute/memory/coherence.hpp>

#include <string>

#include <gtest/gtest.h>

namespace {

using dotcompute::BufferState;
using dotcompute::text;
using dotcompute::detail::Coherence;
using dotcompute::detail::leave_device;
using dotcompute::detail::Transfer;
using dotcompute::detail::Use;
using dotcompute::detail::use_on_device;
using dotcompute::detail::use_on_host;
using enum dotcompute::BufferState;

struct Row {
  BufferState before;
  Coherence after;
};

std::string named(const Coherence& coherence) {
  return std::to_string(static_cast<int>(coherence.transfer)) + " " + std::string(text(coherence.state));
}

void expect_rows(const Row (&rows)[6], Coherence (*step)(BufferState)) {
  for (const Row& row : rows) EXPECT_EQ(named(step(row.before)), named(row.after)) << "from " << text(row.before);
}

TEST(Coherence, a_read_on_the_host_copies_home_what_the_device_alone_has) {
  expect_rows({{uninitialized, {Transfer::none, uninitialized}},
               {host_only, {Transfer::none, host_only}},
               {device_only, {Transfer::to_host, synchronized}},
               {synchronized, {Transfer::none, synchronized}},
               {host_dirty, {Transfer::none, host_dirty}},
               {device_dirty, {Transfer::to_host, synchronized}}},
              [](BufferState state) { return use_on_host(state, Use::read); });
}

TEST(Coherence, an_update_on_the_host_copies_home_and_makes_the_device_stale) {
  expect_rows({{uninitialized, {Transfer::none, host_only}},
               {host_only, {Transfer::none, host_only}},
               {device_only, {Transfer::to_host, host_dirty}},
               {synchronized, {Transfer::none, host_dirty}},
               {host_dirty, {Transfer::none, host_dirty}},
               {device_dirty, {Transfer::to_host, host_dirty}}},
              [](BufferState state) { return use_on_host(state, Use::update); });
}

TEST(Coherence, an_overwrite_on_the_host_copies_nothing) {
  expect_rows({{uninitialized, {Transfer::none, host_only}},
               {host_only, {Transfer::none, host_only}},
               {device_only, {Transfer::none, host_dirty}},
               {synchronized, {Transfer::none, host_dirty}},
               {host_dirty, {Transfer::none, host_dirty}},
               {device_dirty, {Transfer::none, host_dirty}}},
              [](BufferState state) { return use_on_host(state, Use::overwrite); });
}

TEST(Coherence, a_read_on_the_device_copies_what_the_host_has_newer) {
  expect_rows({{uninitialized, {Transfer::none, uninitialized}},
               {host_only, {Transfer::to_device, synchronized}},
               {device_only, {Transfer::none, device_only}},
               {synchronized, {Transfer::none, synchronized}},
               {host_dirty, {Transfer::to_device, synchronized}},
               {device_dirty, {Transfer::none, device_dirty}}},
              [](BufferState state) { return use_on_device(state, Use::read); });
}

TEST(Coherence, an_update_on_the_device_copies_what_the_host_has_newer_and_makes_it_stale) {
  expect_rows({{uninitialized, {Transfer::none, device_only}},
               {host_only, {Transfer::to_device, device_dirty}},
               {device_only, {Transfer::none, device_only}},
               {synchronized, {Transfer::none, device_dirty}},
               {host_dirty, {Transfer::to_device, device_dirty}},
               {device_dirty, {Transfer::none, device_dirty}}},
              [](BufferState state) { return use_on_device(state, Use::update); });
}

TEST(Coherence, an_overwrite_on_the_device_copies_nothing) {
  expect_rows({{uninitialized, {Transfer::none, device_only}},
               {host_only, {Transfer::none, device_dirty}},
               {device_only, {Transfer::none, device_only}},
               {synchronized, {Transfer::none, device_dirty}},
               {host_dirty, {Transfer::none, device_dirty}},
               {device_dirty, {Transfer::none, device_dirty}}},
              [](BufferState state) { return use_on_device(state, Use::overwrite); });
}

TEST(Coherence, leaving_the_device_brings_home_what_it_alone_has) {
  expect_rows({{uninitialized, {Transfer::none, uninitialized}},
               {host_only, {Transfer::none, host_only}},
               {device_only, {Transfer::to_host, host_only}},
               {synchronized, {Transfer::none, host_only}},
               {host_dirty, {Transfer::none, host_only}},
               {device_dirty, {Transfer::to_host, host_only}}},
              leave_device);
}

}  // namespace
