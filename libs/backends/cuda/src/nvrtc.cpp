#include <dotcompute/cuda/nvrtc.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "nvrtc_api.hpp"
#include "shared_library.hpp"

namespace dotcompute::cuda {

struct Nvrtc::Functions : NvrtcFunctions {};

namespace {

/// Toolkits that lie side by side, the latest first.
std::vector<std::string> toolkit_directories() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/local", ignored)) {
    if (entry.path().filename().string().starts_with("cuda-")) found.push_back(entry.path().string());
  }
  std::ranges::sort(found, std::greater{}, [](const std::string& path) {
    const std::size_t dash = path.rfind('-');
    return std::make_pair(std::strtod(path.c_str() + dash + 1, nullptr), path);
  });
  return found;
}

std::vector<std::string> usual_places() {
  std::vector<std::string> places{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"};
  std::vector<std::string> directories;
  for (const char* const variable : {"CUDA_HOME", "CUDA_PATH"}) {
    const char* const toolkit = std::getenv(variable);
    if (toolkit != nullptr && *toolkit != '\0') directories.push_back(std::string(toolkit) + "/lib64");
  }
  const char* const conda = std::getenv("CONDA_PREFIX");
  if (conda != nullptr && *conda != '\0') directories.push_back(std::string(conda) + "/lib");
  directories.emplace_back("/usr/local/cuda/lib64");
  for (const std::string& toolkit : toolkit_directories()) directories.push_back(toolkit + "/lib64");
  for (const char* const fixed : {"/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                                  "/usr/lib64", "/usr/lib/cuda/lib64"}) {
    directories.emplace_back(fixed);
  }
  for (const std::string& directory : directories) {
    places.push_back(directory + "/libnvrtc.so");
    // A toolkit without its development files has the versioned names only.
    std::vector<std::string> versioned;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
      if (entry.path().filename().string().starts_with("libnvrtc.so.")) versioned.push_back(entry.path().string());
    }
    std::ranges::sort(versioned, std::greater{});
    places.insert(places.end(), versioned.begin(), versioned.end());
  }
  return places;
}

/// The name of the first entry point that is needed and missing; null if none is.
template <class Functions>
const char* find_functions(const SharedLibrary& library, Functions& functions) {
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* name, bool is_needed) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(library.symbol(name));
    if (function == nullptr && is_needed && missing == nullptr) missing = name;
  };
  find(functions.nvrtcGetErrorString, "nvrtcGetErrorString", true);
  find(functions.nvrtcVersion, "nvrtcVersion", true);
  find(functions.nvrtcCreateProgram, "nvrtcCreateProgram", true);
  find(functions.nvrtcDestroyProgram, "nvrtcDestroyProgram", true);
  find(functions.nvrtcCompileProgram, "nvrtcCompileProgram", true);
  find(functions.nvrtcGetProgramLogSize, "nvrtcGetProgramLogSize", true);
  find(functions.nvrtcGetProgramLog, "nvrtcGetProgramLog", true);
  find(functions.nvrtcGetPTXSize, "nvrtcGetPTXSize", true);
  find(functions.nvrtcGetPTX, "nvrtcGetPTX", true);
  find(functions.nvrtcAddNameExpression, "nvrtcAddNameExpression", true);
  find(functions.nvrtcGetLoweredName, "nvrtcGetLoweredName", true);
  find(functions.nvrtcGetCUBINSize, "nvrtcGetCUBINSize", false);
  find(functions.nvrtcGetCUBIN, "nvrtcGetCUBIN", false);
  find(functions.nvrtcGetNumSupportedArchs, "nvrtcGetNumSupportedArchs", false);
  find(functions.nvrtcGetSupportedArchs, "nvrtcGetSupportedArchs", false);
  return missing;
}

std::vector<int> find_architectures(const NvrtcFunctions& functions, int major) {
  int count = 0;
  if (functions.nvrtcGetNumSupportedArchs != nullptr && functions.nvrtcGetSupportedArchs != nullptr &&
      functions.nvrtcGetNumSupportedArchs(&count) == NvrtcResult::success && count > 0) {
    std::vector<int> architectures(static_cast<std::size_t>(count));
    if (functions.nvrtcGetSupportedArchs(architectures.data()) == NvrtcResult::success) {
      std::ranges::sort(architectures);
      return architectures;
    }
  }
  // Before 11.2 it does not say; this is what the documentation of those versions lists.
  if (major >= 11) return {50, 52, 53, 60, 61, 62, 70, 72, 75, 80};
  return {50, 52, 53, 60, 61, 62, 70, 72, 75};
}

/// A program of NVRTC's, destroyed with the object.
class Program {
 public:
  Program(const NvrtcFunctions& functions, const std::string& text, const std::string& file) : functions_(functions) {
    status_ = functions.nvrtcCreateProgram(&program_, text.c_str(), file.c_str(), 0, nullptr, nullptr);
  }
  ~Program() {
    if (program_ != nullptr) functions_.nvrtcDestroyProgram(&program_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] NvrtcResult status() const noexcept { return status_; }
  [[nodiscard]] NvrtcProgram get() const noexcept { return program_; }

 private:
  const NvrtcFunctions& functions_;
  NvrtcProgram program_ = nullptr;
  NvrtcResult status_;
};

/// What a pair of NVRTC's functions, one for the size and one for the bytes, has to give; empty if it fails.
template <class Bytes>
Bytes get_bytes(NvrtcProgram program, NvrtcResult (*get_size)(NvrtcProgram, std::size_t*),
                NvrtcResult (*get)(NvrtcProgram, char*)) {
  std::size_t size = 0;
  if (get_size == nullptr || get == nullptr || get_size(program, &size) != NvrtcResult::success) return {};
  Bytes bytes(size, {});
  if (size == 0 || get(program, reinterpret_cast<char*>(bytes.data())) != NvrtcResult::success) return {};
  return bytes;
}

/// NVRTC counts the terminating zero of its texts.
std::string get_text(NvrtcProgram program, NvrtcResult (*get_size)(NvrtcProgram, std::size_t*),
                     NvrtcResult (*get)(NvrtcProgram, char*)) {
  auto text = get_bytes<std::string>(program, get_size, get);
  while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
  return text;
}

}  // namespace

