#include "frontend/parse.hpp"

#include <functional>

#include <clang/AST/ASTConsumer.h>
#include <clang/Basic/DiagnosticIDs.h>
#include <clang/CodeGen/ModuleBuilder.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Frontend/MultiplexConsumer.h>
#include <clang/Frontend/TextDiagnosticPrinter.h>
#include <clang/Frontend/Utils.h>
#include <clang/Lex/PreprocessorOptions.h>
#include <clang/Sema/Sema.h>
#include <llvm/Support/VirtualFileSystem.h>

#include "check/atomic_objects.hpp"
#include "check/kernels.hpp"
#include "checked/add_checks.hpp"
#include "emit/reference/driver_source.hpp"
#include "frontend/assert_header.hpp"
#include "frontend/translator.hpp"
#include "groups/analyse_group.hpp"

namespace kernelc {

namespace {

// Where the preprocessor finds the reference's driver. No such file exists: it is made when it is asked for, which is
// after the user's file has been parsed, when the kernels are known.
constexpr llvm::StringLiteral driver_directory = "/kernelc-generated";
constexpr llvm::StringLiteral driver_path = "/kernelc-generated/reference_driver.inc";
// Where it finds <assert.h>, before the C library's.
constexpr llvm::StringLiteral include_directory = "/kernelc-include";
constexpr llvm::StringLiteral assert_path = "/kernelc-include/assert.h";

/// The real file system plus the two files that are ours, of which one is made on demand.
class DriverFileSystem : public llvm::vfs::ProxyFileSystem {
 public:
  DriverFileSystem(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> base, std::function<std::string()> make)
      : ProxyFileSystem(std::move(base)),
        make_(std::move(make)),
        headers_(llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>()) {
    headers_->addFile(assert_path, 0, llvm::MemoryBuffer::getMemBuffer(assert_header));
  }

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override {
    const std::string name = path.str();
    if (name == driver_path || name == driver_directory) return generated().status(path);
    return name == assert_path || name == include_directory ? headers_->status(path) : ProxyFileSystem::status(path);
  }

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override {
    const std::string name = path.str();
    if (name == driver_path) return generated().openFileForRead(path);
    return name == assert_path ? headers_->openFileForRead(path) : ProxyFileSystem::openFileForRead(path);
  }

 private:
  llvm::vfs::FileSystem& generated() {
    if (files_ == nullptr) {
      files_ = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
      files_->addFile(driver_path, 0, llvm::MemoryBuffer::getMemBufferCopy(make_()));
    }
    return *files_;
  }

  std::function<std::string()> make_;
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files_;
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> headers_;
};

/// The kernels of the file, or of those the one that is asked for.
KernelDeclarations wanted_kernels(clang::ASTContext& context, const std::string& only) {
  KernelDeclarations found = find_kernels(context);
  if (!only.empty()) {
    std::erase_if(found.kernels,
                  [&](const clang::FunctionDecl* kernel) { return Translator::qualified_name(kernel) != only; });
  }
  return found;
}

/// Builds the model once the whole translation unit has been parsed, and takes CodeGen's module.
class KernelConsumer : public clang::ASTConsumer {
 public:
  KernelConsumer(model::Model& model, clang::CodeGenerator& code, std::unique_ptr<llvm::Module>& module,
                 const ParseInput& input, std::vector<checked::Checks>* checks)
      : model_(model), code_(code), module_(module), input_(input), checks_(checks) {}

  void HandleTranslationUnit(clang::ASTContext& context) override {
    clang::DiagnosticsEngine& diagnostics = context.getDiagnostics();
    if (diagnostics.hasErrorOccurred()) return;
    Reporter reporter(diagnostics);
    const KernelDeclarations found = wanted_kernels(context, input_.kernel);
    for (const clang::FunctionDecl* pattern : found.bare_templates) {
      reporter.report(pattern->getLocation(), Rule::kernel_not_instantiated, {Translator::qualified_name(pattern)});
    }
    for (const clang::FunctionDecl* member : found.members_of_templates) {
      reporter.report(member->getLocation(), Rule::kernel_is_member, {Translator::qualified_name(member)});
    }
    if (found.kernels.empty() && !reporter.failed()) {
      report_no_kernel(context);
      return;
    }
    Translator translator(context, model_, reporter);
    for (const clang::FunctionDecl* kernel : found.kernels) translate(translator, kernel, context, reporter);
    if (!diagnostics.hasErrorOccurred()) module_.reset(code_.ReleaseModule());
  }

 private:
  void report_no_kernel(clang::ASTContext& context) {
    clang::DiagnosticsEngine& diagnostics = context.getDiagnostics();
    std::string there;
    for (const clang::FunctionDecl* kernel : find_kernels(context).kernels) {
      there += (there.empty() ? "" : ", ") + Translator::qualified_name(kernel);
    }
    if (there.empty()) {
      const unsigned id = diagnostics.getCustomDiagID(
          clang::DiagnosticsEngine::Error, "no kernel found in '%0': mark a function with DOTCOMPUTE_KERNEL");
      diagnostics.Report(id) << input_.file;
    } else {
      const unsigned id =
          diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Error, "no kernel '%0' in '%1': there are %2");
      diagnostics.Report(id) << input_.kernel << input_.file << there;
    }
  }

