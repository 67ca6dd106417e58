#include "npy_file.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "npy_header.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::uint64_t magic_bytes = 6;
constexpr std::uint64_t longest_header_bytes = std::uint64_t{16} << 20;

struct Located {
  NpyHeader header;
  std::uint64_t data_offset = 0;
};

Located read_header(const InputFile& file) {
  std::byte prefix[12] = {};
  const std::string& path = file.path();
  if (file.size() < 10) {
    throw input_error(fmt::format("'{}' is truncated: it has {} bytes, less than a .npy header", path, file.size()));
  }
  file.read(prefix, 10, 0);
  const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(prefix[i]); };
  const std::uint64_t major = byte(6);
  if (major < 1 || major > 3 || byte(7) != 0) {
    throw input_error(
        fmt::format("'{}' is of .npy format {}.{}; this program reads 1.0, 2.0 and 3.0", path, major, byte(7)));
  }
  std::uint64_t offset = 10;
  std::uint64_t length = byte(8) | byte(9) << 8;
  if (major > 1) {
    offset = 12;
    if (file.size() < offset) {
      throw input_error(fmt::format("'{}' is truncated: it has {} bytes, less than a .npy header", path, file.size()));
    }
    file.read(prefix + 10, 2, 10);
    length |= byte(10) << 16 | byte(11) << 24;
  }
  if (length > file.size() - offset) {
    throw input_error(fmt::format("'{}' is truncated: its header announces {} bytes, but {} follow", path, length,
                                  file.size() - offset));
  }
  if (length > longest_header_bytes) {
    throw input_error(
        fmt::format("'{}' has a header of {} bytes; at most {} are read", path, length, longest_header_bytes));
  }
  std::string text(length, '\0');
  file.read(reinterpret_cast<std::byte*>(text.data()), length, offset);
  try {
    return {parse_npy_header(text), offset + length};
  } catch (const std::invalid_argument& error) {
    throw input_error(fmt::format("'{}' has a .npy header that cannot be used: {}", path, error.what()));
  }
}

/// The size of the data, checked against the file's.
std::uint64_t data_size_bytes(const InputFile& file, const Located& located) {
  const NpyHeader& header = located.header;
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  if (!multiply(header.shape, count) || __builtin_mul_overflow(count, header.type.size_bytes, &size)) {
    throw input_error(fmt::format("'{}' is damaged: its shape {} of {} does not fit 64 bits", file.path(),
                                  describe_shape(header.shape), describe(header.type)));
  }
  const std::uint64_t present = file.size() - located.data_offset;
  if (present == size) return size;
  throw input_error(fmt::format("'{}' {}: its header announces shape {} of {}, {} bytes, but {} bytes follow",
                                file.path(), present < size ? "is truncated" : "has bytes after its data",
                                describe_shape(header.shape), describe(header.type), size, present));
}

/// Reorders from Fortran order (first axis fastest) to C order (last axis fastest).
Bytes to_c_order(const Bytes& fortran, const Array& array, const std::string& path) {
  Bytes result(fortran.size(), fmt::format("transposing '{}'", path));
  const std::size_t rank = array.shape.size();
  const std::uint64_t size = array.type.size_bytes;
  std::vector<std::uint64_t> stride(rank, size);
  for (std::size_t axis = 1; axis < rank; ++axis) stride[axis] = stride[axis - 1] * array.shape[axis - 1];
  std::vector<std::uint64_t> index(rank, 0);
  std::uint64_t from = 0;
  const std::uint64_t count = array.count();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(result.data() + i * size, fortran.data() + from, size);
    for (std::size_t axis = rank; axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < array.shape[axis]) break;
      from -= stride[axis] * array.shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

bool is_npy(const InputFile& file) {
  std::byte start[magic_bytes] = {};
  const std::uint64_t size = std::min<std::uint64_t>(file.size(), magic_bytes);
  if (size == 0) return false;
  file.read(start, size, 0);
  // A beginning is enough, so that a truncated file is called truncated.
  return std::memcmp(start, magic, size) == 0;
}

Array read_npy(const InputFile& file) {
  Located located = read_header(file);
  Array array;
  array.type = std::move(located.header.type);
  array.shape = located.header.shape;
  located.header.type = array.type;
  array.bytes = Bytes(data_size_bytes(file, located), fmt::format("'{}'", file.path()));
  file.read(array.bytes.data(), array.bytes.size(), located.data_offset);
  make_native(array.type, array.bytes.data(), array.count());
  if (located.header.is_fortran_order && array.shape.size() > 1 && array.bytes.size() > 0) {
    array.bytes = to_c_order(array.bytes, array, file.path());
  }
  return array;
}

void write_npy(OutputFile& file, const Array& array) {
  const std::string header = format_npy_header(array.type, array.shape);
  file.write(header.data(), header.size());
  file.write(array.bytes.data(), array.bytes.size());
}

}  // namespace dotcompute::tool
