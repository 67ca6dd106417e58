#include "array.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

#include <unistd.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

// No type of C++ needs more, and vectors of 64 bytes exist.
constexpr std::uint64_t alignment_bytes = 64;

std::uint64_t page_bytes() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

/// What the system says can be had without swapping; all of its memory if it does not say.
std::uint64_t available_memory_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::string unit;
  std::uint64_t kibibytes = 0;
  while (file >> name >> kibibytes && std::getline(file, unit)) {
    if (name == "MemAvailable:") return kibibytes * 1024;
  }
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * page_bytes();
}

}  // namespace

Bytes::Bytes(std::uint64_t size_bytes, const std::string& purpose) {
  if (size_bytes == 0) return;
  // Asked first: the system promises more memory than it has and ends the process when the promise falls due.
  const std::uint64_t available = available_memory_bytes();
  void* mapping = MAP_FAILED;
  const std::uint64_t page = page_bytes();
  std::uint64_t usable = 0;
  if (size_bytes <= available) {
    usable = (size_bytes + page - 1) / page * page;
    mapping = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (mapping == MAP_FAILED) {
    throw input_error(fmt::format("{} needs {} bytes of memory, and this machine has {} left; use a smaller array",
                                  purpose, size_bytes, available));
  }
  auto* const begin = static_cast<std::byte*>(mapping);
  mprotect(begin + usable, page, PROT_NONE);
  const std::uint64_t aligned = (size_bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
  memory_ = std::unique_ptr<std::byte[], Unmap>(begin + usable - aligned, Unmap{size_bytes, begin, usable + page});
}

Bytes Bytes::copy(const std::string& purpose) const {
  Bytes result(size(), purpose);
  if (size() != 0) std::memcpy(result.data(), data(), size());
  return result;
}

void Bytes::touch() const {
  const std::uint64_t page = page_bytes();
  for (std::uint64_t offset = 0; offset < size(); offset += page) {
    static_cast<volatile std::byte*>(data())[offset] = data()[offset];
  }
}

void Unmap::operator()(std::byte*) const noexcept { munmap(mapping, mapping_size_bytes); }

std::uint64_t Array::count() const noexcept {
  std::uint64_t product = 0;
  return multiply(shape, product) ? product : 0;
}

std::vector<std::uint64_t> Array::grid_shape() const {
  if (is_image && shape.size() >= 2) return {shape[1], shape[0]};
  return {shape.rbegin(), shape.rend()};
}

bool multiply(const std::vector<std::uint64_t>& lengths, std::uint64_t& product) noexcept {
  product = 1;
  if (std::find(lengths.begin(), lengths.end(), 0U) != lengths.end()) {
    product = 0;
    return true;
  }
  for (const std::uint64_t length : lengths) {
    if (__builtin_mul_overflow(product, length, &product)) return false;
  }
  return true;
}

std::string describe_shape(const std::vector<std::uint64_t>& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape.front());
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace dotcompute::tool
