#include <algorithm>

#include <clang/AST/StmtVisitor.h>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::Stmt;
using model::ScalarType;

namespace {

/// Why a statement has no place in a kernel, for those with a rule of their own.
std::optional<std::pair<Rule, std::string>> statement_rule(const Stmt* statement) {
  using P = std::pair<Rule, std::string>;
  if (llvm::isa<clang::GotoStmt, clang::IndirectGotoStmt, clang::LabelStmt>(statement)) return P{Rule::jump, "goto"};
  if (llvm::isa<clang::CXXTryStmt>(statement)) return P{Rule::exception, "'try'"};
  if (llvm::isa<clang::AsmStmt>(statement)) return P{Rule::inline_assembly, ""};
  if (llvm::isa<clang::CoreturnStmt, clang::CoroutineBodyStmt>(statement)) return P{Rule::jump, "a coroutine"};
  return std::nullopt;
}

/// The most labels that `case first ... last` stands for.
constexpr std::int64_t longest_range = 1024;

/// Whether a statement declares variables and gives none of them a value.
bool declares_only(const Stmt* statement) {
  const auto* declared = llvm::dyn_cast<clang::DeclStmt>(statement);
  return declared != nullptr && std::all_of(declared->decl_begin(), declared->decl_end(), [](const clang::Decl* each) {
           const auto* variable = llvm::dyn_cast<clang::VarDecl>(each);
           return variable == nullptr || variable->getInit() == nullptr;
         });
}

}  // namespace

Translator::S Translator::block(const Stmt* statement) {
  model::StatementList body;
  append(statement, body);
  return model_.statement(line(statement->getBeginLoc()), model::Block{std::move(body)});
}

void Translator::append(const Stmt* source, model::StatementList& list) {
  if (const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(source)) {
    for (const Stmt* child : compound->body()) {
      // One broken statement does not hide the next one's error.
      try {
        if (const auto* declared = llvm::dyn_cast<clang::DeclStmt>(child)) {
          declarations(declared, list);
        } else if (!llvm::isa<clang::NullStmt>(child)) {
          list.push_back(statement(child));
        }
      } catch (const Rejected&) {
        // Only the use of a broken declaration is rejected without a report of its own, and only after one.
        if (!reporter_.failed()) {
          reporter_.report(child->getBeginLoc(), Rule::statement_not_supported, {"a variable in its own initialiser"});
        }
      }
    }
    return;
  }
  if (const auto* declared = llvm::dyn_cast<clang::DeclStmt>(source)) return declarations(declared, list);
  if (!llvm::isa<clang::NullStmt>(source)) list.push_back(statement(source));
}

/// Each declaration, also where one of them is rejected: else the uses of the others would be reported, too.
void Translator::declarations(const clang::DeclStmt* statement, model::StatementList& list) {
  bool is_rejected = false;
  for (const clang::Decl* declared : statement->decls()) {
    try {
      declaration(declared, list);
    } catch (const Rejected&) {
      is_rejected = true;
    }
  }
  if (is_rejected) throw Rejected{};
}

Translator::S Translator::statement(const Stmt* source) {
  const PlaceScope place(model_, source->getBeginLoc());
  const std::uint32_t at = line(source->getBeginLoc());
  if (const auto rule = statement_rule(source)) {
    reporter_.reject(source->getBeginLoc(), rule->first, {rule->second});
  }
  if (llvm::isa<clang::CompoundStmt, clang::DeclStmt, clang::NullStmt>(source)) return block(source);
  if (const auto* expression = llvm::dyn_cast<clang::Expr>(source)) {
    return model_.statement(at, model::Evaluate{this->expression(expression)});
  }
  if (const auto* attributed = llvm::dyn_cast<clang::AttributedStmt>(source)) {
    return statement(attributed->getSubStmt());
  }
  if (const auto* branch = llvm::dyn_cast<clang::IfStmt>(source)) return if_statement(branch);
  if (const auto* loop = llvm::dyn_cast<clang::ForStmt>(source)) return for_loop(loop);
  if (const auto* loop = llvm::dyn_cast<clang::WhileStmt>(source)) return while_loop(loop);
  if (const auto* loop = llvm::dyn_cast<clang::DoStmt>(source)) {
    const S body = block(loop->getBody());
    return model_.statement(at, model::Loop{condition(loop->getCond()), nullptr, body, true});
  }
  if (const auto* loop = llvm::dyn_cast<clang::CXXForRangeStmt>(source)) return range_for(loop);
  if (const auto* choice = llvm::dyn_cast<clang::SwitchStmt>(source)) return switch_statement(choice);
  if (llvm::isa<clang::SwitchCase>(source)) {
    reporter_.reject(source->getBeginLoc(), Rule::switch_shape, {"a label inside a nested statement"});
  }
  if (llvm::isa<clang::BreakStmt>(source)) return model_.statement(at, model::Break{});
  if (llvm::isa<clang::ContinueStmt>(source)) return model_.statement(at, model::Continue{});
  if (const auto* result = llvm::dyn_cast<clang::ReturnStmt>(source)) return return_statement(result);
  reporter_.reject(source->getBeginLoc(), Rule::statement_not_supported, {source->getStmtClassName()});
}

