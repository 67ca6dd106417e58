#include "driver/compile.hpp"

#include <initializer_list>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

/// The artefact of a kernel with this body, over `x`, `y` and `n`.
std::string artefact(const std::string& body, Emit emit, const std::string& attributes = "") {
  CompileOptions options;
  options.file = "groups.cpp";
  options.text = "#include <dotcompute/kernel.hpp>\nusing namespace dotcompute;\nDOTCOMPUTE_KERNEL " + attributes +
                 " void k(std::span<const float> x, std::span<float> y, unsigned n) {\n" + body + "\n}\n";
  options.emit = emit;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  return {result.output.begin(), result.output.end()};
}

constexpr const char* tree = R"(
  SharedArray<float, 256> partial;
  const std::size_t i = local_id();
  partial[i] = x[global_id()];
  for (std::size_t half = local_size() / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) partial[i] += partial[i + half];
  }
  if (i == 0) y[group_id()] = partial[0];)";

TEST(GroupModel, TellsWhatAKernelUsesOfItsGroup) {
  const std::string model = artefact(tree, Emit::model, "DOTCOMPUTE_GROUP(64, 2)");
  EXPECT_THAT(model, HasSubstr("\"ids\": true"));
  EXPECT_THAT(model, HasSubstr("\"barriers\": true"));
  EXPECT_THAT(model, HasSubstr("\"shared_bytes\": 1024"));
  EXPECT_THAT(model, HasSubstr("(barrier)"));
  EXPECT_THAT(model, HasSubstr("(local-id 0)"));
  EXPECT_THAT(model, HasSubstr("share $"));
}

TEST(GroupModel, OfAPlainKernelSaysNothing) {
  EXPECT_THAT(artefact("y[global_id()] = 1;", Emit::model, "DOTCOMPUTE_GROUP(64)"), Not(HasSubstr("\"group\"")));
}

// Ids are computed again, `half` is the group's, and nothing else lives across the barriers.
TEST(GroupPlan, KeepsNothingThatCanBeComputedAgain) {
  EXPECT_THAT(artefact(tree, Emit::model), HasSubstr("\"item_bytes\": 0"));
}

TEST(GroupPlan, KeepsWhatLivesAcrossABarrierAndOnlyThat) {
  const char* body = R"(
    float kept = x[global_id()];
    float gone = kept * 2;
    y[global_id()] = gone;
    barrier();
    float fresh;
    fresh = kept + 1;
    gone = fresh;
    y[global_id()] = gone;)";
  EXPECT_THAT(artefact(body, Emit::model), HasSubstr("\"item_bytes\": 4"));
}

TEST(GroupPlan, KeepsAValueCarriedFromTurnToTurn) {
  const char* body = R"(
    double sum = 0;
    for (unsigned k = 0; k < n; ++k) {
      const double square = x[global_id()] * k;
      sum += square;
      barrier();
    }
    y[global_id()] = sum;)";
  EXPECT_THAT(artefact(body, Emit::model), HasSubstr("\"item_bytes\": 8"));
}

constexpr const char* strided = R"(
  SharedArray<float, 256> partial;
  const std::size_t i = local_id();
  float sum = 0;
  for (std::size_t k = global_id(); k < x.size(); k += 256) sum += x[k];
  partial[i] = sum;
  barrier();
  if (i == 0) y[group_id()] = partial[0] + partial[1];)";

std::string with(std::string text, const std::string& what, const std::string& replacement) {
  text.replace(text.find(what), what.size(), replacement);
  return text;
}

TEST(GroupPlan, TakesTheRoundsOfAStridedLoopTogether) {
  // The sum is kept from round to round, and nothing else is.
  const auto kept = HasSubstr("\"item_bytes\": 4");
  const auto model = [](const std::string& body) { return artefact(body, Emit::model, "DOTCOMPUTE_GROUP(256)"); };
  EXPECT_THAT(model(strided), kept);
  EXPECT_THAT(model(with(strided, "k < x.size()", "std::min(x.size(), y.size()) > k")), kept);
  EXPECT_THAT(model(with(strided, "std::size_t k = global_id()", "unsigned k = unsigned(i + group_id())")), kept);
  const std::string narrow =
      with(strided, "const std::size_t i = local_id()", "const unsigned i = unsigned(local_id())");
  EXPECT_THAT(model(with(narrow, "k = global_id()", "k = i")), kept);
}

