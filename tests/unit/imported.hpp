#pragma once

// From a shell's text to the definition that an import makes of it.

#include <string>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/shell/shell.hpp"
#include "tests/support/catch.hpp"

namespace pipectl::shell {

/// Where "folder" is one, and nothing else is there.
inline Machine machine() {
    return {[](const std::string& path) {
                return path == "folder" ? FileKind::other : FileKind::missing;
            },
            [](const std::string&) { return false; }};
}

/// The definition, or the reasons against it, one a line.
inline std::string import_of(const std::string& text, const ImportOptions& options = {}) {
    const ImportResult result = import_text({"text", text}, options, machine());
    std::string all;
    for (const Imported& each : result.definitions) {
        all += write_definition(each.definition, each.comments);
        CHECK(parse_definition({"written", all}).diagnostics.empty());
    }
    for (const Diagnostic& each : result.diagnostics) {
        all += std::to_string(each.place.line) + ":" + std::to_string(each.place.column) + " " +
               each.message + "\n";
    }
    return all;
}

inline bool holds(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace pipectl::shell
