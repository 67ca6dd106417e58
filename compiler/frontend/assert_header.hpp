#pragma once

/// The <assert.h> that kernels see.

namespace kernelc {

// Assertions hold in checked units and mean nothing in others, whatever NDEBUG says, which belongs to the program's own
// compilation: what depends on it, such as the members of a class, must be the same here. The function is not one that
// never returns: after a failed assertion an item goes on, and its group with it. In the reference it does nothing.
inline constexpr const char* assert_header = R"cpp(
#undef assert
#ifdef __DOTCOMPUTE_CHECKED__
#define assert(...) (static_cast<bool>(__VA_ARGS__) ? void(0) : ::dotcompute_assertion_failed(#__VA_ARGS__))
#ifndef DOTCOMPUTE_ASSERTION_FAILED
#define DOTCOMPUTE_ASSERTION_FAILED
  extern "C++" inline void dotcompute_assertion_failed(const char*) noexcept {}
#endif
#else
#define assert(...) (static_cast<void>(0))
#endif
)cpp";

}  // namespace kernelc
