#include "picture.hpp"

#include <png.h>

#include <stdexcept>

namespace {

constexpr png_uint_32 format_of_channels[] = {0, PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};

[[noreturn]] void fail(png_image& image, const std::string& what) {
  const std::string message = what + ": " + image.message;
  png_image_free(&image);
  throw std::runtime_error(message);
}

}  // namespace

Picture read_png(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, path.c_str()) == 0) fail(image, "cannot read " + path);
  const std::uint32_t channels =
      ((image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3U : 1U) + ((image.format & PNG_FORMAT_FLAG_ALPHA) != 0 ? 1U : 0U);
  image.format = format_of_channels[channels];
  Picture picture{image.width, image.height, channels, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  if (png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) == 0)
    fail(image, "cannot read " + path);
  return picture;
}

void write_png(const std::string& path, const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = format_of_channels[picture.channels];
  if (png_image_write_to_file(&image, path.c_str(), 0, picture.pixels.data(), 0, nullptr) == 0) {
    fail(image, "cannot write " + path);
  }
}
