#include "emit/cpu/emitter.hpp"

namespace kernelc::cpu {

/// Evaluates an rvalue into memory that it does not read.
void Emitter::into(E expression, V destination) {
  const model::Type& type = *expression->type;
  if (const auto* cast = std::get_if<model::BitCast>(&expression->node)) {
    const model::Type& from = *cast->operand->type;
    llvm::AllocaInst* place = slot(from, "bits");
    place->setAlignment(std::max(llvm::Align(from.alignment), llvm::Align(type.alignment)));
    into(cast->operand, place);
    copy(type, place, destination);
    return;
  }
  if (!type.is_aggregate()) return store(type, value(expression), destination);
  std::visit(model::Overloaded{
                 [&](const model::Zero&) {
                   builder_.CreateMemSet(destination, builder_.getInt8(0), type.size, llvm::Align(type.alignment));
                 },
                 [&](const model::Load& use) { copy(type, address(use.object), destination); },
                 [&](const model::Call& source) { call(source, destination); },
                 [&](const model::Construct& source) {
                   if (source.is_zeroed)
                     builder_.CreateMemSet(destination, builder_.getInt8(0), type.size, llvm::Align(1));
                   std::vector<V> values{destination};
                   const std::vector<V> rest = arguments(*source.constructor, source.arguments);
                   values.insert(values.end(), rest.begin(), rest.end());
                   builder_.CreateCall(declare(*source.constructor), values);
                 },
                 [&](const model::Aggregate& aggregate) {
                   for (std::size_t i = 0; i < aggregate.elements.size(); ++i) {
                     const bool is_array = type.kind == model::TypeKind::array;
                     if (is_array && i + 1 == aggregate.elements.size()) {
                       fill(aggregate.elements[i], destination, i, type);
                       break;
                     }
                     const std::uint64_t offset = is_array ? i * type.element->size : type.structure->fields[i].offset;
                     into(aggregate.elements[i],
                          builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), destination, offset));
                   }
                 },
                 [&](const model::Conditional& choice) {
                   llvm::BasicBlock* yes = new_block("yes");
                   llvm::BasicBlock* no = new_block("no");
                   llvm::BasicBlock* end = new_block("chosen");
                   builder_.CreateCondBr(truth(choice.condition), yes, no);
                   builder_.SetInsertPoint(yes);
                   into(choice.yes, destination);
                   builder_.CreateBr(end);
                   builder_.SetInsertPoint(no);
                   into(choice.no, destination);
                   builder_.CreateBr(end);
                   builder_.SetInsertPoint(end);
                 },
                 [&](const model::Sequence& sequence) {
                   discard(sequence.first);
                   into(sequence.second, destination);
                 },
                 [&](const auto&) { llvm_unreachable("not an aggregate"); },
             },
             expression->node);
}

/// The elements of an array from `first` to its end, all by the same expression.
void Emitter::fill(E element, V array, std::uint64_t first, const model::Type& type) {
  llvm::Type* word = builder_.getInt64Ty();
  if (first + 1 >= type.count) {
    if (first >= type.count) return;
    return into(element, builder_.CreateConstInBoundsGEP1_64(memory_type(*type.element), array, first));
  }
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* body = new_block("fill");
  llvm::BasicBlock* end = new_block("filled");
  builder_.CreateBr(body);
  builder_.SetInsertPoint(body);
  llvm::PHINode* index = builder_.CreatePHI(word, 2);
  index->addIncoming(builder_.getInt64(first), before);
  into(element, builder_.CreateInBoundsGEP(memory_type(*type.element), array, index));
  V next = builder_.CreateAdd(index, builder_.getInt64(1));
  index->addIncoming(next, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpULT(next, builder_.getInt64(type.count)), body, end);
  builder_.SetInsertPoint(end);
}

}  // namespace kernelc::cpu
