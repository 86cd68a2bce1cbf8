#pragma once

// A comparison for people and programs. All of these escape what comes from outside. The page is
// another folder's.

#include <string>

#include "orchestrator/compare/comparison.hpp"

namespace pipectl::compare {

/// The answer first, then tables, warnings, and what to type. `colour` adds SGR sequences.
std::string render_text(const Comparison& comparison, bool colour);

/// The same as a Markdown document.
std::string render_markdown(const Comparison& comparison);

/// One JSON object that ends with a newline. `schema` is raised when a member changes its meaning
/// or goes; what was not measured is null.
std::string render_json(const Comparison& comparison);

}  // namespace pipectl::compare
