#pragma once

/// The threads of a backend on the host, for rooms that do not know it: they write large memory as launches will use
/// it, so that each page comes to lie near the thread that works on it.

#include <cstdint>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

/// Work on the elements of an array in the host's memory, which any thread may do for any part of them.
struct HostWork {
  /// Works on the elements from `begin` up to `end`.
  void (*run)(const void* context, std::uint64_t begin, std::uint64_t end) noexcept = nullptr;
  const void* context = nullptr;
  std::uint64_t count = 0;          ///< Of elements.
  std::uint64_t element_bytes = 1;  ///< Not 0.
};

/// Implemented by a backend on the host, and offered to the process.
class HostWorkers {
 public:
  /// Does the work on several threads, divided as a launch over as many items is, and returns when all is done; false
  /// where the calling thread does it as well alone, and nothing is done. Thread-safe.
  [[nodiscard]] virtual bool share(const HostWork& work) noexcept = 0;

 protected:
  ~HostWorkers() = default;
};

/// Offers workers to the process as long as it lives. Ending it waits for those who use them. Where there are several
/// offers, the last one counts. Thread-safe.
class HostWorkersOffer {
 public:
  /// `workers` live longer. Throws std::bad_alloc.
  explicit HostWorkersOffer(HostWorkers& workers);
  HostWorkersOffer(const HostWorkersOffer&) = delete;
  HostWorkersOffer& operator=(const HostWorkersOffer&) = delete;
  ~HostWorkersOffer();

 private:
  friend class OfferInUse;
  HostWorkers& workers_;
  HostWorkersOffer* before_ = nullptr;
  std::uint32_t users_ = 0;
  std::uint32_t process_ = 0;  ///< That the users belong to.
};

/// Has the workers on offer do the work; false where there are none or they leave it to the caller. Thread-safe.
[[nodiscard]] DOTCOMPUTE_API bool share_host_work(const HostWork& work) noexcept;

}  // namespace dotcompute