void Translator::declaration(const clang::Decl* declaration, model::StatementList& list) {
  if (llvm::isa<clang::TypedefNameDecl, clang::StaticAssertDecl, clang::UsingDecl, clang::UsingDirectiveDecl,
                clang::UsingEnumDecl, clang::TagDecl, clang::EmptyDecl, clang::NamespaceAliasDecl, clang::FunctionDecl>(
          declaration)) {
    return;
  }
  if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration)) return variable_declaration(variable, list);
  reporter_.reject(declaration->getBeginLoc(), Rule::statement_not_supported, {declaration->getDeclKindName()});
}

/// Whether a local is a constant whose value the compiler knows, however it was computed.
bool Translator::is_table(const clang::VarDecl* variable) {
  if (!variable->isConstexpr() || variable->getType()->isReferenceType()) return false;
  const model::Type* type = this->type(variable->getType(), variable->getLocation());
  return type->kind != model::TypeKind::span && model::is_data(*type) && variable->evaluateValue() != nullptr;
}

void Translator::variable_declaration(const clang::VarDecl* variable, model::StatementList& list) {
  const clang::SourceLocation location = variable->getLocation();
  scope_.broken.insert(variable);  // until the end of this function says otherwise
  if (variable->isStaticLocal() || variable->getTLSKind() != clang::VarDecl::TLS_None) {
    if (variable->isConstexpr() || variable->getType().isConstQualified()) {
      scope_.broken.erase(variable);  // a constant, made on first use
      return;
    }
    reporter_.reject(location, Rule::static_local, {variable->getNameAsString()});
  }
  if (!variable->hasLocalStorage() || is_table(variable)) {
    scope_.broken.erase(variable);  // declared elsewhere, or a constant: known or refused on first use
    return;
  }
  if (variable->needsDestruction(context_) != clang::QualType::DK_none) {
    reporter_.reject(location, Rule::destructor, {variable->getType().getAsString(context_.getPrintingPolicy())});
  }
  const PlaceScope place(model_, location);
  if (is_shared_array(record_of(variable->getType())) && !variable->getType()->isReferenceType()) {
    return shared_array(variable, list);
  }
  const model::Variable* result = own_variable(variable);
  E value = nullptr;
  if (const clang::Expr* initializer = variable->getInit()) {
    const auto* construct = llvm::dyn_cast<clang::CXXConstructExpr>(initializer);
    const bool leaves_undefined = construct != nullptr && construct->getConstructor()->isDefaultConstructor() &&
                                  construct->getConstructor()->isTrivial() && !construct->requiresZeroInitialization();
    if (!leaves_undefined) {
      value = expression(initializer);
      if (variable->getType()->isReferenceType()) {
        value = address_of(value);
      } else if (value->is_lvalue) {
        value = load(value);  // an array of characters from a string
      }
    }
  }
  list.push_back(model_.statement(line(location), model::Declare{result, value}));
  scope_.broken.erase(variable);
  if (const auto* decomposition = llvm::dyn_cast<clang::DecompositionDecl>(variable)) {
    for (const clang::BindingDecl* binding : decomposition->bindings()) {
      // Of a tuple, such as std::array, each name is a variable of its own.
      if (const clang::VarDecl* held = binding->getHoldingVar()) variable_declaration(held, list);
    }
  }
}

/// An array of the whole group. Of a kernel's own outermost block, so that all items of the group come by it.
void Translator::shared_array(const clang::VarDecl* variable, model::StatementList& list) {
  if (active_.size() != 1 || scope_.outermost != &list) {
    reporter_.reject(variable->getLocation(), Rule::shared_array_place,
                     {"'" + variable->getNameAsString() + "'",
                      active_.size() != 1 ? "in a function that a kernel calls" : "in an inner block"});
  }
  model::Variable* result =
      model_.variable(variable->getNameAsString(), type(variable->getType(), variable->getLocation()));
  result->is_shared = true;
  scope_.variables[variable] = result;
  list.push_back(model_.statement(line(variable->getLocation()), model::Declare{result, nullptr}));
  scope_.broken.erase(variable);
}

