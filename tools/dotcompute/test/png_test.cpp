#include "png_file.hpp"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <zlib.h>
#include <gtest/gtest.h>

#include "expect_error.hpp"
#include "scratch_directory.hpp"

namespace dotcompute::tool {
namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(sum));
}

std::string deflated(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string result(size, '\0');
  compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
           static_cast<uLong>(data.size()));
  result.resize(size);
  return result;
}

/// A file made by hand: `rows` holds each row's filter byte and samples; `extra` the chunks before the data.
std::string png(std::uint32_t width, std::uint32_t height, char depth, char colour, const std::string& rows,
                const std::string& extra = "", char interlace = 0) {
  const std::string header = big_endian(width) + big_endian(height) + depth + colour + std::string(2, '\0') + interlace;
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + extra + chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

Array read_bytes(const ScratchDirectory& scratch, const std::string& bytes) {
  return read_png(InputFile(scratch.write("a.png", bytes)));
}

std::string bytes_of(const Array& array) {
  return {reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()};
}

TEST(Png, EveryKindComesBack) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const ScratchDirectory scratch;
  for (const ScalarType type : {ScalarType::uint8, ScalarType::uint16}) {
    for (std::uint64_t channels = 1; channels <= 4; ++channels) {
      for (const auto& [height, width] : {std::pair{1U, 1U}, {3U, 5U}, {17U, 1U}, {31U, 33U}}) {
        Array array;
        array.type = scalar_element(type);
        array.shape = {height, width, channels};
        array.bytes = Bytes(array.count() * array.type.size_bytes, "a test");
        for (std::uint64_t i = 0; i < array.bytes.size(); ++i) array.bytes.data()[i] = static_cast<std::byte>(random());
        OutputFile file(scratch.path("a.png"));
        write_png(file, array);
        file.commit();
        const Array back = read_png(InputFile(scratch.path("a.png")));
        EXPECT_EQ(back.type.scalar, type);
        EXPECT_EQ(back.shape, array.shape);
        EXPECT_TRUE(back.is_image);
        EXPECT_EQ(back.grid_shape(), (std::vector<std::uint64_t>{width, height}));
        EXPECT_EQ(bytes_of(back), bytes_of(array));
      }
    }
  }
}

TEST(Png, TwoAxesAreGrey) {
  const ScratchDirectory scratch;
  Array array;
  array.type = scalar_element(ScalarType::uint8);
  array.shape = {1, 2};
  array.bytes = Bytes(2, "a test");
  array.bytes.data()[1] = std::byte{200};
  OutputFile file(scratch.path("a.png"));
  write_png(file, array);
  file.commit();
  const Array back = read_png(InputFile(scratch.path("a.png")));
  EXPECT_EQ(back.shape, (std::vector<std::uint64_t>{1, 2, 1}));
  EXPECT_EQ(bytes_of(back), std::string("\0\xc8", 2));
}

TEST(Png, SixteenBitsAreLittleEndianInMemory) {
  const ScratchDirectory scratch;
  EXPECT_EQ(bytes_of(read_bytes(scratch, png(1, 1, 16, 0, std::string("\0\x12\x34", 3)))), "\x34\x12");
}

TEST(Png, FewBitsAndPalettesAreExpanded) {
  const ScratchDirectory scratch;
  const Array one = read_bytes(scratch, png(3, 1, 1, 0, std::string("\0\xa0", 2)));
  EXPECT_EQ(bytes_of(one), std::string("\xff\0\xff", 3));
  const Array four = read_bytes(scratch, png(2, 1, 4, 0, std::string("\0\x0f", 2)));
  EXPECT_EQ(bytes_of(four), std::string("\0\xff", 2));
  const std::string palette = chunk("PLTE", "rgbRGB");
  const Array indexed = read_bytes(scratch, png(2, 1, 2, 3, std::string("\0\x40", 2), palette));
  EXPECT_EQ(indexed.shape, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(bytes_of(indexed), "RGBrgb");
  const Array transparent =
      read_bytes(scratch, png(2, 1, 2, 3, std::string("\0\x40", 2), palette + chunk("tRNS", "\x07")));
  EXPECT_EQ(bytes_of(transparent), "RGB\xffrgb\x07");
}

TEST(Png, InterlacedPicturesAreWhole) {
  // Adam7 of 2 x 2: pass 1 holds (0, 0), pass 6 holds (1, 0), pass 7 holds row 1.
  const ScratchDirectory scratch;
  const Array array = read_bytes(scratch, png(2, 2, 8, 0, std::string("\0a\0b\0cd", 7), "", 1));
  EXPECT_EQ(bytes_of(array), "abcd");
}

TEST(Png, EveryTruncationIsAnError) {
  const ScratchDirectory scratch;
  const std::string whole = png(2, 1, 8, 2, std::string("\0rgbRGB", 7));
  EXPECT_EQ(bytes_of(read_bytes(scratch, whole)), "rgbRGB");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_error(ExitStatus::input, "is truncated: the picture goes on after its",
                 [&] { read_bytes(scratch, whole.substr(0, size)); });
  }
}

