#include "check/kernels.hpp"

#include <algorithm>

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

#include "frontend/translator.hpp"

namespace kernelc {

namespace {

using clang::FunctionDecl;

bool is_marked(const FunctionDecl* function, llvm::StringRef mark = "dotcompute::kernel") {
  for (const auto* attribute : function->specific_attrs<clang::AnnotateAttr>()) {
    if (attribute->getAnnotation() == mark) return true;
  }
  return false;
}

/// Collects marked functions; does not look into function bodies or system headers.
class Finder : public clang::RecursiveASTVisitor<Finder> {
 public:
  explicit Finder(KernelDeclarations& found) : found_(found) {}

  bool TraverseFunctionTemplateDecl(clang::FunctionTemplateDecl* declared) {
    const FunctionDecl* pattern = declared->getTemplatedDecl();
    if (!is_marked(pattern) || !declared->isThisDeclarationADefinition()) return true;
    bool any = false;
    for (const FunctionDecl* specialization : declared->specializations()) {
      const auto kind = specialization->getTemplateSpecializationKind();
      // An explicit specialisation is visited where it stands.
      if (kind == clang::TSK_ExplicitInstantiationDefinition) found_.kernels.push_back(specialization);
      any = any || kind == clang::TSK_ExplicitInstantiationDefinition || kind == clang::TSK_ExplicitSpecialization;
    }
    if (!any) found_.bare_templates.push_back(pattern);
    return true;
  }

  bool TraverseStmt(clang::Stmt*) { return true; }

  bool VisitFunctionDecl(FunctionDecl* function) {
    const auto kind = function->getTemplateSpecializationKind();
    const auto* primary = function->getPrimaryTemplate();
    const bool marked = is_marked(function) || (primary != nullptr && is_marked(primary->getTemplatedDecl()));
    if (!marked || !function->isThisDeclarationADefinition()) return true;
    if (function->isTemplated()) {
      if (llvm::isa<clang::CXXMethodDecl>(function)) found_.members_of_templates.push_back(function);
    } else if (kind == clang::TSK_Undeclared || kind == clang::TSK_ExplicitSpecialization) {
      found_.kernels.push_back(function);
    }
    return true;
  }

 private:
  KernelDeclarations& found_;
};

bool is_overloaded(const FunctionDecl* kernel) {
  const clang::NamedDecl* named = kernel;
  if (const auto* primary = kernel->getPrimaryTemplate()) named = primary;
  const auto others = kernel->getDeclContext()->getRedeclContext()->lookup(kernel->getDeclName());
  for (const clang::NamedDecl* declared : others) {
    const clang::NamedDecl* other = declared->getUnderlyingDecl();
    if (llvm::isa<FunctionDecl, clang::FunctionTemplateDecl>(other) &&
        other->getCanonicalDecl() != named->getCanonicalDecl()) {
      return true;
    }
  }
  return false;
}

bool is_copied(const clang::CXXRecordDecl* record) {
  if (record == nullptr || !record->hasDefinition()) return true;
  return !record->defaultedCopyConstructorIsDeleted() &&
         std::none_of(record->ctor_begin(), record->ctor_end(), [](const clang::CXXConstructorDecl* constructor) {
           return constructor->isCopyConstructor() && constructor->isDeleted();
         });
}

bool is_parameter_type(clang::QualType type) {
  if (type->isReferenceType() || type->isPointerType() || type->isArrayType() || type.isVolatileQualified())
    return false;
  if (const auto* span = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl())) {
    const auto& arguments = span->getTemplateArgs();
    if (span->isInStdNamespace() && span->getName() == "span" && arguments[0].getAsType()->isArrayType()) return false;
  }
  if (!is_copied(type->getAsCXXRecordDecl())) return false;
  return type->isArithmeticType() || type->isEnumeralType() || type->isRecordType();
}

const clang::ClassTemplateSpecializationDecl* specialization(clang::QualType type) {
  return llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
}

/// What a parameter passes: itself, or the elements of a span.
clang::QualType data_of(clang::QualType type) {
  const clang::ClassTemplateSpecializationDecl* of = specialization(type);
  return of != nullptr && of->isInStdNamespace() && of->getName() == "span" ? of->getTemplateArgs()[0].getAsType()
                                                                            : type;
}

/// Why a launch cannot pass a parameter, where there is more to say than that it cannot.
Rule parameter_rule(clang::QualType type, const clang::ASTContext& context) {
  const clang::ClassTemplateSpecializationDecl* of = specialization(type);
  const bool is_span = of != nullptr && of->isInStdNamespace() && of->getName() == "span";
  if (is_span && !of->getTemplateArgs()[1].getAsIntegral().isAllOnes()) return Rule::span_fixed_extent;
  if (of != nullptr && (of->getName() == "matrix_view" || of->getName() == "volume_view")) {
    const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(of->getDeclContext());
    if (space != nullptr && space->getName() == "dotcompute") return Rule::view_parameter;
  }
  const clang::QualType data = data_of(type);
  const clang::CXXRecordDecl* record = data->getAsCXXRecordDecl();
  if (record != nullptr && record->hasDefinition() && (is_span || is_copied(record)) &&
      !data.isTriviallyCopyableType(context)) {
    return Rule::type_not_trivially_copyable;
  }
  return Rule::kernel_parameter_type;
}

}  // namespace

