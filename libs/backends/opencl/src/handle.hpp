#pragma once

/// The owner of an object of the driver.

#include <utility>

#include "library.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// Owns one reference to a cl_mem, cl_kernel ... and releases it. Move-only.
template <class T>
class Handle {
 public:
  using Release = DriverCall<cl_int(CL_API_CALL*)(T)>;

  Handle() noexcept = default;
  /// `release` is a member of a Library that outlives this.
  Handle(T object, const Release& release) noexcept : object_(object), release_(&release) {}
  Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)), release_(other.release_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      object_ = std::exchange(other.object_, nullptr);
      release_ = other.release_;
    }
    return *this;
  }
  ~Handle() { reset(); }

  [[nodiscard]] T get() const noexcept { return object_; }
  [[nodiscard]] const T* address() const noexcept { return &object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  void reset() noexcept {
    // A failed release leaves nothing to do: the object is gone or the device is.
    if (object_ != nullptr) (*release_)(std::exchange(object_, nullptr));
  }

 private:
  T object_ = nullptr;
  const Release* release_ = nullptr;
};

}  // namespace dotcompute::opencl
