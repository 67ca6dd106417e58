#include "private_directory.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

PrivateDirectory::PrivateDirectory() : owner_(::getpid()) {
  const char* parent = std::getenv("TMPDIR");
  if (parent == nullptr || *parent == '\0') parent = "/tmp";
  std::string path = (std::filesystem::path(parent) / "dotcompute-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    throw CompilationError(Remedy::fix_input,
                           fmt::format("no directory for compiled kernels can be made in '{}': {}; set TMPDIR to a "
                                       "directory that can be written",
                                       parent, std::generic_category().message(errno)));
  }
  path_ = std::filesystem::absolute(path);
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  if (owner_ == ::getpid()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace dotcompute
