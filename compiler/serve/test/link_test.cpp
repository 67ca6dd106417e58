#include "serve/link.hpp"

#include <dlfcn.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <dotcompute/kernel/abi.h>

namespace kernelc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<char> bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A directory that is TMPDIR while the test runs; the linker must leave nothing in it.
class LinkTest : public ::testing::Test {
 protected:
  LinkTest() {
    std::string path = (fs::temp_directory_path() / "link-test-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    directory_ = path;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~LinkTest() override {
    ::unsetenv("TMPDIR");
    fs::remove_all(directory_);
  }
  void TearDown() override { EXPECT_TRUE(fs::is_empty(directory_)) << "files stay behind"; }

  static std::vector<char> linked(const char* object) {
    std::string error;
    std::vector<char> bytes = link_shared(bytes_of(object), error);
    EXPECT_EQ(error, "");
    EXPECT_FALSE(bytes.empty());
    return bytes;
  }
  static std::string error_of(const std::vector<char>& object) {
    std::string error;
    EXPECT_TRUE(link_shared(object, error).empty());
    return error;
  }

  [[nodiscard]] const fs::path& directory() const { return directory_; }

 private:
  fs::path directory_;
};

using Elf = llvm::object::ELF64LEObjectFile;

/// Reads a shared object of this machine's kind.
class SharedObject {
 public:
  explicit SharedObject(const std::vector<char>& bytes)
      : buffer_(llvm::MemoryBuffer::getMemBufferCopy({bytes.data(), bytes.size()})),
        file_(llvm::cantFail(Elf::create(buffer_->getMemBufferRef()))) {}

  [[nodiscard]] std::set<std::string> exported() const { return symbols(false); }
  [[nodiscard]] std::set<std::string> open() const { return symbols(true); }

  [[nodiscard]] std::vector<std::string> needed() const {
    std::vector<std::string> names;
    const auto entries = llvm::cantFail(file_.getELFFile().dynamicEntries());
    llvm::StringRef strings;
    for (const auto& section : file_.sections()) {
      if (llvm::cantFail(section.getName()) == ".dynstr") strings = llvm::cantFail(section.getContents());
    }
    for (const auto& entry : entries) {
      if (entry.getTag() == llvm::ELF::DT_NEEDED) names.emplace_back(strings.substr(entry.getVal()).data());
    }
    return names;
  }

 private:
  [[nodiscard]] std::set<std::string> symbols(bool undefined) const {
    std::set<std::string> names;
    for (const auto& symbol : file_.getDynamicSymbolIterators()) {
      const bool is_undefined = (llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) != 0;
      if (is_undefined == undefined) names.insert(llvm::cantFail(symbol.getName()).str());
    }
    return names;
  }

  std::unique_ptr<llvm::MemoryBuffer> buffer_;
  Elf file_;
};

TEST_F(LinkTest, OnlyTheUnitIsExported) {
  const SharedObject object(linked(UNIT_OBJECT));
  EXPECT_THAT(object.exported(), ElementsAre("dotcompute_unit"));
  std::set<std::string> open = object.open();
  open.erase("__tls_get_addr");  // Some architectures reach thread-local variables without it.
  EXPECT_THAT(open, ElementsAre("memmove", "tgamma"));
}

TEST_F(LinkTest, OnlySystemLibrariesAreNeeded) {
  std::vector<std::string> needed = SharedObject(linked(UNIT_OBJECT)).needed();
  std::erase_if(needed, [](const std::string& name) { return name.starts_with("ld-linux"); });
  EXPECT_THAT(needed, ElementsAre("libm.so.6", "libc.so.6"));
}

TEST_F(LinkTest, TheSameObjectGivesTheSameBytes) {
  const std::vector<char> first = linked(UNIT_OBJECT);
  EXPECT_EQ(linked(UNIT_OBJECT), first);
  EXPECT_EQ(std::string(first.begin(), first.end()).find(directory().string()), std::string::npos)
      << "the place of the temporary files is in the output";
}

TEST_F(LinkTest, TheResultRuns) {
  const std::vector<char> bytes = linked(UNIT_OBJECT);
  const fs::path path = directory() / "unit.so";
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << ::dlerror();
  fs::remove(path);
  const auto* unit = static_cast<const dotcompute_unit*>(::dlsym(library, "dotcompute_unit"));
  ASSERT_NE(unit, nullptr);
  double values[] = {3.0, 4.5};
  const volatile double not_folded = values[1];  // The host's compiler would round the last bit in its own way.
  const dotcompute_span span{values, 2};
  constexpr dotcompute_grid grid{{2, 1, 1}};
  constexpr dotcompute_box items{{0, 0, 0}, {2, 1, 1}};
  unit->kernels[0].reference(&span, &grid, &items);
  EXPECT_EQ(values[0], 2.0);
  EXPECT_EQ(values[1], std::tgamma(not_folded));
  ::dlclose(library);
}

TEST_F(LinkTest, AnOpenSymbolIsRefused) {
  EXPECT_THAT(error_of(bytes_of(OBJECT_WITH_OPEN_SYMBOL)), HasSubstr("undefined symbol: somebody_elses_function"));
}

TEST_F(LinkTest, AnObjectWithoutAUnitIsRefused) {
  EXPECT_THAT(error_of(bytes_of(OBJECT_WITHOUT_UNIT)), HasSubstr("dotcompute_unit"));
}

TEST_F(LinkTest, WhatIsNoObjectIsRefusedAndTheNextOneLinked) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(error_of({'n', 'o'}), "");
    EXPECT_NE(error_of({}), "");
    EXPECT_FALSE(linked(UNIT_OBJECT).empty());
  }
}

TEST_F(LinkTest, NoPlaceForFilesIsAnError) {
  ::setenv("TMPDIR", (directory() / "none").c_str(), 1);
  EXPECT_THAT(error_of(bytes_of(UNIT_OBJECT)), HasSubstr("no temporary directory can be made; set TMPDIR"));
}

}  // namespace
}  // namespace kernelc
