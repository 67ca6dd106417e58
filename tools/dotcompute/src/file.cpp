#include "file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include <fcntl.h>
#include <unistd.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

// The system transfers at most 2 GiB per call; smaller pieces cost nothing.
constexpr std::uint64_t transfer_bytes = std::uint64_t{1} << 30;

std::string system_reason(int error) { return std::strerror(error); }

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Creates a new file beside `path`; sets `name` and returns the descriptor, or -1 with errno set.
int create_beside(const std::string& path, std::string& name) {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = fmt::format("{}.{:08x}.tmp", path, random());
    const int descriptor = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  struct stat status{};
  if (stat(path_.c_str(), &status) != 0) {
    throw input_error(fmt::format("cannot read '{}': {}; check the path", path_, system_reason(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw input_error(fmt::format("cannot read '{}': it is not a regular file; check the path", path_));
  }
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) close(descriptor_);
    throw input_error(fmt::format("cannot read '{}': {}; check its permissions", path_, system_reason(error)));
  }
  size_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(std::byte* data, std::uint64_t size_bytes, std::uint64_t offset) const {
  while (size_bytes > 0) {
    const auto got = pread(descriptor_, data, std::min(size_bytes, transfer_bytes), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw input_error(fmt::format("cannot read '{}': {}", path_, system_reason(errno)));
    if (got == 0) throw input_error(fmt::format("'{}' is truncated: it ended at byte {}", path_, offset));
    data += got;
    offset += static_cast<std::uint64_t>(got);
    size_bytes -= static_cast<std::uint64_t>(got);
  }
}

void require_writable(const std::string& path) {
  const std::string directory = directory_of(path);
  struct stat status{};
  if (stat(directory.c_str(), &status) != 0) {
    throw output_error(
        fmt::format("cannot write '{}': directory '{}': {}; create it first", path, directory, system_reason(errno)));
  }
  if (!S_ISDIR(status.st_mode)) {
    throw output_error(fmt::format("cannot write '{}': '{}' is not a directory", path, directory));
  }
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw output_error(
        fmt::format("cannot write '{}': it exists and is not a regular file; choose another name", path));
  }
  // Only an attempt tells: permissions, a read-only file system, a quota.
  std::string name;
  const int descriptor = create_beside(path, name);
  if (descriptor < 0) {
    throw output_error(
        fmt::format("cannot write '{}': no file can be made in '{}': {}", path, directory, system_reason(errno)));
  }
  close(descriptor);
  unlink(name.c_str());
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  descriptor_ = create_beside(path_, temporary_path_);
  if (descriptor_ < 0) {
    temporary_path_.clear();
    fail("create a file beside it");
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void OutputFile::write(const void* data, std::uint64_t size_bytes) {
  const auto* bytes = static_cast<const std::byte*>(data);
  while (size_bytes > 0) {
    const auto written = ::write(descriptor_, bytes, std::min(size_bytes, transfer_bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes += written;
    size_bytes -= static_cast<std::uint64_t>(written);
  }
}

void OutputFile::commit() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (close(descriptor) != 0) fail("close");
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) fail("rename the finished file");
  temporary_path_.clear();
}

void OutputFile::fail(const char* action) const {
  throw output_error(fmt::format("cannot write '{}': {}: {}", path_, action, system_reason(errno)));
}

}  // namespace dotcompute::tool
