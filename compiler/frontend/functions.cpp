#include <algorithm>

#include <clang/AST/GlobalDecl.h>
#include <clang/Basic/SourceManager.h>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::FunctionDecl;
using clang::SourceLocation;

namespace {

// Every work-item has its own; on the CPU they lie on a thread's stack.
constexpr std::uint64_t largest_frame = 256 * 1024;

}  // namespace

Room room_of(const FunctionDecl* function) {
  const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(function->getDeclContext()->getEnclosingNamespaceContext());
  if (space == nullptr) return Room::elsewhere;
  const auto* outer = llvm::dyn_cast<clang::NamespaceDecl>(space->getParent());
  const auto is_language = [](const clang::NamespaceDecl* each) {
    return each->getName() == "dotcompute" && each->getParent()->isTranslationUnit();
  };
  if (is_language(space)) return Room::language;
  return outer != nullptr && is_language(outer) && space->getName() == "detail" ? Room::language_detail
                                                                                : Room::elsewhere;
}

Translator::Translator(clang::ASTContext& context, model::Model& model, Reporter& reporter)
    : context_(context),
      model_(model),
      reporter_(reporter),
      mangler_(clang::ItaniumMangleContext::create(context, context.getDiagnostics())) {}

std::string Translator::symbol(const FunctionDecl* function) const {
  clang::GlobalDecl declaration;
  if (const auto* constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(function)) {
    declaration = clang::GlobalDecl(constructor, clang::Ctor_Complete);
  } else {
    declaration = clang::GlobalDecl(function);
  }
  if (!mangler_->shouldMangleDeclName(function)) return function->getNameAsString();
  std::string name;
  llvm::raw_string_ostream stream(name);
  mangler_->mangleName(declaration, stream);
  return name;
}

std::string Translator::qualified_name(const clang::NamedDecl* declaration) {
  clang::PrintingPolicy policy = declaration->getASTContext().getPrintingPolicy();
  policy.SuppressInlineNamespace = true;
  std::string name;
  llvm::raw_string_ostream stream(name);
  declaration->getNameForDiagnostic(stream, policy, true);
  return name;
}

const model::Function* Translator::function(const FunctionDecl* declared, SourceLocation used_at) {
  const std::string name = qualified_name(declared);
  const FunctionDecl* definition = nullptr;
  if (!declared->hasBody(definition) || definition == nullptr) {
    const auto* constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(declared);
    // An implicit constructor has initialisers and no body of its own until it is needed.
    if (constructor == nullptr || !constructor->isDefaulted()) {
      const bool is_library =
          declared->isInStdNamespace() || context_.getSourceManager().isInSystemHeader(declared->getLocation());
      reporter_.reject(used_at, is_library ? Rule::library_function : Rule::function_without_body, {name});
    }
    definition = declared;
  }
  const FunctionDecl* key = declared->getCanonicalDecl();
  if (std::find(active_.begin(), active_.end(), key) != active_.end()) {
    reporter_.reject(used_at, Rule::recursion, {name});
  }
  if (const auto known = functions_.find(key); known != functions_.end()) return known->second;
  if (definition->isVariadic()) reporter_.reject(used_at, Rule::variadic_function, {name});

  model::Function* result = model_.function();
  result->name = name;
  if (name == "dotcompute::detail::half_from_float") result->known = model::KnownFunction::half_from_float;
  if (name == "dotcompute::detail::half_to_float") result->known = model::KnownFunction::half_to_float;
  result->symbol = symbol(definition);
  result->file = file(definition->getLocation());
  result->line = line(definition->getLocation());
  result->is_of_language = room_of(definition) != Room::elsewhere;
  functions_[key] = result;
  active_.push_back(key);
  Scope outer = std::move(scope_);
  scope_ = Scope{};
  scope_.declaration = definition;
  const std::size_t reported = reporter_.reported();
  const auto restore = [&] {
    // A problem inside a library is found by the call that led there.
    const bool is_first = reporter_.reported() != reported && active_.size() > 1 && noted_ != reporter_.reported();
    const clang::SourceManager& sources = context_.getSourceManager();
    if (is_first && sources.isInSystemHeader(definition->getLocation()) && !sources.isInSystemHeader(used_at)) {
      noted_ = reporter_.reported();
      reporter_.note(used_at, "in '" + name + "', which is called here");
    }
    scope_ = std::move(outer);
    active_.pop_back();
  };
  try {
    translate_body(definition, *result);
  } catch (const Rejected&) {
    restore();
    functions_.erase(key);  // half a function is none
    throw;
  }
  restore();
  return result;
}

