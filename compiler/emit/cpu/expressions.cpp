#include <cassert>

#include "emit/cpu/emitter.hpp"

namespace kernelc::cpu {

using model::BinaryOperator;

Emitter::V Emitter::scalar_constant(std::uint64_t bits, const model::Type& type) {
  llvm::Type* target = value_type(type);
  if (!type.is_floating()) return llvm::ConstantInt::get(target, bits);
  return llvm::ConstantFP::get(context_, llvm::APFloat(target->getFltSemantics(), llvm::APInt(type.bits(), bits)));
}

Emitter::V Emitter::constant(const model::Constant* source) {
  llvm::GlobalVariable*& global = constants_[source];
  if (global == nullptr) {
    llvm::Constant* bytes = llvm::ConstantDataArray::getString(context_, source->bytes, false);
    global = new llvm::GlobalVariable(module_, bytes->getType(), true, llvm::GlobalValue::InternalLinkage, bytes,
                                      "constant");
    global->setAlignment(llvm::Align(source->type->alignment));
  }
  return global;
}

Emitter::V Emitter::variable(const model::Variable* source) {
  V& place = frame_.variables[source];
  // A temporary that is used before the statement that makes it has a place all the same.
  if (place == nullptr) place = slot(*source->type, source->name);
  return place;
}

Emitter::V Emitter::truth(E expression) { return value(expression); }

/// Evaluates for the side effects alone.
void Emitter::discard(E expression) {
  if (expression->is_lvalue) {
    address(expression);
  } else if (expression->type->is_aggregate()) {
    into(expression, slot(*expression->type, "unused"));
  } else {
    value(expression);
  }
}

/// The address of an lvalue's object.
Emitter::V Emitter::address(E expression) {
  assert(expression->is_lvalue);
  return std::visit(
      model::Overloaded{
          [&](const model::VariableUse& use) -> V { return variable(use.variable); },
          [&](const model::ConstantUse& use) -> V { return constant(use.constant); },
          [&](const model::Temporary& temporary) -> V {
            V place = variable(temporary.variable);
            into(temporary.value, place);
            return place;
          },
          [&](const model::Dereference& use) -> V { return value(use.pointer); },
          [&](const model::Member& member) -> V {
            V object = address(member.object);
            const model::Type& type = *member.object->type;
            const std::uint64_t offset = type.structure->fields[member.field].offset;
            return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), object, offset);
          },
          [&](const model::Conditional& choice) -> V { return conditional(choice, *expression->type, true); },
          [&](const model::Assign& assignment) -> V { return assign(assignment); },
          [&](const model::CompoundAssign& assignment) -> V { return compound_assign(assignment); },
          [&](const model::Step& change) -> V { return step(change, true); },
          [&](const model::Sequence& sequence) -> V {
            discard(sequence.first);
            return address(sequence.second);
          },
          [&](const auto&) -> V { llvm_unreachable("not an lvalue"); },
      },
      expression->node);
}

