#include "interned_text.hpp"

#include <mutex>
#include <set>
#include <string>

namespace dotcompute::detail {

std::string_view interned(std::string_view text) {
  struct Texts {
    std::mutex mutex;
    std::set<std::string, std::less<>> all;
  };
  // Never destroyed: reports may outlive every static object.
  static Texts& texts = *new Texts;
  const std::lock_guard lock(texts.mutex);
  if (const auto found = texts.all.find(text); found != texts.all.end()) return *found;
  return *texts.all.emplace(text).first;
}

}  // namespace dotcompute::detail
