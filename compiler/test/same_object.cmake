# cmake -DKERNELC= -DSOURCE= -DINCLUDES= -DOUTPUT= -P same_object.cmake
# Every run of kernelc makes the same object of a source: wherever its memory lies, which differs from run to run.
foreach(run RANGE 1 6)
  execute_process(COMMAND ${KERNELC} ${SOURCE} -o ${OUTPUT}.${run}.o --unit=same_object -std=c++20 ${INCLUDES}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status)
    message(FATAL_ERROR "${KERNELC} ends with ${status}: ${output}")
  endif()
  file(SHA256 ${OUTPUT}.${run}.o hash)
  list(APPEND hashes ${hash})
endforeach()
list(REMOVE_DUPLICATES hashes)
list(LENGTH hashes count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${SOURCE} became ${count} different objects in 6 runs")
endif()
