#include "orchestrator/definition/parse_parts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pipectl {

namespace {

/// All names of a table, to find what a slip was meant for.
std::vector<std::string> known_names(const AnyTable& table) {
    std::vector<std::string> names;
    for (const Key& key : table.keys) {
        names.emplace_back(key.name);
    }
    return names;
}

}  // namespace

const Key* find_key(const AnyTable& table, std::string_view name) {
    const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                    [&](const Key& key) { return key.name == name; });
    return found == table.keys.end() ? nullptr : &*found;
}

void refuse_key(Reader& reader, const Entry& entry, const AnyTable& table, std::string hint) {
    reader.unknown_key(
        entry, table.where, [&] { return known_names(table); },
        hint.empty() ? std::string(table.hint) : std::move(hint));
}

}  // namespace pipectl
