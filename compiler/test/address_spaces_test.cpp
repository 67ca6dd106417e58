#include "emit/source/address_spaces.hpp"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <llvm/IR/LLVMContext.h>
#include <llvm/Support/TargetSelect.h>

#include "frontend/parse.hpp"

namespace kernelc::source {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// The models of a source's kernels.
class Source {
 public:
  explicit Source(const std::string& text)
      : Source("kernel.cpp", "#include <algorithm>\n#include <array>\n#include <dotcompute/kernel.hpp>\n" + text) {}

  static Source from_file(const std::filesystem::path& path) { return Source(path.string(), std::nullopt); }

  [[nodiscard]] const model::Kernel& kernel() const { return model_->kernels.at(0); }
  [[nodiscard]] const std::vector<model::Kernel>& kernels() const { return model_->kernels; }

 private:
  Source(const std::string& file, const std::optional<std::string>& text) {
    llvm::InitializeNativeTarget();
    llvm::LLVMContext context;
    const ParseResult result = parse({file, text, {"-std=c++20", KERNEL_INCLUDES}}, context, *model_);
    EXPECT_TRUE(result.ok) << result.diagnostics;
  }

  std::unique_ptr<model::Model> model_ = std::make_unique<model::Model>();
};

std::string text(const Spaces& spaces) {
  std::string result;
  for (const Space space : spaces) {
    if (!result.empty()) result += ' ';
    result += space == Space::global     ? "global"
              : space == Space::shared   ? "shared"
              : space == Space::constant ? "constant"
                                         : "automatic";
  }
  return result.empty() ? "-" : result;
}

/// What is found for the first kernel of a source.
struct Found {
  explicit Found(const std::string& text) : source(text), spaces(find_address_spaces(source.kernel())) {}

  /// "pick(global, -) -> global": one line per clone.
  [[nodiscard]] std::vector<std::string> clones() const {
    std::vector<std::string> lines;
    for (const FunctionClone& clone : spaces.clones) {
      std::string line = clone.function->name + "(";
      for (std::size_t i = 0; i < clone.parameters.size(); ++i) {
        line += (i == 0 ? "" : ", ") + text(clone.parameters[i]);
      }
      lines.push_back(line + ") -> " + text(clone.result));
    }
    return lines;
  }

  /// The spaces of a local of the kernel.
  [[nodiscard]] std::string local(const std::string& name) const {
    for (const auto& [variable, slots] : spaces.clones.back().variables) {
      if (variable->name == name) return text(slots);
    }
    return "none";
  }

  /// How many arguments are copied in all clones.
  [[nodiscard]] std::size_t copies() const {
    std::size_t count = 0;
    for (const FunctionClone& clone : spaces.clones) count += clone.copies.size();
    return count;
  }

