find_package(Git QUIET)
set(version "")
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --tags --always --dirty
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE version
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(version STREQUAL "")
  set(version ${FALLBACK})
endif()
file(WRITE ${OUTPUT}.new "#pragma once\n#define NCC_VERSION \"${version}\"\n")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
