# NCC_VERSION: `git describe --always --dirty`, else the version below. Asked
# at every build, so that a changed tree is called dirty; the file that holds
# it is rewritten only when the answer changes.
set(NCC_FALLBACK_VERSION "0.1.0")
set(NCC_VERSION_DIR ${CMAKE_BINARY_DIR}/generated)
add_custom_target(ncc_version_file
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}
    -DFALLBACK=${NCC_FALLBACK_VERSION} -DOUTPUT=${NCC_VERSION_DIR}/ncc_version.h
    -P ${PROJECT_SOURCE_DIR}/cmake/WriteVersion.cmake
  BYPRODUCTS ${NCC_VERSION_DIR}/ncc_version.h
  VERBATIM)
add_library(ncc_version INTERFACE)
target_include_directories(ncc_version INTERFACE ${NCC_VERSION_DIR})
add_dependencies(ncc_version ncc_version_file)
