#include "driver/compile.hpp"

#include <algorithm>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The code of a kernel with this body, over `x`, `y` and `n`, by its symbol: for x86-64-v3, whose vectors have 8
/// floats.
std::string code(const std::string& body, const std::string& signature = "", const std::string& group = "",
                 const std::string& symbol = "dotcompute_cpu_3_0") {
  CompileOptions options;
  options.file = "lanes.cpp";
  options.text =
      "#include <dotcompute/kernel.hpp>\n#include <array>\n#include <cmath>\nusing namespace dotcompute;\n"
      "DOTCOMPUTE_KERNEL " +
      group + " void k(std::span<const float> x, std::span<float> y, std::size_t n" + signature +
      ") {\n  const std::size_t i = global_id();\n" + body + "\n}\n";
  options.emit = Emit::cpu;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  const std::string text(result.output.begin(), result.output.end());
  const auto begin = text.find("define void @" + symbol);
  const auto end = text.find("\n}\n", begin);
  return begin == std::string::npos ? "" : text.substr(begin, end - begin);
}

/// Whether a vector of sums is stored, and not one of what is chosen between.
bool stores_sum(const std::string& text) {
  const std::regex sum("(%[0-9]+) = fadd <8 x float>");
  for (std::sregex_iterator found(text.begin(), text.end(), sum), end; found != end; ++found) {
    if (text.find("store <8 x float> " + (*found)[1].str() + ",") != std::string::npos) return true;
  }
  return false;
}

TEST(Lanes, ALoopOfUnequalLengthRunsUntilNoLaneIsLeft) {
  const std::string text = code(R"(
    float v = x[i];
    int rounds = 0;
    for (; rounds < 100; ++rounds) {
      if (v > 4.0f) break;
      v = v * v + 0.25f;
    }
    y[i] = static_cast<float>(rounds);)");
  EXPECT_THAT(text, HasSubstr("fcmp ule <8 x float>"));
  // The count of each lane is the sum of its masks: nothing is put aside for those that leave.
  EXPECT_THAT(text, AllOf(HasSubstr("sub <32 x i32> zeroinitializer, "), Not(HasSubstr("select <32 x i1>"))));
  EXPECT_THAT(text, HasSubstr("store <32 x float>"));
}

TEST(Lanes, ALoopOfOneLengthKeepsItsBranchAndNeedsNoMask) {
  const std::string text = code(R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += x[k] * x[k * n + i];
    y[i] = sum;)");
  EXPECT_THAT(text, HasSubstr("fmul <32 x float>"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("masked.load.v32f32")), Not(HasSubstr("<32 x i1>"))));
}

TEST(Lanes, WhatAllLeaveAtOnceByIsABranchBeforeWhatEachLeavesBy) {
  const std::string text = code(R"(
    float v = 0;
    std::size_t k = 0;
    do {
      v = v * v + x[i];
      ++k;
    } while (k < n && v < 4.0f);
    y[i] = static_cast<float>(k);)");
  EXPECT_THAT(text, AllOf(HasSubstr("br i1"), HasSubstr("fcmp olt <8 x float>")));
  // No vector of whether `k < n`.
  EXPECT_THAT(text, Not(HasSubstr("select i1")));
}

TEST(Lanes, ALoopThatAllLeaveTogetherAsksForNoLaneAfterIt) {
  const std::string text = code(R"(
    float v = x[i];
    while (v < 1000.0f) {
      float sum = v;
      for (std::size_t k = 0; k < n; ++k) sum = sum * x[k] + 0.25f;
      v = sum;
    }
    y[i] = v;)");
  // Whether any lane is left is asked where the outer loop begins and where it goes round, and by no inner round.
  const std::regex question("bitcast <[0-9]+ x i1> %[0-9]+ to i[0-9]+");
  const auto questions =
      std::distance(std::sregex_iterator(text.begin(), text.end(), question), std::sregex_iterator());
  EXPECT_GT(questions, 0);
  EXPECT_LE(questions, 2);
}

