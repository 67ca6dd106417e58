#pragma once

/// Which values and which control flow are the same for all items of a group.
///
/// Flow-insensitive: a variable is uniform if everything that is ever assigned to it is, and if it is assigned where
/// all items of the group come by or none does. Uniform are constants, parameters, group ids and all sizes, what is
/// computed from uniform values, and what is read at a uniform address from memory that the kernel only reads. Memory
/// that items may write is not: what one item finds there depends on when it looks.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace kernelc::groups {

/// One step of the reason why something is not uniform.
struct Reason {
  std::uint32_t place = 0;  ///< Of the frontend.
  std::string text;         ///< "'i' gets its value from local_id()"
  bool is_memory = false;   ///< What is read there may change meanwhile, and may be the same all the same.
};

class Uniformity {
 public:
  /// Of a flattened body, whose parameters are never written.
  Uniformity(const std::vector<const model::Variable*>& parameters, const model::Statement& body);

  [[nodiscard]] bool is_uniform(const model::Expression& expression) const;
  [[nodiscard]] bool is_uniform(const model::Variable* variable) const { return !causes_.contains(variable); }

  /// The condition that some items of a group may find true and others false, and on which it depends whether they come
  /// by the statement; null if they all do or none.
  [[nodiscard]] const model::Expression* divergence(const model::Statement& statement) const;

  /// Why an expression is not uniform, from it back to the ids or the memory that it depends on.
  [[nodiscard]] std::vector<Reason> explain(const model::Expression& expression) const;

  /// Whether the reason is what is read from memory, and not which item reads it.
  [[nodiscard]] bool depends_on_memory(const model::Expression& expression) const;

 private:
  /// Why a variable is not uniform: the value that it was given, or the condition under which it was.
  struct Cause {
    const model::Expression* expression = nullptr;
    bool is_condition = false;
  };
  /// What a pointer or span may point into.
  struct Targets {
    std::set<const model::Variable*> locals;
    bool changing = false;  // memory that items may write
    bool unknown = false;   // also any local whose address is taken
    bool operator==(const Targets&) const = default;
    void add(const Targets& other) {
      locals.insert(other.locals.begin(), other.locals.end());
      changing = changing || other.changing;
      unknown = unknown || other.unknown;
    }
    static Targets anything() { return {{}, true, true}; }
  };
  struct Enclosing {
    const model::Statement* statement = nullptr;
    bool is_loop = false;
  };

  void walk(const model::Statement& statement);
  void walk_list(const model::StatementList& list);
  void walk_loop(const model::Loop& loop, const model::Statement& statement);
  void walk_jump(bool is_continue);
  void effects(const model::Expression& expression);
  void call_effects(const model::Function& callee, const std::vector<const model::Expression*>& arguments,
                    const model::Expression& at);
  void give(const model::Variable* variable, const model::Expression& value);
  void write(const model::Expression& object, const model::Expression& value);
  void vary(const model::Variable* variable, const model::Expression& value);
  void point(const model::Variable* variable, const Targets& targets);

  [[nodiscard]] bool object_is_uniform(const model::Expression& object) const;
  [[nodiscard]] bool address_is_uniform(const model::Expression& object) const;
  [[nodiscard]] bool call_is_uniform(const model::Function& callee,
                                     const std::vector<const model::Expression*>& arguments) const;
  [[nodiscard]] bool targets_are_uniform(const Targets& targets) const;
  [[nodiscard]] Targets targets(const model::Expression& pointer) const;
  [[nodiscard]] Targets targets_of_object(const model::Expression& object) const;
  struct Conduct {
    bool asks_for_item = false;  // which one it is
    bool reads_memory = false;   // through pointers, its own included
  };
  [[nodiscard]] Conduct conduct(const model::Function& function) const;

  struct Leaf;
  [[nodiscard]] std::optional<Leaf> find_leaf(const model::Expression& expression,
                                              const std::set<const model::Variable*>& known) const;

  std::set<const model::Variable*> parameters_;
  std::set<const model::Variable*> taken_;  // whose address is taken
  std::map<const model::Variable*, Cause> causes_;
  std::map<const model::Variable*, Targets> points_;
  std::map<const model::Statement*, const model::Expression*> divergence_;
  std::map<const model::Statement*, const model::Expression*> exits_;  // of loops that items leave at different times
  mutable std::map<const model::Function*, Conduct> conducts_;
  // While walking.
  const model::Expression* control_ = nullptr;  // the outermost condition that diverges
  const model::Expression* skipped_ =
      nullptr;  // the condition under which items have skipped the rest of a loop's body
  const model::Expression* left_switch_ = nullptr;  // the condition under which items have left the switch
  std::vector<Enclosing> enclosing_;
  bool changed_ = false;
};

}  // namespace kernelc::groups
