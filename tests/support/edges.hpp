#pragma once

// What the record of a run says of its edges.

#include <string>
#include <string_view>

#include "tests/support/definitions.hpp"

namespace pipectl::test {

/// A member of the first edge that begins at this port ("seq.stdout"), as it is written; empty when
/// there is none.
inline std::string edge_member(const Record& record, std::string_view from, std::string_view key) {
    const std::string& text = record.text();
    const auto edge = text.find("{\"from\": \"" + std::string(from) + "\"");
    const std::string wanted = "\"" + std::string(key) + "\": ";
    const auto at = edge == std::string::npos ? edge : text.find(wanted, edge);
    if (at == std::string::npos) {
        return "";
    }
    const auto value = at + wanted.size();
    return text.substr(value, text.find_first_of(",}", value) - value);
}

}  // namespace pipectl::test
