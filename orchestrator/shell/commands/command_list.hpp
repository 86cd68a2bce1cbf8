#pragma once

// What is known of commands by their names: one table, which all read that translate, export or
// compare a pipeline.
//
// A name may have any number of traits; one that has none is a program that may do anything. What
// a program does with its words is in programs.hpp.

#include <string_view>
#include <vector>

namespace pipectl::shell {

/// command_list.cpp explains each where its names stand.
enum class Trait {
    builtin,
    builtin_elsewhere,
    builtin_alike,
    builtin_printing,
    builtin_harmless,
    builtin_by_name,
    step,
    check,
    taken_by_name,
    says_with_one,
    never_fails,
    reads_no_stdin,
    reads_stdin_or_files,
    prints_name,
    prints_names,
    needs_file,
    has_output_option,
    shows_environment,
    endless,
    shell,
    other_shell,
    awk,
    compressor,
    git_reading,
    git_repeatable,
    network,
    fetching,
    risky,
};

/// `command` is without its folder.
bool has_trait(std::string_view command, Trait trait);

/// All that have it, sorted.
std::vector<std::string_view> names_with(Trait trait);

/// A program that runs the command behind its own options.
struct Wrapper {
    std::string_view name;
    std::string_view valued;   ///< option letters that take the next word: "n" for -n 5
    int operands = 0;          ///< words of its own before the command
    bool transparent = false;  ///< the command reads, writes and ends as it does by itself
};

/// Null for a program that is none.
const Wrapper* find_wrapper(std::string_view command);

}  // namespace pipectl::shell
