# Writes the header of version.cpp: cmake -DSOURCE= -DVERSION= -DHEADER= -P version.cmake
# A tree without git's folder, such as an unpacked archive, has no commit to tell of.
set(COMMIT "")
if(EXISTS ${SOURCE}/.git)
    execute_process(COMMAND git describe --always --exclude=* --abbrev=12 --dirty WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
# an unchanged header is not written again
file(CONFIGURE OUTPUT ${HEADER} CONTENT [[
#pragma once

#define PIPECTL_VERSION "@VERSION@"
#define PIPECTL_COMMIT "@COMMIT@"
]] @ONLY)
