#include "driver/compile.hpp"

#include <mutex>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Linker/Linker.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/thread.h>
#include <llvm/Target/TargetMachine.h>

#include "driver/host_options.hpp"
#include "emit/cpu/emitter.hpp"
#include "emit/reference/driver_source.hpp"
#include "emit/registration/registration_source.hpp"
#include "emit/source/source_text.hpp"
#include "frontend/parse.hpp"
#include "lower/lower.hpp"
#include "model/print.hpp"
#include "serve/link.hpp"

namespace kernelc {

namespace {

void initialise_llvm(bool has_other_architecture) {
  static std::once_flag once;
  if (has_other_architecture) {
    static std::once_flag others;
    std::call_once(others, [] {
      llvm::InitializeAllTargetInfos();
      llvm::InitializeAllTargets();
      llvm::InitializeAllTargetMCs();
      llvm::InitializeAllAsmPrinters();
    });
  }
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

std::unique_ptr<llvm::TargetMachine> make_machine(const std::string& triple, const std::string& cpu) {
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.UnsafeFPMath = false;
  options.UseInitArray = true;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, "", options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// The steps from a parsed file to the artefact that was asked for.
class Compilation {
 public:
  Compilation(const CompileOptions& options, model::Model& model, llvm::LLVMContext& context, ParseResult& parsed)
      : options_(options),
        model_(model),
        context_(context),
        checks_(parsed.checks),
        whole_(std::move(parsed.reference)) {}

  std::string cpu_text() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    for (const cpu::Target& target : text_targets()) cpu_module(target)->print(stream, nullptr);
    return text;
  }

  std::string assembly() {
    llvm::SmallString<0> text;
    llvm::raw_svector_ostream stream(text);
    for (const cpu::Target& target : text_targets()) {
      const std::unique_ptr<llvm::Module> module = cpu_module(target);
      llvm::legacy::PassManager passes;
      machines_.back()->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile);
      passes.run(*module);
    }
    return std::string(text);
  }

  /// The object: reference, CPU code and records in one module, everything internal but what the linker needs.
  bool object(std::vector<char>& output, std::string& error) {
    finish_reference();
    for (const cpu::Target& target : cpu::targets()) {
      if (llvm::Linker::linkModules(*whole_, cpu_module(target))) {
        error = "the CPU code for " + target.cpu + " does not link";
        return false;
      }
    }
    const std::string source = registration::registration_source(
        model_, {options_.file, options_.unit, options_.emit == Emit::shared, checks_});
    std::unique_ptr<llvm::Module> records = compile_c(source, context_, error);
    if (records == nullptr || llvm::Linker::linkModules(*whole_, std::move(records))) return false;
    for (llvm::Function& function : *whole_) {
      if (!function.isDeclaration() && function.getName().starts_with("dotcompute_")) {
        function.setLinkage(llvm::GlobalValue::InternalLinkage);
      }
    }
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager passes;
    if (machine("x86-64").addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile)) {
      error = "the target cannot emit objects";
      return false;
    }
    passes.run(*whole_);
    output.assign(bytes.begin(), bytes.end());
    return true;
  }

 private:
  llvm::TargetMachine& machine(const std::string& cpu) {
    machines_.push_back(make_machine(triple(), cpu));
    return *machines_.back();
  }

  [[nodiscard]] bool is_for_this_machine() const {
    return options_.architecture.empty() || options_.architecture == cpu::own_architecture();
  }

  [[nodiscard]] const std::vector<cpu::Target>& text_targets() const {
    return is_for_this_machine() ? cpu::targets() : cpu::targets(options_.architecture);
  }

  [[nodiscard]] std::string triple() const {
    return is_for_this_machine() ? whole_->getTargetTriple() : options_.architecture + "-unknown-linux-gnu";
  }

  void finish_reference() {
    for (std::size_t i = 0; i < model_.kernels.size(); ++i) {
      const bool has_group = model_.kernels[i].group.any();
      const std::string unused = has_group ? reference::entry_symbol(i) : reference::group_entry_symbol(i);
      if (llvm::Function* entry = whole_->getFunction(unused)) entry->eraseFromParent();
    }
    keep_only(*whole_, "dotcompute_reference_");
    contain_undefined(*whole_);
    bind_math(*whole_);
    optimise_reference(*whole_, machine("x86-64"));
  }

