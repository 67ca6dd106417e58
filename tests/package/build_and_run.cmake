# cmake -DSOURCE= -DBINARY= -DPREFIX= -DCOMPILER= -DPROGRAMS=a,b -P build_and_run.cmake
# Configures and builds a project against an installed package from nothing, then runs its programs.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nstatus ${status}\n${output}")
  endif()
  message("${output}")
endfunction()

file(REMOVE_RECURSE ${BINARY})
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${PREFIX}
    -DCMAKE_CXX_COMPILER=${COMPILER})
run(${CMAKE_COMMAND} --build ${BINARY})
string(REPLACE "," ";" programs "${PROGRAMS}")
foreach(program IN LISTS programs)
  message("-- ${program}")
  run(${BINARY}/${program})
endforeach()
