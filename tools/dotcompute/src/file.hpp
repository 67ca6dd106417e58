#pragma once

/// Reading a whole regular file by position, and writing one so that it appears complete or not at all.

#include <cstddef>
#include <cstdint>
#include <string>

namespace dotcompute::tool {

/// A file opened for reading. Errors are ToolErrors with status `input`.
class InputFile {
 public:
  /// Throws if the file is missing, cannot be read or is not a regular file.
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_bytes_; }

  /// Reads exactly `size_bytes` at `offset`; throws if the file ends before.
  void read(std::byte* data, std::uint64_t size_bytes, std::uint64_t offset) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

/// Throws ToolError (output) now, rather than after long work, if a file cannot be made at `path`.
void require_writable(const std::string& path);

/// A file being written beside its target under a temporary name; `commit` gives it its name. Destroyed before that,
/// it leaves nothing behind. Errors are ToolErrors with status `output`.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  void write(const void* data, std::uint64_t size_bytes);
  void commit();

 private:
  [[noreturn]] void fail(const char* action) const;

  std::string path_;
  std::string temporary_path_;
  int descriptor_ = -1;
};

}  // namespace dotcompute::tool
