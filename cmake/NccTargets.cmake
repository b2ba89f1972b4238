# nc_library(NAME SOURCES ... LINKS ... PRIVATE_LINKS ...): a static library
#   that can also go into a shared object.
# nc_uses_torch(NAME): LibTorch's headers for the sources of NAME alone; what
#   links NAME does not see them (they would shadow fmt and oneDNN).
# nc_precompiles(NAME HEADERS ...): headers that take most of the time of each
#   source, read once; groups of sources (NCC_UNITY) do without.
# nc_compiles_alone(SOURCES ...): not in a group, as what Highway compiles for
#   several instruction sets.
# nc_tool(NAME): the program NAME from tools/NAME.cpp.
# No global flags: what all targets share is the interface target nc_options.

add_library(nc_options INTERFACE)
target_compile_features(nc_options INTERFACE cxx_std_20)
target_include_directories(nc_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(nc_options INTERFACE -Wall -Wextra -Wshadow -Wconversion)
# GCC 12 sees overlapping copies in "text" + string where there are none (its
# bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(nc_options INTERFACE -Wno-restrict)
endif()
if(NCC_WERROR)
  target_compile_options(nc_options INTERFACE -Werror)
endif()
if(NCC_SANITIZE)
  target_compile_options(nc_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined
    -fno-omit-frame-pointer -g1 -O1)
  target_link_options(nc_options INTERFACE -fsanitize=address,undefined)
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

function(nc_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name}
    PUBLIC nc_options ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
endfunction()

function(nc_tool name)
  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE nc_support)
  # Only what runs networks loads what runs them.
  target_link_options(${name} PRIVATE -Wl,--as-needed)
  # Libraries that were found outside of the system's folders stay findable.
  set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

function(nc_uses_torch name)
  target_include_directories(${name} SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
  separate_arguments(flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(${name} PRIVATE ${flags})
  target_link_libraries(${name} PRIVATE ${TORCH_LIBRARIES})
  nc_precompiles(${name} <ATen/ATen.h>)
endfunction()

function(nc_precompiles name)
  if(NOT NCC_UNITY)
    target_precompile_headers(${name} PRIVATE ${ARGN})
  endif()
endfunction()

function(nc_compiles_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
