#include <dotcompute/kernel/abi.h>

#include "checked/rewriter.hpp"

namespace kernelc::checked {

using model::BinaryOperator;
using model::ScalarType;

namespace {

/// Makes the statements of the function that reports a fault.
class ReportBody {
 public:
  ReportBody(model::Model& model, std::uint32_t line, const model::Variable* words)
      : model_(model), line_(line), words_(words) {}

  E load(const model::Variable* variable) {
    const E object = make(variable->type, true, model::VariableUse{variable});
    return make(variable->type, false, model::Load{object});
  }
  E word(std::uint64_t index) {
    const model::Type* type = model_.scalar(ScalarType::uint32);
    const model::Type* pointer = model_.pointer(type, false);
    const E data = make(pointer, false, model::SpanData{load(words_)});
    return make(type, true, model::Dereference{make(pointer, false, model::PointerAdd{data, number(index), false})});
  }
  E number(std::uint64_t value, ScalarType type = ScalarType::uint64) {
    return make(model_.scalar(type), false, model::Literal{value});
  }
  /// Whether this item is the first: nobody has claimed the words.
  E claim() {
    const model::Type* type = model_.scalar(ScalarType::uint32);
    const E zero = number(0, ScalarType::uint32);
    const E old = make(type, false,
                       model::Atomic{model::AtomicOperation::compare_exchange,
                                     word(DOTCOMPUTE_FAULT_CLAIM),
                                     {zero, number(1, ScalarType::uint32)}});
    return make(model_.scalar(ScalarType::boolean), false, model::Binary{BinaryOperator::equal, old, zero});
  }
  E global_id(int dimension) {
    return make(model_.scalar(ScalarType::uint64), false, model::GridQuery{model::Query::global_id, dimension});
  }
  void write(std::uint64_t index, E value) {
    const E object = word(index);
    body_.push_back(model_.statement(line_, model::Evaluate{make(object->type, true, model::Assign{object, value})}));
  }
  /// The lower half first.
  void write_wide(std::uint64_t index, E value) {
    const model::Type* half = model_.scalar(ScalarType::uint32);
    const E upper = make(value->type, false, model::Binary{BinaryOperator::shift_right, value, number(32)});
    write(index, make(half, false, model::Convert{value}));
    write(index + 1, make(half, false, model::Convert{upper}));
  }
  S finish(E condition) {
    const S yes = model_.statement(line_, model::Block{std::move(body_)});
    const S choice = model_.statement(line_, model::If{condition, yes, nullptr});
    return model_.statement(line_, model::Block{{choice}});
  }

 private:
  E make(const model::Type* type, bool is_lvalue, model::ExpressionNode node) {
    return model_.expression(type, is_lvalue, line_, std::move(node));
  }

  model::Model& model_;
  std::uint32_t line_;
  const model::Variable* words_;
  model::StatementList body_;
};

}  // namespace

KernelRewriter::KernelRewriter(model::Model& model, const model::Kernel& kernel, const PositionOf& position_of,
                               Reporter& reporter, bool looks_for_null)
    : model_(model),
      kernel_(kernel),
      position_of_(position_of),
      reporter_(reporter),
      words_(model.span(model.scalar(ScalarType::uint32), false)),
      looks_for_null_(looks_for_null) {}

const model::Function* KernelRewriter::run() {
  model::Function* result = model_.function();
  *result = *kernel_.function;
  result->parameters.clear();
  FunctionRewriter(*this, 0).run(*kernel_.function, *result);
  return result;
}

const model::Function* KernelRewriter::copy(const model::Function& source, std::uint32_t place) {
  // What devices have instructions for is right as it is.
  if (source.known != model::KnownFunction::none) return &source;
  if (const auto known = copies_.find({&source, place}); known != copies_.end()) return known->second;
  model::Function* result = model_.function();
  *result = source;
  result->parameters.clear();
  // Symbols are unique in the model, and the same whatever else is in the file.
  result->symbol += "_checked_" + std::to_string(copies_.size()) + "_" + kernel_.function->symbol;
  const bool differs = FunctionRewriter(*this, place).run(source, *result);
  return copies_[{&source, place}] = differs ? result : &source;
}

bool KernelRewriter::is_library(const model::Function& function) const {
  return function.is_of_language || position_of_(function.body->place).is_library;
}

std::uint32_t KernelRewriter::add(std::uint32_t kind, ScalarType scalar, std::string subject, std::uint32_t place) {
  const Position position = position_of_(place);
  checks_.push_back({kind, scalar, std::move(subject), position.file, position.line, position.column});
  return static_cast<std::uint32_t>(checks_.size() - 1);
}

const model::Variable* KernelRewriter::faults() {
  model::Variable* result = model_.variable("faults", words_);
  result->holds_faults = true;
  return result;
}

const model::Function& KernelRewriter::report() {
  if (report_ == nullptr) report_ = make_report();
  return *report_;
}

const model::Function* KernelRewriter::make_report() {
  model::Function* result = model_.function();
  model_.place = kernel_.function->body->place;
  result->name = "report_fault";
  result->symbol = "report_fault_" + kernel_.function->symbol;
  result->result = model_.nothing();
  result->file = kernel_.function->file;
  result->line = kernel_.function->line;
  result->is_of_language = true;
  result->reports_fault = true;
  const model::Variable* words = faults();
  const model::Variable* check = model_.variable("check", model_.scalar(ScalarType::uint32));
  result->parameters = {words, check};
  ReportBody body(model_, result->line, words);
  body.write(DOTCOMPUTE_FAULT_CHECK, body.load(check));
  for (int dimension = 0; dimension < kernel_.dimensions; ++dimension) {
    body.write_wide(DOTCOMPUTE_FAULT_ITEM + 2 * static_cast<std::uint64_t>(dimension), body.global_id(dimension));
  }
  for (const std::uint64_t i : {0u, 1u, 2u}) {
    const model::Variable* value = model_.variable("value_" + std::to_string(i), model_.scalar(ScalarType::uint64));
    result->parameters.push_back(value);
    body.write_wide(DOTCOMPUTE_FAULT_VALUES + 2 * i, body.load(value));
  }
  result->body = body.finish(body.claim());
  return result;
}

Checks add_checks(model::Model& model, model::Kernel& kernel, const PositionOf& position_of, Reporter& reporter) {
  // Few kernels keep pointers that may be bad where only their null tells it; the others need not look for it.
  KernelRewriter first(model, kernel, position_of, reporter, false);
  const model::Function* function = first.run();
  if (!first.keeps_null()) {
    kernel.function = function;
    return first.take_checks();
  }
  KernelRewriter second(model, kernel, position_of, reporter, true);
  kernel.function = second.run();
  return second.take_checks();
}

}  // namespace kernelc::checked
