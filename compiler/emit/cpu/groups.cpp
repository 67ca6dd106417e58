#include <dotcompute/kernel/abi.h>

#include "emit/cpu/emitter.hpp"
#include "lanes/item_loop.hpp"
#include "lower/group_atomics.hpp"

namespace kernelc::cpu {

/// What the code of a kernel with groups has at hand. Arrays of three are x, y, z.
struct Emitter::GroupFrame {
  const groups::Plan* plan = nullptr;
  V grid[3] = {};
  V group[3] = {};   // the size
  V first[3] = {};   // the global id of the group's first item
  V index[3] = {};   // the group's id
  V counts[3] = {};  // of groups
  V memory = nullptr;
  V kept = nullptr;                 // where the items' kept variables begin
  V items = nullptr;                // of the group, rounded up as kept variables are laid out
  V item = nullptr;                 // the number of the item in its group, inside a region
  llvm::BasicBlock* end = nullptr;  // of the group
};

namespace {

constexpr std::uint64_t item_granularity = 64;  // see dotcompute_group_grid
constexpr std::uint64_t shared_granularity = 64;

/// Says how a loop over items that is one round of all is to be unrolled. As a whole, it would hold what they carry
/// from round to round in registers, of which there are not so many: the sums of 256 doubles went through memory twice
/// for each. Where they carry nothing, several items at once save jumps: a histogram has no more than five instructions
/// for each.
void set_unrolling(llvm::BranchInst& latch, bool carries) {
  constexpr std::uint32_t items_at_once = 8;
  llvm::LLVMContext& context = latch.getContext();
  llvm::SmallVector<llvm::Metadata*, 2> hint{
      llvm::MDString::get(context, carries ? "llvm.loop.unroll.disable" : "llvm.loop.unroll.count")};
  if (!carries) {
    auto* count = llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), items_at_once);
    hint.push_back(llvm::ConstantAsMetadata::get(count));
  }
  llvm::MDNode* loop = llvm::MDNode::getDistinct(context, {nullptr, llvm::MDNode::get(context, hint)});
  loop->replaceOperandWith(0, loop);
  latch.setMetadata(llvm::LLVMContext::MD_loop, loop);
}

/// The scalars and pointers of a type, and where they are in it.
void find_parts(const model::Type& type, std::uint64_t offset,
                std::vector<std::pair<const model::Type*, std::uint64_t>>& parts) {
  if (type.kind == model::TypeKind::structure) {
    for (const model::Field& field : type.structure->fields) find_parts(*field.type, offset + field.offset, parts);
  } else if (type.kind == model::TypeKind::array) {
    for (std::uint64_t i = 0; i < type.count; ++i) find_parts(*type.element, offset + i * type.element->size, parts);
  } else {
    parts.emplace_back(&type, offset);
  }
}

/// Whether an array of more elements than become registers is in it. Its parts are not what items read.
bool has_long_array(const model::Type& type) {
  constexpr std::uint64_t most_elements = 8;
  if (type.kind == model::TypeKind::structure) {
    return llvm::any_of(type.structure->fields, [](const model::Field& field) { return has_long_array(*field.type); });
  }
  return type.kind == model::TypeKind::array && (type.count > most_elements || has_long_array(*type.element));
}

}  // namespace