  void translate(Translator& translator, const clang::FunctionDecl* declared, clang::ASTContext& context,
                 Reporter& reporter) {
    const std::size_t reported = reporter.reported();
    check_identity(declared, context, reporter);
    if (declared->isVariadic()) return;
    try {
      model::Kernel kernel;
      kernel.function = translator.function(declared, declared->getLocation());
      for (std::size_t i = 0; i < kernel.function->parameters.size(); ++i) {
        const clang::ParmVarDecl* parameter = declared->getParamDecl(static_cast<unsigned>(i));
        const bool is_known = reporter.reported_at(parameter->getLocation());
        if (is_known || model::is_data(*kernel.function->parameters[i]->type)) continue;
        reporter.report(parameter->getLocation(), Rule::kernel_parameter_type,
                        {parameter->getNameAsString(), parameter->getType().getAsString(context.getPrintingPolicy())});
      }
      if (reporter.reported() != reported) return;
      kernel.file = input_.file;
      kernel.is_fast = is_fast(declared);
      analyse(kernel);
      check_atomic_objects(kernel, reporter);
      if (reporter.reported() != reported) return;
      checked::Checks checks;
      if (checks_ != nullptr) checks = add_checks(kernel, context, reporter);
      groups::analyse_group(model_, kernel, *declared, context, reporter);
      if (reporter.reported() != reported) return;
      model_.kernels.push_back(std::move(kernel));
      if (checks_ != nullptr) checks_->push_back(std::move(checks));
    } catch (const Rejected&) {
    }
  }

  checked::Checks add_checks(model::Kernel& kernel, clang::ASTContext& context, Reporter& reporter) {
    const clang::SourceManager& sources = context.getSourceManager();
    const auto position_of = [&sources](std::uint32_t place) {
      const clang::SourceLocation location = clang::SourceLocation::getFromRawEncoding(place);
      const clang::PresumedLoc known = sources.getPresumedLoc(location);
      if (known.isInvalid()) return checked::Position{};
      return checked::Position{known.getFilename(), known.getLine(), known.getColumn(),
                               sources.isInSystemHeader(sources.getExpansionLoc(location))};
    };
    checked::Checks checks = checked::add_checks(model_, kernel, position_of, reporter);
    // The words of faults are nothing that the kernel's results depend on.
    const model::AtomicUse atomics = kernel.atomics;
    kernel.callees.clear();
    analyse(kernel);
    kernel.atomics = atomics;
    return checks;
  }

  model::Model& model_;
  clang::CodeGenerator& code_;
  std::unique_ptr<llvm::Module>& module_;
  const ParseInput& input_;
  std::vector<checked::Checks>* checks_;  // null unless the unit is checked
};

class Action : public clang::ASTFrontendAction {
 public:
  Action(llvm::LLVMContext& context, std::unique_ptr<llvm::Module>& module, const ParseInput& input,
         model::Model* model = nullptr, std::vector<checked::Checks>* checks = nullptr)
      : context_(context), module_(module), input_(input), model_(model), checks_(checks) {}

  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    std::unique_ptr<clang::CodeGenerator> code(clang::CreateLLVMCodeGen(
        compiler.getDiagnostics(), input_.file, &compiler.getVirtualFileSystem(), compiler.getHeaderSearchOpts(),
        compiler.getPreprocessorOpts(), compiler.getCodeGenOpts(), context_));
    code_ = code.get();
    if (model_ == nullptr) return code;
    std::vector<std::unique_ptr<clang::ASTConsumer>> consumers;
    consumers.push_back(std::move(code));
    consumers.push_back(std::make_unique<KernelConsumer>(*model_, *code_, module_, input_, checks_));
    return std::make_unique<clang::MultiplexConsumer>(std::move(consumers));
  }

  void EndSourceFileAction() override {
    if (model_ == nullptr && !getCompilerInstance().getDiagnostics().hasErrorOccurred()) {
      module_.reset(code_->ReleaseModule());
    }
  }

 private:
  llvm::LLVMContext& context_;
  std::unique_ptr<llvm::Module>& module_;
  const ParseInput& input_;
  model::Model* model_;  // null for C of our own
  std::vector<checked::Checks>* checks_;
  clang::CodeGenerator* code_ = nullptr;
};

/// Names of the kernels that the driver calls; those that break a rule of identity have none.
std::vector<std::string> driven_kernels(clang::ASTContext& context, const std::string& only) {
  std::vector<std::string> names;
  for (const clang::FunctionDecl* kernel : wanted_kernels(context, only).kernels) {
    names.push_back(can_be_driven(kernel, context) ? Translator::qualified_name(kernel) : std::string());
  }
  return names;
}

