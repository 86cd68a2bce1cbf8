#pragma once

// The shape of the scripts that `pipectl export` writes: their header, and the functions that stand
// for what a shell has no words for (stage, copy, concat, spool, finish).

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace pipectl::shell {

struct ExportForm {
    bool exported = false;
    bool strict = true;
    std::string name;
    std::string description;
    std::map<std::string, std::string> help;  ///< of parameters
    std::set<std::size_t> atomic;  ///< places right behind the names of files replaced at the end
    /// Without the functions and what is only there for the shell. Lines are where they were.
    std::string text;
};

/// A text that was not exported comes back as it is.
ExportForm read_export_form(const std::string& text);

}  // namespace pipectl::shell
