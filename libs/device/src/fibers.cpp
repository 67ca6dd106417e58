#include <dotcompute/device/fibers.hpp>

#include <unistd.h>
#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>
#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "sanitizer_fibers.hpp"

namespace dotcompute {

namespace {

namespace context = boost::context::detail;

/// A kernel's variables take 256 KiB in each of its functions at most; what is not touched takes no memory.
constexpr std::size_t stack_bytes = std::size_t{1} << 20;

/// Memory with a page below it that must not be touched.
class Stack {
 public:
  Stack() : guard_bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    memory_ = mmap(nullptr, guard_bytes_ + stack_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) throw_no_memory();
    if (mprotect(bottom(), stack_bytes, PROT_READ | PROT_WRITE) != 0) {
      munmap(memory_, guard_bytes_ + stack_bytes);
      throw_no_memory();
    }
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() { munmap(memory_, guard_bytes_ + stack_bytes); }

  [[nodiscard]] std::byte* bottom() const noexcept { return static_cast<std::byte*>(memory_) + guard_bytes_; }
  [[nodiscard]] std::byte* top() const noexcept { return bottom() + stack_bytes; }

 private:
  [[noreturn]] static void throw_no_memory() {
    throw OutOfMemoryError(
        Remedy::retry,
        fmt::format("no memory for the {} KiB stack of a work-item; launch in smaller groups", stack_bytes / 1024));
  }

  std::size_t guard_bytes_;
  void* memory_ = nullptr;
};

}  // namespace

struct Fibers::Fiber {
  enum class State { running, waiting, ended };

  Stack stack;
  sanitizers::KnownStack known{stack.bottom(), stack.top()};
  context::fcontext_t place = nullptr;  ///< Where it goes on.
  State state = State::ended;
  unsigned line = 0;  ///< Of the barrier it waits at.
  std::uint64_t index = 0;
  Fibers* owner = nullptr;
  bool is_leaving = false;  ///< Its next switch is its last.
  void* fake_stack = nullptr;
  sanitizers::ThreadFiber thread_fiber;
};

Fibers::Fibers() noexcept
    : table_{this,
             [](void* self, std::uint64_t count, void (*item)(void*, std::uint64_t), void* argument) {
               return static_cast<Fibers*>(self)->run(count, item, argument);
             },
             [](void* self, unsigned line) { static_cast<Fibers*>(self)->wait(line); }} {}

Fibers::~Fibers() {
  thread_fiber_ = sanitizers::current_thread_fiber();
  for (const std::unique_ptr<Fiber>& fiber : fibers_) {
    // What AddressSanitizer keeps for a stack is given back by the last switch from it.
    if (fiber->fake_stack == nullptr || fiber->state != Fiber::State::ended) continue;
    fiber->is_leaving = true;
    switch_to(*fiber);
  }
}

void Fibers::prepare(std::uint64_t items, bool waits) {
  problem_.reset();
  waits_ = waits;
  if (!waits) return;
  while (fibers_.size() < items) {
    fibers_.push_back(std::make_unique<Fiber>());
    fibers_.back()->owner = this;
  }
}

/// What a new fiber begins with: it is handed itself.
static void enter_fiber(context::transfer_t transfer) noexcept;

void Fibers::start(Fiber& fiber, std::uint64_t index) {
  if (fiber.place == nullptr || fiber.state != Fiber::State::ended) {
    // Its first use, or that after a group that could not end and left its stacks as they were.
    sanitizers::forget(fiber.stack.bottom(), stack_bytes);
    fiber.thread_fiber.renew();
    fiber.place = context::make_fcontext(fiber.stack.top(), stack_bytes, enter_fiber);
    fiber.fake_stack = nullptr;
  }
  fiber.state = Fiber::State::running;
  fiber.index = index;
}

void Fibers::switch_to(Fiber& fiber) noexcept {
  current_ = &fiber;
  sanitizers::before_switch(&thread_fake_stack_, fiber.stack.bottom(), stack_bytes);
  sanitizers::switch_thread_fiber(fiber.thread_fiber.get());
  const context::transfer_t back = context::jump_fcontext(fiber.place, &fiber);
  sanitizers::after_switch(thread_fake_stack_, nullptr, nullptr);
  fiber.place = back.fctx;
}

void Fibers::switch_back(bool is_last) noexcept {
  Fiber& fiber = *current_;
  sanitizers::before_switch(is_last ? nullptr : &fiber.fake_stack, thread_stack_, thread_stack_bytes_);
  sanitizers::switch_thread_fiber(thread_fiber_);
  const context::transfer_t back = context::jump_fcontext(thread_, nullptr);
  thread_ = back.fctx;
  sanitizers::after_switch(fiber.fake_stack, &thread_stack_, &thread_stack_bytes_);
}

void Fibers::begin(void* thread) noexcept {
  thread_ = thread;
  sanitizers::after_switch(nullptr, &thread_stack_, &thread_stack_bytes_);
  Fiber& fiber = *current_;
  // It rests from its item's end to the next group's start: ThreadSanitizer would never see the end of a function that
  // is left for good.
  while (!fiber.is_leaving) {
    item_(argument_, fiber.index);
    fiber.state = Fiber::State::ended;
    switch_back(false);
  }
  switch_back(true);
}

static void enter_fiber(context::transfer_t transfer) noexcept { Fibers::enter(transfer.fctx, transfer.data); }

void Fibers::enter(void* thread, void* fiber) noexcept { static_cast<Fiber*>(fiber)->owner->begin(thread); }

void Fibers::wait(unsigned line) noexcept {
  current_->state = Fiber::State::waiting;
  current_->line = line;
  switch_back(false);
}

int Fibers::run(std::uint64_t count, void (*item)(void*, std::uint64_t), void* argument) {
  if (!waits_) {
    for (std::uint64_t i = 0; i < count; ++i) item(argument, i);
    return 0;
  }
  item_ = item;
  argument_ = argument;
  thread_fiber_ = sanitizers::current_thread_fiber();
  for (std::uint64_t i = 0; i < count; ++i) start(*fibers_[i], i);
  for (;;) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (fibers_[i]->state != Fiber::State::ended) switch_to(*fibers_[i]);
    }
    const Fiber& first = *fibers_[0];
    for (std::uint64_t i = 1; i < count; ++i) {
      const Fiber& other = *fibers_[i];
      if (other.state == first.state && (first.state == Fiber::State::ended || other.line == first.line)) continue;
      const auto describe = [](const Fiber& fiber) {
        return fiber.state == Fiber::State::ended ? std::string("has ended")
                                                  : fmt::format("waits at the barrier in line {}", fiber.line);
      };
      problem_ = fmt::format(
          "work-item {} of a group {} while work-item {} {}: every item of a group must come by the "
          "same barriers",
          first.index, describe(first), other.index, describe(other));
      return 1;
    }
    if (first.state == Fiber::State::ended) return 0;
  }
}

Fibers& fibers_of_thread() {
  static thread_local Fibers fibers;
  return fibers;
}

}  // namespace dotcompute
