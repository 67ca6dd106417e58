#include "layout.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace dotcompute::tool {
namespace {

ElementType structure(std::uint64_t size_bytes, std::vector<Field> fields) {
  ElementType type;
  type.kind = ElementType::Kind::structure;
  type.size_bytes = size_bytes;
  type.fields = std::move(fields);
  return type;
}

struct Inner {
  std::int16_t a;
  double b;
};
struct Outer {
  bool flag;
  Inner inner[2];
  float matrix[2][3];
};

/// What kernelc would write for Outer.
struct OuterRecord {
  dotcompute_type i16{DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_INT16, 2, 2, "short", nullptr, 0, nullptr, 0};
  dotcompute_type f64{DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT64, 8, 8, "double", nullptr, 0, nullptr, 0};
  dotcompute_type f32{DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
  dotcompute_type boolean{DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_BOOL, 1, 1, "bool", nullptr, 0, nullptr, 0};
  dotcompute_field inner_fields[2] = {{"a", offsetof(Inner, a), &i16}, {"b", offsetof(Inner, b), &f64}};
  dotcompute_type inner{DOTCOMPUTE_TYPE_STRUCT, 0, sizeof(Inner), 8, "Inner", inner_fields, 2, nullptr, 0};
  dotcompute_type inners{DOTCOMPUTE_TYPE_ARRAY, 0, 2 * sizeof(Inner), 8, "Inner[2]", nullptr, 0, &inner, 2};
  dotcompute_type row{DOTCOMPUTE_TYPE_ARRAY, 0, 12, 4, "float[3]", nullptr, 0, &f32, 3};
  dotcompute_type matrix{DOTCOMPUTE_TYPE_ARRAY, 0, 24, 4, "float[2][3]", nullptr, 0, &row, 2};
  dotcompute_field fields[3] = {{"flag", offsetof(Outer, flag), &boolean},
                                {"inner", offsetof(Outer, inner), &inners},
                                {"matrix", offsetof(Outer, matrix), &matrix}};
  dotcompute_type outer{DOTCOMPUTE_TYPE_STRUCT, 0, sizeof(Outer), 8, "Outer", fields, 3, nullptr, 0};
};

/// The same fields without padding and in another order.
ElementType packed_outer() {
  const ElementType inner =
      structure(10, {{"b", 0, scalar_element(ScalarType::float64)}, {"a", 8, scalar_element(ScalarType::int16)}});
  return structure(45, {{"matrix", 0, array_element(array_element(scalar_element(ScalarType::float32), 3), 2)},
                        {"flag", 24, scalar_element(ScalarType::boolean)},
                        {"inner", 25, array_element(inner, 2)}});
}

TEST(ElementType, DescribesRecords) {
  const OuterRecord record;
  const ElementType type = element_type_of(record.outer);
  EXPECT_EQ(describe(type), "struct {flag: bool, inner: struct {a: int16, b: float64}[2], matrix: float32[2][3]}");
  EXPECT_EQ(type.size_bytes, sizeof(Outer));
  EXPECT_EQ(mismatch(packed_outer(), type), std::nullopt);
}

TEST(ElementType, StdArrayIsAnArray) {
  dotcompute_type f32{DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
  dotcompute_type row{DOTCOMPUTE_TYPE_ARRAY, 0, 12, 4, "float[3]", nullptr, 0, &f32, 3};
  dotcompute_field field{"_M_elems", 0, &row};
  dotcompute_type array{DOTCOMPUTE_TYPE_STRUCT, 0, 12, 4, "std::array<float, 3>", &field, 1, nullptr, 0};
  EXPECT_EQ(describe(element_type_of(array)), "float32[3]");
}

TEST(ElementType, MismatchesNameTheField) {
  const ElementType f32 = scalar_element(ScalarType::float32);
  const ElementType f64 = scalar_element(ScalarType::float64);
  EXPECT_EQ(mismatch(f64, f32), "it is float64 in the file and float32 in the kernel");
  EXPECT_EQ(mismatch(scalar_element(ScalarType::float32, true), f32), std::nullopt);
  const ElementType xy = structure(8, {{"x", 0, f32}, {"y", 4, f32}});
  const ElementType x = structure(4, {{"x", 0, f32}});
  EXPECT_EQ(mismatch(x, xy), "the file has no field 'y' (float32 in the kernel)");
  EXPECT_EQ(mismatch(xy, x), "the file has a field 'y' that the kernel's struct has not");
  EXPECT_EQ(mismatch(f32, x), "it is float32 in the file and struct {x: float32} in the kernel");
  EXPECT_EQ(mismatch(structure(8, {{"p", 0, array_element(f32, 2)}}), structure(12, {{"p", 0, array_element(f32, 3)}})),
            "its field 'p' is float32[2] in the file and float32[3] in the kernel");
  EXPECT_EQ(mismatch(structure(8, {{"p", 0, structure(8, {{"x", 0, f64}})}}), structure(4, {{"p", 0, x}})),
            "its field 'p.x' is float64 in the file and float32 in the kernel");
}

TEST(LayoutCopy, MovesEachFieldToItsPlaceAndBack) {
  const OuterRecord record;
  const ElementType native = element_type_of(record.outer);
  const ElementType packed = packed_outer();
  Outer values[3];
  std::memset(static_cast<void*>(values), 0, sizeof values);
  for (int i = 0; i < 3; ++i) {
    values[i].flag = i % 2 == 1;
    for (int k = 0; k < 2; ++k) values[i].inner[k] = {static_cast<std::int16_t>(10 * i + k), 0.5 * i - k};
    for (int k = 0; k < 6; ++k) values[i].matrix[k / 3][k % 3] = static_cast<float>(100 * i + k);
  }
  clear_padding(native, reinterpret_cast<std::byte*>(values), 3);  // assignment leaves it as it likes
  const LayoutCopy pack(native, packed);
  EXPECT_FALSE(pack.is_identity());
  std::vector<std::byte> bytes(3 * packed.size_bytes);
  pack.copy(reinterpret_cast<const std::byte*>(values), bytes.data(), 3);
  float last = 0;
  std::memcpy(&last, bytes.data() + 2 * 45 + 20, 4);
  EXPECT_EQ(last, 205.0F);

  Outer back[3];
  std::memset(static_cast<void*>(back), 0, sizeof back);
  LayoutCopy(packed, native).copy(bytes.data(), reinterpret_cast<std::byte*>(back), 3);
  EXPECT_EQ(std::memcmp(values, back, sizeof values), 0);
}

TEST(LayoutCopy, KnowsWhenNothingMoves) {
  const OuterRecord record;
  const ElementType native = element_type_of(record.outer);
  EXPECT_TRUE(LayoutCopy(native, native).is_identity());
}

TEST(ClearPadding, KeepsValues) {
  const OuterRecord record;
  const ElementType native = element_type_of(record.outer);
  Outer values[2];
  std::memset(static_cast<void*>(values), 0x3f, sizeof values);
  auto* const bytes = reinterpret_cast<std::byte*>(values);
  clear_padding(native, bytes, 2);
  EXPECT_EQ(bytes[sizeof(Outer) + offsetof(Outer, flag) + 1], std::byte{0});
  EXPECT_EQ(bytes[offsetof(Outer, inner) + 2], std::byte{0});
  EXPECT_EQ(bytes[sizeof(Outer) + offsetof(Outer, inner) + 1], std::byte{0x3f});
  EXPECT_EQ(bytes[sizeof(Outer) + offsetof(Outer, matrix) + 23], std::byte{0x3f});
  EXPECT_EQ(bytes[offsetof(Outer, flag)], std::byte{0x3f});
}

}  // namespace
}  // namespace dotcompute::tool