Translator::S Translator::if_statement(const clang::IfStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  model::StatementList outer;
  if (const Stmt* initializer = source->getInit()) append(initializer, outer);
  if (source->isConsteval()) {
    // A kernel runs; it is never evaluated by the compiler.
    const Stmt* taken = source->isNonNegatedConsteval() ? source->getElse() : source->getThen();
    return taken != nullptr ? block(taken) : model_.statement(at, model::Block{});
  }
  if (source->isConstexpr()) {
    if (const auto taken = source->getNondiscardedCase(context_)) {
      if (*taken != nullptr) append(*taken, outer);
      return model_.statement(at, model::Block{std::move(outer)});
    }
  }
  if (const clang::VarDecl* variable = source->getConditionVariable()) variable_declaration(variable, outer);
  const E test = condition(source->getCond());
  const S yes = block(source->getThen());
  const S no = source->getElse() != nullptr ? block(source->getElse()) : nullptr;
  const S result = model_.statement(at, model::If{test, yes, no});
  if (outer.empty()) return result;
  outer.push_back(result);
  return model_.statement(at, model::Block{std::move(outer)});
}

Translator::S Translator::while_loop(const clang::WhileStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  if (const clang::VarDecl* variable = source->getConditionVariable()) {
    model::StatementList body;
    variable_declaration(variable, body);
    const E test = condition(source->getCond());
    const S leave = model_.statement(at, model::Break{});
    const S nothing = model_.statement(at, model::Block{});
    body.push_back(model_.statement(at, model::If{test, nothing, leave}));
    append(source->getBody(), body);
    return model_.statement(at,
                            model::Loop{nullptr, nullptr, model_.statement(at, model::Block{std::move(body)}), false});
  }
  const E test = condition(source->getCond());
  return model_.statement(at, model::Loop{test, nullptr, block(source->getBody()), false});
}

Translator::S Translator::for_loop(const clang::ForStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  model::StatementList outer;
  if (source->getInit() != nullptr) append(source->getInit(), outer);
  model::StatementList body;
  E test = nullptr;
  if (const clang::VarDecl* variable = source->getConditionVariable()) {
    variable_declaration(variable, body);
    const S nothing = model_.statement(at, model::Block{});
    body.push_back(
        model_.statement(at, model::If{condition(source->getCond()), nothing, model_.statement(at, model::Break{})}));
  } else if (source->getCond() != nullptr) {
    test = condition(source->getCond());
  }
  const E step = source->getInc() != nullptr ? expression(source->getInc()) : nullptr;
  append(source->getBody(), body);
  outer.push_back(
      model_.statement(at, model::Loop{test, step, model_.statement(at, model::Block{std::move(body)}), false}));
  return model_.statement(at, model::Block{std::move(outer)});
}

namespace {

/// Whether nobody can tell in which order the ends of the range are asked for: those of an array, or of a class of the
/// language or the standard library.
bool has_plain_ends(const clang::CXXForRangeStmt* source) {
  const clang::QualType type = source->getRangeInit()->getType().getNonReferenceType();
  if (type->isArrayType()) return true;
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (record == nullptr) return false;
  if (record->isInStdNamespace()) return true;
  const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(record->getDeclContext());
  return space != nullptr && space->getName() == "dotcompute" && space->getParent()->isTranslationUnit();
}

}  // namespace

Translator::S Translator::range_for(const clang::CXXForRangeStmt* source) {
  if (is_span(source->getRangeInit()->getType())) return span_range_for(source);
  // Clang's own form: the range, its begin and its end as hidden variables.
  const std::uint32_t at = line(source->getBeginLoc());
  model::StatementList outer;
  if (source->getInit() != nullptr) append(source->getInit(), outer);
  append(source->getRangeStmt(), outer);
  // The end is the same for all items, the place of each its own: together they would part the loop from where it
  // begins.
  if (has_plain_ends(source)) {
    append(source->getEndStmt(), outer);
    append(source->getBeginStmt(), outer);
  } else {
    append(source->getBeginStmt(), outer);
    append(source->getEndStmt(), outer);
  }
  const E test = condition(source->getCond());
  const E step = expression(source->getInc());
  model::StatementList body;
  append(source->getLoopVarStmt(), body);
  append(source->getBody(), body);
  outer.push_back(
      model_.statement(at, model::Loop{test, step, model_.statement(at, model::Block{std::move(body)}), false}));
  return model_.statement(at, model::Block{std::move(outer)});
}

