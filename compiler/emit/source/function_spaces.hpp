#pragma once

/// The spaces within one function: what its text forces, given what its callees force. Used twice: with a free
/// interface, to learn what the function forces on its callers, and with a given one, to make a clone.

#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "emit/source/address_spaces.hpp"
#include "emit/source/partition.hpp"
#include "emit/source/pointer_slots.hpp"
#include "emit/source/purity.hpp"

namespace kernelc::source {

/// Why a kernel cannot be written, in a sentence. Never leaves find_address_spaces.
struct Conflict {
  std::string reason;
};

/// What a function forces on its interface: the slots of its parameters in order, then those of its result.
struct Summary {
  std::vector<std::size_t> classes;  ///< Of each slot; equal numbers are one class.
  std::vector<SpaceFacts> facts;     ///< Of each class; without names.
};

/// What the analyses of all functions share.
struct Program {
  bool is_generic = false;  ///< One space for everything: nothing is forced.
  std::string file;         ///< Of the kernel.
  PointerSlots slots;
  Purity purity;
  std::map<const model::Function*, Summary> summaries;  ///< Of every callee of the function under analysis.
};

/// A call that was met, with the slots of its interface.
struct CallSite {
  const model::Expression* call;
  const model::Function* callee;
  std::vector<const model::Expression*> arguments;  ///< Without a constructor's object.
  Slots interface;
};

class FunctionSpaces {
 public:
  /// Collects what the text forces. `is_kernel`: the spans of the parameters are global and nothing else is forced.
  /// Throws Conflict and EndlessType.
  FunctionSpaces(Program& program, const model::Function& function, bool is_kernel);

  [[nodiscard]] Summary summary();

  /// Gives the interface its spaces and finds all others; what nothing forces is automatic. New variables for copies go
  /// to `copied`. The clone's callees are left to the caller, who takes them from `calls` and `spaces`. Throws
  /// Conflict.
  FunctionClone resolve(const std::vector<Spaces>& parameters, const Spaces& result,
                        std::deque<model::Variable>& copied);

  /// The calls in the order of evaluation.
  [[nodiscard]] const std::vector<CallSite>& calls() const { return calls_; }

  /// The spaces of some slots, after `resolve`.
  [[nodiscard]] Spaces spaces(std::span<const Slot> slots);

 private:
  using E = const model::Expression*;

  // Collecting.
  void find_escaping(const model::Statement& statement);
  void find_escaping(const model::Expression& expression);
  void statement(const model::Statement& source);
  const Slots& visit(E expression);
  Slots slots_of(E expression);
  Slots value_slots(E expression);
  Slots member(const model::Member& use, const model::Type& type);
  Slots walked(E pointer);
  Slots changed(E object, bool counts);
  Slots binary(const model::Binary& operation);
  Slots conditional(const model::Conditional& choice, bool is_lvalue);
  Slots aggregate(const model::Aggregate& source, const model::Type& type);
  Slots bit_cast(const model::BitCast& source, const model::Type& type);
  Slots call(E expression, const model::Function& callee, const std::vector<E>& arguments, bool is_construct);
  void require_place(E lvalue);

  // Calls.
  [[nodiscard]] bool can_copy(const CallSite& site, const Summary& summary);
  [[nodiscard]] std::vector<const model::Expression*> copyable_arguments(const CallSite& site);
  void bind(const CallSite& site, const Summary& summary);
  void copy_where_spaces_differ(CallSite& site, const Summary& summary, FunctionClone& clone,
                                std::deque<model::Variable>& copied);

  // Slots.
  Slot place_in(Space space);
  Slots fresh(const model::Type& type);
  const Slots& variable(const model::Variable* source, bool has_name);
  void unify(const Slots& left, const Slots& right);
  void unify(Slot left, Slot right);
  void restrict_to(Slot slot, Space space);
  [[noreturn]] void conflict(const SpacesDiffer& difference);

  Program& program_;
  const model::Function& function_;
  Partition partition_;
  std::map<const model::Variable*, Slots> variables_;
  std::map<E, Slots> expressions_;
  std::set<E> escaping_;  // what they refer to may be kept, written or compared
  std::vector<CallSite> calls_;
  std::vector<std::size_t> deferred_;  // of calls_: those that may copy their arguments
  Slots result_;

  // For messages.
  const model::Variable* declared_ = nullptr;
  const model::Function* called_ = nullptr;
  std::uint32_t line_ = 0;
  std::uint32_t declarations_ = 0;
};

}  // namespace kernelc::source
