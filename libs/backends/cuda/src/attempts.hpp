#pragma once

/// The places where a library was looked for, for a message that names each and stays readable.

#include <string>
#include <string_view>

namespace dotcompute::cuda {

class Attempts {
 public:
  /// `reason` is the system's, which begins with the path where it is about it, or our own.
  void add(std::string_view path, std::string_view reason);

  /// "not there: libcuda.so.1, libcuda.so; /opt/libcuda.so: wrong ELF class"
  [[nodiscard]] std::string text() const;

 private:
  std::string not_there_;
  std::string others_;
};

}  // namespace dotcompute::cuda
