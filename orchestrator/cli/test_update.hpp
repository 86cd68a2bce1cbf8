#pragma once

// Writes what came in tests into the text of a definition: values alone are replaced, comments and
// layout stay.

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

/// An expectation of a test, and what came instead.
struct Correction {
    const Test* test = nullptr;
    const Expectation* expectation = nullptr;  ///< null: the test has none, and `value` is stdout
    std::string value;
};

/// The new text. `text` is what the tests were parsed from.
std::string with_corrections(const std::string& text, const std::vector<Correction>& corrections);

}  // namespace pipectl
