#pragma once

/// Turns functions of Clang's AST into functions of the kernel model. What it does not know it rejects by a rule.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/Expr.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/Mangle.h>
#include <clang/AST/Stmt.h>
#include <clang/AST/StmtCXX.h>

#include "check/rules.hpp"
#include "model/model.hpp"

namespace kernelc {

/// While it lives, nodes of the model are made for this place in the source.
class PlaceScope {
 public:
  PlaceScope(model::Model& model, clang::SourceLocation place) : model_(model), before_(model.place) {
    model.place = place.getRawEncoding();
  }
  PlaceScope(const PlaceScope&) = delete;
  PlaceScope& operator=(const PlaceScope&) = delete;
  ~PlaceScope() { model_.place = before_; }

 private:
  model::Model& model_;
  std::uint32_t before_;
};

/// Whether a type is dotcompute::SharedArray.
/// Where a function is declared: in the namespace of the kernel language, in its `detail`, or elsewhere.
enum class Room { language, language_detail, elsewhere };
[[nodiscard]] Room room_of(const clang::FunctionDecl* function);

[[nodiscard]] bool is_shared_array(const clang::CXXRecordDecl* record);

class Translator {
 public:
  Translator(clang::ASTContext& context, model::Model& model, Reporter& reporter);

  /// The model of `function` and, through it, of all that it calls. Reports and throws Rejected.
  const model::Function* function(const clang::FunctionDecl* function, clang::SourceLocation used_at);

  /// The model of a value's type. Reports and throws Rejected.
  const model::Type* type(clang::QualType type, clang::SourceLocation location);

  /// The mangled name, without the target's prefix.
  std::string symbol(const clang::FunctionDecl* function) const;

  /// The name as C++ spells it, qualified and with template arguments.
  static std::string qualified_name(const clang::NamedDecl* declaration);

 private:
  using E = const model::Expression*;
  using S = const model::Statement*;

  // types.cpp
  const model::Type* record_type(const clang::CXXRecordDecl* record, clang::SourceLocation location);
  void fields(const clang::CXXRecordDecl* record, model::Struct& structure);
  const model::Type* builtin_type(const clang::BuiltinType* type, clang::SourceLocation location);
  const model::Type* result_type(const clang::FunctionDecl* function);
  const model::Type* variable_type(clang::QualType declared, clang::SourceLocation location);

  // functions.cpp
  void translate_body(const clang::FunctionDecl* definition, model::Function& function);
  const model::Variable* own_variable(const clang::VarDecl* declared);
  void constructor_initializers(const clang::CXXConstructorDecl* constructor, model::StatementList& body);

  // statements.cpp
  S statement(const clang::Stmt* statement);
  S block(const clang::Stmt* statement);
  void append(const clang::Stmt* statement, model::StatementList& list);
  void declarations(const clang::DeclStmt* statement, model::StatementList& list);
  void declaration(const clang::Decl* declaration, model::StatementList& list);
  bool is_table(const clang::VarDecl* variable);
  void variable_declaration(const clang::VarDecl* variable, model::StatementList& list);
  void shared_array(const clang::VarDecl* variable, model::StatementList& list);
  S if_statement(const clang::IfStmt* statement);
  S while_loop(const clang::WhileStmt* statement);
  S for_loop(const clang::ForStmt* statement);
  S range_for(const clang::CXXForRangeStmt* statement);
  S span_range_for(const clang::CXXForRangeStmt* statement);
  S switch_statement(const clang::SwitchStmt* statement);
  S return_statement(const clang::ReturnStmt* statement);

  // expressions.cpp
  E expression(const clang::Expr* expression);
  E condition(const clang::Expr* expression) { return this->expression(expression); }
  E cast(const clang::CastExpr* cast);
  E unary(const clang::UnaryOperator* op);
  E binary(const clang::BinaryOperator* op);
  E compound_assignment(const clang::CompoundAssignOperator* op);
  E declaration_reference(const clang::DeclRefExpr* reference);
  E enumerator(const clang::EnumConstantDecl* enumerator, const clang::Expr* at);
  E variable_reference(const clang::VarDecl* variable, clang::SourceLocation location);
  E member(const clang::MemberExpr* member);
  E temporary(E value, std::string_view name);
  E use_of(E temporary);
  E sequence(E first, E second, const clang::Stmt* at);
  std::optional<std::uint64_t> constant_bits(const clang::Expr* expression);

  // aggregates.cpp
  E initializer_list(const clang::InitListExpr* list);
  E aggregate(const model::Type* type, llvm::ArrayRef<clang::Expr*> initializers, const clang::Expr* filler,
              const clang::Expr* at);
  E listed(const clang::CXXStdInitializerListExpr* list);
  E structure(const model::Type* type, llvm::ArrayRef<clang::Expr*> initializers, const clang::Expr* at);
  E structure_with_this(const model::Type* type, llvm::ArrayRef<clang::Expr*> initializers, const clang::Expr* at);

  // constants.cpp
  const model::Constant* constant(const clang::VarDecl* variable, clang::SourceLocation location);
  void write_value(const clang::APValue& value, clang::QualType type, std::string& bytes, std::uint64_t offset,
                   const clang::NamedDecl* variable, clang::SourceLocation location);
  const model::Constant* constant(const clang::StringLiteral* text);
  const model::Constant* constant(const clang::TemplateParamObjectDecl* object, clang::SourceLocation location);