/// A compiler with its invocation; null if Clang's driver refuses the options (its reasons are in the diagnostics).
std::unique_ptr<clang::CompilerInstance> make_compiler(const std::vector<std::string>& arguments,
                                                       llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files,
                                                       clang::DiagnosticConsumer& consumer) {
  auto compiler = std::make_unique<clang::CompilerInstance>();
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  clang::CreateInvocationOptions options;
  options.Diags = clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions, &consumer, false);
  options.VFS = files;
  std::shared_ptr<clang::CompilerInvocation> invocation = clang::createInvocation(pointers, options);
  if (invocation == nullptr || options.Diags->hasErrorOccurred()) return nullptr;
  invocation->getFrontendOpts().DisableFree = false;
  invocation->getFrontendOpts().ProgramAction = clang::frontend::EmitLLVMOnly;
  compiler->setInvocation(std::move(invocation));
  compiler->setVerboseOutputStream(llvm::nulls());
  compiler->createDiagnostics(&consumer, false);
  compiler->createFileManager(std::move(files));
  return compiler;
}

/// What every compilation of ours has in common: no warnings (the user's own compiler gives them), strict arithmetic,
/// nothing undefined that can be defined.
std::vector<std::string> fixed_options() {
  return {"-resource-dir=" KERNELC_RESOURCE_DIR,
          "-w",
          "-fPIC",
          "-O2",
          "-ffp-contract=off",
          "-fwrapv",
          "-fno-strict-aliasing",
          "-fno-finite-loops",
          "-fno-delete-null-pointer-checks",
          "-fmath-errno",
          "-fno-stack-protector",
          "-fno-strict-enums",
          "-fcf-protection=none",
          "-fno-unwind-tables",
          "-fno-asynchronous-unwind-tables",
          "-march=x86-64"};
}

}  // namespace

ParseResult parse(const ParseInput& input, llvm::LLVMContext& context, model::Model& model) {
  ParseResult result;
  llvm::raw_string_ostream text(result.diagnostics);
  std::string source;
  if (input.text) {
    source = *input.text;
  } else {
    auto buffer = llvm::MemoryBuffer::getFile(input.file, true);
    if (!buffer) {
      result.diagnostics = input.file + ": error: cannot read the file: " + buffer.getError().message() + "\n";
      return result;
    }
    source = (*buffer)->getBuffer().str();
  }
  // The empty declaration ends the user's last one before the preprocessor asks for the driver.
  source += "\n;\n#include \"" + driver_path.str() + "\"\n";

  std::vector<std::string> arguments{"clang++", "-x", "c++", "-D__DOTCOMPUTE_KERNELC__=1"};
  arguments.push_back("-isystem" + include_directory.str());
  if (input.is_checked) arguments.push_back("-D__DOTCOMPUTE_CHECKED__=1");
  for (const std::string& option : fixed_options()) arguments.push_back(option);
  arguments.insert(arguments.end(), input.options.begin(), input.options.end());
  arguments.push_back(input.file);

  clang::TextDiagnosticPrinter printer(text, new clang::DiagnosticOptions);
  clang::CompilerInstance* parsing = nullptr;
  auto files = llvm::makeIntrusiveRefCnt<DriverFileSystem>(llvm::vfs::getRealFileSystem(), [&] {
    // Inside an unclosed brace nothing of ours can be parsed; Clang says what is missing.
    if (!parsing->getSema().CurContext->isTranslationUnit()) return std::string();
    return reference::driver_source(driven_kernels(parsing->getASTContext(), input.kernel));
  });
  std::unique_ptr<clang::CompilerInstance> compiler = make_compiler(arguments, files, printer);
  if (compiler == nullptr) {
    text.flush();
    return result;
  }
  parsing = compiler.get();
  compiler->getPreprocessorOpts().addRemappedFile(input.file, llvm::MemoryBuffer::getMemBufferCopy(source).release());
  auto dependencies = std::make_shared<clang::DependencyCollector>();
  compiler->addDependencyCollector(dependencies);

  Action action(context, result.reference, input, &model, input.is_checked ? &result.checks : nullptr);
  const bool parsed = compiler->ExecuteAction(action);
  text.flush();
  result.ok = parsed && result.reference != nullptr && !compiler->getDiagnostics().hasErrorOccurred();
  for (const std::string& file : dependencies->getDependencies()) {
    if (file != driver_path && file != assert_path) result.dependencies.push_back(file);
  }
  return result;
}

std::unique_ptr<llvm::Module> compile_c(const std::string& source, llvm::LLVMContext& context, std::string& error) {
  const std::string name = "registration.c";
  std::vector<std::string> arguments{"clang", "-x", "c", "-std=c11", "-ffreestanding", "-nostdlibinc"};
  for (const std::string& option : fixed_options()) arguments.push_back(option);
  arguments.push_back(name);
  llvm::raw_string_ostream text(error);
  clang::TextDiagnosticPrinter printer(text, new clang::DiagnosticOptions);
  auto compiler = make_compiler(arguments, llvm::vfs::getRealFileSystem(), printer);
  if (compiler == nullptr) return nullptr;
  compiler->getPreprocessorOpts().addRemappedFile(name, llvm::MemoryBuffer::getMemBufferCopy(source).release());
  std::unique_ptr<llvm::Module> module;
  ParseInput input;
  input.file = name;
  Action action(context, module, input);
  compiler->ExecuteAction(action);
  text.flush();
  return module;
}

}  // namespace kernelc