/// The shared arrays and the place of the kept variables in the memory that the caller gives.
void Emitter::place_memory(const model::Kernel& kernel, llvm::Function& entry) {
  GroupFrame& group = *group_;
  V place = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), entry.getArg(1),
                                                offsetof(dotcompute_group_grid, memory));
  auto* memory = builder_.CreateLoad(builder_.getPtrTy(), place, "memory");
  memory->setMetadata(llvm::LLVMContext::MD_align,
                      llvm::MDNode::get(context_, llvm::ConstantAsMetadata::get(builder_.getInt64(64))));
  memory->setMetadata(group_memory_mark, llvm::MDNode::get(context_, {}));
  group.memory = memory;
  std::uint64_t offset = 0;
  const auto share = [&](const auto& self, const model::Statement& statement) -> void {
    if (const auto* block = std::get_if<model::Block>(&statement.node)) {
      for (const model::Statement* child : block->body) self(self, *child);
    }
    const auto* declare = std::get_if<model::Declare>(&statement.node);
    if (declare == nullptr || !declare->variable->is_shared) return;
    frame_.variables[declare->variable] =
        builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), group.memory, offset, declare->variable->name);
    offset += llvm::alignTo(declare->variable->type->size, shared_granularity);
  };
  share(share, *kernel.flat_body);
  if (kernel.group.published != nullptr) {
    frame_.variables[kernel.group.published] =
        builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), group.memory, offset, "published");
    offset += kernel.group.published_bytes();
  }
  group.kept = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), group.memory, offset, "kept");
  V items = builder_.CreateMul(builder_.CreateMul(group.group[0], group.group[1]), group.group[2], "items");
  group.items = builder_.CreateAnd(builder_.CreateAdd(items, builder_.getInt64(item_granularity - 1)),
                                   builder_.getInt64(~(item_granularity - 1)));
}

/// Runs the groups of a box one after the other, x innermost.
void Emitter::group_entry(const model::Kernel& kernel, const std::string& symbol) {
  has_group_ = true;
  is_fast_ = kernel.is_fast;
  llvm::Type* word = builder_.getInt64Ty();
  llvm::Function* entry = make_entry(symbol);
  llvm::BasicBlock* start = builder_.GetInsertBlock();
  GroupFrame group;
  group.plan = kernel.plan.get();
  group_ = &group;
  frame_.are_placed = true;
  const auto word_at = [&](V base, unsigned index) -> V {
    return builder_.CreateLoad(word, builder_.CreateConstInBoundsGEP1_64(word, base, index));
  };

  const std::vector<V> arguments = load_arguments(kernel, *entry);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const model::Variable* parameter = kernel.function->parameters[i];
    V place = slot(*parameter->type, parameter->name);
    frame_.variables[parameter] = place;
    if (parameter->type->is_aggregate()) {
      copy(*parameter->type, arguments[i], place);
    } else {
      store(*parameter->type, arguments[i], place);
    }
  }
  V begin[3], end[3];
  for (unsigned d = 0; d < 3; ++d) {
    group.grid[d] = word_at(entry->getArg(1), d);
    const std::uint32_t fixed = kernel.group.fixed_size[d];
    const bool is_unused = static_cast<int>(d) >= kernel.dimensions;
    group.group[d] = is_unused    ? builder_.getInt64(1)
                     : fixed != 0 ? builder_.getInt64(fixed)
                                  : word_at(entry->getArg(1), 3 + d);
    group.counts[d] = builder_.CreateUDiv(group.grid[d], group.group[d]);
    begin[d] = word_at(entry->getArg(2), d);
    end[d] = word_at(entry->getArg(2), 3 + d);
  }
  place_memory(kernel, *entry);
  for (const model::Variable* variable : group.plan->group_variables) {
    frame_.variables[variable] = slot(*variable->type, variable->name);
  }

  llvm::PHINode* id[3] = {};
  llvm::BasicBlock* heads[3] = {};
  llvm::BasicBlock* exits[3] = {};
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* done = new_block("done");
  for (int d = 2; d >= 0; --d) {
    heads[d] = new_block("groups");
    llvm::BasicBlock* inside = new_block("group");
    exits[d] = d == 2 ? done : new_block("nextgroup");
    builder_.CreateBr(heads[d]);
    builder_.SetInsertPoint(heads[d]);
    id[d] = builder_.CreatePHI(word, 2, "first");
    id[d]->addIncoming(begin[d], before);
    builder_.CreateCondBr(builder_.CreateICmpULT(id[d], end[d]), inside, exits[d]);
    builder_.SetInsertPoint(inside);
    before = inside;
    group.first[d] = id[d];
    group.index[d] = builder_.CreateUDiv(id[d], group.group[d]);
  }
  group.end = new_block("endgroup");
  for (const model::Variable* flag : group.plan->used_flags) clear_flag(flag);
  // Items are known inside regions only; what is run once for the group asks for none of it.
  V none = builder_.getInt64(0);
  frame_.hidden = {none,           none,           none,           group.grid[0],   group.grid[1],   group.grid[2],
                   none,           none,           none,           group.index[0],  group.index[1],  group.index[2],
                   group.group[0], group.group[1], group.group[2], group.counts[0], group.counts[1], group.counts[2]};
  phases(group.plan->phases);
  branch_if_open(group.end);
  builder_.SetInsertPoint(group.end);
  for (int d = 0; d < 3; ++d) {
    id[d]->addIncoming(builder_.CreateNUWAdd(id[d], group.group[d]), builder_.GetInsertBlock());
    builder_.CreateBr(heads[d]);
    builder_.SetInsertPoint(exits[d]);
  }
  builder_.CreateRetVoid();
  builder_.SetInsertPoint(frame_.entry);
  builder_.CreateBr(start);
  group_ = nullptr;
}

