# dotcompute_add_kernels: kernels in a program or a library. One file for the build tree and the installed package.
#
#   dotcompute_add_kernels(<target> [CHECKED] <file>...)
#
# Each file is compiled twice: by the target's own compiler, like any other source (for direct calls and debugging), and
# by kernelc, which is given the same definitions, include directories and options. kernelc's object holds the code for
# every device and registers the kernels when the program or library is loaded. The target links DotCompute::dotcompute.
#
# CHECKED: the kernels say what goes wrong in them. Failed assertions, indices outside of spans and arrays and arithmetic
# without a result make the launch throw, with the line and the work-item. They are several times slower.
#
# <target> is an executable or a static, shared, module or object library of the calling directory.
#
# - Static library: its users are told to keep the registrations, so that kernels called only by name are found too.
# - Shared library: its users link with --no-as-needed for the same reason; g++ drops a library that no symbol asks for.
#   Options do not pass through a static library that links it privately: link it publicly there.
# - Object library: link it as a target (target_link_libraries(app PRIVATE objects)); kernelc's object then reaches the
#   program's link line. $<TARGET_OBJECTS:objects> alone names the compiler's objects only, since CMake takes no foreign
#   object into an object library: such a program does not link, for the lack of a symbol named dotcompute_unit_....
# - One file may belong to several targets, but not to two that end up in one program: that defines the kernel twice.

include_guard(DIRECTORY)

cmake_policy(PUSH)
cmake_policy(VERSION 3.25)

function(dotcompute_add_kernels target)
  dotcompute_compile_kernels(${target} ${ARGN})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_link_libraries(${target} PRIVATE DotCompute::dotcompute)
  else()
    # Whoever links the kernels needs the library as well, and sees the headers that declare them.
    target_link_libraries(${target} PUBLIC DotCompute::dotcompute)
  endif()
endfunction()

# dotcompute_compile_kernels(<target> [CHECKED] <file>...): the same without linking DotCompute::dotcompute, for the
# library's own tests, which link the rooms they test.
function(dotcompute_compile_kernels target)
  _dotcompute_check_target(${target} type)
  cmake_parse_arguments(PARSE_ARGV 1 arg CHECKED "" "")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dotcompute_add_kernels(${target}): no file given; name the sources that define kernels")
  endif()
  _dotcompute_host_options(host)
  _dotcompute_options_file(${target} options)
  if(arg_CHECKED)
    list(APPEND host --checked)
  endif()
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
    _dotcompute_add_kernel_file(${target} ${type} ${file} ${options} "${host}")
  endforeach()
  _dotcompute_link_math(${target} ${type})
endfunction()

# The libraries of mathematics that kernelc's objects call: SLEEF's deterministic functions, and libmvec in kernels with
# fast arithmetic. A program whose kernels call neither needs neither when it runs.
function(_dotcompute_link_math target type)
  find_library(DOTCOMPUTE_SLEEF sleef)
  mark_as_advanced(DOTCOMPUTE_SLEEF)
  if(NOT DOTCOMPUTE_SLEEF)
    message(FATAL_ERROR "dotcompute_add_kernels: SLEEF is missing, which kernels call for their mathematics; "
                        "install libsleef-dev, or set DOTCOMPUTE_SLEEF to the library's path")
  endif()
  set(libraries ${DOTCOMPUTE_SLEEF})
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    list(APPEND libraries -lmvec)
  endif()
  # One item, so that its parts stay together; a library item, so that it follows the objects.
  list(JOIN libraries "," libraries)
  set(item "-Wl,--push-state,--as-needed,${libraries},-lm,--pop-state")
  if(type STREQUAL "EXECUTABLE" OR type STREQUAL "SHARED_LIBRARY" OR type STREQUAL "MODULE_LIBRARY")
    target_link_libraries(${target} PRIVATE ${item})
  else()
    target_link_libraries(${target} INTERFACE ${item})
  endif()
endfunction()