TEST(Lanes, NumbersThatArePutTogetherOfBytesAreReadAtOnce) {
  const auto of = [](const std::string& expression) {
    return code("std::uint32_t sum = 0;\nfor (std::size_t k = 0; k < n; ++k) sum += " + expression +
                    ";\ny[i] = static_cast<float>(sum);",
                ", std::span<const std::uint8_t> b");
  };
  EXPECT_THAT(of("std::uint32_t{b[k]} << 24 | std::uint32_t{b[k + 1]} << 16 | std::uint32_t{b[k + 2]} << 8 | b[k + 3]"),
              AllOf(HasSubstr("load i32"), HasSubstr("llvm.bswap.i32"), Not(HasSubstr("load i8"))));
  EXPECT_THAT(of("b[k] | b[k + 1] << 8 | b[k + 2] << 16 | std::uint32_t{b[k + 3]} << 24"),
              AllOf(HasSubstr("load i32"), Not(HasSubstr("llvm.bswap")), Not(HasSubstr("load i8"))));
  // One that goes beyond a narrower part is lost.
  const std::string lossy = code(R"(std::uint64_t sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const std::uint32_t part = (std::uint32_t{b[k + 3]} | std::uint32_t{b[k + 4]} << 8) << 24;
      sum += part | std::uint64_t{b[k]} | std::uint64_t{b[k + 1]} << 8 | std::uint64_t{b[k + 2]} << 16 |
             std::uint64_t{b[k + 5]} << 40 | std::uint64_t{b[k + 6]} << 48 | std::uint64_t{b[k + 7]} << 56;
    }
    y[i] = static_cast<float>(sum);)",
                                 ", std::span<const std::uint8_t> b");
  EXPECT_THAT(lossy, HasSubstr("load i8"));
  // A byte is missing, is there twice, or lies elsewhere.
  for (const char* other :
       {"b[k] | b[k + 1] << 8 | b[k + 2] << 16", "b[k] | b[k] << 8 | b[k + 2] << 16 | b[k + 3] << 24",
        "b[k] | b[k + 1] << 8 | b[k + 2] << 16 | b[k + 4] << 24",
        "b[k] | b[k + 1] << 8 | b[k + 3] << 16 | b[k + 2] << 24"}) {
    EXPECT_THAT(of(other), AllOf(HasSubstr("load i8"), Not(HasSubstr("load i32")))) << other;
  }
}

TEST(Lanes, WhatOnlySomeLanesReachIsMasked) {
  const std::string text = code(R"(
    for (std::size_t k = 0; k < n; ++k) {
      if (x[i] > static_cast<float>(k)) y[k * n + i] += x[k * n + i];
    })");
  EXPECT_THAT(text, HasSubstr("@llvm.masked.load.v8f32"));
  EXPECT_THAT(text, HasSubstr("@llvm.masked.store.v8f32"));
}

TEST(Lanes, WhatAllLanesReachAfterAllIsReadInARow) {
  const std::string text = code(R"(
    for (std::size_t k = 0; k < n; ++k) {
      if (x[i] > static_cast<float>(k)) y[k * n + i] += x[k * n + i];
    })");
  // Once for whole vectors of which all lanes came, and masked for the others.
  EXPECT_THAT(text, AllOf(HasSubstr("store <32 x float>"), HasSubstr("@llvm.masked.store.v32f32")));
}

TEST(Lanes, PlacesWithoutPatternAreGathered) {
  const std::string text = code(R"(
    std::size_t place = i;
    float v = 0;
    for (std::size_t k = 0; k < n; ++k) {
      v += x[place];
      for (int j = 0; j < 9; ++j) v = std::sqrt(v * v + 1.0f) / (v * v - 2.0f) * v;
      place = static_cast<std::size_t>(v);
    }
    y[i] = v;)");
  EXPECT_THAT(text, HasSubstr("@llvm.masked.gather.v"));
}

TEST(Lanes, VectorsAreAsWideAsTheMachineHasThem) {
  const std::string body = "if (i < y.size()) y[i] = std::exp(x[i] * 2);";
  EXPECT_THAT(code(body, "", "", "dotcompute_cpu_2_0"), HasSubstr("fmul <4 x float>"));
  EXPECT_THAT(code(body), HasSubstr("fmul <8 x float>"));
  EXPECT_THAT(code(body, "", "", "dotcompute_cpu_4_0"), HasSubstr("fmul <16 x float>"));
  const std::string loop = R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum = sum * x[k] + static_cast<float>(i);
    y[i] = sum;)";
  EXPECT_THAT(code(loop, "", "", "dotcompute_cpu_4_0"), HasSubstr("fmul <64 x float>"));
}

