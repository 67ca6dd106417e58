#include "npy_file.hpp"

#include <bit>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect_error.hpp"
#include "npy_header.hpp"
#include "scratch_directory.hpp"

namespace dotcompute::tool {
namespace {

using Shape = std::vector<std::uint64_t>;

Array array_of(const ElementType& type, const Shape& shape) {
  Array array;
  array.type = type;
  array.shape = shape;
  array.bytes = Bytes(array.count() * type.size_bytes, "a test");
  return array;
}

void save(const std::string& path, const Array& array) {
  OutputFile file(path);
  write_npy(file, array);
  file.commit();
}

std::string bytes_of(const Array& array) {
  return {reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()};
}

/// A version 1.0 file with this dictionary and data.
std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  const std::size_t size = dictionary.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(size >> (8 * i) & 0xff);
  return file + dictionary + data;
}

Array read_bytes(const ScratchDirectory& scratch, const std::string& bytes) {
  return read_npy(InputFile(scratch.write("a.npy", bytes)));
}

Array read_dictionary(const std::string& dictionary, const std::string& data, char version = 1) {
  const ScratchDirectory scratch;
  return read_bytes(scratch, npy(dictionary, data, version));
}

template <class T>
std::vector<T> values_of(const Array& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

TEST(Npy, HeaderIsWhatNumpyWrites) {
  const std::string header = format_npy_header(scalar_element(ScalarType::float32), {3});
  EXPECT_EQ(header.size(), 128U);
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  EXPECT_EQ(header.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(header.substr(10, text.size()), text);
  EXPECT_EQ(header.substr(10 + text.size()), std::string(128 - 10 - text.size() - 1, ' ') + "\n");
}

TEST(Npy, HeaderOfAStructNamesItsPadding) {
  ElementType inner = scalar_element(ScalarType::float32);
  ElementType type;
  type.kind = ElementType::Kind::structure;
  type.size_bytes = 24;
  type.fields.push_back({"flag", 0, scalar_element(ScalarType::boolean)});
  type.fields.push_back({"pos", 4, array_element(array_element(inner, 2), 2)});
  const std::string header = format_npy_header(type, {});
  EXPECT_NE(header.find("{'descr': [('flag', '|b1'), ('', '|V3'), ('pos', '<f4', (2, 2)), ('', '|V4')], "
                        "'fortran_order': False, 'shape': (), }"),
            std::string::npos)
      << header;
}

TEST(Npy, LongAndForeignHeadersTakeLaterVersions) {
  ElementType type;
  type.kind = ElementType::Kind::structure;
  for (int i = 0; i < 5000; ++i) {
    type.fields.push_back(
        {"field_number_" + std::to_string(i), type.size_bytes - 4, scalar_element(ScalarType::int32)});
    type.size_bytes += 4;
  }
  type.size_bytes -= 4;
  EXPECT_EQ(format_npy_header(type, {1})[6], 2);
  ElementType greek;
  greek.kind = ElementType::Kind::structure;
  greek.fields.push_back({"\xce\xb1", 0, scalar_element(ScalarType::float32)});
  EXPECT_EQ(format_npy_header(greek, {1})[6], 3);

  const ScratchDirectory scratch;
  for (const ElementType& each : {type, greek}) {
    save(scratch.path("b.npy"), array_of(each, {2}));
    const Array back = read_npy(InputFile(scratch.path("b.npy")));
    EXPECT_EQ(mismatch(back.type, each), std::nullopt);
  }
}

TEST(Npy, EveryTypeAndRankComesBack) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const ScratchDirectory scratch;
  for (std::uint32_t code = 1; code <= 11; ++code) {
    for (const Shape& shape :
         {Shape{}, Shape{0}, Shape{1}, Shape{17}, Shape{3, 5}, Shape{0, 4}, Shape{2, 3, 4}, Shape{2, 1, 3, 2}}) {
      Array array = array_of(scalar_element(static_cast<ScalarType>(code)), shape);
      for (std::uint64_t i = 0; i < array.bytes.size(); ++i) {
        array.bytes.data()[i] = static_cast<std::byte>(code == 1 ? random() % 2 : random() % 256);
      }
      save(scratch.path("c.npy"), array);
      const Array back = read_npy(InputFile(scratch.path("c.npy")));
      EXPECT_EQ(mismatch(back.type, array.type), std::nullopt);
      EXPECT_EQ(back.shape, shape);
      EXPECT_EQ(bytes_of(back), bytes_of(array));
    }
  }
}

TEST(Npy, ReadsTheOtherByteOrder) {
  const Array ints = read_dictionary("{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }",
                                     std::string("\0\0\1\2\xff\xff\xff\xfe", 8));
  EXPECT_EQ(values_of<std::int32_t>(ints), (std::vector<std::int32_t>{258, -2}));
  const Array floats = read_dictionary("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }",
                                       std::string("\x3f\xf8\0\0\0\0\0\0", 8));
  EXPECT_EQ(values_of<double>(floats), std::vector<double>{1.5});
}

TEST(Npy, HalvesComeBack) {
  const ScratchDirectory scratch;
  Array array = array_of(half_element(), {3});
  std::memcpy(array.bytes.data(), "\x00\x3c\x01\x00\x00\xfc", 6);
  save(scratch.path("h.npy"), array);
  const Array back = read_npy(InputFile(scratch.path("h.npy")));
  EXPECT_EQ(describe(back.type), "float16");
  EXPECT_EQ(mismatch(back.type, array.type), std::nullopt);
  EXPECT_NE(mismatch(back.type, scalar_element(ScalarType::uint16)), std::nullopt);
  EXPECT_EQ(bytes_of(back), bytes_of(array));
  EXPECT_NE(format_npy_header(array.type, {3}).find("'descr': '<f2'"), std::string::npos);
  const Array big = read_dictionary("{'descr': '>f2', 'fortran_order': False, 'shape': (1,), }", "\x3c\x01");
  EXPECT_EQ(bytes_of(big), "\x01\x3c");
}

TEST(Npy, TransposesFortranOrder) {
  const Array array = read_dictionary("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "adbecf");
  EXPECT_EQ(bytes_of(array), "abcdef");
  const Array cube = read_dictionary("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }", "aecgbfdh");
  EXPECT_EQ(bytes_of(cube), "abcdefgh");
}

TEST(Npy, EveryBoolIsZeroOrOne) {
  const Array array =
      read_dictionary("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", std::string("\0\x02\xff", 3));
  EXPECT_EQ(bytes_of(array), std::string("\0\1\1", 3));
}

TEST(Npy, ReadsStructsInEveryNotation) {
  const std::string data("\1\0\0\0\0\0\0\x40\0\0\x80\x3f", 12);
  const Array list = read_dictionary(
      "{'descr': [('id', '|u1'), ('', '|V3'), ('p', '<f4', (2,))], 'fortran_order': False, 'shape': (1,), }", data);
  EXPECT_EQ(describe(list.type), "struct {id: uint8, p: float32[2]}");
  EXPECT_EQ(list.type.size_bytes, 12U);
  EXPECT_EQ(list.type.fields[1].offset_bytes, 4U);
  const Array dictionary = read_dictionary(
      "{'descr': {'names': ['id', 'p'], 'formats': ['u1', ('<f4', (2,))], 'offsets': [0, 4], 'itemsize': 12}, "
      "'fortran_order': False, 'shape': (), }",
      data);
  EXPECT_EQ(mismatch(dictionary.type, list.type), std::nullopt);
  EXPECT_EQ(dictionary.type.size_bytes, 12U);
  const Array nested = read_dictionary(
      "{'descr': [('a', [('x', '>u2'), ('y', '<u2')], (2,)), (('a title', 'z'), '<f4')], 'fortran_order': False, "
      "'shape': (1,), }",
      std::string("\0\1\2\0\0\3\4\0\0\0\x80\x3f", 12));
  EXPECT_EQ(describe(nested.type), "struct {a: struct {x: uint16, y: uint16}[2], z: float32}");
  EXPECT_EQ(bytes_of(nested), std::string("\1\0\2\0\3\0\4\0\0\0\x80\x3f", 12));
}

TEST(Npy, ReadsVersionsTwoAndThreeAndPythonTwosIntegers) {
  for (const char version : {char{2}, char{3}}) {
    const Array array =
        read_dictionary("{'descr': '<i2', 'fortran_order': False, 'shape': (1L,), }", std::string("\5\0", 2), version);
    EXPECT_EQ(values_of<std::int16_t>(array), std::vector<std::int16_t>{5});
  }
}

struct BadHeader {
  std::string dictionary;
  std::string message;
};

TEST(Npy, BadHeadersAreExplained) {
  const std::string rest = ", 'fortran_order': False, 'shape': (1,), }";
  const std::vector<BadHeader> cases = {
      {"{'descr': '<c8'" + rest, "element type '<c8' (complex) is none that kernels compute with; convert to bool"},
      {"{'descr': '|O'" + rest, "element type '|O' (Python objects)"},
      {"{'descr': '<U3'" + rest, "element type '<U3' (text)"},
      {"{'descr': '<f3'" + rest, "element type '<f3' (a float of another size)"},
      {"{'descr': '<i3'" + rest, "element type '<i3'"},
      {"{'descr': ''" + rest, "element type ''"},
      {"{'descr': '|V8'" + rest, "its elements are raw bytes"},
      {"{'descr': []" + rest, "a struct has no fields"},
      {"{'descr': [('a', '<f4'), ('a', '<f4')]" + rest, "two fields are named 'a'"},
      {"{'descr': [('a', '<f4', (0,))]" + rest, "a field has no bytes"},
      {"{'descr': [('a', '<f4', (4294967296, 4294967296))]" + rest, "does not fit 64 bits"},
      {"{'descr': [('a',)]" + rest, "a field is not a tuple"},
      {"{'descr': {'names': ['a', 'b'], 'formats': ['<f4', '<f4'], 'offsets': [0, 2]}" + rest, "'a' and 'b' overlap"},
      {"{'descr': {'names': ['a'], 'formats': ['<f4'], 'itemsize': 2}" + rest,
       "'itemsize' is 2, but the fields end at 4"},
      {"{'descr': {'names': ['a'], 'formats': []}" + rest, "different lengths"},
      {"{'fortran_order': False, 'shape': (1,), }", "'descr' is missing"},
      {"{'descr': '<f4', 'shape': (1,), }", "'fortran_order' is missing"},
      {"{'descr': '<f4', 'fortran_order': False, }", "'shape' is missing"},
      {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "'fortran_order' is not True or False"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': ('a',), }", "'shape' is not a tuple of integers"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "expected a value at character 51, found '-'"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "an integer below 2^64"},
      {"{'descr': '<f4'" + rest + "x", "expected the end"},
      {"('descr')", "it is not a dictionary"},
      {"{'descr': '<f4", "expected a closing quote"},
      {"{'descr': " + std::string(100, '[') + "}", "less nesting"},
      {std::string("\0\1\2", 3), "found '\\x00'"},
  };
  const ScratchDirectory scratch;
  for (const BadHeader& each : cases) {
    expect_error(ExitStatus::input, each.message,
                 [&] { read_bytes(scratch, npy(each.dictionary, std::string(4, '\0'))); });
  }
}

TEST(Npy, SizesThatDoNotAgreeAreExplained) {
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const ScratchDirectory scratch;
  expect_error(ExitStatus::input,
               "is truncated: its header announces shape (2, 3) of float32, 24 bytes, but 20 bytes follow",
               [&] { read_bytes(scratch, npy(dictionary, std::string(20, 'x'))); });
  expect_error(ExitStatus::input,
               "has bytes after its data: its header announces shape (2, 3) of float32, 24 bytes, but 25",
               [&] { read_bytes(scratch, npy(dictionary, std::string(25, 'x'))); });
  expect_error(ExitStatus::input, "does not fit 64 bits", [&] {
    read_bytes(scratch, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", ""));
  });
  expect_error(ExitStatus::input, "is truncated", [&] {
    read_bytes(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", "1234"));
  });
  EXPECT_EQ(
      read_bytes(scratch, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 18446744073709551615), }", ""))
          .count(),
      0U);
}

TEST(Npy, EveryTruncationIsAnError) {
  const ScratchDirectory scratch;
  const std::string whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", std::string(16, 'x'));
  EXPECT_EQ(read_bytes(scratch, whole).count(), 4U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_error(ExitStatus::input, "is truncated", [&] { read_bytes(scratch, whole.substr(0, size)); });
  }
}

TEST(Npy, AnotherVersionIsRefusedByNumber) {
  const ScratchDirectory scratch;
  std::string bytes = npy("{}", "");
  bytes[6] = 9;
  expect_error(ExitStatus::input, "is of .npy format 9.0; this program reads 1.0, 2.0 and 3.0",
               [&] { read_bytes(scratch, bytes); });
}

TEST(Npy, MutatedFilesNeverDoHarm) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const ScratchDirectory scratch;
  const std::vector<std::string> wholes = {
      npy("{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }", std::string(24, 'x')),
      npy("{'descr': [('id', '|b1'), ('', '|V3'), ('p', '>f4', (2, 2))], 'fortran_order': False, 'shape': (2,), }",
          std::string(40, 'x')),
      npy("{'descr': {'names': ['a', 'b'], 'formats': ['u1', [('x', '<f4')]], 'offsets': [0, 4], 'itemsize': 12}, "
          "'fortran_order': False, 'shape': (1,), }",
          std::string(12, 'x'), 2)};
  const std::string alphabet = "'(){}[],:0123456789<>|fiubVL \\\xff\x00";
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = wholes[random() % wholes.size()];
    for (unsigned change = 0; change < 1 + random() % 4; ++change) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0: bytes[at] = alphabet[random() % alphabet.size()]; break;
        case 1: bytes.erase(at, 1 + random() % 4); break;
        default: bytes.insert(at, 1, alphabet[random() % alphabet.size()]); break;
      }
    }
    try {
      const Array array = read_bytes(scratch, bytes);
      EXPECT_LE(array.bytes.size(), bytes.size());
    } catch (const ToolError& error) {
      EXPECT_EQ(error.status(), ExitStatus::input);
    }
  }
}

TEST(InputFile, SaysWhatIsWrongWithThePath) {
  const ScratchDirectory scratch;
  expect_error(ExitStatus::input, "no.npy': No such file or directory; check the path",
               [&] { InputFile(scratch.path("no.npy")); });
  expect_error(ExitStatus::input, "is not a regular file", [&] { InputFile(scratch.path(".")); });
}

TEST(OutputFile, AppearsWholeOrNotAtAll) {
  const ScratchDirectory scratch;
  {
    OutputFile file(scratch.path("x"));
    file.write("half", 4);
  }
  EXPECT_EQ(scratch.file_count(), 0U);
  scratch.write("x", "old");
  OutputFile file(scratch.path("x"));
  file.write("new!", 4);
  EXPECT_EQ(scratch.read("x"), "old");
  file.commit();
  EXPECT_EQ(scratch.read("x"), "new!");
  EXPECT_EQ(scratch.file_count(), 1U);
}

TEST(OutputFile, WhatCannotBeWrittenIsKnownBefore) {
  const ScratchDirectory scratch;
  require_writable(scratch.path("fine.npy"));
  EXPECT_EQ(scratch.file_count(), 0U);
  expect_error(ExitStatus::output, "No such file or directory; create it first",
               [&] { require_writable(scratch.path("no/x.npy")); });
  scratch.write("file", "");
  expect_error(ExitStatus::output, "is not a directory", [&] { require_writable(scratch.path("file/x.npy")); });
  expect_error(ExitStatus::output, "is not a regular file", [&] { require_writable(scratch.path(".")); });
  expect_error(ExitStatus::output, "no file can be made in '/proc'", [&] { require_writable("/proc/x.npy"); });
}

}  // namespace
}  // namespace dotcompute::tool
