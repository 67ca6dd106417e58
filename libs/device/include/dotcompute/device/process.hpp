#pragma once

/// Which process this is. The child of a fork() has none of its parent's threads, so whoever has threads compares and
/// begins anew there. For backends on the host.

#include <atomic>
#include <cstdint>
#include <mutex>

namespace dotcompute {

/// Differs between a process and the children that it forks. Changes only in a child, before its fork() returns.
inline constinit std::atomic<std::uint32_t> this_process{1};

/// A number that no process has.
inline constexpr std::uint32_t no_process = 0;

/// For what each process makes once. fork() waits for it, so that a child never finds it locked by a thread that is
/// not there.
inline constinit std::mutex process_mutex;

/// Has forks noticed from now on: those by fork(), not by a bare system call. Throws std::bad_alloc.
void notice_forks();

}  // namespace dotcompute