function(_dotcompute_check_target target out)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "dotcompute_add_kernels: there is no target '${target}'; call add_executable or add_library first")
  endif()
  get_target_property(type ${target} TYPE)
  if(NOT type MATCHES "^(EXECUTABLE|(STATIC|SHARED|MODULE|OBJECT)_LIBRARY)$")
    message(FATAL_ERROR "dotcompute_add_kernels: '${target}' is of type ${type}; kernels need an executable or a static, "
                        "shared, module or object library")
  endif()
  get_target_property(imported ${target} IMPORTED)
  get_target_property(directory ${target} SOURCE_DIR)
  if(imported OR NOT directory STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    message(FATAL_ERROR "dotcompute_add_kernels: '${target}' belongs to another directory (${directory}); call it there")
  endif()
  if(CMAKE_CONFIGURATION_TYPES)
    message(FATAL_ERROR "dotcompute_add_kernels: '${CMAKE_GENERATOR}' builds several configurations in one directory, which "
                        "is not supported; use the generators Ninja or Unix Makefiles")
  endif()
  set(${out} ${type} PARENT_SCOPE)
endfunction()

# Who the host compiler is, for kernelc to match.
function(_dotcompute_host_options out)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
    message(FATAL_ERROR "dotcompute_add_kernels: kernelc matches g++ and clang++, not ${CMAKE_CXX_COMPILER_ID}")
  endif()
  get_property(directory GLOBAL PROPERTY _DOTCOMPUTE_GCC_INSTALL_DIR)
  if(NOT directory)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=crtbegin.o
      OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
    if(status OR NOT IS_ABSOLUTE "${path}")
      message(FATAL_ERROR "dotcompute_add_kernels: ${CMAKE_CXX_COMPILER} does not say where its GCC lies "
                          "(-print-file-name=crtbegin.o gave '${path}')")
    endif()
    get_filename_component(directory ${path} DIRECTORY)
    set_property(GLOBAL PROPERTY _DOTCOMPUTE_GCC_INSTALL_DIR ${directory})
  endif()
  set(${out} --host=${CMAKE_CXX_COMPILER_ID}-${CMAKE_CXX_COMPILER_VERSION} --gcc-install-dir=${directory} PARENT_SCOPE)
endfunction()

# Writes the target's compile options for C++ to a file of one argument per line. A file, because options may hold
# $<COMPILE_LANGUAGE:...>, which a custom command cannot evaluate.
function(_dotcompute_options_file target out)
  set(path ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/kernelc)
  set(${out} ${path}.CXX.options PARENT_SCOPE)
  get_target_property(done ${target} _DOTCOMPUTE_OPTIONS_FILE)
  if(done)
    return()
  endif()
  set_target_properties(${target} PROPERTIES _DOTCOMPUTE_OPTIONS_FILE ${path})

  string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${configuration}}")
  set(features "$<TARGET_PROPERTY:${target},COMPILE_FEATURES>")
  set(standard "$<TARGET_PROPERTY:${target},CXX_STANDARD>")
  set(extensions "$<TARGET_PROPERTY:${target},CXX_EXTENSIONS>")
  # The library asks for C++20, so that a lower CXX_STANDARD is raised to it.
  set(version "$<IF:$<OR:$<STREQUAL:${standard},26>,$<IN_LIST:cxx_std_26,${features}>>,26,$<IF:$<OR:$<STREQUAL:${standard},23>,$<IN_LIST:cxx_std_23,${features}>>,23,20>>")
  set(dialect "$<IF:$<OR:$<STREQUAL:${extensions},>,$<BOOL:${extensions}>>,gnu++,c++>")
  set(definitions "$<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>")
  set(includes "$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>")
  set(options "$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>")
  string(JOIN "\n" content
    ${flags}
    "-std=${dialect}${version}"
    "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},\n-D>>"
    "$<$<BOOL:${includes}>:-I$<JOIN:${includes},\n-I>>"
    "$<JOIN:${options},\n>"
    "")
  file(GENERATE OUTPUT "${path}.$<COMPILE_LANGUAGE>.options" CONTENT "${content}" TARGET ${target})
