# What makes the start of a static program cheaper: of a short run it is a third.

include(CheckCXXSourceRuns)
include(CheckCXXSourceCompiles)

# A section for each function: the linker leaves out what nobody calls, and can put in order what is left.
add_compile_options(-ffunction-sections -fdata-sections)

# Relocations of the program itself in a hundredth of the room. The linker knows them from binutils 2.38
# on, the C library's start of a static program from glibc 2.36 on: so such a program is run.
set(CMAKE_REQUIRED_FLAGS -fPIE)
set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie -Wl,-z,pack-relative-relocs)
check_cxx_source_runs("
    int number = 0;
    int* const volatile table[] = {&number, &number, &number};
    int main() { return *table[2]; }" PIPECTL_PACKS_RELOCATIONS)
if(PIPECTL_PACKS_RELOCATIONS)
    add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-Wl,-z,pack-relative-relocs>)
endif()

# pipectl_order(TARGET FILE): the functions that FILE names come first, side by side. It is a linker
# script that is added to the linker's own (INSERT), which not every linker understands.
function(pipectl_order target file)
    set(CMAKE_REQUIRED_FLAGS -fPIE)
    set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie -Wl,-T,${file})
    check_cxx_source_compiles("int main() {}" PIPECTL_ORDERS_FUNCTIONS)
    if(PIPECTL_ORDERS_FUNCTIONS)
        target_link_options(${target} PRIVATE -Wl,-T,${file})
        set_target_properties(${target} PROPERTIES LINK_DEPENDS ${file})
    endif()
endfunction()

# pipectl_write_at_once(TARGET): the linker writes here and there, which leaves a program in the page
# cache in single pages: mapping those costs a start half a millisecond more than the same file as a
# copy has it. Until it is read from the disk again both are alike.
function(pipectl_write_at_once target)
    add_custom_command(TARGET ${target} POST_BUILD
                       COMMAND cp -p $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.copy
                       COMMAND mv -f $<TARGET_FILE:${target}>.copy $<TARGET_FILE:${target}> VERBATIM)
endfunction()
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
