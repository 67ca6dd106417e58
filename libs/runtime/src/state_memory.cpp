#include <dotcompute/runtime/launch_state.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>
#include <utility>

namespace dotcompute::detail {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallest_class_bytes = 1024;
constexpr std::size_t blocks_at_once = 8;
constexpr std::size_t class_count = 3;  // 1, 2 and 4 KiB; larger states come from the heap each time

class StateCache;

/// Lies in front of each state; as large as the alignment, so that the state is aligned too.
struct alignas(alignment) Block {
  Block* next = nullptr;
  StateCache* owner = nullptr;  ///< Null for a state too large for any class.
  std::size_t size_class = 0;
  Block* made_before = nullptr;  ///< Of the first of several: the first of those that the owner made before.
};
static_assert(sizeof(Block) == alignment);

/// The free blocks of one thread. Other threads push the blocks they release onto `returned_`, which the owner takes
/// over as a whole, so that neither needs a lock.
class StateCache {
 public:
  Block* take(std::size_t size_class) {
    if (free_[size_class] == nullptr) collect_returned();
    Block* const block = free_[size_class];
    if (block == nullptr) return create(size_class);
    free_[size_class] = block->next;
    return block;
  }

  void give_back(Block* block) noexcept {
    block->next = free_[block->size_class];
    free_[block->size_class] = block;
  }

  void give_back_from_elsewhere(Block* block) noexcept {
    block->next = returned_.load(std::memory_order_relaxed);
    while (!returned_.compare_exchange_weak(block->next, block, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

  StateCache* next_idle = nullptr;  ///< In the list of caches whose thread ended.

 private:
  void collect_returned() noexcept {
    if (returned_.load(std::memory_order_relaxed) == nullptr) return;
    Block* block = returned_.exchange(nullptr, std::memory_order_acquire);
    while (block != nullptr) {
      Block* const next = block->next;
      give_back(block);
      block = next;
    }
  }

  /// Makes several blocks and returns one: a state goes back a moment after its Task was taken, when the thread that
  /// completed it lets go, so a thread that launches one after the other needs a few.
  Block* create(std::size_t size_class) {
    const std::size_t stride = sizeof(Block) + (smallest_class_bytes << size_class);
    auto* memory = static_cast<std::byte*>(::operator new(stride * blocks_at_once, std::align_val_t{alignment}));
    for (std::size_t i = 0; i < blocks_at_once; ++i, memory += stride) {
      auto* const block = ::new (static_cast<void*>(memory)) Block;
      block->owner = this;
      block->size_class = size_class;
      if (i == 0) block->made_before = std::exchange(made_last_, block);
      give_back(block);
    }
    Block* const block = free_[size_class];
    free_[size_class] = block->next;
    return block;
  }

  Block* free_[class_count] = {};
  Block* made_last_ = nullptr;  ///< Nobody follows these but tools that look for memory that nothing points to.
  alignas(64) std::atomic<Block*> returned_{nullptr};
};

/// A state may outlive the thread that allocated it, so caches live for ever: the cache of a thread that ended waits
/// here for the next thread.
struct IdleCaches {
  std::mutex mutex;
  StateCache* first = nullptr;
};

IdleCaches& idle_caches() {
  static IdleCaches& caches = *new IdleCaches;
  return caches;
}

constinit thread_local StateCache* this_threads_cache = nullptr;

/// Hands the thread's cache on when the thread ends.
struct CacheReturn {
  ~CacheReturn() {
    IdleCaches& idle = idle_caches();
    const std::lock_guard lock(idle.mutex);
    this_threads_cache->next_idle = idle.first;
    idle.first = this_threads_cache;
    this_threads_cache = nullptr;
  }
};

StateCache& adopt_cache() {
  IdleCaches& idle = idle_caches();
  {
    const std::lock_guard lock(idle.mutex);
    if (idle.first != nullptr) {
      this_threads_cache = idle.first;
      idle.first = idle.first->next_idle;
    }
  }
  if (this_threads_cache == nullptr) this_threads_cache = new StateCache;
  // A launch from a destructor that runs after this one adopts a cache again and leaves it to the end of the process.
  static thread_local const CacheReturn at_thread_end;
  static_cast<void>(at_thread_end);
  return *this_threads_cache;
}

}  // namespace

void* allocate_state(std::size_t size_bytes) {
  std::size_t size_class = 0;
  while (size_class < class_count && (smallest_class_bytes << size_class) < size_bytes) ++size_class;
  if (size_class == class_count) {
    void* const memory = ::operator new(sizeof(Block) + size_bytes, std::align_val_t{alignment});
    return ::new (memory) Block + 1;
  }
  StateCache* const cache = this_threads_cache;
  return (cache != nullptr ? *cache : adopt_cache()).take(size_class) + 1;
}

void free_state(void* memory) noexcept {
  Block* const block = static_cast<Block*>(memory) - 1;
  if (block->owner == nullptr) {
    ::operator delete(block, std::align_val_t{alignment});
  } else if (block->owner == this_threads_cache) {
    block->owner->give_back(block);
  } else {
    block->owner->give_back_from_elsewhere(block);
  }
}

}  // namespace dotcompute::detail
