#pragma once

/// Sources of memory for tests of pools.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <dotcompute/memory/memory_source.hpp>

namespace dotcompute::test {

/// Counts, and has no memory behind its blocks unless it is asked for.
class CountingSource final : public MemorySource {
 public:
  explicit CountingSource(bool has_bytes = false) noexcept : has_bytes_(has_bytes) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "test:0"; }
  [[nodiscard]] std::unique_ptr<SourceMemory> allocate(std::uint64_t size_bytes, std::string& why_not) override {
    if (used_bytes + size_bytes > most_bytes) {
      why_not = "the source is empty";
      return nullptr;
    }
    ++allocations;
    return std::make_unique<Memory>(*this, size_bytes);
  }

  std::atomic<std::uint64_t> most_bytes{std::numeric_limits<std::uint64_t>::max() / 2};
  std::atomic<std::uint64_t> used_bytes{0};
  std::atomic<std::uint64_t> allocations{0};

 private:
  class Memory final : public SourceMemory {
   public:
    Memory(CountingSource& source, std::uint64_t size_bytes)
        : source_(source),
          size_bytes_(size_bytes),
          bytes_(source.has_bytes_ ? std::make_unique<std::byte[]>(size_bytes) : nullptr) {
      source_.used_bytes += size_bytes_;
    }
    ~Memory() override { source_.used_bytes -= size_bytes_; }
    [[nodiscard]] std::byte* host() const noexcept override { return bytes_.get(); }

   private:
    CountingSource& source_;
    std::uint64_t size_bytes_;
    std::unique_ptr<std::byte[]> bytes_;
  };

  bool has_bytes_;
};

}  // namespace dotcompute::test
