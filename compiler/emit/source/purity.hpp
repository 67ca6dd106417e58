#pragma once

/// Which expressions write nothing that anyone else could read.

#include <map>

#include "model/model.hpp"

namespace kernelc::source {

/// Asks and remembers. Not thread-safe.
class Purity {
 public:
  /// Whether evaluating it changes no object that existed before, and tells nothing about where objects lie: each
  /// object that it refers to could be a copy.
  bool is_pure(const model::Expression& expression) { return is_pure(expression, expressions_, false); }

 private:
  using Known = std::map<const model::Expression*, bool>;

  bool is_pure(const model::Expression& expression, Known& known, bool may_write_locals);
  bool is_pure(const model::Statement& statement, Known& known);
  bool is_pure(const model::Function& function);

  Known expressions_;
  std::map<const model::Function*, bool> functions_;
};

}  // namespace kernelc::source