void Emitter::phases(const groups::PhaseList& list) {
  for (const groups::Phase& each : list) phase(each);
}

void Emitter::phase(const groups::Phase& source) {
  if (builder_.GetInsertBlock()->getTerminator() != nullptr) builder_.SetInsertPoint(new_block("unreached"));
  std::visit(model::Overloaded{
                 [&](const groups::Region& n) { region(n); },
                 [&](const groups::Once& n) { statement(n.statement); },
                 [&](const groups::ClearFlag& n) {
                   if (group_->plan->used_flags.contains(n.flag)) clear_flag(n.flag);
                 },
                 [&](const groups::GroupIf& n) { group_if(n); },
                 [&](const groups::GroupLoop& n) { group_loop(n); },
                 [&](const groups::GroupSwitch& n) { group_switch(n); },
                 [&](const groups::GroupBreak&) { builder_.CreateBr(frame_.break_targets.back()); },
                 [&](const groups::GroupContinue&) { builder_.CreateBr(frame_.continue_targets.back()); },
                 [&](const groups::GroupReturn&) { builder_.CreateBr(group_->end); },
             },
             source.node);
}

void Emitter::group_if(const groups::GroupIf& branch) {
  llvm::BasicBlock* yes = new_block("allthen");
  llvm::BasicBlock* no = new_block("allelse");
  llvm::BasicBlock* end = new_block("allendif");
  builder_.CreateCondBr(truth(branch.condition), yes, no);
  builder_.SetInsertPoint(yes);
  phases(branch.yes);
  branch_if_open(end);
  builder_.SetInsertPoint(no);
  phases(branch.no);
  branch_if_open(end);
  builder_.SetInsertPoint(end);
}

void Emitter::group_loop(const groups::GroupLoop& source) {
  llvm::BasicBlock* test = new_block("alltest");
  llvm::BasicBlock* body = new_block("allbody");
  llvm::BasicBlock* step = new_block("allstep");
  llvm::BasicBlock* end = new_block("allendloop");
  builder_.CreateBr(source.tests_last ? body : test);
  builder_.SetInsertPoint(test);
  phases(source.test);
  if (source.condition != nullptr) {
    builder_.CreateCondBr(truth(source.condition), body, end);
  } else {
    builder_.CreateBr(body);
  }
  builder_.SetInsertPoint(body);
  frame_.break_targets.push_back(end);
  frame_.continue_targets.push_back(step);
  phases(source.body);
  frame_.break_targets.pop_back();
  frame_.continue_targets.pop_back();
  branch_if_open(step);
  builder_.SetInsertPoint(step);
  phases(source.step);
  builder_.CreateBr(test);
  builder_.SetInsertPoint(end);
}

