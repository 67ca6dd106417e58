#include <dotcompute/device/host_workers.hpp>

#include <atomic>
#include <mutex>

#include <dotcompute/device/process.hpp>

namespace dotcompute {

namespace {

/// Under `process_mutex`, as all of an offer.
constinit HostWorkersOffer* last_offer = nullptr;
/// Counts the uses that ended, for those who wait.
constinit std::atomic<std::uint32_t> ended_uses{0};

}  // namespace

/// The last offer, which does not end meanwhile.
class OfferInUse {
 public:
  OfferInUse() {
    const std::lock_guard lock(process_mutex);
    offer_ = last_offer;
    if (offer_ == nullptr) return;
    forget_parent(*offer_);
    ++offer_->users_;
  }
  OfferInUse(const OfferInUse&) = delete;
  OfferInUse& operator=(const OfferInUse&) = delete;
  ~OfferInUse() {
    if (offer_ == nullptr) return;
    {
      const std::lock_guard lock(process_mutex);
      --offer_->users_;
    }
    // The offer may have ended by now.
    ended_uses.fetch_add(1, std::memory_order_relaxed);
    ended_uses.notify_all();
  }

  [[nodiscard]] HostWorkers* workers() const noexcept { return offer_ == nullptr ? nullptr : &offer_->workers_; }

  /// In a child of fork(): the parent's threads that were using the offer are not there.
  static void forget_parent(HostWorkersOffer& offer) noexcept {
    const std::uint32_t process = this_process.load(std::memory_order_relaxed);
    if (offer.process_ == process) return;
    offer.process_ = process;
    offer.users_ = 0;
  }

 private:
  HostWorkersOffer* offer_ = nullptr;
};

HostWorkersOffer::HostWorkersOffer(HostWorkers& workers)
    : workers_(workers), process_(this_process.load(std::memory_order_relaxed)) {
  notice_forks();
  const std::lock_guard lock(process_mutex);
  before_ = last_offer;
  last_offer = this;
}

HostWorkersOffer::~HostWorkersOffer() {
  for (bool is_first = true;; is_first = false) {
    const std::uint32_t seen = ended_uses.load(std::memory_order_relaxed);
    {
      const std::lock_guard lock(process_mutex);
      if (is_first) {
        HostWorkersOffer** at = &last_offer;
        while (*at != this) at = &(*at)->before_;
        *at = before_;
        OfferInUse::forget_parent(*this);
      }
      if (users_ == 0) return;
    }
    ended_uses.wait(seen, std::memory_order_relaxed);
  }
}

bool share_host_work(const HostWork& work) noexcept {
  const OfferInUse offer;
  return offer.workers() != nullptr && offer.workers()->share(work);
}

}  // namespace dotcompute