void Translator::translate_body(const FunctionDecl* definition, model::Function& function) {
  const auto* constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(definition);
  function.result = constructor != nullptr ? model_.nothing() : result_type(definition);
  if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(definition);
      method != nullptr && method->isImplicitObjectMemberFunction()) {
    if (method->getParent()->isLambda()) {
      llvm::DenseMap<const clang::ValueDecl*, clang::FieldDecl*> captures;
      clang::FieldDecl* object = nullptr;
      method->getParent()->getCaptureFields(captures, object);
      scope_.captures.insert(captures.begin(), captures.end());
      scope_.captured_object = object;
    }
    const model::Type* object = record_type(method->getParent()->getDefinition(), method->getLocation());
    scope_.object = model_.variable("this", model_.pointer(object, method->isConst()));
    function.parameters.push_back(scope_.object);
  }
  for (const clang::ParmVarDecl* parameter : definition->parameters()) {
    function.parameters.push_back(own_variable(parameter));
  }
  model::StatementList body;
  scope_.outermost = &body;
  if (constructor != nullptr) constructor_initializers(constructor, body);
  if (const clang::Stmt* source = definition->getBody()) append(source, body);
  function.body = model_.statement(function.line, model::Block{std::move(body)});
}

/// The variable of a parameter or local, if there is room for it.
const model::Variable* Translator::own_variable(const clang::VarDecl* declared) {
  const model::Type* type = variable_type(declared->getType(), declared->getLocation());
  scope_.size_bytes += type->size;
  if (scope_.size_bytes > largest_frame) {
    reporter_.reject(declared->getLocation(), Rule::too_large,
                     {declared->getNameAsString(), std::to_string(scope_.size_bytes), std::to_string(largest_frame)});
  }
  return scope_.variables[declared] = model_.variable(declared->getNameAsString(), type);
}

void Translator::constructor_initializers(const clang::CXXConstructorDecl* constructor, model::StatementList& body) {
  for (const clang::CXXCtorInitializer* initializer : constructor->inits()) {
    const clang::Expr* source = initializer->getInit();
    const E object =
        make(scope_.object->type->element, true, source,
             model::Dereference{load(make(scope_.object->type, true, source, model::VariableUse{scope_.object}))});
    const auto assign = [&](E target, E value) {
      body.push_back(model_.statement(line(initializer->getSourceLocation()),
                                      model::Evaluate{make(target->type, true, source, model::Assign{target, value})}));
    };
    if (initializer->isDelegatingInitializer()) {
      assign(object, expression(source));
      continue;
    }
    if (initializer->isIndirectMemberInitializer()) {
      reporter_.reject(initializer->getSourceLocation(), Rule::expression_not_supported, {"a nameless member"});
    }
    if (initializer->isBaseInitializer()) {
      const clang::CXXRecordDecl* base = record_of(clang::QualType(initializer->getBaseClass(), 0));
      const E value = expression(source);
      if (!base->isEmpty()) assign(base_object(object, constructor->getParent(), base, source), value);
      continue;
    }
    const clang::FieldDecl* field = initializer->getMember();
    const model::Type* type = variable_type(field->getType(), field->getLocation());
    const E value = expression(source);
    assign(make(type, true, source, model::Member{object, field_index(field)}),
           field->getType()->isReferenceType() ? address_of(value) : value);
  }
}

}  // namespace kernelc