void Emitter::group_switch(const groups::GroupSwitch& source) {
  V selector = value(source.value);
  llvm::BasicBlock* end = new_block("allendswitch");
  std::vector<llvm::BasicBlock*> blocks;
  llvm::BasicBlock* otherwise = end;
  for (std::size_t i = 0; i < source.bodies.size(); ++i) {
    blocks.push_back(new_block("allcase"));
    if (source.is_default[i]) otherwise = blocks[i];
  }
  llvm::SwitchInst* choice = builder_.CreateSwitch(selector, otherwise);
  auto* type = llvm::cast<llvm::IntegerType>(selector->getType());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (const std::uint64_t label : source.labels[i]) {
      choice->addCase(llvm::ConstantInt::get(type, label), blocks[i]);
    }
  }
  frame_.break_targets.push_back(end);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    builder_.SetInsertPoint(blocks[i]);
    phases(source.bodies[i]);
    branch_if_open(i + 1 < blocks.size() ? blocks[i + 1] : end);
  }
  frame_.break_targets.pop_back();
  builder_.SetInsertPoint(end);
}

/// Where the current item's own value of a kept variable lies: those of all items lie next to each other.
Emitter::V Emitter::kept_place(const model::Variable* variable) { return kept_place(variable, *variable->type, 0); }

/// The same for a part of variables that nobody has the address of: each part is kept as a variable of its own.
Emitter::V Emitter::kept_place(const model::Variable* variable, const model::Type& part, std::uint64_t offset) {
  const std::uint64_t bytes_before = group_->plan->kept.at(variable).offset + offset;
  V values = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), group_->kept,
                                        builder_.CreateNUWMul(group_->items, builder_.getInt64(bytes_before)));
  return builder_.CreateInBoundsGEP(memory_type(part), values, group_->item, variable->name);
}

/// Takes what is kept of a variable to the item's own, or back: part by part, as the same part of several items is read
/// together.
void Emitter::copy_kept(const model::Variable* variable, V own, bool is_back) {
  constexpr std::size_t most_parts = 16;
  std::vector<std::pair<const model::Type*, std::uint64_t>> parts;
  find_parts(*variable->type, 0, parts);
  if (parts.size() > most_parts || has_long_array(*variable->type)) {
    V kept = kept_place(variable);
    return is_back ? copy(*variable->type, own, kept) : copy(*variable->type, kept, own);
  }
  for (const auto& [part, offset] : parts) {
    V kept = kept_place(variable, *part, offset);
    V place = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), own, offset);
    if (is_back) std::swap(kept, place);
    store(*part, load(*part, kept), place);
  }
}

void Emitter::clear_flag(const model::Variable* flag) {
  V offset = builder_.CreateNUWMul(group_->items, builder_.getInt64(group_->plan->kept.at(flag).offset));
  V values = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), group_->kept, offset);
  builder_.CreateMemSet(values, builder_.getInt8(0), group_->items, llvm::MaybeAlign());
}

/// A loop over the group's items, x innermost.
void Emitter::region(const groups::Region& source) {
  GroupFrame& group = *group_;
  llvm::Type* word = builder_.getInt64Ty();
  llvm::PHINode* local[3] = {};
  llvm::BasicBlock* heads[3] = {};
  llvm::BasicBlock* exits[3] = {};
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  V rows = nullptr;  // the number of the row's first item
  for (int d = 2; d >= 0; --d) {
    heads[d] = new_block("items");
    llvm::BasicBlock* inside = new_block("item");
    exits[d] = new_block("next");
    builder_.CreateBr(heads[d]);
    builder_.SetInsertPoint(heads[d]);
    local[d] = builder_.CreatePHI(word, 2, "local");
    local[d]->addIncoming(builder_.getInt64(0), before);
    builder_.CreateCondBr(builder_.CreateICmpULT(local[d], group.group[d]), inside, exits[d]);
    builder_.SetInsertPoint(inside);
    before = inside;
    if (d == 2) rows = builder_.CreateNUWMul(local[2], group.group[1]);
    if (d == 1) rows = builder_.CreateNUWMul(builder_.CreateNUWAdd(rows, local[1]), group.group[0]);
  }
  group.item = builder_.CreateNUWAdd(rows, local[0], "item");
  const std::vector<V> outer_hidden = frame_.hidden;
  for (unsigned d = 0; d < 3; ++d) {
    frame_.hidden[d] = builder_.CreateNUWAdd(group.first[d], local[d]);
    frame_.hidden[6 + d] = local[d];
  }
  llvm::BasicBlock* next = new_block("nextitem");
  region_body(source, next);
  builder_.SetInsertPoint(next);
  frame_.hidden = outer_hidden;
  group.item = nullptr;
  for (int d = 0; d < 3; ++d) {
    llvm::BasicBlock* latch = builder_.GetInsertBlock();
    local[d]->addIncoming(builder_.CreateNUWAdd(local[d], builder_.getInt64(1)), latch);
    auto* back = builder_.CreateBr(heads[d]);
    if (d == 0) back->setMetadata(lanes::items_mark, llvm::MDNode::get(context_, {}));
    if (d == 0 && source.is_round) set_unrolling(*back, !source.kept_after.empty());
    builder_.SetInsertPoint(exits[d]);
  }
}

