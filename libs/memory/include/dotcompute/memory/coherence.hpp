#pragma once

/// Where the current content of a buffer is, with one host and at most one device, and what a use of it there needs
/// first. Values only: what moves the bytes is BufferStorage.

#include <cstdint>
#include <string_view>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

/// Of a UnifiedBuffer.
enum class BufferState : std::uint8_t {
  uninitialized,  ///< It has no content: nothing was written yet, or the launch that wrote it failed.
  host_only,      ///< The host has the content and no device has a copy.
  device_only,    ///< A device has the content and the host never had any.
  synchronized,   ///< The host and a device have the same content.
  host_dirty,     ///< The host has newer content than the device.
  device_dirty,   ///< The device has newer content than the host.
};

/// "host_dirty"
[[nodiscard]] DOTCOMPUTE_API std::string_view text(BufferState state) noexcept;

namespace detail {

enum class Use : std::uint8_t {
  read,
  update,     ///< Reads, and writes some or all.
  overwrite,  ///< Writes all and reads nothing.
};

enum class Transfer : std::uint8_t { none, to_device, to_host };

/// What must be copied before a use, and the state after it.
struct Coherence {
  Transfer transfer = Transfer::none;
  BufferState state = BufferState::uninitialized;
  friend bool operator==(const Coherence&, const Coherence&) = default;
};

[[nodiscard]] constexpr bool device_is_newer(BufferState state) noexcept {
  return state == BufferState::device_only || state == BufferState::device_dirty;
}
[[nodiscard]] constexpr bool host_is_newer(BufferState state) noexcept {
  return state == BufferState::host_only || state == BufferState::host_dirty;
}

[[nodiscard]] constexpr Coherence use_on_host(BufferState state, Use use) noexcept {
  const bool copies = device_is_newer(state) && use != Use::overwrite;
  const Transfer transfer = copies ? Transfer::to_host : Transfer::none;
  if (use == Use::read) return {transfer, copies ? BufferState::synchronized : state};
  const bool is_alone = state == BufferState::uninitialized || state == BufferState::host_only;
  return {transfer, is_alone ? BufferState::host_only : BufferState::host_dirty};
}

[[nodiscard]] constexpr Coherence use_on_device(BufferState state, Use use) noexcept {
  const bool copies = host_is_newer(state) && use != Use::overwrite;
  const Transfer transfer = copies ? Transfer::to_device : Transfer::none;
  if (use == Use::read) return {transfer, copies ? BufferState::synchronized : state};
  const bool is_alone = state == BufferState::uninitialized || state == BufferState::device_only;
  return {transfer, is_alone ? BufferState::device_only : BufferState::device_dirty};
}

/// The device's copy goes and the content stays.
[[nodiscard]] constexpr Coherence leave_device(BufferState state) noexcept {
  if (state == BufferState::uninitialized) return {Transfer::none, state};
  return {device_is_newer(state) ? Transfer::to_host : Transfer::none, BufferState::host_only};
}

}  // namespace detail
}  // namespace dotcompute