/// The value of an rvalue that fits registers. Aggregates go through `into`.
Emitter::V Emitter::value(E expression) {
  const model::Type& type = *expression->type;
  assert(!expression->is_lvalue);
  return std::visit(
      model::Overloaded{
          [&](const model::Literal& literal) -> V { return scalar_constant(literal.bits, type); },
          [&](const model::Zero&) -> V {
            return type.kind == model::TypeKind::nothing ? nullptr : llvm::Constant::getNullValue(value_type(type));
          },
          [&](const model::Load& use) -> V { return load(type, address(use.object)); },
          [&](const model::AddressOf& use) -> V { return address(use.object); },
          [&](const model::PointerAdd& add) -> V {
            V pointer = value(add.pointer);
            V index = value(add.index);
            return pointer_add(pointer, index, *add.index->type, *type.element, add.subtract);
          },
          [&](const model::PointerDifference& difference) -> V {
            V left = builder_.CreatePtrToInt(value(difference.left), builder_.getInt64Ty());
            V right = builder_.CreatePtrToInt(value(difference.right), builder_.getInt64Ty());
            return builder_.CreateSDiv(builder_.CreateSub(left, right),
                                       builder_.getInt64(difference.left->type->element->size));
          },
          [&](const model::MakeSpan& make) -> V {
            V span = llvm::PoisonValue::get(value_type(type));
            span = builder_.CreateInsertValue(span, value(make.data), 0);
            return builder_.CreateInsertValue(span, value(make.size), 1);
          },
          [&](const model::SpanData& use) -> V { return builder_.CreateExtractValue(value(use.span), 0); },
          [&](const model::SpanSize& use) -> V { return builder_.CreateExtractValue(value(use.span), 1); },
          [&](const model::Unary& operation) -> V { return unary(operation, type); },
          [&](const model::Binary& operation) -> V {
            V left = value(operation.left);
            V right = value(operation.right);
            return binary(operation.op, left, right, *operation.left->type);
          },
          [&](const model::Logical& operation) -> V { return logical(operation); },
          [&](const model::Conditional& choice) -> V { return conditional(choice, type, false); },
          [&](const model::Step& change) -> V { return step(change, false); },
          [&](const model::Convert& conversion) -> V {
            return convert(value(conversion.operand), *conversion.operand->type, type);
          },
          [&](const model::Call& source) -> V { return call(source, nullptr); },
          [&](const model::MathCall& source) -> V { return math(source, type); },
          [&](const model::Atomic& source) -> V { return atomic(source); },
          [&](const model::GridQuery& query) -> V { return grid_query(query); },
          [&](const model::Sequence& sequence) -> V {
            discard(sequence.first);
            return value(sequence.second);
          },
          [&](const model::BitCast&) -> V {
            V place = slot(type, "bits");
            into(expression, place);
            return load(type, place);
          },
          [&](const auto&) -> V { llvm_unreachable("an aggregate or an lvalue has no register value"); },
      },
      expression->node);
}

Emitter::V Emitter::grid_query(const model::GridQuery& source) {
  const auto answer = [&](model::Query query, int dimension) {
    return frame_.hidden[static_cast<unsigned>(query) * 3 + static_cast<unsigned>(dimension)];
  };
  const auto size = [&](int dimension) { return answer(model::Query::local_size, dimension); };
  switch (source.query) {
    case model::Query::local_linear_id: {
      V row = builder_.CreateNUWAdd(answer(model::Query::local_id, 1),
                                    builder_.CreateNUWMul(size(1), answer(model::Query::local_id, 2)));
      return builder_.CreateNUWAdd(answer(model::Query::local_id, 0), builder_.CreateNUWMul(size(0), row));
    }
    case model::Query::local_linear_size:
      return builder_.CreateNUWMul(builder_.CreateNUWMul(size(0), size(1)), size(2));
    default: return answer(source.query, source.dimension);
  }
}

Emitter::V Emitter::unary(const model::Unary& operation, const model::Type& type) {
  V operand = value(operation.operand);
  switch (operation.op) {
    case model::UnaryOperator::negate:
      return type.is_floating() ? builder_.CreateFNeg(operand) : builder_.CreateNeg(operand);
    case model::UnaryOperator::complement: return builder_.CreateNot(operand);
    case model::UnaryOperator::logical_not: return builder_.CreateNot(operand);
  }
  llvm_unreachable("a unary operator");
}

Emitter::V Emitter::shift_count(V count, llvm::Type* type) { return builder_.CreateZExtOrTrunc(count, type); }

