# How the project's own code is compiled. Nothing here reaches the users of the installed package.

# A launcher that was chosen by the user stays.
find_program(DOTCOMPUTE_CCACHE ccache)
mark_as_advanced(DOTCOMPUTE_CCACHE)
if(DOTCOMPUTE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${DOTCOMPUTE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DOTCOMPUTE_CCACHE})
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, RelWithDebInfo or MinSizeRel" FORCE)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in the string's operator+ (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(DOTCOMPUTE_WERROR)
  add_compile_options(-Werror)
endif()

if(DOTCOMPUTE_SANITIZE)
  add_compile_options(-fsanitize=${DOTCOMPUTE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DOTCOMPUTE_SANITIZE} -fno-sanitize-recover=all)
endif()