/// Where each item goes through a place of its own, there are as many streams as lanes.
TEST(Lanes, RowsThatEachItemGoesThroughForItselfAreLeftOneByOne) {
  const std::string rows = R"(
    const auto begin = static_cast<std::size_t>(x[i]);
    double sum = 0;
    for (std::size_t k = begin; k < begin + n; ++k) sum += values[k] * table[columns[k]];
    y[i] = static_cast<float>(sum);)";
  const std::string signature =
      ", std::span<const double> values, std::span<const double> table, std::span<const unsigned> columns";
  for (const char* symbol : {"dotcompute_cpu_3_0", "dotcompute_cpu_4_0"}) {
    EXPECT_THAT(code(rows, signature, "", symbol), Not(HasSubstr("masked.gather"))) << symbol;
  }
}

/// The division, and with it the array's end, is computed before the items' loop, for the array that is not each
/// lane's.
TEST(Lanes, AnArrayWhoseAddressIsTakenBeforeTheLoopIsNotEachLanesOwn) {
  const std::string body = R"(
    double local[6] = {x[i], 1, 2, 3, 4, 5};
    double* first = &local[1];
    double* const last = std::end(local);
    while (first != last) *first++ *= 1.5;
    y[i] = static_cast<float>(local[3]) + (last > first - 3 ? static_cast<float>(last - first) + first[-1] : 0);)";
  EXPECT_THAT(code(body, "", "", "dotcompute_cpu_4_0"), Not(HasSubstr("masked.gather")));
}

/// Four numbers of each item, which lie next to each other, are read at once and transposed.
TEST(Lanes, NeighbouringElementsAreReadAtOnce) {
  const std::string loop = R"(
    const auto at = static_cast<std::size_t>(x[i]);
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum = sum * 0.5f + static_cast<float>(k + i);
    y[i] = sum + z[at] + z[at + 1] * 2 + z[at + 2] * 3)";
  const std::string z = ", std::span<const float> z";
  const std::string whole = code(loop + " + z[at + 3] * 4;", z);
  EXPECT_THAT(whole, AllOf(HasSubstr("load <4 x float>"), Not(HasSubstr("masked.gather"))));
  // Three are not worth it; and a write that others may see comes in between.
  EXPECT_THAT(code(loop + ";", z), AllOf(Not(HasSubstr("load <4 x float>")), HasSubstr("masked.gather")));
  EXPECT_THAT(code(loop + "; y[i + n] = 1; y[i] += z[at + 3] * 4;", z), Not(HasSubstr("load <4 x float>")));
}

/// The places of some neighbours are other neighbours.
TEST(Lanes, NeighboursSayWhereNeighboursAre) {
  const std::string body = R"(
    double sum = 0;
    for (std::size_t r = 0; r < 8; ++r) {
      const std::size_t from = edges[(i * 8 + r) * 2], to = edges[(i * 8 + r) * 2 + 1];
      sum = sum * 0.5 + z[from] + z[from + 1] + z[to] * z[to + 1];
    }
    y[i] = static_cast<float>(sum);)";
  const std::string signature = ", std::span<const std::size_t> edges, std::span<const double> z";
  const std::string text = code(body, signature, "", "dotcompute_cpu_4_0");
  EXPECT_THAT(text, AllOf(HasSubstr("load <2 x double>"), Not(HasSubstr("badref"))));
}

/// A write to the item's own array or to what others see, by one address, comes between the neighbours.
TEST(Lanes, NeighboursAreNotReadBeforeAWriteThatMayBeToThem) {
  const std::string text = code(R"(
    float t[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float s = 1;
    const auto at = static_cast<std::size_t>(x[i]);
    for (unsigned r = 0; r < n; ++r) {
      s = s * 0.5f + y[at] + y[at + 1] * 2;
      if ((flag & r) != 0) {
        t[r & 7] = s;
      } else {
        y[i] = s;
      }
      s = s + y[at + 2] * 3 + y[at + 3] * 4 + t[(r * 5) & 7];
    }
    y[i] = s;)",
                                ", unsigned flag", "", "dotcompute_cpu_4_0");
  EXPECT_THAT(text, AllOf(HasSubstr("masked.gather"), Not(HasSubstr("load <4 x float>"))));
}

