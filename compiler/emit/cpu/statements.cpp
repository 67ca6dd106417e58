#include "emit/cpu/emitter.hpp"

namespace kernelc::cpu {

llvm::BasicBlock* Emitter::new_block(const char* name) {
  return llvm::BasicBlock::Create(context_, name, frame_.function);
}

void Emitter::branch_if_open(llvm::BasicBlock* target) {
  if (builder_.GetInsertBlock()->getTerminator() == nullptr) builder_.CreateBr(target);
}

void Emitter::statement(const model::Statement* source) {
  // Code after a jump is unreachable; it still needs a block to go to.
  if (builder_.GetInsertBlock()->getTerminator() != nullptr) builder_.SetInsertPoint(new_block("unreached"));
  std::visit(model::Overloaded{
                 [&](const model::Block& block) {
                   for (const model::Statement* child : block.body) statement(child);
                 },
                 [&](const model::Declare& declare) {
                   // A variable that is kept for each item has its place already, and so have the group's.
                   V& place = frame_.variables[declare.variable];
                   if (place == nullptr || !frame_.are_placed)
                     place = slot(*declare.variable->type, declare.variable->name);
                   if (declare.value != nullptr) into(declare.value, place);
                 },
                 [&](const model::Evaluate& evaluate) { discard(evaluate.expression); },
                 [&](const model::If& branch) {
                   llvm::BasicBlock* yes = new_block("then");
                   llvm::BasicBlock* end = new_block("endif");
                   llvm::BasicBlock* no = branch.no != nullptr ? new_block("else") : end;
                   builder_.CreateCondBr(truth(branch.condition), yes, no);
                   builder_.SetInsertPoint(yes);
                   statement(branch.yes);
                   branch_if_open(end);
                   if (branch.no != nullptr) {
                     builder_.SetInsertPoint(no);
                     statement(branch.no);
                     branch_if_open(end);
                   }
                   builder_.SetInsertPoint(end);
                 },
                 [&](const model::Loop& repeated) { loop(repeated); },
                 [&](const model::Switch& choice) { switch_statement(choice); },
                 [&](const model::Break&) { builder_.CreateBr(frame_.break_targets.back()); },
                 [&](const model::Continue&) { builder_.CreateBr(frame_.continue_targets.back()); },
                 [&](const model::Return& result) {
                   if (frame_.return_target != nullptr) {
                     builder_.CreateBr(frame_.return_target);
                   } else if (result.value == nullptr) {
                     builder_.CreateRetVoid();
                   } else if (frame_.result_address != nullptr) {
                     into(result.value, frame_.result_address);
                     builder_.CreateRetVoid();
                   } else {
                     builder_.CreateRet(value(result.value));
                   }
                 },
             },
             source->node);
}

void Emitter::loop(const model::Loop& source) {
  llvm::BasicBlock* test = new_block("test");
  llvm::BasicBlock* body = new_block("body");
  llvm::BasicBlock* step = source.step != nullptr ? new_block("step") : test;
  llvm::BasicBlock* end = new_block("endloop");
  builder_.CreateBr(source.tests_last ? body : test);

  builder_.SetInsertPoint(test);
  if (source.condition != nullptr) {
    builder_.CreateCondBr(truth(source.condition), body, end);
  } else {
    builder_.CreateBr(body);
  }
  builder_.SetInsertPoint(body);
  frame_.break_targets.push_back(end);
  frame_.continue_targets.push_back(step);
  statement(source.body);
  frame_.break_targets.pop_back();
  frame_.continue_targets.pop_back();
  branch_if_open(step);
  if (source.step != nullptr) {
    builder_.SetInsertPoint(step);
    discard(source.step);
    builder_.CreateBr(test);
  }
  builder_.SetInsertPoint(end);
}

void Emitter::switch_statement(const model::Switch& source) {
  V selector = value(source.value);
  llvm::BasicBlock* end = new_block("endswitch");
  std::vector<llvm::BasicBlock*> blocks;
  for (std::size_t i = 0; i < source.cases.size(); ++i) blocks.push_back(new_block("case"));
  llvm::BasicBlock* otherwise = end;
  for (std::size_t i = 0; i < source.cases.size(); ++i) {
    if (source.cases[i].is_default) otherwise = blocks[i];
  }
  llvm::SwitchInst* choice = builder_.CreateSwitch(selector, otherwise);
  auto* type = llvm::cast<llvm::IntegerType>(selector->getType());
  for (std::size_t i = 0; i < source.cases.size(); ++i) {
    for (const std::uint64_t label : source.cases[i].values) {
      choice->addCase(llvm::ConstantInt::get(type, label), blocks[i]);
    }
  }
  frame_.break_targets.push_back(end);
  for (std::size_t i = 0; i < source.cases.size(); ++i) {
    builder_.SetInsertPoint(blocks[i]);
    for (const model::Statement* child : source.cases[i].body) statement(child);
    branch_if_open(i + 1 < source.cases.size() ? blocks[i + 1] : end);
  }
  frame_.break_targets.pop_back();
  builder_.SetInsertPoint(end);
}

}  // namespace kernelc::cpu