  std::unique_ptr<llvm::Module> cpu_module(const cpu::Target& target) {
    llvm::TargetMachine& machine = this->machine(target.cpu);
    auto module = cpu::emit(context_, model_, target, triple(), machine.createDataLayout());
    contain_undefined(*module);
    bind_math(*module);
    allow_fast_math(*module);
    optimise_cpu(*module, machine);
    return module;
  }

  const CompileOptions& options_;
  model::Model& model_;
  llvm::LLVMContext& context_;
  const std::vector<checked::Checks>& checks_;
  std::unique_ptr<llvm::Module> whole_;
  std::vector<std::unique_ptr<llvm::TargetMachine>> machines_;
};

std::optional<source::Language> language_of(Emit emit) {
  switch (emit) {
    case Emit::cuda: return source::Language::cuda_c;
    case Emit::opencl: return source::Language::opencl_c;
    case Emit::msl: return source::Language::msl;
    default: return std::nullopt;
  }
}

void assign(std::vector<char>& output, const std::string& text) { output.assign(text.begin(), text.end()); }

}  // namespace

const char* version() { return KERNELC_VERSION; }

std::string wrong_architecture(const CompileOptions& options) {
  if (options.architecture.empty()) return "";
  if (!cpu::is_architecture(options.architecture)) {
    return "--arch=" + options.architecture + " is none of x86_64, aarch64";
  }
  if (options.emit == Emit::cpu || options.emit == Emit::assembly) return "";
  return "--arch=" + options.architecture + " is for --emit=cpu and --emit=assembly; objects are of this machine's";
}

namespace {

CompileResult compile_here(const CompileOptions& options) {
  initialise_llvm(!options.architecture.empty() && options.architecture != cpu::own_architecture());
  CompileResult result;
  std::vector<std::string> host_options = options.host_options;
  const bool is_checked = std::erase(host_options, "--checked") != 0;
  HostOptions host = match_host(options.host, host_options);
  if (host.error) {
    result.diagnostics = options.file + ": error: " + *host.error + "\n";
    return result;
  }
  if (!options.gcc_install_dir.empty()) host.forwarded.push_back("--gcc-install-dir=" + options.gcc_install_dir);

  llvm::LLVMContext context;
  model::Model model;
  ParseResult parsed = parse({options.file, options.text, host.forwarded, is_checked, options.kernel}, context, model);
  result.diagnostics = std::move(parsed.diagnostics);
  result.dependencies = std::move(parsed.dependencies);
  if (!parsed.ok) return result;

  if (options.emit == Emit::model) {
    assign(result.output, model::to_json(model));
    result.ok = true;
    return result;
  }
  if (const auto language = language_of(options.emit)) {
    std::string refusals;
    const std::string text = source::source_texts(model, *language, refusals);
    result.ok = !text.empty();
    result.diagnostics += refusals;
    assign(result.output, text);
    return result;
  }
  Compilation compilation(options, model, context, parsed);
  if (options.emit == Emit::cpu || options.emit == Emit::assembly) {
    assign(result.output, options.emit == Emit::cpu ? compilation.cpu_text() : compilation.assembly());
    result.ok = true;
    return result;
  }
  std::string error;
  result.ok = compilation.object(result.output, error);
  if (result.ok && options.emit == Emit::shared) {
    result.output = link_shared(result.output, error);
    result.ok = !result.output.empty();
  }
  if (!result.ok) result.diagnostics += options.file + ": error: kernelc failed: " + error + "\n";
  return result;
}

}  // namespace

CompileResult compile(const CompileOptions& options) {
  // Expressions nest as deeply as the source says; the tree is walked by recursion.
  constexpr std::optional<unsigned> stack_bytes = 512u << 20;
  CompileResult result;
  llvm::thread(stack_bytes, [&] { result = compile_here(options); }).join();
  return result;
}

}  // namespace kernelc
