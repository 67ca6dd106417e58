#pragma once

/// NVRTC's interface, as far as it is used: NVIDIA's headers are needed neither to build nor to run. Names, values and
/// signatures are those of its public documentation ("NVRTC", section 3).

#include <cstddef>

namespace dotcompute::cuda {

struct NvrtcProgramObject;
using NvrtcProgram = NvrtcProgramObject*;

enum class NvrtcResult : int { success = 0 };

/// The entry points. Those that an old version lacks are null.
struct NvrtcFunctions {
  const char* (*nvrtcGetErrorString)(NvrtcResult);
  NvrtcResult (*nvrtcVersion)(int* major, int* minor);
  NvrtcResult (*nvrtcCreateProgram)(NvrtcProgram*, const char* text, const char* file, int header_count,
                                    const char* const* headers, const char* const* header_names);
  NvrtcResult (*nvrtcDestroyProgram)(NvrtcProgram*);
  NvrtcResult (*nvrtcCompileProgram)(NvrtcProgram, int option_count, const char* const* options);
  NvrtcResult (*nvrtcGetProgramLogSize)(NvrtcProgram, std::size_t*);
  NvrtcResult (*nvrtcGetProgramLog)(NvrtcProgram, char*);
  NvrtcResult (*nvrtcGetPTXSize)(NvrtcProgram, std::size_t*);
  NvrtcResult (*nvrtcGetPTX)(NvrtcProgram, char*);
  NvrtcResult (*nvrtcAddNameExpression)(NvrtcProgram, const char*);
  NvrtcResult (*nvrtcGetLoweredName)(NvrtcProgram, const char* name_expression, const char** lowered);
  NvrtcResult (*nvrtcGetCUBINSize)(NvrtcProgram, std::size_t*);  ///< Since 11.1, like the next.
  NvrtcResult (*nvrtcGetCUBIN)(NvrtcProgram, char*);
  NvrtcResult (*nvrtcGetNumSupportedArchs)(int*);  ///< Since 11.2, like the next.
  NvrtcResult (*nvrtcGetSupportedArchs)(int*);
};

}  // namespace dotcompute::cuda
