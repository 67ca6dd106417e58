# The rooms of the house: one static library each, one include root each, and the layer rule.
#
#   dotcompute_room(<name> LEVEL <n> SOURCES <file>... [DEPENDS <room>...] [LIBRARIES <target>...])
#
# A room may use rooms of lower levels only: siblings do not see each other and cycles cannot be written. Each room's
# headers lie under an include root of its own, so that an include the rule forbids does not compile.
function(dotcompute_room name)
  cmake_parse_arguments(ROOM "" "LEVEL" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  if(ROOM_UNPARSED_ARGUMENTS OR NOT DEFINED ROOM_LEVEL)
    message(FATAL_ERROR "dotcompute_room(${name}): needs LEVEL and takes SOURCES, DEPENDS, LIBRARIES only")
  endif()
  string(REPLACE "/" "_" target "dotcompute_${name}")
  if(ROOM_SOURCES)
    add_library(${target} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  set_property(TARGET ${target} PROPERTY DOTCOMPUTE_LEVEL ${ROOM_LEVEL})
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
  target_compile_features(${target} ${scope} cxx_std_20)
  foreach(dependency IN LISTS ROOM_DEPENDS)
    string(REPLACE "/" "_" lower "dotcompute_${dependency}")
    if(NOT TARGET ${lower})
      message(FATAL_ERROR "layer rule: room '${name}' uses '${dependency}', which does not exist below it")
    endif()
    get_property(lower_level TARGET ${lower} PROPERTY DOTCOMPUTE_LEVEL)
    if(NOT lower_level LESS ROOM_LEVEL)
      message(FATAL_ERROR "layer rule: room '${name}' (level ${ROOM_LEVEL}) may not use '${dependency}' "
                          "(level ${lower_level}); a room uses lower levels only")
    endif()
    target_link_libraries(${target} ${scope} ${lower})
  endforeach()
  if(ROOM_LIBRARIES)
    target_link_libraries(${target} ${scope} ${ROOM_LIBRARIES})
  endif()
  set_property(GLOBAL APPEND PROPERTY DOTCOMPUTE_ROOMS ${name})
endfunction()

# dotcompute_test_options(<target>): how the code of a test itself is compiled.
function(dotcompute_test_options target)
  if(DOTCOMPUTE_SANITIZE)
    # It need not be fast, and to optimise what the sanitizers put into it takes longer than to run it.
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# dotcompute_test(<name> SOURCES <file>... [LIBRARIES <target>...] [FILTER <cases>] [PROPERTIES <name> <value>...]): a
# GoogleTest program whose cases, or those of GoogleTest's filter, CTest runs, with these properties.
function(dotcompute_test name)
  cmake_parse_arguments(TEST "" "FILTER" "SOURCES;LIBRARIES;PROPERTIES" ${ARGN})
  if(NOT DOTCOMPUTE_BUILD_TESTS)
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LIBRARIES} GTest::gtest_main GTest::gmock)
  dotcompute_test_options(${name})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 TEST_FILTER "${TEST_FILTER}"
    PROPERTIES TIMEOUT 300 ${TEST_PROPERTIES})
endfunction()

# dotcompute_shards(<name> PROGRAM <program> SHARDS <n> [FILTER <cases>] [ENVIRONMENT <NAME=value>...]): many cases of a
# GoogleTest program in n processes, where one for each case would mostly begin and end. The tests are <name>.<shard>;
# <name>_shards lists them.
function(dotcompute_shards name)
  cmake_parse_arguments(RUN "" "PROGRAM;FILTER;SHARDS" "ENVIRONMENT" ${ARGN})
  if(NOT DEFINED RUN_FILTER)
    set(RUN_FILTER *)
  endif()
  set(tests)
  math(EXPR last "${RUN_SHARDS} - 1")
  foreach(shard RANGE ${last})
    add_test(NAME ${name}.${shard} COMMAND ${RUN_PROGRAM} "--gtest_filter=${RUN_FILTER}")
    set_tests_properties(${name}.${shard} PROPERTIES TIMEOUT 900 FAIL_REGULAR_EXPRESSION "Running 0 tests"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${RUN_SHARDS};GTEST_SHARD_INDEX=${shard};${RUN_ENVIRONMENT}")
    list(APPEND tests ${name}.${shard})
  endforeach()
  set(${name}_shards ${tests} PARENT_SCOPE)
endfunction()
