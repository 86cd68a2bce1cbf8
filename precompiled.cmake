# The standard library's headers, read once instead of once for each unit. Code does not rely on it: a file
# includes what it uses, and .ci/run compiles some without these headers.

set(PIPECTL_PRECOMPILED
    <algorithm> <array> <cassert> <cerrno> <charconv> <chrono> <csignal> <cstdint> <cstring> <functional>
    <map> <memory> <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant>
    <vector>)

# pipectl_precompiled(TARGET [HEADER...]): once the target's options are known. A precompiled header fits
# only units with the same options, and programs have others (-fPIE) than libraries (-fPIC): the
# first target of each sort owns one and the others use it. With further headers it is the target's own.
function(pipectl_precompiled target)
    get_target_property(type ${target} TYPE)
    get_target_property(options ${target} COMPILE_OPTIONS)
    string(MAKE_C_IDENTIFIER "PIPECTL_PRECOMPILED ${type} ${options}" sort)
    get_property(owner GLOBAL PROPERTY ${sort})
    if(ARGN OR NOT owner)
        target_precompile_headers(${target} PRIVATE ${PIPECTL_PRECOMPILED} ${ARGN})
    else()
        target_precompile_headers(${target} REUSE_FROM ${owner})
    endif()
    if(NOT ARGN AND NOT owner)
        set_property(GLOBAL PROPERTY ${sort} ${target})
    endif()
endfunction()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # for ccache: its preprocessed text names the precompiled header instead of containing it
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
