#pragma once

/// LLVM IR for the CPU from the kernel model: one entry per kernel that runs every work-item of a box.
///
/// The IR is plain and unoptimised. What C++ leaves undefined and how math functions are computed is decided by the
/// passes in lower/, which the reference's IR goes through as well, so that both agree by construction.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "groups/plan.hpp"
#include "model/model.hpp"

namespace kernelc::cpu {

/// What CPU code is made for.
struct Target {
  std::string cpu;          ///< LLVM's name: "x86-64-v3".
  std::uint32_t isa = 0;    ///< enum dotcompute_isa.
  unsigned lane_width = 1;  ///< Work-items per vector; 1 leaves vectors to LLVM's loop vectoriser.
};

/// The architectures that there is code for: "x86_64", "aarch64".
[[nodiscard]] bool is_architecture(std::string_view name);

/// The one of this machine.
[[nodiscard]] std::string_view own_architecture();

/// The targets that one object carries code for, ascending.
[[nodiscard]] const std::vector<Target>& targets(std::string_view architecture = own_architecture());

/// The symbol of a kernel's entry in the module for a target.
[[nodiscard]] std::string entry_symbol(std::size_t kernel_index, const Target& target);

/// A module with an entry of external linkage for each kernel; everything else is internal.
[[nodiscard]] std::unique_ptr<llvm::Module> emit(llvm::LLVMContext& context, const model::Model& model,
                                                 const Target& target, const std::string& triple,
                                                 const llvm::DataLayout& layout);

/// Emits the functions of one module.
class Emitter {
 public:
  Emitter(llvm::Module& module, const Target& target);

  void kernel_entry(const model::Kernel& kernel, const std::string& symbol);

  /// The entry of a kernel that uses its group; see dotcompute_group_grid.
  void group_entry(const model::Kernel& kernel, const std::string& symbol);

 private:
  using E = const model::Expression*;
  using V = llvm::Value*;

  // Where the item is travels through every call as hidden arguments: three for each query of the model that the kernel
  // may ask, in their order. Without group features these are the item's position and the grid's size.
  [[nodiscard]] unsigned hidden_arguments() const { return has_group_ ? 18 : 6; }

  llvm::Function* make_entry(const std::string& symbol);
  std::vector<V> load_arguments(const model::Kernel& kernel, llvm::Function& entry);
  llvm::Function* declare(const model::Function& function);
  void bound_inlining(llvm::Function& function);
  void define(const model::Function& function, llvm::Function* target);
  void half_conversion(const model::Function& function, llvm::Function* target);

  llvm::Type* value_type(const model::Type& type);   // as a register
  llvm::Type* memory_type(const model::Type& type);  // as it lies in memory
  llvm::AllocaInst* slot(const model::Type& type, const std::string& name);
  V load(const model::Type& type, V address);
  void store(const model::Type& type, V value, V address);
  void copy(const model::Type& type, V from, V to);

  // expressions.cpp
  V value(E expression);
  V address(E expression);
  V truth(E expression);
  void discard(E expression);
  V variable(const model::Variable* variable);
  V grid_query(const model::GridQuery& source);
  V unary(const model::Unary& unary, const model::Type& type);
  V binary(model::BinaryOperator op, V left, V right, const model::Type& operand);
  V shift_count(V count, llvm::Type* type);
  V logical(const model::Logical& logical);
  V conditional(const model::Conditional& conditional, const model::Type& type, bool as_address);
  V assign(const model::Assign& assign);
  V compound_assign(const model::CompoundAssign& assign);
  V step(const model::Step& step, bool as_address);
  V convert(V value, const model::Type& from, const model::Type& to);
  V call(const model::Call& call, V destination);
  std::vector<V> arguments(const model::Function& callee, const std::vector<E>& sources);
  V pointer_add(V pointer, V index, const model::Type& index_type, const model::Type& element, bool subtract);
  V constant(const model::Constant* constant);
  V scalar_constant(std::uint64_t bits, const model::Type& type);

  // aggregates.cpp
  void into(E expression, V destination);
  void fill(E element, V array, std::uint64_t first, const model::Type& type);

  // atomics.cpp
  V atomic(const model::Atomic& atomic);
  V extreme(const model::Atomic& atomic, V place, V value);

  // math.cpp
  V math(const model::MathCall& call, const model::Type& type);
  V integer_function(const std::string& name, V operand, const model::Type& type);
  V classification(const std::string& name, const std::vector<V>& operands);

  // statements.cpp
  void statement(const model::Statement* statement);
  void loop(const model::Loop& loop);
  void switch_statement(const model::Switch& source);
  void branch_if_open(llvm::BasicBlock* target);
  llvm::BasicBlock* new_block(const char* name);

  // groups.cpp
  struct GroupFrame;
  void phases(const groups::PhaseList& list);
  void phase(const groups::Phase& phase);
  void group_if(const groups::GroupIf& branch);
  void group_loop(const groups::GroupLoop& loop);
  void group_switch(const groups::GroupSwitch& choice);
  void region(const groups::Region& region);
  void region_body(const groups::Region& region, llvm::BasicBlock* next);
  V kept_place(const model::Variable* variable);
  V kept_place(const model::Variable* variable, const model::Type& part, std::uint64_t offset);
  void copy_kept(const model::Variable* variable, V own, bool is_back);
  void clear_flag(const model::Variable* flag);
  void place_memory(const model::Kernel& kernel, llvm::Function& entry);

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  bool has_half_;           // the target converts halves itself
  bool has_group_ = false;  // of the kernel being emitted
  bool is_fast_ = false;    // likewise
  std::map<std::tuple<const model::Function*, bool, bool>, llvm::Function*> functions_;  // with the two above
  std::map<const model::Constant*, llvm::GlobalVariable*> constants_;
  std::map<const llvm::Function*, std::size_t> inlined_sizes_;  // in instructions, with all that they inline

  // Of the function being emitted.
  struct Frame {
    llvm::Function* function = nullptr;
    llvm::BasicBlock* entry = nullptr;  // where the slots are
    std::map<const model::Variable*, V> variables;
    bool are_placed = false;  // variables may have a place before they are declared
    std::vector<V> hidden;
    V result_address = nullptr;  // where an aggregate result goes
    std::vector<llvm::BasicBlock*> break_targets;
    std::vector<llvm::BasicBlock*> continue_targets;
    llvm::BasicBlock* return_target = nullptr;  // where a `return` leads that does not leave the LLVM function
    std::vector<llvm::AllocaInst*>* own_slots = nullptr;  // where new slots are noted
  };
  Frame frame_;
  GroupFrame* group_ = nullptr;
};

}  // namespace kernelc::cpu
