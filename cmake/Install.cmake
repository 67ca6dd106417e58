# The installed package: headers, libdotcompute, kernelc, the command line, and what find_package(DotCompute) reads.
# kernelc takes Clang's own headers from where Debian's package has them.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/DotCompute)

get_property(rooms GLOBAL PROPERTY DOTCOMPUTE_ROOMS)
foreach(room IN LISTS rooms ITEMS dotcompute)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/libs/${room}/include)
    install(DIRECTORY libs/${room}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endforeach()

get_target_property(library DotCompute::dotcompute ALIASED_TARGET)
set_target_properties(${library} PROPERTIES EXPORT_NAME dotcompute)
target_include_directories(${library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS ${library} EXPORT DotComputeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(dotcompute-conformance PROPERTIES INSTALL_RPATH $ORIGIN)
target_include_directories(dotcompute-conformance INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS dotcompute-conformance EXPORT DotComputeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT DotComputeTargets NAMESPACE DotCompute:: DESTINATION ${package_dir})

set_target_properties(dotcompute-cli PROPERTIES INSTALL_RPATH $ORIGIN/../${CMAKE_INSTALL_LIBDIR})
install(TARGETS dotcompute-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

if(TARGET kernelc)
  install(TARGETS kernelc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
else()
  install(PROGRAMS ${DOTCOMPUTE_KERNELC} DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME kernelc)
endif()

configure_package_config_file(cmake/DotComputeConfig.cmake.in ${PROJECT_BINARY_DIR}/package/DotComputeConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/DotComputeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/DotComputeConfig.cmake
  ${PROJECT_BINARY_DIR}/package/DotComputeConfigVersion.cmake cmake/DotComputeKernels.cmake DESTINATION ${package_dir})
