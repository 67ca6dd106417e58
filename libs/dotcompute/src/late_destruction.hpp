#pragma once

/// Destroys what the calling thread must not destroy itself.

#include <memory>

namespace dotcompute {

/// Lets go of `doomed` on a thread of its own; the process waits for it when it ends. The pointer is shared in type
/// only: the caller hands over the one owner.
void destroy_late(std::shared_ptr<void> doomed);

}  // namespace dotcompute
