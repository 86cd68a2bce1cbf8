#pragma once

// Text to definition: the only place that knows TOML.
//
// All errors of a file are found in one pass; the definition that comes back then holds what could
// be understood, so that the planner can look for more. Starts nothing, opens nothing.

#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

struct ParseResult {
    Definition definition;
    std::vector<Diagnostic> diagnostics;
    /// False after a syntax error: the definition is empty and planning it would only mislead.
    bool readable = true;
};

/// `file`: what the places in it have as theirs; see Place::file.
ParseResult parse_definition(const SourceText& source, int file = 0);

/// A site's file: [hosts] and nothing else, which are all that the definition that comes back has.
ParseResult parse_hosts(const SourceText& source, int file);

/// The text of a file, or of stdin for "-"; at most 16 MiB. Throws SystemError: a folder, a file
/// that is not there or too large.
SourceText read_source(const std::string& path);

/// A text with references, split. `known` is not consulted: names are checked by the parser, which
/// knows where they may stand. An unclosed "${" is reported through `error`.
Template split_template(const std::string& text, Place place, std::string& error);

}  // namespace pipectl