Emitter::V Emitter::binary(BinaryOperator op, V left, V right, const model::Type& operand) {
  const bool floating = operand.is_floating();
  const bool is_signed = operand.is_signed();
  switch (op) {
    case BinaryOperator::add: return floating ? builder_.CreateFAdd(left, right) : builder_.CreateAdd(left, right);
    case BinaryOperator::subtract: return floating ? builder_.CreateFSub(left, right) : builder_.CreateSub(left, right);
    case BinaryOperator::multiply: return floating ? builder_.CreateFMul(left, right) : builder_.CreateMul(left, right);
    case BinaryOperator::divide:
      return floating ? builder_.CreateFDiv(left, right)
                      : (is_signed ? builder_.CreateSDiv(left, right) : builder_.CreateUDiv(left, right));
    case BinaryOperator::remainder:
      return is_signed ? builder_.CreateSRem(left, right) : builder_.CreateURem(left, right);
    case BinaryOperator::shift_left: return builder_.CreateShl(left, shift_count(right, left->getType()));
    case BinaryOperator::shift_right:
      right = shift_count(right, left->getType());
      return is_signed ? builder_.CreateAShr(left, right) : builder_.CreateLShr(left, right);
    case BinaryOperator::bit_and: return builder_.CreateAnd(left, right);
    case BinaryOperator::bit_or: return builder_.CreateOr(left, right);
    case BinaryOperator::bit_xor: return builder_.CreateXor(left, right);
    case BinaryOperator::equal:
      return floating ? builder_.CreateFCmpOEQ(left, right) : builder_.CreateICmpEQ(left, right);
    case BinaryOperator::not_equal:
      return floating ? builder_.CreateFCmpUNE(left, right) : builder_.CreateICmpNE(left, right);
    case BinaryOperator::less:
      return floating ? builder_.CreateFCmpOLT(left, right)
                      : (is_signed ? builder_.CreateICmpSLT(left, right) : builder_.CreateICmpULT(left, right));
    case BinaryOperator::less_equal:
      return floating ? builder_.CreateFCmpOLE(left, right)
                      : (is_signed ? builder_.CreateICmpSLE(left, right) : builder_.CreateICmpULE(left, right));
    case BinaryOperator::greater:
      return floating ? builder_.CreateFCmpOGT(left, right)
                      : (is_signed ? builder_.CreateICmpSGT(left, right) : builder_.CreateICmpUGT(left, right));
    case BinaryOperator::greater_equal:
      return floating ? builder_.CreateFCmpOGE(left, right)
                      : (is_signed ? builder_.CreateICmpSGE(left, right) : builder_.CreateICmpUGE(left, right));
  }
  llvm_unreachable("a binary operator");
}

Emitter::V Emitter::logical(const model::Logical& operation) {
  V left = truth(operation.left);
  llvm::BasicBlock* from = builder_.GetInsertBlock();
  llvm::BasicBlock* second = new_block("second");
  llvm::BasicBlock* end = new_block("endlogical");
  operation.is_and ? builder_.CreateCondBr(left, second, end) : builder_.CreateCondBr(left, end, second);
  builder_.SetInsertPoint(second);
  V right = truth(operation.right);
  llvm::BasicBlock* last = builder_.GetInsertBlock();
  builder_.CreateBr(end);
  builder_.SetInsertPoint(end);
  llvm::PHINode* result = builder_.CreatePHI(builder_.getInt1Ty(), 2);
  result->addIncoming(builder_.getInt1(!operation.is_and), from);
  result->addIncoming(right, last);
  return result;
}

Emitter::V Emitter::conditional(const model::Conditional& choice, const model::Type& type, bool as_address) {
  llvm::BasicBlock* yes = new_block("yes");
  llvm::BasicBlock* no = new_block("no");
  llvm::BasicBlock* end = new_block("chosen");
  builder_.CreateCondBr(truth(choice.condition), yes, no);
  builder_.SetInsertPoint(yes);
  V first = as_address ? address(choice.yes) : value(choice.yes);
  llvm::BasicBlock* first_end = builder_.GetInsertBlock();
  builder_.CreateBr(end);
  builder_.SetInsertPoint(no);
  V second = as_address ? address(choice.no) : value(choice.no);
  llvm::BasicBlock* second_end = builder_.GetInsertBlock();
  builder_.CreateBr(end);
  builder_.SetInsertPoint(end);
  if (type.kind == model::TypeKind::nothing && !as_address) return nullptr;
  llvm::PHINode* result = builder_.CreatePHI(as_address ? builder_.getPtrTy() : value_type(type), 2);
  result->addIncoming(first, first_end);
  result->addIncoming(second, second_end);
  return result;
}