KernelDeclarations find_kernels(clang::ASTContext& context) {
  KernelDeclarations found;
  Finder(found).TraverseDecl(context.getTranslationUnitDecl());
  return found;
}

bool is_fast(const FunctionDecl* kernel) {
  constexpr llvm::StringRef mark = "dotcompute::fast";
  const auto* primary = kernel->getPrimaryTemplate();
  return is_marked(kernel, mark) || (primary != nullptr && is_marked(primary->getTemplatedDecl(), mark));
}

bool can_be_driven(const FunctionDecl* kernel, clang::ASTContext& context) {
  if (llvm::isa<clang::CXXMethodDecl>(kernel) || is_overloaded(kernel) || kernel->isVariadic() ||
      !kernel->isExternallyVisible() || !kernel->getReturnType()->isVoidType()) {
    return false;
  }
  for (const clang::ParmVarDecl* parameter : kernel->parameters()) {
    if (!is_parameter_type(parameter->getType()) ||
        parameter_rule(parameter->getType(), context) != Rule::kernel_parameter_type) {
      return false;
    }
  }
  return true;
}

void check_identity(const FunctionDecl* kernel, clang::ASTContext& context, Reporter& reporter) {
  const std::string name = Translator::qualified_name(kernel);
  const clang::SourceLocation at = kernel->getLocation();
  const auto& policy = context.getPrintingPolicy();
  if (llvm::isa<clang::CXXMethodDecl>(kernel)) reporter.report(at, Rule::kernel_is_member, {name});
  if (!kernel->getReturnType()->isVoidType()) {
    reporter.report(at, Rule::kernel_returns_value, {name, kernel->getReturnType().getAsString(policy)});
  }
  if (!kernel->isExternallyVisible()) reporter.report(at, Rule::kernel_not_external, {name});
  if (kernel->isInlined() || kernel->isConstexpr()) {
    reporter.report(at, Rule::kernel_is_inline, {name});
  } else if (!kernel->isTemplateInstantiation()) {
    const clang::SourceManager& sources = context.getSourceManager();
    if (!sources.isWrittenInMainFile(sources.getExpansionLoc(at))) {
      reporter.report(at, Rule::kernel_defined_in_header,
                      {name, sources.getFilename(sources.getExpansionLoc(at)).str()});
    }
  }
  if (is_overloaded(kernel)) reporter.report(at, Rule::kernel_is_overloaded, {name});
  if (kernel->isVariadic()) reporter.report(at, Rule::kernel_is_variadic, {name});
  for (const clang::ParmVarDecl* parameter : kernel->parameters()) {
    const clang::QualType type = parameter->getType();
    const Rule rule = parameter_rule(type, context);
    if (rule == Rule::kernel_parameter_type && is_parameter_type(type)) continue;
    const clang::QualType named = rule == Rule::type_not_trivially_copyable ? data_of(type) : type;
    reporter.report(parameter->getLocation(), rule, {parameter->getNameAsString(), named.getAsString(policy)});
  }
}

}  // namespace kernelc