TEST(Lanes, RowsOfAKernelOfOneDimensionAreOne) {
  const std::string text = code(R"(
    float table[40];
    for (int k = 0; k < 40; ++k) table[k] = x[i] + static_cast<float>(k);
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum = sum * 0.5f + table[k % 40];
    y[i] = sum;)");
  std::size_t arrays = 0;
  for (auto at = text.find("alloca"); at != std::string::npos; at = text.find("alloca", at + 1)) ++arrays;
  EXPECT_LE(arrays, 3u);  // of vectors, of their rest, and of one item
}

/// As in a hash, most of whose words only go on to the next one's place: eight rounds at once, and not two.
TEST(Lanes, RoundsThatMoveValuesAreWrittenOut) {
  const std::string text = code(R"(
    float w[8];
    for (int k = 0; k < 8; ++k) w[k] = x[i] + static_cast<float>(k);
    for (std::size_t k = 0; k < 64; ++k) {
      const float one = w[0] * w[1] + w[2] / w[3] + x[k] - std::sqrt(w[4]) * w[5];
      const float two = w[4] * w[5] + w[6] / w[7] - std::sqrt(one) * w[7];
      for (int p = 7; p > 0; --p) w[p] = w[p - 1];
      w[0] = one * two + std::sqrt(two) / w[2];
      w[4] += one;
    }
    float sum = 0;
    for (int k = 0; k < 8; ++k) sum += w[k];
    y[i] = sum;)");
  const std::regex division("fdiv <[0-9]+ x float>");
  constexpr int in_a_round = 3;
  EXPECT_GE(std::distance(std::sregex_iterator(text.begin(), text.end(), division), std::sregex_iterator()),
            8 * in_a_round);
}

TEST(Lanes, ALoopThatMostlyCollectsElementsIsLeftAsItIs) {
  const std::string text = code(R"(
    std::size_t place = i;
    for (std::size_t k = 0; k < n; ++k) place = static_cast<std::size_t>(x[place]);
    y[i] = static_cast<float>(place);)");
  EXPECT_THAT(text, Not(HasSubstr("masked.gather")));
}

TEST(Lanes, FunctionsWithoutAVectorAreCalledForEachLane) {
  const std::string text = code(R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += std::acosh(x[k * n + i]) + std::sqrt(x[i]);
    y[i] = sum;)");
  EXPECT_THAT(text, HasSubstr("@llvm.sqrt.v8f32"));
  EXPECT_THAT(text, HasSubstr("float @acoshf(float"));
}

TEST(Lanes, NoVectorLooksAtABoundThatItemsBeginBy) {
  for (const char* bound :
       {"i >= n", "i >= x.size() || n <= i", "static_cast<int>(i) >= static_cast<int>(n)", "n * 7 + i >= y.size()"}) {
    const std::string text = code("if (" + std::string(bound) + R"() return;
      float sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += x[k * n + i];
      y[i] = sum;)");
    // In the loop over whole vectors nothing is masked; the last one is.
    EXPECT_THAT(text, HasSubstr("store <32 x float>")) << bound;
    EXPECT_THAT(text, AllOf(HasSubstr("@llvm.masked.store.v8f32"), Not(HasSubstr("masked.store.v32f32")))) << bound;
  }
}

TEST(Lanes, ItemsWithAllNeighboursDoNotLookForEdges) {
  const std::string text = code(R"(
    if (i >= n) return;
    if (i == 0 || i + 1 == n) {
      y[i] = x[i];
    } else {
      y[i] = x[i - 1] + x[i + 1];
    })");
  // In between the sum is stored as it is; where the last edge may be, it is one of two.
  EXPECT_TRUE(stores_sum(text)) << text;
}

TEST(Lanes, ALoopWithFewValuesTakesFourVectorsAndOneWithManyOne) {
  EXPECT_THAT(code("float v = 0;\nfor (std::size_t k = 0; k < n; ++k) v += x[k];\ny[i] = v * x[i];"),
              HasSubstr("store <32 x float>"));
  const std::string text = code(R"(
    float v[12] = {};
    for (std::size_t k = 0; k < n; ++k) {
      for (int j = 0; j < 12; ++j) v[j] += x[k * n + i] * static_cast<float>(j);
    }
    for (int j = 0; j < 12; ++j) y[j * n + i] = v[j];)");
  EXPECT_THAT(text, AllOf(HasSubstr("<8 x float>"), Not(HasSubstr("<16 x float>"))));
}

