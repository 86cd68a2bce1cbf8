#pragma once

// The definition that an exported script was made from, at its end: written and read here alone.
//
// A script is what a definition amounts to without pipectl; the way back through its functions and
// FIFOs would lose what a shell cannot say. So the definition goes with it, as comments, beside a
// digest of the lines above: a script that was changed since is not taken for what it was.

#include <string>
#include <string_view>

namespace pipectl {

/// The definition with a name of its own, for one that was named after its file.
std::string with_name(std::string definition, const std::string& name);

/// What stands at the end of a script whose other lines are `script`.
std::string embed_definition(std::string_view script, std::string_view definition);

enum class Embedded {
    none,  ///< not a script of `pipectl export`, or one without its definition
    found,
    changed,  ///< the script is not the one that the definition went with
};

/// Finds the definition in a whole script; `definition` is set for `found`.
Embedded find_definition(std::string_view script, std::string& definition);

}  // namespace pipectl
