#pragma once

// What an import says of the rules that its definition has. Internal to this folder.

#include <string>

#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

/// One line on what a strict definition fails for and the shell does not; empty: there is nothing.
std::string strict_note(const Translation& translation);

}  // namespace pipectl::shell