TEST(Lanes, ARowOfAGroupIsNoShorterThanItsVectors) {
  const std::string body = R"(
    SharedArray<float, 256> tile;
    tile[local_id()] = x[i];
    barrier();
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += tile[k % 16 * 16 + local_id<0>()];
    y[global_id<1>() * 16 + i] = sum;)";
  const std::string text = code(body, "", "DOTCOMPUTE_GROUP(16, 16)");
  EXPECT_THAT(text, AllOf(HasSubstr("fadd <16 x float>"), Not(HasSubstr("<32 x float>"))));
  EXPECT_THAT(text, Not(HasSubstr("masked.load.v8f32")));
}

TEST(Lanes, ARowOfATileInsideOfEverythingIsOneVector) {
  const std::string text = code(R"(
    SharedArray<float, 256> tile;
    const std::size_t row = global_id<1>();
    tile[local_id<1>() * 16 + local_id<0>()] = row < 1000 && i < n ? x[row * n + i] : 0.0f;
    barrier();
    y[row * 16 + i] = tile[local_id<0>() * 16 + local_id<1>()];)",
                                "", "DOTCOMPUTE_GROUP(16, 16)", "dotcompute_cpu_4_0");
  // What is copied of one element after the other is at the edges.
  EXPECT_THAT(text, AllOf(HasSubstr("load <16 x float>"), HasSubstr("load float")));
}

TEST(Lanes, PartsOfStructsThatItemsKeepAreReadInARow) {
  const std::string text = code(R"(
    SharedArray<float, 64> tile;
    struct { float x, y; unsigned char turns; } kept{x[i], x[i] * 2, 0};
    for (unsigned round = 0; round < 9; ++round) {
      tile[local_id()] = kept.x;
      barrier();
      kept.y += tile[0] * kept.x;
      kept.turns += 3;
      barrier();
    }
    y[i] = kept.y + kept.turns;)",
                                "", "DOTCOMPUTE_GROUP(64)", "dotcompute_cpu_4_0");
  EXPECT_THAT(text, AllOf(HasSubstr("load <16 x float>"), Not(HasSubstr("gather")), Not(HasSubstr("scatter"))));
}

/// How often something occurs in the block, between two labels, that has most of it.
std::size_t most_in_a_block(const std::string& text, const std::string& what) {
  std::size_t most = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    std::size_t count = 0;
    for (std::size_t at = text.find(what, begin); at < end; at = text.find(what, at + 1)) ++count;
    most = std::max(most, count);
    begin = end + 2;
  }
  return most;
}

TEST(Lanes, NarrowElementsThatSomeLanesLeaveOutAreReadInARowWhereNoneDoes) {
  const std::string signature = ", std::span<const std::uint8_t> in, std::span<std::uint8_t> out";
  const std::string text = code("if (x[i] > 0.0f) out[i] = in[i];", signature);
  EXPECT_THAT(text, AllOf(HasSubstr("load <32 x i8>"), HasSubstr("store <32 x i8>")));
  EXPECT_THAT(code("if (x[i] > 0.0f) out[2 * i] = in[i];", signature), Not(HasSubstr("x i8>")));
}

TEST(Lanes, ArraysOfTheItemsOwnLieSideBySide) {
  const std::string text = code(R"(
    if (i >= n) return;
    float own[40];
    for (int k = 0; k < 40; ++k) own[k] = x[static_cast<std::size_t>(k) * n + i];
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += own[k % 40] * own[39 - k % 40];
    y[i] = sum;)");
  EXPECT_THAT(text, AllOf(HasSubstr("fadd <8 x float>"), Not(HasSubstr("gather")), Not(HasSubstr("scatter"))));
}

TEST(Lanes, ArraysThatEachLaneGoesThroughItsOwnWayAreGathered) {
  const std::string text = code(R"(
    float own[32];
    for (int k = 0; k < 32; ++k) own[k] = x[static_cast<std::size_t>(k) * n + i];
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const float v = own[(k + i) & 31];
      sum = (sum * v + 1.0f) / (sum + v * v) - sum;
    }
    y[i] = sum;)");
  EXPECT_THAT(text, AllOf(HasSubstr("@llvm.masked.gather"), HasSubstr("fdiv <8 x float>")));
}

