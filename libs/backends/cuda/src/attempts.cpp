#include "attempts.hpp"

namespace dotcompute::cuda {

namespace {

void append(std::string& list, const char* separator, std::string_view item) {
  if (!list.empty()) list += separator;
  list += item;
}

}  // namespace

void Attempts::add(std::string_view path, std::string_view reason) {
  std::string_view rest = reason;
  if (rest.starts_with(path)) {
    rest.remove_prefix(path.size());
    // Another name before it would be that of a library that this one needs.
    if (rest == ": cannot open shared object file: No such file or directory") return append(not_there_, ", ", path);
    return append(others_, "; ", reason);
  }
  append(others_, "; ", std::string(path) + ": " + std::string(reason));
}

std::string Attempts::text() const {
  std::string text = not_there_.empty() ? std::string() : "not there: " + not_there_;
  if (!others_.empty()) append(text, "; ", others_);
  return text;
}

}  // namespace dotcompute::cuda