  // classes.cpp
  /// What initialises one base or member of a struct, in the order of its initialisers.
  struct Part {
    std::uint32_t field = 0;    // of the model
    bool is_reference = false;  // kept as a pointer
    bool is_empty = false;      // a base without members has no field
  };
  static std::uint32_t field_index(const clang::FieldDecl* field);
  static std::vector<Part> parts(const clang::CXXRecordDecl* record);
  E to_base(const clang::CastExpr* cast);
  E base_object(E object, const clang::CXXRecordDecl* derived, const clang::CXXRecordDecl* base, const clang::Stmt* at);
  E inherited_construction(const clang::CXXInheritedCtorInitExpr* source);
  E lambda(const clang::LambdaExpr* source);
  E capture(const clang::FieldDecl* field, const clang::Stmt* at);
  E three_way(const clang::BinaryOperator* op);

  // spans.cpp
  E dynamic_span(E span, clang::QualType type, const clang::Stmt* at);
  E span_data(E span, const clang::Stmt* at);
  E span_size(E span, const clang::Stmt* at);
  E iterator(E pointer, clang::QualType type, const clang::Stmt* at);
  E span_part(const clang::CXXMethodDecl* method, E span, const std::vector<E>& values, const clang::Expr* call);
  E construct_span(const clang::CXXConstructExpr* construct);
  E span_method(const clang::CXXMethodDecl* method, E object, const std::vector<const clang::Expr*>& arguments,
                const clang::Expr* call);
  E span_operation(const clang::CXXMethodDecl* method, E object, const std::vector<E>& values, const clang::Expr* call);
  E subspan(E span, E offset, E count, const clang::Expr* at);

  // memory_functions.cpp
  E memory_function(std::string_view name, const clang::CallExpr* call);
  E from_bytes(E from, E target, const clang::CallExpr* call);
  E to_bytes(E to, E source, const clang::CallExpr* call);
  const model::Function* comparing_loop(const model::Type* element);
  const model::Function* element_loop(const model::Type* element, bool copies, bool backward);

  // calls.cpp
  E call(const clang::CallExpr* call);
  E construct(const clang::CXXConstructExpr* construct);
  E call_function(const clang::FunctionDecl* callee, std::vector<E> arguments, const clang::CallExpr* call);
  E argument(const clang::Expr* expression, clang::QualType parameter);
  std::optional<E> library_call(const clang::FunctionDecl* callee, const clang::CallExpr* call);
  std::optional<E> published_word(const clang::FunctionDecl* callee, const clang::CallExpr* call);
  std::optional<E> grid_query(const clang::FunctionDecl* callee, const clang::CallExpr* call);
  E atomic(model::AtomicOperation op, const clang::FunctionDecl* callee, const clang::CallExpr* call);
  E shared_array_method(const clang::CXXMethodDecl* method, E object, const std::vector<const clang::Expr*>& arguments,
                        const clang::Expr* call);
  std::optional<E> builtin_call(const clang::FunctionDecl* callee, const clang::CallExpr* call);
  E each_element(const model::Type* type, model::Construct construct, const clang::Expr* at);

  // Small makers.
  E make(const model::Type* type, bool is_lvalue, const clang::Stmt* at, model::ExpressionNode node);
  E load(E object);
  E address_of(E object);
  E integer(std::uint64_t value, model::ScalarType scalar, const clang::Stmt* at);
  E element(E span, E index, const clang::Stmt* at);
  std::uint32_t line(clang::SourceLocation location) const;
  std::string file(clang::SourceLocation location) const;
  bool is_span(clang::QualType type) const;
  std::optional<std::uint64_t> fixed_extent(clang::QualType type) const;  // of a span that has one
  static const clang::CXXRecordDecl* record_of(clang::QualType type);

  clang::ASTContext& context_;
  model::Model& model_;
  Reporter& reporter_;
  std::unique_ptr<clang::MangleContext> mangler_;

  std::map<const clang::FunctionDecl*, model::Function*> functions_;
  std::map<const clang::CXXRecordDecl*, const model::Type*> records_;
  std::map<const clang::VarDecl*, const model::Constant*> constants_;
  std::map<const clang::TemplateParamObjectDecl*, const model::Constant*> template_objects_;
  std::map<const clang::StringLiteral*, const model::Constant*> strings_;
  std::map<std::string, const model::Function*> element_loops_;
  std::size_t noted_ = 0;                           // how many reports there were when the last note was given
  std::vector<const clang::FunctionDecl*> active_;  // being translated: a call to one of them is recursion

  // Of the function being translated.
  struct Scope {
    const clang::FunctionDecl* declaration = nullptr;
    const model::StatementList* outermost = nullptr;  // the statements of its body
    const model::Variable* object = nullptr;          // `this`
    const model::Variable* initialised = nullptr;     // what `this` is in a default member initialiser of an aggregate
    std::map<const clang::ValueDecl*, const model::Variable*> variables;
    std::map<const clang::ValueDecl*, const clang::FieldDecl*> captures;  // of a lambda's body
    const clang::FieldDecl* captured_object = nullptr;                    // what `this` is in a lambda's body
    std::uint64_t size_bytes = 0;                                         // of its variables
    std::set<const clang::VarDecl*> broken;  // their declaration was rejected, so their uses are not reported again
    std::map<const clang::VarDecl*, E> span_elements;  // a range-for's hidden iterator -> the element it designates
  };
  Scope scope_;
};

}  // namespace kernelc