/// One item's part of a region, from its kept variables to their new values; ends by going to `next`.
void Emitter::region_body(const groups::Region& source, llvm::BasicBlock* next) {
  const auto outer_variables = frame_.variables;
  std::vector<llvm::AllocaInst*> slots;
  frame_.own_slots = &slots;
  llvm::BasicBlock* start = builder_.GetInsertBlock();
  llvm::Instruction* first = &start->back();  // the body's lifetimes begin after it

  for (const model::Variable* flag : source.skipped_if) {
    llvm::BasicBlock* stays = new_block("stays");
    builder_.CreateCondBr(load(*flag->type, kept_place(flag)), next, stays);
    builder_.SetInsertPoint(stays);
  }
  for (const model::Statement* declare : source.recomputed) statement(declare);
  const auto is_addressed = [&](const model::Variable* v) { return group_->plan->kept.at(v).is_addressed; };
  for (const model::Variable* variable : source.kept_before) {
    if (is_addressed(variable)) {
      frame_.variables[variable] = kept_place(variable);
      continue;
    }
    V own = slot(*variable->type, variable->name);
    frame_.variables[variable] = own;
    copy_kept(variable, own, false);
  }
  for (const model::Variable* variable : source.kept_after) {
    V& place = frame_.variables[variable];
    if (place == nullptr) place = slot(*variable->type, variable->name);
  }

  llvm::BasicBlock* leave = new_block("leave");
  const auto leaving = [&](const model::Variable* flag) {
    if (flag == nullptr) return leave;
    const auto position = builder_.saveIP();
    llvm::BasicBlock* block = new_block("leaves");
    builder_.SetInsertPoint(block);
    store(*flag->type, builder_.getTrue(), kept_place(flag));
    builder_.CreateBr(leave);
    builder_.restoreIP(position);
    return block;
  };
  frame_.return_target = leaving(source.returned);
  frame_.continue_targets.push_back(leaving(source.continued));
  for (const model::Statement* child : source.statements) statement(child);
  frame_.continue_targets.pop_back();
  frame_.return_target = nullptr;
  branch_if_open(leave);

  builder_.SetInsertPoint(leave);
  for (const model::Variable* variable : source.kept_after) {
    if (!is_addressed(variable)) copy_kept(variable, frame_.variables[variable], true);
  }
  builder_.CreateBr(next);
  // What an item leaves in its own slots is nothing to the next one.
  builder_.SetInsertPoint(start, std::next(first->getIterator()));
  for (llvm::AllocaInst* each : slots) builder_.CreateLifetimeStart(each);
  builder_.SetInsertPoint(leave, leave->getTerminator()->getIterator());
  for (llvm::AllocaInst* each : slots) builder_.CreateLifetimeEnd(each);
  frame_.own_slots = nullptr;
  frame_.variables = outer_variables;
}

}  // namespace kernelc::cpu
