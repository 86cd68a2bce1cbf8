#pragma once

// The shape of the scripts that `pipectl export` writes: their header, and the functions that stand
// for what a shell has no words for.

#include <map>
#include <string>

namespace pipectl::shell {

struct ExportForm {
    bool exported = false;
    bool strict = true;
    std::string name;
    std::string description;
    std::map<std::string, std::string> help;  ///< of parameters
    std::string text;  ///< without the functions; every place is where it was
};

/// A text that was not exported comes back as it is.
ExportForm read_export_form(const std::string& text);

}  // namespace pipectl::shell
