#pragma once

/// Where the library lies, and what it was built with.

#include <filesystem>
#include <string>
#include <vector>

namespace dotcompute {

/// The directories of the shared library that holds this code (the program, if it is linked in statically) and of the
/// program, without repetition.
[[nodiscard]] std::vector<std::filesystem::path> own_directories();

/// The directory with dotcompute/kernel.hpp: of the tree that the library is installed in, else of the sources that it
/// was built from. Empty if neither is there.
[[nodiscard]] std::string kernel_include_directory();

/// The compiler of this library as kernelc's --host= names it: "GNU-12.2.0".
[[nodiscard]] std::string host_compiler();

/// The GCC installation whose standard library this library was built with, if it is on this machine; else empty.
[[nodiscard]] std::string host_gcc_install_directory();

/// "0.1.0".
[[nodiscard]] std::string library_version();

}  // namespace dotcompute
