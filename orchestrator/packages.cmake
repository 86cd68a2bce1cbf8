# What `./bootstrap package` makes of an installed tree: two Debian packages, and an archive that runs
# from wherever it is unpacked. The programs are static, so that one build serves all distributions.

set(documents share/doc/pipectl)
install(FILES README.md CHANGELOG.md DESTINATION ${documents} COMPONENT programs)
install(FILES LICENSE DESTINATION ${documents} COMPONENT programs RENAME copyright)
install(DIRECTORY orchestrator/docs DESTINATION ${documents} COMPONENT programs)
install(DIRECTORY pipelines examples DESTINATION ${documents} COMPONENT programs
        PATTERN CMakeLists.txt EXCLUDE)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL programs development)
set(CPACK_PACKAGE_FILE_NAME pipectl-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The pipectl authors <pipectl@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME pipectl)
set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION "Each edge has the channel that is named (pipe, FIFO, socket, queue, shared memory),
no stage is shown an end of data that is not true, and nothing is left behind.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libpipectl-stage-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# the shared library is made here: what its symbols ask for on Debian 12 is there on 13 too
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libc6 (>= 2.36), libstdc++6 (>= 12)")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "Channels for native stages: the library, its headers, a pkg-config file and a CMake package.")
include(CPack)