/// C++17: the right operand is evaluated before the left one.
Emitter::V Emitter::assign(const model::Assign& assignment) {
  const model::Type& type = *assignment.object->type;
  if (!type.is_aggregate()) {
    V result = value(assignment.value);
    V place = address(assignment.object);
    store(type, result, place);
    return place;
  }
  // The value may read the object that it replaces.
  V whole = slot(type, "assigned");
  into(assignment.value, whole);
  V place = address(assignment.object);
  copy(type, whole, place);
  return place;
}

Emitter::V Emitter::compound_assign(const model::CompoundAssign& assignment) {
  const model::Type& type = *assignment.object->type;
  V right = value(assignment.value);
  V place = address(assignment.object);
  V left = load(type, place);
  if (type.kind == model::TypeKind::pointer) {
    store(type,
          pointer_add(left, right, *assignment.value->type, *type.element, assignment.op == BinaryOperator::subtract),
          place);
    return place;
  }
  left = convert(left, type, *assignment.computation);
  store(type, convert(binary(assignment.op, left, right, *assignment.computation), *assignment.computation, type),
        place);
  return place;
}

Emitter::V Emitter::step(const model::Step& change, bool as_address) {
  const model::Type& type = *change.object->type;
  V place = address(change.object);
  V before = load(type, place);
  V after = nullptr;
  if (type.kind == model::TypeKind::pointer) {
    after = builder_.CreateGEP(builder_.getInt8Ty(), before,
                               builder_.getInt64(change.increment ? type.element->size : -type.element->size));
  } else if (type.is_floating()) {
    after = builder_.CreateFAdd(before, llvm::ConstantFP::get(before->getType(), change.increment ? 1.0 : -1.0));
  } else {
    after = builder_.CreateAdd(before, llvm::ConstantInt::getSigned(before->getType(), change.increment ? 1 : -1));
  }
  store(type, after, place);
  if (as_address) return place;
  return change.prefix ? after : before;
}

Emitter::V Emitter::convert(V source, const model::Type& from, const model::Type& to) {
  if (&from == &to || to.kind == model::TypeKind::nothing) return source;
  llvm::Type* target = value_type(to);
  if (to.is_bool()) {
    llvm::Constant* zero = llvm::Constant::getNullValue(source->getType());
    return from.is_floating() ? builder_.CreateFCmpUNE(source, zero) : builder_.CreateICmpNE(source, zero);
  }
  if (from.is_floating() && to.is_floating()) return builder_.CreateFPCast(source, target);
  if (from.is_floating()) {
    return to.is_signed() ? builder_.CreateFPToSI(source, target) : builder_.CreateFPToUI(source, target);
  }
  if (to.is_floating()) {
    return from.is_signed() ? builder_.CreateSIToFP(source, target) : builder_.CreateUIToFP(source, target);
  }
  return builder_.CreateIntCast(source, target, from.is_signed());
}

Emitter::V Emitter::pointer_add(V pointer, V index, const model::Type& index_type, const model::Type& element,
                                bool subtract) {
  V wide = builder_.CreateIntCast(index, builder_.getInt64Ty(), index_type.is_signed());
  if (subtract) wide = builder_.CreateNeg(wide);
  // Not inbounds: an index that is never used for an access must not be undefined.
  return builder_.CreateGEP(memory_type(element), pointer, wide);
}

std::vector<Emitter::V> Emitter::arguments(const model::Function& callee, const std::vector<E>& sources) {
  (void)callee;
  std::vector<V> values;
  for (E source : sources) {
    if (source->type->is_aggregate()) {
      V place = slot(*source->type, "argument");
      into(source, place);
      values.push_back(place);
    } else {
      values.push_back(value(source));
    }
  }
  values.insert(values.end(), frame_.hidden.begin(), frame_.hidden.end());
  return values;
}

/// A call; `destination` takes an aggregate result.
Emitter::V Emitter::call(const model::Call& source, V destination) {
  llvm::Function* callee = declare(*source.callee);
  std::vector<V> values = arguments(*source.callee, source.arguments);
  if (source.callee->result->is_aggregate()) values.insert(values.begin(), destination);
  return builder_.CreateCall(callee, values);
}

}  // namespace kernelc::cpu