Translator::S Translator::span_range_for(const clang::CXXForRangeStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* truth = model_.scalar(ScalarType::boolean);
  model::StatementList outer;
  if (source->getInit() != nullptr) append(source->getInit(), outer);
  const E span = dynamic_span(expression(source->getRangeInit()), source->getRangeInit()->getType(), source);
  const model::Variable* range = model_.variable("range", span->type);
  outer.push_back(model_.statement(at, model::Declare{range, span->is_lvalue ? load(span) : span}));
  const model::Variable* index = model_.variable("index", size_type);
  outer.push_back(model_.statement(at, model::Declare{index, integer(0, ScalarType::uint64, source)}));

  const E range_use = load(make(span->type, true, source, model::VariableUse{range}));
  const E index_use = make(size_type, true, source, model::VariableUse{index});
  const E size = make(size_type, false, source, model::SpanSize{range_use});
  const E test = make(truth, false, source, model::Binary{model::BinaryOperator::less, load(index_use), size});
  const E step = make(size_type, true, source, model::Step{index_use, true, true});

  const auto* begin = llvm::cast<clang::VarDecl>(source->getBeginStmt()->getSingleDecl());
  scope_.span_elements[begin] = element(range_use, load(index_use), source);
  model::StatementList body;
  append(source->getLoopVarStmt(), body);
  append(source->getBody(), body);
  outer.push_back(
      model_.statement(at, model::Loop{test, step, model_.statement(at, model::Block{std::move(body)}), false}));
  return model_.statement(at, model::Block{std::move(outer)});
}

Translator::S Translator::switch_statement(const clang::SwitchStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  model::StatementList outer;
  if (source->getInit() != nullptr) append(source->getInit(), outer);
  if (const clang::VarDecl* variable = source->getConditionVariable()) variable_declaration(variable, outer);
  model::Switch result{expression(source->getCond()), {}};
  const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(source->getBody());
  std::vector<const Stmt*> children;
  if (compound != nullptr) {
    children.assign(compound->body_begin(), compound->body_end());
  } else {
    children.push_back(source->getBody());
  }
  for (const Stmt* child : children) {
    const auto* label = llvm::dyn_cast<clang::SwitchCase>(child);
    if (label == nullptr) {
      if (!result.cases.empty()) {
        append(child, result.cases.back().body);
      } else if (declares_only(child)) {
        append(child, outer);  // variables without a value, for all cases
      } else {
        reporter_.reject(child->getBeginLoc(), Rule::switch_shape, {"a statement before the first label"});
      }
      continue;
    }
    result.cases.emplace_back();
    while (label != nullptr) {
      if (const auto* value = llvm::dyn_cast<clang::CaseStmt>(label)) {
        const std::int64_t first = value->getLHS()->EvaluateKnownConstInt(context_).getExtValue();
        const clang::Expr* end = value->getRHS();
        const std::int64_t last = end != nullptr ? end->EvaluateKnownConstInt(context_).getExtValue() : first;
        if (last >= first + longest_range) {
          reporter_.reject(label->getBeginLoc(), Rule::switch_shape, {"a range of more than 1024 labels"});
        }
        for (std::int64_t each = first; each <= last; ++each) {
          result.cases.back().values.push_back(static_cast<std::uint64_t>(each));
        }
      } else {
        result.cases.back().is_default = true;
      }
      const Stmt* next = label->getSubStmt();
      label = llvm::dyn_cast<clang::SwitchCase>(next);
      if (label == nullptr) append(next, result.cases.back().body);
    }
  }
  outer.push_back(model_.statement(at, std::move(result)));
  return model_.statement(at, model::Block{std::move(outer)});
}

Translator::S Translator::return_statement(const clang::ReturnStmt* source) {
  const std::uint32_t at = line(source->getBeginLoc());
  const clang::Expr* value = source->getRetValue();
  if (value == nullptr) return model_.statement(at, model::Return{nullptr});
  if (value->getType()->isVoidType()) {
    model::StatementList both{model_.statement(at, model::Evaluate{expression(value)}),
                              model_.statement(at, model::Return{nullptr})};
    return model_.statement(at, model::Block{std::move(both)});
  }
  const E result = expression(value);
  return model_.statement(
      at, model::Return{scope_.declaration->getReturnType()->isReferenceType() ? address_of(result) : result});
}

}  // namespace kernelc
