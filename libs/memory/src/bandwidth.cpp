#include <dotcompute/memory/bandwidth.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <dotcompute/memory/peer_transfer.hpp>

namespace dotcompute::detail {

namespace {

constexpr std::uint64_t usual_bytes = std::uint64_t{16} << 20;
constexpr int rounds = 3;

/// Enough for the fixed costs to vanish, and little beside what the devices have.
std::uint64_t measured_bytes(const DeviceSession* from, const DeviceSession* to) {
  std::uint64_t bytes = usual_bytes;
  for (const DeviceSession* session : {from, to}) {
    if (session == nullptr) continue;
    const DeviceLimits& limits = session->accelerator().info().limits;
    if (limits.largest_allocation_bytes != 0) bytes = std::min(bytes, limits.largest_allocation_bytes / 4);
    if (limits.memory_bytes != 0) bytes = std::min(bytes, limits.memory_bytes / 16);
  }
  return std::max<std::uint64_t>(bytes, 4096);
}

/// One end of the way.
struct End {
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  /// Where something failed, the rest of it may be under way.
  ~End() {
    try {
      if (block) stream->stream().wait(behind_all());
    } catch (...) {
      // A stream that failed uses nothing any more.
    }
  }
  End(DeviceSession* on, std::uint64_t size_bytes) : session(on) {
    if (session == nullptr) {
      host.resize(size_bytes);
    } else {
      session->check_process();
      stream = &session->stream();
      block = session->memory().allocate(size_bytes, stream);
      const std::lock_guard lock(stream->mutex());
      block.order(*stream);
    }
  }

  [[nodiscard]] StreamPoint behind_all() const {
    const std::lock_guard lock(stream->mutex());
    return stream->stream().read({}, block.memory(), 0);
  }

  DeviceSession* session;
  std::vector<std::byte> host;
  PoolBlock block;
  SharedStream* stream = nullptr;  ///< The session's, which what is staged for it may remember.
};

void copy_once(End& from, End& to, std::uint64_t size_bytes) {
  if (from.session == nullptr) {
    StreamPoint point = 0;
    {
      const std::lock_guard lock(to.stream->mutex());
      point = write_staged(to.session->chunks(), {*to.stream, to.block.memory()}, from.host);
    }
    to.stream->stream().wait(point);
  } else if (to.session == nullptr) {
    read_staged(from.session->chunks(), to.host, {*from.stream, from.block.memory()});
  } else {
    transfer(to.session->chunks(), {*to.stream, to.block.memory()}, {*from.stream, from.block.memory()},
             {.size_bytes = size_bytes})
        .wait();
  }
}

}  // namespace

double measure_bytes_per_ns(DeviceSession* from, DeviceSession* to) {
  if (from == nullptr && to == nullptr) return std::numeric_limits<double>::infinity();
  const std::uint64_t size_bytes = measured_bytes(from, to);
  End source(from, size_bytes);
  End target(to, size_bytes);
  if (source.stream != nullptr) {
    // Memory that nobody wrote may not be there yet.
    const std::vector<std::byte> zeros(size_bytes);
    StreamPoint written = 0;
    {
      const std::lock_guard lock(source.stream->mutex());
      written = source.stream->stream().write(source.block.memory(), 0, zeros);
    }
    source.stream->stream().wait(written);
  }
  double best = 0;
  for (int round = 0; round <= rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    copy_once(source, target, size_bytes);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
    // The first one finds pages and buffers that are not there yet.
    if (round != 0) best = std::max(best, static_cast<double>(size_bytes) / std::max(time.count(), 1.0));
  }
  return best;
}

double Bandwidths::find(const DeviceSession* from, const DeviceSession* to) const noexcept {
  for (const Entry* entry = first_.load(std::memory_order_acquire); entry != nullptr; entry = entry->next) {
    if (entry->from == from && entry->to == to) return entry->bytes_per_ns;
  }
  return 0;
}

double Bandwidths::get(DeviceSession* from, DeviceSession* to) {
  const std::lock_guard lock(mutex_);
  if (const double known = find(from, to); known > 0) return known;
  const double measured = measure_bytes_per_ns(from, to);
  add({from, to, measured, nullptr});
  return measured;
}

void Bandwidths::note(const DeviceSession* from, const DeviceSession* to, double bytes_per_ns) {
  const std::lock_guard lock(mutex_);
  add({from, to, bytes_per_ns, nullptr});
}

void Bandwidths::add(const Entry& entry) {
  Entry& added = entries_.emplace_back(entry);
  added.next = first_.load(std::memory_order_relaxed);
  first_.store(&added, std::memory_order_release);
}

}  // namespace dotcompute::detail