TEST(GroupPlan, LeavesALoopWholeWhereRoundsTogetherCannotBeOrDoNotPay) {
  const auto none = HasSubstr("\"item_bytes\": 0");
  const auto model = [](const std::string& body, const char* group = "DOTCOMPUTE_GROUP(256)") {
    return artefact(body, Emit::model, group);
  };
  EXPECT_THAT(model(strided, "DOTCOMPUTE_GROUP(128)"), none);
  EXPECT_THAT(model(strided, "DOTCOMPUTE_GROUP(16, 16)"), none);
  EXPECT_THAT(model(strided, ""), none);
  for (const auto& [what, replacement] : std::initializer_list<std::pair<const char*, const char*>>{
           {"k += 256", "k += 255"},                                  // each item reads what others read
           {"k += 256", "k += i + 256"},                              // of another step each
           {"k += 256", "k += global_size()"},                        // a sum of rows that lie far apart
           {"k = global_id()", "k = 2 * global_id()"},                // not side by side
           {"k = global_id()", "k = x.size() - global_id()"},         // backwards
           {"k < x.size()", "k != x.size()"},                         // not a bound
           {"k < x.size()", "k < x.size() - i"},                      // each has its own
           {"k < x.size()", "k < (y[i] += 1, x.size())"},             // asked once more, it would change
           {"sum += x[k]", "{ if (x[k] < 0) break; sum += x[k]; }"},  // some leave
           {"sum += x[k]", "{ sum += x[k]; k += n; }"},
           {"sum += x[k]", "for (int j = 0; j < 9; ++j) sum = sum * x[k] + 1"},
           {"sum += x[k]", "sum += x[k * n]"},  // not in a row
           // Another number than the counter, where it is beyond 2^31.
           {"std::size_t k = global_id(); k < x.size()", "unsigned k = unsigned(global_id()); int(k) < int(n)"},
       }) {
    EXPECT_THAT(model(with(strided, what, replacement)), none) << replacement;
  }
}

TEST(GroupPlan, ComputesOnceWhatIsTheSameForAllItems) {
  const char* body = R"(
    double sum = 0;
    for (unsigned k = 0; k < n; ++k) {
      sum += x[k] * x[k];
      barrier();
    }
    y[global_id()] = sum;)";
  EXPECT_THAT(artefact(body, Emit::model), HasSubstr("\"item_bytes\": 0"));
}

// One name for two variables: a counter of each item's own, then one of the group's.
TEST(GroupPlan, ANameThatIsUsedAgainIsAnotherVariable) {
  const char* body = R"(
    SharedArray<float, 256> s;
    unsigned i, t = local_id();
    for (i = t; i < n; i += 256) y[i] += 1;
    s[t] = x[t];
    barrier();
    for (i = 128; i > 0; i /= 2) {
      if (t < i) s[t] += s[t + i];
      barrier();
    }
    if (t == 0) y[group_id()] = s[0];)";
  EXPECT_THAT(artefact(body, Emit::model), HasSubstr("\"item_bytes\": 0"));
}

// What may reach a use from two definitions is one variable, also around a loop, through a `continue` and out of a
// switch; the address of a variable keeps it whole.
TEST(GroupPlan, ANameWithAUseInCommonStaysOneVariable) {
  for (const char* start : {"unsigned i = 0; if (t > 3) i = n;", "unsigned i = 8; unsigned* p = &i; if (t > 3) *p = n;",
                            "unsigned i = 0; switch (n) { case 1: i = t; case 2: break; default: i = 3; }",
                            "unsigned i = 0; for (unsigned k = 0; k < n; ++k) { if (i > 9) continue; i = t + k; }",
                            "unsigned i = 0; for (;;) { if (n > 3) { i = t; break; } i = 1; break; }",
                            "unsigned i = 0, j; j = (n > 3 && (i = t) > 2) ? 1 : 0; y[j] = 1;"}) {
    const std::string body = "const unsigned t = local_id();" + std::string(start) + "for (; i > 0; --i) barrier();";
    CompileOptions options;
    options.file = "groups.cpp";
    options.text =
        "#include <dotcompute/kernel.hpp>\nusing namespace dotcompute;\nDOTCOMPUTE_KERNEL "
        "void k(std::span<float> y, unsigned n) {\n" +
        body + "\n}\n";
    options.emit = Emit::model;
    options.host_options = {"-std=c++20", KERNEL_INCLUDES};
    const CompileResult result = compile(options);
    EXPECT_FALSE(result.ok) << start;
    EXPECT_THAT(result.diagnostics, HasSubstr("barrier-not-uniform")) << start;
  }
}

TEST(GroupCode, RunsItemsAsVectorsAndUniformLoopsOnce) {
  const std::string code = artefact(tree, Emit::cpu);
  EXPECT_THAT(code, HasSubstr("fadd <8 x float>"));
  EXPECT_THAT(code, HasSubstr("store <8 x float>"));
  // The items that do nothing in a round are not run in it.
  EXPECT_THAT(code, Not(HasSubstr("llvm.masked.")));
}

TEST(GroupCode, IsDeterministic) { EXPECT_EQ(artefact(tree, Emit::object), artefact(tree, Emit::object)); }

TEST(GroupCode, PlainKernelsHaveNoneOfIt) {
  EXPECT_THAT(artefact("y[global_id()] = x[global_id()];", Emit::object), Not(HasSubstr("reference_groups")));
}

}  // namespace

}  // namespace kernelc
