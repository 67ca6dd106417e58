# cmake -DBUILD= -DPREFIX= -P install.cmake
# Installs somewhere else and moves the result to PREFIX: a package that only works where it was installed fails its tests.
set(elsewhere ${PREFIX}.before)
file(REMOVE_RECURSE ${PREFIX} ${elsewhere})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${elsewhere} RESULT_VARIABLE status)
if(status)
  message(FATAL_ERROR "cmake --install ${BUILD} failed: ${status}")
endif()
file(RENAME ${elsewhere} ${PREFIX})
