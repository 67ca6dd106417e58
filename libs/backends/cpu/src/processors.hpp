#pragma once

/// Which processor a thread runs on.

namespace dotcompute::cpu {

/// The number of the processor that the calling thread runs on, or -1 where the system does not say.
[[nodiscard]] int this_processor() noexcept;

/// Lets the threads run first that wait for the calling thread's processor.
void yield_processor() noexcept;

/// Puts the calling thread on another processor than this one, of those that it may run on; nothing if there is none.
/// Linux does not look everywhere for an idle processor when it wakes a thread: with few of them it often takes that of
/// the thread which wakes, and the two take turns there for milliseconds.
void leave_processor(int number) noexcept;

}  // namespace dotcompute::cpu
