#pragma once

/// Which processors a thread may run on, and which it runs on.

#include <span>
#include <vector>

namespace dotcompute::cpu {

/// The numbers of the processors that the calling thread may run on, ascending; as many as there are, where the system
/// does not say. Never empty.
[[nodiscard]] std::vector<unsigned> usable_processors();

/// Lets the calling thread run on these processors only (not empty). False where the system refuses, and all is as it
/// was.
bool bind_to(std::span<const unsigned> processors) noexcept;

/// The number of the processor that the calling thread runs on, or -1 where the system does not say.
[[nodiscard]] int this_processor() noexcept;

/// Lets the threads run first that wait for the calling thread's processor.
void yield_processor() noexcept;

/// Puts the calling thread on another processor than this one, of those that it may run on; nothing if there is none.
/// Linux does not look everywhere for an idle processor when it wakes a thread: with few of them it often takes that of
/// the thread which wakes, and the two take turns there for milliseconds.
void leave_processor(int number) noexcept;

}  // namespace dotcompute::cpu
