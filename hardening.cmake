# What compiler and linker offer against mistakes in memory, for optimised builds: sanitizers find more
# by themselves, and glibc's checks of buffers need the optimiser. tests/system/hardening_test.cpp reads
# the programs.

include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)

# Level 3 also knows the sizes that are computed at run time; GCC 12, Clang 9, glibc 2.35 have it.
# -U: some distributions define it themselves, and a second value would be a warning.
function(fortify_sources)
    foreach(level 3 2)
        set(CMAKE_REQUIRED_FLAGS "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level}")
        check_cxx_source_compiles("#include <cstdlib>
            #if !defined __USE_FORTIFY_LEVEL || __USE_FORTIFY_LEVEL < ${level}
            #error
            #endif
            int main() {}" PIPECTL_FORTIFY_${level})
        if(PIPECTL_FORTIFY_${level})
            add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level})
            return()
        endif()
    endforeach()
endfunction()

set(PIPECTL_HARDENED ON)
fortify_sources()
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "PIPECTL_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
        add_compile_options(${flag})
    endif()
endforeach()
# all symbols before main(), and then no table of addresses that can be written to; static programs
# have no symbols left to look up
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