TEST(Lanes, CopiesOfBytesAreLeftToTheItem) {
  const std::string signature =
      ", std::span<const std::array<std::uint8_t, 16>> in, std::span<std::array<std::uint8_t, 16>> out";
  const std::string text = code(R"(
    std::array<std::uint8_t, 16> block = in[i];
    for (std::size_t k = 0; k < n; ++k) block[k % 16] = static_cast<std::uint8_t>(block[k % 16] ^ block[k * 5 % 16]);
    out[i] = block;)",
                                signature);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("gather")), Not(HasSubstr("x [16 x i8]]"))));
}

TEST(Lanes, WhatGoesLaneByLaneTakesOneVector) {
  const std::string text = code(R"(
    auto v = static_cast<std::uint32_t>(i);
    for (std::size_t k = 0; k < n; ++k) {
      v = v * 31 ^ table[v & 255];
      v ^= v << 13;
      v ^= v >> 17;
      v = (v ^ v << 5) * 9 + (v >> 3 ^ v << 7);
      v = (v ^ v << 11) * 5 + (v >> 9 ^ v << 2);
    }
    out[i] = v;)",
                                ", std::span<const std::uint8_t> table, std::span<std::uint32_t> out");
  EXPECT_THAT(text, AllOf(HasSubstr("<8 x i8>"), Not(HasSubstr("<16 x i8>")), Not(HasSubstr("<32 x i8>"))));
}

TEST(Lanes, ShortArraysAndStructsBecomeValues) {
  const std::string text = code(R"(
    struct Pair { float first; float second; };
    Pair pairs[3] = {};
    for (std::size_t k = 0; k < n; ++k) {
      Pair next[3];
      for (int j = 0; j < 3; ++j) next[j] = {pairs[j].second, pairs[j].first + x[k * n + i]};
      for (int j = 0; j < 3; ++j) pairs[j] = next[j];
    }
    y[i] = pairs[0].first + pairs[1].first + pairs[2].second;)");
  EXPECT_THAT(text, AllOf(HasSubstr("x float>"), Not(HasSubstr("alloca"))));
}

TEST(Lanes, ResultsThatAreNotReadPassTheCaches) {
  for (const char* body :
       {"y[i] = x[i] + 1.0f;", "y[i] = x[i] + x[i + 1];", "if (i >= n) return;\ny[i] = x[i] + x[i + 1];",
        "if (i == 0 || i + 1 >= n) return;\ny[i] = x[i - 1] + x[i + 1];"}) {
    const std::string text = code(body);
    EXPECT_THAT(text, HasSubstr("store <16 x float>")) << body;
    EXPECT_THAT(text, AllOf(HasSubstr("align 64, !nontemporal"), HasSubstr("@llvm.x86.sse.sfence"))) << body;
  }
  // Of 8 bytes, a line is 8.
  EXPECT_THAT(code("out[i] = 2 * in[i];", ", std::span<const double> in, std::span<double> out"),
              HasSubstr("store <8 x double>"));
}

TEST(Lanes, ResultsThatAreReadOrLieApartOrTakeLongStayInTheCaches) {
  for (const char* body :
       {"y[i] = y[i] + x[i];", "y[2 * i] = x[i];", "y[i] = x[2 * i];", "y[i] = std::sin(x[i]);",
        "if (x[i] > 0.0f) y[i] = x[i];", "for (std::size_t k = 0; k < n; ++k) y[i * n + k] = x[k];"}) {
    EXPECT_THAT(code(body), Not(HasSubstr("nontemporal"))) << body;
  }
}

TEST(Lanes, WhatARowDecidesIsAskedBeforeIt) {
  const std::string text = code(R"(
    const std::size_t row = global_id<1>();
    const float here = x[row * n + i];
    y[row * n + i] = row > 0 && row + 1 < global_size<1>() ? here + x[(row - 1) * n + i] + x[(row + 1) * n + i] : here;)");
  EXPECT_THAT(text, HasSubstr("!nontemporal"));
}

TEST(Lanes, RowsReadTogetherWhatTheyHaveInCommon) {
  const std::string sum = R"(
      float sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += x[row * n + k] * x[k * width + i];
      y[row * width + i] = sum;)";
  for (const char* guard : {"", "if (row >= n) return;", "if (i >= width || row >= n) return;",
                            "if (static_cast<int>(row) >= static_cast<int>(n)) return;"}) {
    const std::string text =
        code("const std::size_t width = global_size();\nconst std::size_t row = global_id<1>();\n" +
             std::string(guard) + sum);
    EXPECT_EQ(most_in_a_block(text, "fadd <16 x float>"), 4u) << guard;
    EXPECT_EQ(most_in_a_block(text, "load <16 x float>"), 1u) << guard;
  }
}

