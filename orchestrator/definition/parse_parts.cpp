#include "orchestrator/definition/parse_parts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pipectl {

namespace {

const Reserved* find_reserved(const AnyTable& table, std::string_view name) {
    const auto found = std::find_if(kReserved.begin(), kReserved.end(), [&](const Reserved& each) {
        return each.name == name && each.where == table.where;
    });
    return found == kReserved.end() ? nullptr : &*found;
}

/// All names of a table, to find what a slip was meant for.
std::vector<std::string> known_names(const AnyTable& table) {
    std::vector<std::string> names;
    for (const Key& key : table.keys) {
        names.emplace_back(key.name);
    }
    for (const Reserved& reserved : kReserved) {
        if (reserved.where == table.where) names.emplace_back(reserved.name);
    }
    return names;
}

}  // namespace

const Key* find_key(const AnyTable& table, std::string_view name) {
    const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                    [&](const Key& key) { return key.name == name; });
    return found == table.keys.end() ? nullptr : &*found;
}

bool is_known(const AnyTable& table, std::string_view name) {
    return find_key(table, name) != nullptr || find_reserved(table, name) != nullptr;
}

void refuse_key(Reader& reader, const Entry& entry, const AnyTable& table, std::string hint) {
    if (const Reserved* reserved = find_reserved(table, entry.name)) {
        const bool of_file = table.where == kFileTable.where;
        const std::string shown = of_file ? "'[" + std::string(entry.name) + "]'" : entry.quoted();
        reader.error(span_of(*entry.key), shown + std::string(reserved->says),
                     std::string(reserved->hint));
        return;
    }
    reader.unknown_key(
        entry, table.where, [&] { return known_names(table); },
        hint.empty() ? std::string(table.hint) : std::move(hint));
}

}  // namespace pipectl
