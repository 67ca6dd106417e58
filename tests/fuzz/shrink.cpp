#include "shrink.hpp"

#include <rapidcheck.h>

namespace fuzz {

namespace {

constexpr std::size_t kernels_at_once = 12;

/// As many of the sequence as are judged together.
std::vector<rc::Shrinkable<Kernel>> take(rc::Seq<rc::Shrinkable<Kernel>>& sequence) {
  std::vector<rc::Shrinkable<Kernel>> taken;
  while (taken.size() < kernels_at_once) {
    rc::Maybe<rc::Shrinkable<Kernel>> next = sequence.next();
    if (!next) break;
    taken.push_back(std::move(*next));
  }
  return taken;
}

}  // namespace

Shrunk shrink(const Kernel& kernel, const Finding& finding, Judge& judge,
              std::chrono::steady_clock::time_point deadline) {
  Shrunk best{kernel, finding};
  rc::Seq<rc::Shrinkable<Kernel>> candidates = rc::shrinkable::shrinkRecur(kernel, [](const Kernel& each) {
                                                 return rc::seq::fromContainer(smaller(each));
                                               }).shrinks();
  while (std::chrono::steady_clock::now() < deadline) {
    const std::vector<rc::Shrinkable<Kernel>> batch = take(candidates);
    if (batch.empty()) break;
    std::vector<Kernel> kernels;
    for (const rc::Shrinkable<Kernel>& each : batch) kernels.push_back(each.value());
    const std::vector<std::optional<Finding>> findings = judge.judge(kernels);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      if (!findings[k] || !findings[k]->is_like(finding)) continue;
      best = {kernels[k], *findings[k]};
      candidates = batch[k].shrinks();
      break;
    }
  }
  return best;
}

}  // namespace fuzz