TEST(Lanes, RowsThatPartAndMeetAgainGoTogetherWhereTheyDoNotPart) {
  const std::string text = code(R"(
    const std::size_t width = global_size();
    const std::size_t row = global_id<1>();
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += x[row * n + k] * x[k * width + i];
    if (row * width + i < y.size() && sum > 0.0f) y[row * width + i] = sum;)");
  EXPECT_EQ(most_in_a_block(text, "fadd <16 x float>"), 4u);
  EXPECT_EQ(most_in_a_block(text, "load <16 x float>"), 1u);
}

TEST(Lanes, RowsOfUnequalLoopsOrWithNothingInCommonAreLeftAlone) {
  const std::string row = "const std::size_t row = global_id<1>();\nfloat sum = 0;\n";
  for (const char* body :
       {"for (std::size_t k = 0; k < row; ++k) sum += x[k * n + i] * x[row + k];\ny[row * n + i] = sum;",
        "for (std::size_t k = 0; k < n; ++k) sum += x[(row + k) * n + i];\ny[row * n + i] = sum;",
        "for (std::size_t k = 0; k < n; ++k) sum += x[k * n + i];\ny[i] = sum;"}) {
    const std::string text = code(row + body);
    EXPECT_EQ(most_in_a_block(text, "fadd <32 x float>"), most_in_a_block(text, "load <32 x float>")) << body;
    EXPECT_EQ(most_in_a_block(text, "fadd <16 x float>"), 0u) << body;
  }
}

TEST(Lanes, IndicesOf32BitsAreLookedAtAndThenInARow) {
  const std::string text = code(R"(
    const std::uint32_t j = static_cast<std::uint32_t>(i);
    float sum = 0;
    for (std::uint32_t k = 0; k < static_cast<std::uint32_t>(n); ++k) sum += x[k * static_cast<std::uint32_t>(n) + j];
    y[j] = sum;)");
  EXPECT_THAT(text, HasSubstr("load <32 x float>"));
  EXPECT_THAT(text, HasSubstr("@llvm.masked.gather.v32f32"));
  EXPECT_THAT(text, HasSubstr("icmp ult i64"));
}

TEST(Lanes, IdsBecomeNumbersByAnInstructionOf32Bits) {
  const std::string text = code(R"(
    float v = static_cast<float>(i);
    for (std::size_t k = 0; k < n; ++k) v = v * v + x[k];
    y[i] = v;)");
  EXPECT_THAT(text, HasSubstr("sitofp <32 x i32>"));
}

TEST(Lanes, MasksAreWordsWhereNoRegisterHoldsThem) {
  const std::string text = code(R"(
    float v = x[i];
    for (std::size_t k = 0; k < n && v < 4.0f; ++k) v = v * v + 0.25f;
    y[i] = v;)");
  EXPECT_THAT(text, HasSubstr("x i32> [ "));
  EXPECT_THAT(text, Not(HasSubstr("x i1> [ ")));
}

// Rows of an item's own are one vector for LLVM and a gather for lanes.
TEST(Lanes, ElementsOfOneItemInARowAreLeftToTheLoop) {
  EXPECT_THAT(code("for (std::size_t k = 0; k < n; ++k) y[i * n + k] = x[i * n + k] * 2;"),
              Not(HasSubstr("masked.scatter")));
}

TEST(Lanes, AllItemsGoThroughASharedArrayTogether) {
  const std::string text = code(R"(
    SharedArray<float, 256> tile;
    tile[local_id()] = x[i];
    barrier();
    const float mine = x[i];
    float sum = 0;
    for (const float other : tile) sum += (other - mine) * (other + mine);
    y[i] = sum;)");
  EXPECT_THAT(text, HasSubstr("fsub <8 x float>"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("masked.gather")), Not(HasSubstr("x ptr> [ "))));
}

