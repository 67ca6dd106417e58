# Takes DOTCOMPUTE_KERNELC for the compiler instead of building compiler/: the sanitizer presets use the release build's.
if(NOT EXISTS ${DOTCOMPUTE_KERNELC})
  message(FATAL_ERROR "DOTCOMPUTE_KERNELC names ${DOTCOMPUTE_KERNELC}, which does not exist; "
                      "build it first (scripts/build) or leave the option empty")
endif()
add_executable(DotCompute::kernelc IMPORTED GLOBAL)
set_target_properties(DotCompute::kernelc PROPERTIES IMPORTED_LOCATION ${DOTCOMPUTE_KERNELC})
# Programs look for kernelc beside themselves.
file(MAKE_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
file(CREATE_LINK ${DOTCOMPUTE_KERNELC} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/kernelc SYMBOLIC)
