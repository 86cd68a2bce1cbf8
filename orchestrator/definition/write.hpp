#pragma once

// Definition to text, the way back of parse.hpp: parse_definition() reads the same definition.

#include <string>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// What people have written about a definition. A line that begins with '!' is set off by a blank.
struct Comments {
    std::vector<std::string> header;               ///< above everything
    std::vector<std::vector<std::string>> stages;  ///< by stage: above it
};

/// As a person would write it: no key that says what is so anyway. A stage has its name where
/// something refers to it, or it would get another one without.
std::string write_definition(const Definition& definition, const Comments& comments = {});

}  // namespace pipectl