  Source source;
  AddressSpaces spaces;
};

/// A kernel over `x`, `y` and `i` with this body, after these declarations.
std::string kernel(const std::string& before, const std::string& body) {
  return before + "\nDOTCOMPUTE_KERNEL void k(std::span<const float> x, std::span<float> y, float a) {\n" +
         "  const std::size_t i = dotcompute::global_id();\n" + body + "\n}\n";
}

TEST(AddressSpaces, SpansOfTheKernelAreGlobalAndLocalsAutomatic) {
  const Found found(kernel("", R"(
    const float* p = x.data() + i;
    float local[4] = {a};
    float* q = local;
    float* null = nullptr;
    const float** pp = &p;
    std::span<const float> part = x.subspan(1);
    std::span<float> mine(local, 4);
    y[i] = *p + *q + (null == nullptr ? 1.0f : 2.0f) + **pp + part[0] + mine[1];
  )"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_THAT(found.clones(), ElementsAre("k(global, global, -) -> -"));
  EXPECT_EQ(found.local("p"), "global");
  EXPECT_EQ(found.local("q"), "automatic");
  EXPECT_EQ(found.local("null"), "automatic");
  EXPECT_EQ(found.local("pp"), "automatic global");
  EXPECT_EQ(found.local("part"), "global");
  EXPECT_EQ(found.local("mine"), "automatic");
  EXPECT_EQ(found.local("local"), "none");
}

TEST(AddressSpaces, AFunctionHasOneCloneForEachCombination) {
  const Found found(kernel(R"(
    constexpr float table[4] = {1, 2, 3, 4};
    float sum(const float* p) { return p[0] + p[1]; }
    float both(const float* p, const float* q) { return sum(p) + sum(q); })",
                           R"(
    float local[2] = {a, a};
    y[i] = both(local, &x[i]) + both(&x[i], &x[0]) + both(&y[0], &y[1]) + sum(table);
  )"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_THAT(found.clones(),
              ElementsAre("sum(automatic) -> -", "sum(global) -> -", "both(automatic, global) -> -",
                          "both(global, global) -> -", "sum(constant) -> -", "k(global, global, -) -> -"));
}

TEST(AddressSpaces, CallsPointToTheirClone) {
  const Found found(kernel("float sum(const float* p) { return p[0] + p[1]; }",
                           "float local[2] = {a, a};\n y[i] = sum(local) + sum(&x[i]);"));
  const FunctionClone& kernel = found.spaces.clones.back();
  ASSERT_EQ(kernel.callees.size(), 2u);
  for (const auto& [expression, index] : kernel.callees) {
    const auto& call = std::get<model::Call>(expression->node);
    EXPECT_EQ(kernel.expressions.at(call.arguments[0]), found.spaces.clones.at(index).parameters[0]);
    EXPECT_EQ(call.callee, found.spaces.clones.at(index).function);
  }
  EXPECT_NE(kernel.callees.begin()->second, std::next(kernel.callees.begin())->second);
}

TEST(AddressSpaces, AResultHasTheSpaceOfTheArgumentItComesFrom) {
  const Found found(kernel(R"(
    template <class T> T* next(T* p) { return p + 1; }
    struct Pair { const float* first; float* second; };
    Pair make(const float* p, float* q) { return {p, q}; })",
                           R"(
    float local[2] = {a, a};
    Pair pair = make(next(&x[i]), next(local));
    const float* taken = pair.first;
    y[i] = *taken + *pair.second;
  )"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_EQ(found.local("pair"), "global automatic");
  EXPECT_EQ(found.local("taken"), "global");
  EXPECT_THAT(found.clones(), Contains("make(global, automatic) -> global automatic"));
}

TEST(AddressSpaces, ReferencesThatAreWrittenKeepTheirObject) {
  const Found found(kernel("void swap(float& left, float& right) { float t = left; left = right; right = t; }",
                           "float local = a;\n swap(local, y[i]);"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_EQ(found.copies(), 0u);
  EXPECT_THAT(found.clones(), Contains("swap(automatic, global) -> -"));
}

TEST(AddressSpaces, MinAndMaxOfALocalAndAnElementCopyTheElement) {
  const Found found(kernel("", "y[i] = std::max(a, x[i]) + std::clamp(y[i], 0.0f, x[i]) + std::max(x[i], y[i]);"));
  EXPECT_EQ(found.spaces.conflict, "");
  // x[i] of the first; y[i] and x[i] of the second; the third needs none.
  EXPECT_EQ(found.copies(), 3u);
  EXPECT_THAT(found.clones(), Contains("std::max<float>(automatic, automatic) -> automatic"));
  EXPECT_THAT(found.clones(), Contains("std::max<float>(global, global) -> global"));
  for (const auto& [argument, variable] : found.spaces.clones.back().copies) {
    EXPECT_EQ(variable->type, argument->type->element);
    EXPECT_EQ(found.spaces.clones.back().expressions.at(argument), Spaces{Space::automatic});
  }
}

TEST(AddressSpaces, NestedMinAndMaxAndTablesWork) {
  const Found found(kernel("constexpr std::array<float, 4> table{1, 2, 3, 4};",
                           "const float m = std::max(std::max(a, x[i]), std::min(table[i % 4], y[i]));\n y[i] = m;"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_GE(found.copies(), 3u);
}

TEST(AddressSpaces, HelpersThatReturnValuesFromReferencesWork) {
  const Found found(kernel("float larger(const float& p, const float& q) { const float& m = p < q ? q : p; return m; }",
                           "y[i] = larger(a, x[i]);"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_EQ(found.copies(), 1u);
}

TEST(AddressSpaces, AChoiceOfValuesNeedsNoCommonSpace) {
  const Found found(kernel("struct S { float v; };", R"(
    S s{a};
    y[i] = (i > 3 ? a : x[i]) + (i > 4 ? s.v : y[i]);
  )"));
  EXPECT_EQ(found.spaces.conflict, "");
}

TEST(AddressSpaces, PointersThatAreComparedAreOfOneType) {
  const Found found(kernel("", R"(
    std::span<float> all = y;
    std::span<float>* none = nullptr;
    y[i] = none == &all ? 1.0f : 2.0f;
  )"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_EQ(found.local("none"), "automatic global");
}

TEST(AddressSpaces, MembersAndRangesFollowTheirObject) {
  const Found found(R"(
    struct Vector { float v[3]; float at(int k) const { return v[k]; } float& operator[](int k) { return v[k]; } };
    DOTCOMPUTE_KERNEL void k(std::span<Vector> x, std::span<const std::array<float, 4>> z) {
      Vector local = x[0];
      for (float& f : local.v) f += 1;
      for (float& f : x[1].v) f += 1;
      for (const float& f : z[0]) local[0] += f;
      local[1] = x[2].at(1) + z[1][2];
      x[3][2] = local.at(2);
    })");
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_THAT(found.clones(), Contains("Vector::at(global, -) -> -"));
  EXPECT_THAT(found.clones(), Contains("Vector::at(automatic, -) -> -"));
  EXPECT_THAT(found.clones(), Contains("Vector::operator[](global, -) -> global"));
  EXPECT_THAT(found.clones(), Contains("Vector::operator[](automatic, -) -> automatic"));
}

TEST(AddressSpaces, ConstructorsBuildLocalObjects) {
  const Found found(
      kernel("struct View { std::span<const float> s; View(std::span<const float> s) : s(s) {}\n"
             "float get(std::size_t i) const { return s[i]; } };",
             "View view(x);\n float local[3] = {a};\n View mine(std::span<const float>(local, 3));\n"
             "y[i] = view.get(i) + mine.get(0);"));
  EXPECT_EQ(found.spaces.conflict, "");
  EXPECT_EQ(found.local("view"), "global");
  EXPECT_EQ(found.local("mine"), "automatic");
  EXPECT_THAT(found.clones(), Contains("View::View(automatic global, global) -> -"));
  EXPECT_THAT(found.clones(), Contains("View::get(automatic automatic, -) -> -"));
}

TEST(AddressSpaces, TheGenericSpaceHasOneCloneOfEachFunction) {
  const Source source(kernel("float sum(const float* p) { return p[0]; }",
                             "const float* p = &a;\n if (i > 2) p = &x[i];\n y[i] = sum(p) + sum(&x[i]) + sum(&a);"));
  const AddressSpaces spaces = generic_address_space(source.kernel());
  EXPECT_EQ(spaces.conflict, "");
  ASSERT_EQ(spaces.clones.size(), 2u);
  EXPECT_EQ(spaces.clones[0].function->name, "sum");
  EXPECT_EQ(spaces.clones[0].parameters, std::vector<Spaces>{{Space::automatic}});
}

/// The refusal of a kernel with this body.
std::string conflict(const std::string& before, const std::string& body) {
  const Found found(kernel(before, body));
  EXPECT_TRUE(found.spaces.clones.empty());
  return found.spaces.conflict;
}

constexpr const char* advice = ", and OpenCL C and Metal have no pointer to both: use two pointers, an index or a copy";

TEST(AddressSpaces, APointerToTwoSpacesIsRefused) {
  EXPECT_EQ(conflict("", "const float* p = &a;\n if (i > 2) p = &x[i];\n y[i] = *p;"),
            std::string("'p' (line 8) may refer to a local variable and to the kernel's memory") + advice);
  EXPECT_EQ(conflict("", "const float& r = i > 2 ? a : x[i];\n y[i] = r;"),
            std::string("'r' (line 7) may refer to a local variable and to the kernel's memory") + advice);
  EXPECT_EQ(conflict("constexpr float t[2] = {1, 2};", "std::span<const float> s = x;\n s = t;\n y[i] = s[0];"),
            std::string("'s' (line 8) may refer to the kernel's memory and to a constant table") + advice);
  EXPECT_EQ(
      conflict("", "(i > 2 ? a : y[i]) = 1;"),
      std::string("a pointer or reference (line 7) may refer to a local variable and to the kernel's memory") + advice);
  EXPECT_EQ(
      conflict("", "y[i] = static_cast<float>(&a - &x[i]);"),
      std::string("a pointer or reference (line 7) may refer to a local variable and to the kernel's memory") + advice);
  EXPECT_EQ(
      conflict("", "y[i] = &a == &x[i] ? 1 : 2;"),
      std::string("a pointer or reference (line 7) may refer to a local variable and to the kernel's memory") + advice);
}

TEST(AddressSpaces, ACallWhoseReferencesMustStayIsRefused) {
  const std::string refusal =
      std::string(
          "a pointer or reference that 'pick' takes or returns (line 7) may refer to a local variable and to "
          "the kernel's memory") +
      advice;
  // The result is written, kept, compared, walked, or read after a write.
  EXPECT_EQ(conflict("float& pick(float& p, float& q) { return p < q ? p : q; }", "pick(a, y[i]) = 1;"), refusal);
  const std::string pick = "const float& pick(const float& p, const float& q) { return p < q ? p : q; }";
  EXPECT_EQ(conflict(pick, "const float& kept = pick(a, y[i]); a = 2; y[i] = kept;"), refusal);
  EXPECT_EQ(conflict(pick, "y[i] = &pick(a, y[i]) == &a;"), refusal);
  EXPECT_EQ(conflict(pick, "y[i] = (&pick(a, y[i]))[1];"), refusal);
  EXPECT_EQ(conflict(pick, "y[i] = pick(a, y[i] += 1);"), refusal);
  EXPECT_EQ(conflict("float pick(const float* p, const float* q) { return (*p < *q ? p : q)[1]; }",
                     "float b[2] = {a, a}; y[i] = pick(b, &x[i]);"),
            refusal);
  EXPECT_EQ(conflict("float pick(const float* p, const float* q) { return (*p < *q ? p : q)[1]; }",
                     "y[i] = pick(&a, &x[i]);"),
            refusal);
  EXPECT_EQ(conflict("float pick(const float* p, const float* q) { if (*p < *q) p = q; return *++p; }",
                     "y[i] = pick(&a, &x[i]);"),
            refusal);
  EXPECT_EQ(conflict("const float& pick(const float& p, const float& q, float* w) { *w = 5; return p < q ? p : q; }",
                     "y[i] = pick(a, x[i], &y[i]);"),
            refusal);
  EXPECT_EQ(conflict("bool pick(const float& p, const float& q) { return &p == &q; }", "y[i] = pick(a, x[i]);"),
            refusal);
}

TEST(AddressSpaces, AListOfLocalsIsRefused) {
  const std::string text = conflict("struct Node { Node* next; float v; };",
                                    "Node last{nullptr, a}; Node first{&last, a}; y[i] = first.next->v;");
  EXPECT_THAT(text, HasSubstr("(line 5) uses 'Node', which holds pointers to itself"));
}

TEST(AddressSpaces, EveryKernelOfTheSuiteHasThem) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(KERNEL_SUITE)) {
    if (entry.path().extension() != ".cpp") continue;
    const Source source = Source::from_file(entry.path());
    for (const model::Kernel& kernel : source.kernels()) {
      const AddressSpaces spaces = find_address_spaces(kernel);
      EXPECT_EQ(spaces.conflict, "") << kernel.function->name;
      EXPECT_EQ(generic_address_space(kernel).conflict, "") << kernel.function->name;
      ++count;
    }
  }
  EXPECT_GT(count, 90u);
}

}  // namespace

}  // namespace kernelc::source
