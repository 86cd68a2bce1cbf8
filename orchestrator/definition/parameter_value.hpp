#pragma once

// What the values of a parameter are: its type, and whether a text is a value of it.
//
// Pure functions, for the parser, which looks at defaults, and the planner, which looks at what the
// command line and the environment give.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// In the order of the enumeration: "string", "integer", ...
const std::vector<std::string>& parameter_type_names();

/// The type that is given, else that of the default.
ParameterType type_of(const Parameter& parameter);

bool has_default(const Parameter& parameter);

/// A scalar as an argument of a program.
std::string scalar_text(const Scalar& scalar);

/// The default as an argument of a program; of a list the first line of each value.
std::string default_text(const Parameter& parameter);

/// What `value` should have been ("a whole number", "at least 0"); empty when it is a value of the
/// parameter. Of a list `value` is one of its values.
std::string value_mismatch(const Parameter& parameter, const std::string& value);

/// "number, at least 0 (default 500)": what a user is told of the values.
std::string describe_values(const Parameter& parameter);

}  // namespace pipectl
