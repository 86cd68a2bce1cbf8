#pragma once

// Which build of pipectl this is: two that differ in anything do not work together.

#include <string>

namespace pipectl::hosts {

/// Of the running program's own file; made once.
const std::string& build_id();

/// "x86_64", as uname(2) has it.
std::string machine_architecture();

/// The machine's name.
std::string machine_name();

}  // namespace pipectl::hosts
