#pragma once

/// Linking in kernelc's own process.

#include <span>
#include <string>
#include <vector>

namespace kernelc {

/// Links one relocatable object into a shared object that exports `dotcompute_unit` alone, needs libm.so.6 and
/// besides it of SLEEF, libmvec, libc.so.6 and the dynamic linker what it calls, and leaves no other symbol open. The
/// same object gives the same bytes. Empty on failure, with the linker's words in `error`. Not thread-safe.
[[nodiscard]] std::vector<char> link_shared(std::span<const char> object, std::string& error);

}  // namespace kernelc
