#pragma once

/// The model as text: for people (`--emit=model`), and as the input of a kernel's content hash.

#include <string>

#include "model/model.hpp"

namespace kernelc::model {

/// One statement per line, expressions in prefix form. Independent of line numbers and of how locals are named, so
/// that equal texts are equal kernels.
[[nodiscard]] std::string print(const Function& function);

/// The whole model as JSON, keys in a fixed order.
[[nodiscard]] std::string to_json(const Model& model);

}  // namespace kernelc::model
