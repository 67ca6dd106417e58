#include <dotcompute/memory/stream_marks.hpp>

namespace dotcompute::detail {

namespace {

void wait_for(const StreamMark& mark) noexcept {
  try {
    if (!mark.is_reached()) mark.wait();
  } catch (...) {
    // Whoever launched on a stream that failed is told.
  }
}

}  // namespace

void StreamMarks::add(const StreamMark& mark) noexcept {
  if (mark.stream == nullptr) return;
  for (StreamMark& known : all()) {
    if (known.stream != mark.stream) continue;
    known.point = std::max(known.point, mark.point);
    return;
  }
  if (count_ >= few_.size()) prune();
  if (count_ < few_.size() && many_.empty()) {
    few_[count_++] = mark;
    return;
  }
  try {
    if (many_.empty()) many_.assign(few_.begin(), few_.end());
    many_.push_back(mark);
    count_ = many_.size();
  } catch (...) {
    wait_for(mark);
  }
}

bool StreamMarks::prune() noexcept {
  const std::span<StreamMark> known = all();
  const auto left =
      std::remove_if(known.begin(), known.end(), [](const StreamMark& mark) { return mark.is_reached(); });
  count_ = static_cast<std::size_t>(left - known.begin());
  if (!many_.empty()) {
    many_.resize(count_);
    if (count_ <= few_.size()) {
      std::ranges::copy(many_, few_.begin());
      many_.clear();
    }
  }
  return count_ == 0;
}

void StreamMarks::wait() noexcept {
  for (const StreamMark& mark : marks()) wait_for(mark);
  clear();
}

void StreamMarks::clear() noexcept {
  count_ = 0;
  many_.clear();
}

}  // namespace dotcompute::detail