TEST(Lanes, RoundsThatAllLanesTakeNeedNoMasks) {
  for (const char* loop : {"std::size_t k = i; k < n; k += global_size()", "int k = int(i); k < int(n); k += 1000",
                           "std::size_t k = i; n > k; k += n / 9"}) {
    const std::string text = code("float sum = 0;\nfor (" + std::string(loop) + ") sum += x[k];\ny[i] = sum;");
    // Eight vectors of all lanes, and with masks what is left to some.
    EXPECT_THAT(text, AllOf(HasSubstr("= load <64 x float>"), HasSubstr("@llvm.masked.load.v64f32"))) << loop;
  }
}

TEST(Lanes, FunctionsAreCalledForWholeVectors) {
  const std::string text = code(R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += std::sin(x[i] * x[k]);
    y[i] = sum;)");
  EXPECT_THAT(text, AllOf(HasSubstr("call <8 x float> @Sleef_cinz_sinf8_u10avx("), Not(HasSubstr("call float"))));
}

TEST(Lanes, AFunctionThatHasMoreLanesComputesSomeInVain) {
  const std::string text = code(R"(
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += std::exp(std::sin(x[i]) * double(x[k]));
    y[i] = static_cast<float>(sum);)");
  EXPECT_THAT(text, AllOf(HasSubstr("@Sleef_cinz_sinf8_u10avx("), HasSubstr("@Sleef_cinz_expd4_u10avx(")));
}

TEST(Lanes, AtomicOperationsAreDoneOneLaneAfterTheOther) {
  const std::string text =
      code("for (std::size_t k = 0; k < n; ++k) atomic_add(u[(i * 7 + k) % 64], 1u);", ", std::span<unsigned> u");
  EXPECT_THAT(text, AllOf(HasSubstr("and <8 x i64>"), HasSubstr("atomicrmw add ptr")));
}

TEST(Lanes, AtomicOperationsOnOneObjectAreOne) {
  const std::string text =
      code("for (std::size_t k = 0; k < n; ++k) atomic_max(u[k], unsigned(x[i]) >> k);", ", std::span<unsigned> u");
  EXPECT_THAT(text, HasSubstr("@llvm.vector.reduce.umax.v"));
  EXPECT_THAT(text, Not(HasSubstr("extractelement")));
}

TEST(Lanes, AtomicOperationsOfSomeLanesLookForThem) {
  const std::string text =
      code("for (std::size_t k = 0; k < n; ++k) if (x[i] > float(k)) atomic_xor(u[(i * 7 + k) % 64], 1u);",
           ", std::span<unsigned> u");
  EXPECT_THAT(text, AllOf(HasSubstr("fcmp ogt <8 x float>"), HasSubstr("@llvm.cttz.")));
}

TEST(Lanes, SharedCountersOfAGridStrideLoopAreCountedWithoutMasksAndWithoutAtomicInstructions) {
  const std::string text = code(R"(
    SharedArray<unsigned, 64> mine;
    mine[local_id()] = 0;
    barrier();
    for (std::size_t k = global_id(); k < x.size(); k += global_size()) atomic_add(mine[unsigned(x[k]) % 64], 1u);
    barrier();
    y[global_id()] = static_cast<float>(mine[local_id()]);)");
  EXPECT_THAT(text, AllOf(HasSubstr("load <8 x float>"), Not(HasSubstr("atomicrmw"))));
}

TEST(Lanes, ALoopThatMayWaitForAnotherItemIsLeftAlone) {
  const std::string text =
      code("while (atomic_exchange(u[i % 4], 1u) != 0) {}\ny[i] = 1; atomic_exchange(u[i % 4], 0u);",
           ", std::span<unsigned> u");
  EXPECT_THAT(text, Not(HasSubstr("x i32>")));
}

TEST(Lanes, SumsOfFloatsOnOneObjectAreAddedInTurn) {
  const std::string text = code("for (std::size_t k = 0; k < n; ++k) atomic_add(y[k], x[i] * x[k]);");
  EXPECT_THAT(text,
              AllOf(HasSubstr("fmul <8 x float>"), HasSubstr("atomicrmw fadd"), Not(HasSubstr("vector.reduce.f"))));
}

TEST(Lanes, AtomicOperationsThatCompareAreLeftAlone) {
  const std::string text =
      code("for (unsigned k = 0; k < n; ++k) atomic_compare_exchange(u[(i * 7 + k) % 64], k, k + 1);",
           ", std::span<unsigned> u");
  EXPECT_THAT(text, AllOf(HasSubstr("cmpxchg"), Not(HasSubstr("extractelement"))));
}

}  // namespace

}  // namespace kernelc
