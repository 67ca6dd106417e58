#include "png_file.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <exception>
#include <limits>

#include <png.h>
#include <fmt/format.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

constexpr std::size_t signature_bytes = 8;
// deflate makes at most this many bytes of one: a picture that announces more cannot be in its file.
constexpr std::uint64_t largest_expansion = 1032;

/// What libpng's callbacks see. libpng reports an error by `longjmp`, which skips destructors: every function that
/// calls libpng below keeps objects with destructors outside of the function that holds the `setjmp`.
struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const InputFile* input = nullptr;
  std::uint64_t offset = 0;
  OutputFile* output = nullptr;
  std::exception_ptr failure;       // of our own reading or writing
  std::array<char, 200> message{};  // libpng's
};

void keep_error(png_structp png, png_const_charp message) {
  auto& session = *static_cast<Session*>(png_get_error_ptr(png));
  std::snprintf(session.message.data(), session.message.size(), "%s", message);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

/// Stores an exception of ours; returns false if there was one. Apart, so that nothing with a destructor is alive when
/// the caller jumps.
bool read_some(Session& session, png_bytep data, std::size_t size) noexcept {
  try {
    session.input->read(reinterpret_cast<std::byte*>(data), size, session.offset);
    session.offset += size;
    return true;
  } catch (...) {
    session.failure = std::current_exception();
    return false;
  }
}

bool write_some(Session& session, png_bytep data, std::size_t size) noexcept {
  try {
    session.output->write(data, size);
    return true;
  } catch (...) {
    session.failure = std::current_exception();
    return false;
  }
}

void read_callback(png_structp png, png_bytep data, std::size_t size) {
  if (!read_some(*static_cast<Session*>(png_get_io_ptr(png)), data, size)) png_error(png, "the file ends early");
}

void write_callback(png_structp png, png_bytep data, std::size_t size) {
  if (!write_some(*static_cast<Session*>(png_get_io_ptr(png)), data, size))
    png_error(png, "the file cannot be written");
}

void flush_callback(png_structp) {}

/// Frees libpng's state whatever happens.
class Reader {
 public:
  explicit Reader(const InputFile& input) {
    session_.input = &input;
    session_.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &session_, keep_error, ignore_warning);
    session_.info = session_.png != nullptr ? png_create_info_struct(session_.png) : nullptr;
    if (session_.info == nullptr) {
      png_destroy_read_struct(&session_.png, nullptr, nullptr);
      throw ToolError(ExitStatus::internal, "libpng could not be set up");
    }
    png_set_read_fn(session_.png, &session_, read_callback);
  }
  ~Reader() { png_destroy_read_struct(&session_.png, &session_.info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Session& session() { return session_; }

 private:
  Session session_;
};

class Writer {
 public:
  explicit Writer(OutputFile& output) {
    session_.output = &output;
    session_.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &session_, keep_error, ignore_warning);
    session_.info = session_.png != nullptr ? png_create_info_struct(session_.png) : nullptr;
    if (session_.info == nullptr) {
      png_destroy_write_struct(&session_.png, nullptr);
      throw ToolError(ExitStatus::internal, "libpng could not be set up");
    }
    png_set_write_fn(session_.png, &session_, write_callback, flush_callback);
  }
  ~Writer() { png_destroy_write_struct(&session_.png, &session_.info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Session& session() { return session_; }

 private:
  Session session_;
};

struct Picture {
  png_uint_32 width = 0;
  png_uint_32 height = 0;
  int channels = 0;
  int depth_bits = 0;
  std::size_t row_bytes = 0;  ///< In the file; once expanded, in memory.
};

bool read_picture_header(Session& session, Picture& picture) noexcept {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_set_user_limits(session.png, 0x7fffffff, 0x7fffffff);
  png_read_info(session.png, session.info);
  picture.width = png_get_image_width(session.png, session.info);
  picture.height = png_get_image_height(session.png, session.info);
  picture.row_bytes = png_get_rowbytes(session.png, session.info);
  return true;
}

/// Has the samples expanded; libpng allocates rows here.
bool expand_samples(Session& session, Picture& picture) noexcept {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  const int depth = png_get_bit_depth(session.png, session.info);
  const int colour = png_get_color_type(session.png, session.info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(session.png);
  if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(session.png);
  if (png_get_valid(session.png, session.info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(session.png);
  if (depth == 16) png_set_swap(session.png);  // to little endian
  png_set_interlace_handling(session.png);
  png_read_update_info(session.png, session.info);
  picture.channels = png_get_channels(session.png, session.info);
  picture.depth_bits = png_get_bit_depth(session.png, session.info);
  picture.row_bytes = png_get_rowbytes(session.png, session.info);
  return true;
}

bool read_picture_rows(Session& session, png_bytepp rows) noexcept {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_read_image(session.png, rows);
  png_read_end(session.png, nullptr);
  return true;
}

bool write_picture(Session& session, const Picture& picture, png_bytepp rows) noexcept {
  static constexpr int colours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                    PNG_COLOR_TYPE_RGB_ALPHA};
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_set_user_limits(session.png, 0x7fffffff, 0x7fffffff);
  png_set_IHDR(session.png, session.info, picture.width, picture.height, picture.depth_bits,
               colours[picture.channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(session.png, session.info);
  if (picture.depth_bits == 16) png_set_swap(session.png);
  png_write_image(session.png, rows);
  png_write_end(session.png, nullptr);
  return true;
}

std::vector<png_bytep> rows_of(const Bytes& bytes, const Picture& picture) {
  std::vector<png_bytep> rows(picture.height);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    rows[y] = reinterpret_cast<png_bytep>(bytes.data()) + y * picture.row_bytes;
  }
  return rows;
}

[[noreturn]] void throw_damaged(const Session& session) {
  const InputFile& input = *session.input;
  if (session.failure) {
    throw input_error(
        fmt::format("'{}' is truncated: the picture goes on after its {} bytes", input.path(), input.size()));
  }
  throw input_error(fmt::format("'{}' is a damaged .png file: {}", input.path(), session.message.data()));
}

}  // namespace

bool is_png(const InputFile& file) {
  static constexpr unsigned char signature[signature_bytes] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  std::byte start[signature_bytes] = {};
  const std::uint64_t size = std::min<std::uint64_t>(file.size(), signature_bytes);
  if (size == 0) return false;
  file.read(start, size, 0);
  // A beginning is enough, so that a truncated file is called truncated.
  return std::equal(start, start + size, signature,
                    [](std::byte a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

Array read_png(const InputFile& file) {
  Reader reader(file);
  Picture picture;
  if (!read_picture_header(reader.session(), picture)) throw_damaged(reader.session());
  // The height is below 2^31 and a row below 2^34, so that the products fit.
  if (std::uint64_t{picture.height} * picture.row_bytes / largest_expansion > file.size()) {
    throw input_error(fmt::format("'{}' is truncated: {} x {} pixels cannot be in its {} bytes", file.path(),
                                  picture.width, picture.height, file.size()));
  }
  if (!expand_samples(reader.session(), picture)) throw_damaged(reader.session());
  const std::uint64_t size = std::uint64_t{picture.height} * picture.row_bytes;
  Array array;
  array.type = scalar_element(picture.depth_bits == 16 ? ScalarType::uint16 : ScalarType::uint8);
  array.shape = {picture.height, picture.width, static_cast<std::uint64_t>(picture.channels)};
  array.is_image = true;
  array.bytes = Bytes(size, fmt::format("'{}'", file.path()));
  std::vector<png_bytep> rows = rows_of(array.bytes, picture);
  if (!read_picture_rows(reader.session(), rows.data())) throw_damaged(reader.session());
  return array;
}

std::optional<std::string> png_refusal(const ElementType& type, const std::vector<std::uint64_t>& shape) {
  const bool is_byte = type.kind == ElementType::Kind::scalar && type.scalar == ScalarType::uint8;
  const bool is_word = type.kind == ElementType::Kind::scalar && type.scalar == ScalarType::uint16;
  if (!is_byte && !is_word) {
    return fmt::format("a .png holds uint8 or uint16, not {}; write .npy, or convert to uint8 in the kernel",
                       describe(type));
  }
  const bool has_channels = shape.size() == 3 && shape[2] >= 1 && shape[2] <= 4;
  if (shape.size() != 2 && !has_channels) {
    return fmt::format(
        "a .png needs shape (height, width) or (height, width, 1 to 4), not {}; give --shape NAME=WxH or "
        "NAME=WxHxC",
        describe_shape(shape));
  }
  if (shape[0] == 0 || shape[1] == 0) {
    return fmt::format("a .png cannot be empty, and the shape is {}; write .npy", describe_shape(shape));
  }
  constexpr std::uint64_t longest = std::numeric_limits<std::int32_t>::max();
  if (shape[0] > longest || shape[1] > longest) {
    return fmt::format("a .png has at most {} rows and columns, and the shape is {}; write .npy", longest,
                       describe_shape(shape));
  }
  return std::nullopt;
}

void write_png(OutputFile& file, const Array& array) {
  Writer writer(file);
  Picture picture;
  picture.height = static_cast<png_uint_32>(array.shape[0]);
  picture.width = static_cast<png_uint_32>(array.shape[1]);
  picture.channels = array.shape.size() == 3 ? static_cast<int>(array.shape[2]) : 1;
  picture.depth_bits = array.type.scalar == ScalarType::uint16 ? 16 : 8;
  picture.row_bytes = std::size_t{picture.width} * static_cast<std::size_t>(picture.channels) * array.type.size_bytes;
  std::vector<png_bytep> rows = rows_of(array.bytes, picture);
  if (write_picture(writer.session(), picture, rows.data())) return;
  if (writer.session().failure) std::rethrow_exception(writer.session().failure);
  throw output_error(fmt::format("cannot write '{}': {}", file.path(), writer.session().message.data()));
}

}  // namespace dotcompute::tool
