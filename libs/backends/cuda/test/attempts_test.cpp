#include "attempts.hpp"

#include <gtest/gtest.h>

namespace dotcompute::cuda {
namespace {

TEST(AttemptsTest, NamesEveryPlaceAndRepeatsNothing) {
  Attempts attempts;
  EXPECT_EQ(attempts.text(), "");
  attempts.add("a.so", "a.so: cannot open shared object file: No such file or directory");
  EXPECT_EQ(attempts.text(), "not there: a.so");
  attempts.add("/b/a.so", "/b/a.so: wrong ELF class: ELFCLASS32");
  attempts.add("/c/a.so", "/c/a.so: cannot open shared object file: No such file or directory");
  attempts.add("/d/a.so", "libneeded.so.1: cannot open shared object file: No such file or directory");
  attempts.add("/e/a.so", "it is too new");
  EXPECT_EQ(
      attempts.text(),
      "not there: a.so, /c/a.so; /b/a.so: wrong ELF class: ELFCLASS32; /d/a.so: libneeded.so.1: cannot open shared "
      "object file: No such file or directory; /e/a.so: it is too new");
}

}  // namespace
}  // namespace dotcompute::cuda