NvrtcLoad Nvrtc::open(std::span<const std::string> paths, int newest_major) {
  NvrtcLoad load;
  Attempts attempts;
  for (const std::string& path : places_to_try("DOTCOMPUTE_NVRTC_LIBRARY", paths, usual_places())) {
    load.nvrtc = open_one(path, newest_major, attempts);
    if (load.nvrtc != nullptr) return load;
  }
  load.reason = fmt::format(
      "no NVRTC, NVIDIA's run-time compiler, was found; {}; install it (the package "
      "cuda-nvrtc of NVIDIA's repository, libnvrtc of the distribution's) or name the library in "
      "DOTCOMPUTE_NVRTC_LIBRARY",
      attempts.text());
  return load;
}

std::unique_ptr<Nvrtc> Nvrtc::open_one(const std::string& path, int newest_major, Attempts& attempts) {
  const auto refuse = [&](const std::string& reason) {
    attempts.add(path, reason);
    return nullptr;
  };
  const SharedLibrary library(std::span(&path, 1), attempts);
  if (!library.is_open()) return nullptr;
  auto functions = std::make_unique<Functions>();
  if (const char* const missing = find_functions(library, *functions)) {
    return refuse(fmt::format("it has no function {}, which NVRTC 10 and later have", missing));
  }
  int major = 0;
  int minor = 0;
  if (const NvrtcResult result = functions->nvrtcVersion(&major, &minor); result != NvrtcResult::success) {
    return refuse(fmt::format("nvrtcVersion gave {}", functions->nvrtcGetErrorString(result)));
  }
  if (major > newest_major) {
    return refuse(
        fmt::format("NVRTC {}.{} makes code that a driver of CUDA {} does not take", major, minor, newest_major));
  }
  // The constructor is private, which std::make_unique cannot reach.
  return std::unique_ptr<Nvrtc>(new Nvrtc(std::move(functions), path, major, minor));
}

Nvrtc::Nvrtc(std::unique_ptr<const Functions> functions, std::string path, int major, int minor)
    : functions_(std::move(functions)), path_(std::move(path)), version_(fmt::format("{}.{}", major, minor)) {
  architectures_ = find_architectures(*functions_, major);
}

Nvrtc::~Nvrtc() = default;

NvrtcOutcome Nvrtc::compile(const NvrtcRequest& request) const {
  NvrtcOutcome outcome;
  const auto fail = [&](const char* call, NvrtcResult status) {
    if (!outcome.log.empty()) outcome.log += '\n';
    outcome.log += fmt::format("{}: {}", call, functions_->nvrtcGetErrorString(status));
    return std::move(outcome);
  };
  const Program program(*functions_, std::string(request.text), std::string(request.file));
  if (program.status() != NvrtcResult::success) return fail("nvrtcCreateProgram", program.status());
  if (!request.name_expression.empty()) {
    const NvrtcResult added = functions_->nvrtcAddNameExpression(program.get(), request.name_expression.c_str());
    if (added != NvrtcResult::success) return fail("nvrtcAddNameExpression", added);
  }

  const std::string target = "--gpu-architecture=" + request.target;
  std::vector<const char*> options{target.c_str()};
  for (const std::string& option : request.options) options.push_back(option.c_str());
  const NvrtcResult compiled =
      functions_->nvrtcCompileProgram(program.get(), static_cast<int>(options.size()), options.data());
  outcome.log = get_text(program.get(), functions_->nvrtcGetProgramLogSize, functions_->nvrtcGetProgramLog);
  if (compiled != NvrtcResult::success) return fail("nvrtcCompileProgram", compiled);

  if (!request.name_expression.empty()) {
    const char* lowered = nullptr;
    const NvrtcResult named = functions_->nvrtcGetLoweredName(program.get(), request.name_expression.c_str(), &lowered);
    if (named != NvrtcResult::success) return fail("nvrtcGetLoweredName", named);
    outcome.entry = lowered;
  }
  outcome.ptx = get_text(program.get(), functions_->nvrtcGetPTXSize, functions_->nvrtcGetPTX);
  if (request.target.starts_with("sm_")) {
    outcome.cubin =
        get_bytes<std::vector<std::byte>>(program.get(), functions_->nvrtcGetCUBINSize, functions_->nvrtcGetCUBIN);
  }
  outcome.is_compiled = true;
  return outcome;
}

std::vector<std::string> entries_of_ptx(std::string_view ptx) {
  constexpr std::string_view directive = ".entry";
  constexpr std::string_view blank = " \t\r\n";
  std::vector<std::string> entries;
  for (std::size_t at = ptx.find(directive); at != std::string_view::npos; at = ptx.find(directive, at)) {
    const std::size_t begin = ptx.find_first_not_of(blank, at + directive.size());
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(ptx.find_first_of(" \t\r\n({;", begin), ptx.size());
    // A comment or a longer word may contain the letters; a directive has a blank behind it.
    if (begin > at + directive.size() && end > begin) entries.emplace_back(ptx.substr(begin, end - begin));
    at = end;
  }
  return entries;
}

}  // namespace dotcompute::cuda
