// The shared library.
#include "nvrtc_double.hpp"

#include <algorithm>
#include <cstring>

#include "nvrtc_api.hpp"

namespace dotcompute::cuda {

struct NvrtcProgramObject {
  test::RequestOfDouble request;
  std::string log;
  std::string ptx;
  std::string cubin;
};

}  // namespace dotcompute::cuda

using namespace dotcompute::cuda;
using namespace dotcompute::cuda::test;

namespace {

NvrtcDouble state;

constexpr auto compilation_failed = static_cast<NvrtcResult>(6);

std::string target_of(const RequestOfDouble& request) {
  const std::string option = "--gpu-architecture=";
  for (const std::string& each : request.options) {
    if (each.starts_with(option)) return each.substr(option.size());
  }
  return {};
}

NvrtcResult give(const std::string& text, char* to) {
  std::memcpy(to, text.c_str(), text.size() + 1);
  return NvrtcResult::success;
}

}  // namespace

extern "C" {

NvrtcDouble* dotcompute_nvrtc_double() { return &state; }

const char* nvrtcGetErrorString(NvrtcResult result) {
  return result == compilation_failed ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_OF_THE_DOUBLE";
}

NvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = state.major;
  *minor = state.minor;
  return NvrtcResult::success;
}

NvrtcResult nvrtcGetNumSupportedArchs(int* count) {
  *count = static_cast<int>(state.architectures.size());
  return NvrtcResult::success;
}

NvrtcResult nvrtcGetSupportedArchs(int* architectures) {
  std::ranges::copy(state.architectures, architectures);
  return NvrtcResult::success;
}

NvrtcResult nvrtcCreateProgram(NvrtcProgram* program, const char* text, const char* file, int, const char* const*,
                               const char* const*) {
  *program = new NvrtcProgramObject;
  (*program)->request.text = text;
  (*program)->request.file = file;
  return NvrtcResult::success;
}

NvrtcResult nvrtcDestroyProgram(NvrtcProgram* program) {
  delete *program;
  *program = nullptr;
  return NvrtcResult::success;
}

NvrtcResult nvrtcAddNameExpression(NvrtcProgram program, const char* name) {
  program->request.name_expression = name;
  return NvrtcResult::success;
}

NvrtcResult nvrtcCompileProgram(NvrtcProgram program, int count, const char* const* options) {
  program->request.options.assign(options, options + count);
  state.requests.push_back(program->request);
  if (state.while_compiling) state.while_compiling();
  program->log = state.error_log;
  if (!state.error_log.empty()) return compilation_failed;
  if (!program->request.name_expression.empty() && !state.has_names) {
    program->log = "__nv_name_map(2): error: identifier is undefined";
    return compilation_failed;
  }
  const std::string target = target_of(program->request);
  for (const std::string& entry : state.entries) program->ptx += ".visible .entry " + entry + "(\n)\n{ ret; }\n";
  if (target.starts_with("sm_") && state.makes_cubin) program->cubin = "cubin of " + target;
  return NvrtcResult::success;
}

NvrtcResult nvrtcGetLoweredName(NvrtcProgram, const char*, const char** lowered) {
  if (state.entries.empty()) return static_cast<NvrtcResult>(10);
  *lowered = state.entries.front().c_str();
  return NvrtcResult::success;
}

NvrtcResult nvrtcGetProgramLogSize(NvrtcProgram program, std::size_t* size) {
  *size = program->log.size() + 1;
  return NvrtcResult::success;
}
NvrtcResult nvrtcGetProgramLog(NvrtcProgram program, char* log) { return give(program->log, log); }

NvrtcResult nvrtcGetPTXSize(NvrtcProgram program, std::size_t* size) {
  *size = program->ptx.size() + 1;
  return NvrtcResult::success;
}
NvrtcResult nvrtcGetPTX(NvrtcProgram program, char* ptx) { return give(program->ptx, ptx); }

NvrtcResult nvrtcGetCUBINSize(NvrtcProgram program, std::size_t* size) {
  *size = program->cubin.empty() ? 0 : program->cubin.size() + 1;
  return NvrtcResult::success;
}
NvrtcResult nvrtcGetCUBIN(NvrtcProgram program, char* cubin) { return give(program->cubin, cubin); }
}
