#pragma once

/// kernelc --serve: one source after the other for a program that runs.

namespace kernelc {

/// Says hello, then answers requests (see <dotcompute/kernel/protocol.hpp>) until the other side closes. The exit
/// status for the process: 0 for an orderly end, also where the versions do not fit; 3 if the stream broke.
///
/// With standard input and output, these two are taken over: what the compiler prints goes to standard error.
[[nodiscard]] int serve(int fd_in, int fd_out);

}  // namespace kernelc