endfunction()

# What was set for this file alone, before the call.
function(_dotcompute_source_options source out)
  set(result)
  get_property(definitions SOURCE ${source} PROPERTY COMPILE_DEFINITIONS)
  get_property(includes SOURCE ${source} PROPERTY INCLUDE_DIRECTORIES)
  get_property(options SOURCE ${source} PROPERTY COMPILE_OPTIONS)
  foreach(definition IN LISTS definitions)
    list(APPEND result -D${definition})
  endforeach()
  foreach(include IN LISTS includes)
    list(APPEND result -I${include})
  endforeach()
  set(${out} "${result};${options}" PARENT_SCOPE)
endfunction()

function(_dotcompute_add_kernel_file target type file options host)
  get_filename_component(source ${file} ABSOLUTE)
  get_source_file_property(generated ${source} GENERATED)
  if(NOT EXISTS ${source} AND NOT generated)
    message(FATAL_ERROR "dotcompute_add_kernels(${target}): ${source} does not exist")
  endif()
  if(NOT source MATCHES "\\.(cc|cpp|cxx|c\\+\\+|C)$")
    message(FATAL_ERROR "dotcompute_add_kernels(${target}): ${file} is not a C++ source (.cpp, .cc, .cxx)")
  endif()

  # The unit's name is the same wherever the project is checked out: kernelc's output depends on nothing else.
  file(RELATIVE_PATH relative ${PROJECT_SOURCE_DIR} ${source})
  if(relative MATCHES "^\\.\\./")
    file(RELATIVE_PATH relative ${PROJECT_BINARY_DIR} ${source})
  endif()
  string(SHA256 hash "${PROJECT_NAME}:${relative}")
  string(SUBSTRING ${hash} 0 16 hash)
  set(unit dotcompute_unit_${hash})
  get_filename_component(name ${source} NAME_WE)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/${name}.${hash}.kernels.o)

  # Source properties belong to the directory: a second target with this file sets the same value.
  get_source_file_property(known ${source} _DOTCOMPUTE_UNIT)
  if(NOT known)
    _dotcompute_source_options(${source} own_options)
    set_property(SOURCE ${source} PROPERTY _DOTCOMPUTE_OPTIONS "${own_options}")
    set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS DOTCOMPUTE_UNIT=${unit})
    set_property(SOURCE ${source} PROPERTY _DOTCOMPUTE_UNIT ${unit})
  endif()
  get_target_property(sources ${target} SOURCES)
  if(NOT source IN_LIST sources AND NOT file IN_LIST sources)
    target_sources(${target} PRIVATE ${source})
  endif()

  get_property(own_options SOURCE ${source} PROPERTY _DOTCOMPUTE_OPTIONS)
  add_custom_command(
    OUTPUT ${object}
    COMMAND DotCompute::kernelc ${source} -o ${object} --unit=${unit} --depfile=${object}.d ${host} @${options} ${own_options}
    DEPENDS ${source} ${options} $<TARGET_FILE:DotCompute::kernelc>
    DEPFILE ${object}.d
    COMMENT "Compiling kernels of ${relative}"
    VERBATIM)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)

  if(type STREQUAL "OBJECT_LIBRARY")
    add_custom_target(${target}_kernels_${hash} DEPENDS ${object})
    add_dependencies(${target} ${target}_kernels_${hash})
    target_link_libraries(${target} INTERFACE $<BUILD_INTERFACE:${object}>)
    return()
  endif()
  target_sources(${target} PRIVATE ${object})
  if(type STREQUAL "STATIC_LIBRARY")
    # A library item rather than an option: these also reach a program through another library's private links.
    target_link_libraries(${target} INTERFACE -Wl,--undefined=${unit})
  elseif(type STREQUAL "SHARED_LIBRARY")
    target_link_options(${target} INTERFACE LINKER:--no-as-needed)
  endif()
endfunction()

cmake_policy(POP)