TEST(Png, DamageIsExplained) {
  const ScratchDirectory scratch;
  std::string bytes = png(2, 1, 8, 2, std::string("\0rgbRGB", 7));
  // 12 bytes of IEND come after the data's checksum.
  bytes[bytes.size() - 13] = static_cast<char>(bytes[bytes.size() - 13] + 1);
  expect_error(ExitStatus::input, "is a damaged .png file: IDAT: CRC error", [&] { read_bytes(scratch, bytes); });
  expect_error(ExitStatus::input, "is a damaged .png file", [&] { read_bytes(scratch, png(0, 1, 8, 2, "")); });
}

TEST(Png, HugeClaimsAllocateNothing) {
  const ScratchDirectory scratch;
  expect_error(ExitStatus::input, "is truncated: 2000000000 x 2000000000 pixels cannot be in its",
               [&] { read_bytes(scratch, png(2000000000, 2000000000, 8, 2, "x")); });
}

TEST(Png, MutatedFilesNeverDoHarm) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const ScratchDirectory scratch;
  for (int round = 0; round < 500; ++round) {
    // The header is changed before its checksum is made, so that libpng does not stop there.
    const std::string rows(random() % 40, static_cast<char>(random() % 3));
    const char depths[] = {1, 2, 4, 8, 16, 3};
    std::string bytes = png(static_cast<std::uint32_t>(random() % 6), static_cast<std::uint32_t>(random() % 6),
                            depths[random() % 6], static_cast<char>(random() % 7), rows,
                            random() % 2 ? chunk("PLTE", "rgbRGB") : "", static_cast<char>(random() % 2));
    if (random() % 2) bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      const Array array = read_bytes(scratch, bytes);
      EXPECT_LE(array.bytes.size(), 6U * 6 * 8);
    } catch (const ToolError& error) {
      EXPECT_EQ(error.status(), ExitStatus::input);
    }
  }
}

TEST(Png, RefusesWhatNoPictureHolds) {
  const auto refusal = [](ScalarType type, std::vector<std::uint64_t> shape) {
    return png_refusal(scalar_element(type), shape).value_or("none");
  };
  EXPECT_EQ(refusal(ScalarType::uint8, {2, 3}), "none");
  EXPECT_EQ(refusal(ScalarType::uint16, {2, 3, 4}), "none");
  EXPECT_EQ(refusal(ScalarType::float32, {2, 3}),
            "a .png holds uint8 or uint16, not float32; write .npy, or convert to uint8 in the kernel");
  EXPECT_EQ(
      refusal(ScalarType::uint8, {6}),
      "a .png needs shape (height, width) or (height, width, 1 to 4), not (6,); give --shape NAME=WxH or NAME=WxHxC");
  EXPECT_EQ(refusal(ScalarType::uint8, {2, 3, 5}).substr(0, 20), "a .png needs shape (");
  EXPECT_EQ(refusal(ScalarType::uint8, {0, 3}), "a .png cannot be empty, and the shape is (0, 3); write .npy");
  EXPECT_EQ(refusal(ScalarType::uint8, {3, 1ULL << 31}),
            "a .png has at most 2147483647 rows and columns, and the shape is (3, 2147483648); write .npy");
}

}  // namespace
}  // namespace dotcompute::tool
