# What libdotcompute loads and shows:
#   cmake -DLIBRARY=<libdotcompute.so> -DREADELF=<readelf> -DNM=<nm> -P check_library.cmake
cmake_minimum_required(VERSION 3.25)

# The core needs nothing else before the first launch; in particular nothing of Clang or LLVM and no device's software.
set(allowed "^(libc|libm|libstdc\\+\\+|libgcc_s|libfmt|ld-linux-[a-z0-9_-]+)\\.so\\.")
execute_process(COMMAND ${READELF} --dynamic --wide ${LIBRARY} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*\\[[^]]+\\]" needed "${dynamic}")
if(NOT needed)
  message(FATAL_ERROR "${READELF} names no library that ${LIBRARY} loads")
endif()
foreach(line IN LISTS needed)
  string(REGEX REPLACE ".*\\[(.+)\\]" "\\1" name "${line}")
  if(NOT name MATCHES "${allowed}")
    message(SEND_ERROR "${LIBRARY} loads ${name}, which the core must not need")
  endif()
endforeach()

execute_process(COMMAND ${NM} --dynamic --defined-only --demangle ${LIBRARY} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
foreach(entry dotcompute_register_unit dotcompute_unregister_unit dotcompute::Runtime::create)
  if(NOT symbols MATCHES " T ${entry}")
    message(SEND_ERROR "${LIBRARY} does not show ${entry}")
  endif()
endforeach()
string(REPLACE "\n" ";" symbols "${symbols}")
foreach(symbol IN LISTS symbols)
  # Weak symbols are the inline functions and type descriptions that every user of the headers has too.
  if(symbol MATCHES "^[0-9a-f]+ [TDBR] (.+)$" AND NOT symbol MATCHES " [TDBR] (vtable for |typeinfo (name )?for |)dotcompute(_|::)")
    message(SEND_ERROR "${LIBRARY} shows ${CMAKE_MATCH_1}")
  endif()
endforeach()
