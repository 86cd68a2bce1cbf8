#pragma once

// What the readers of the language share: tables that are read by their description.
//
// Internal to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/language.hpp"
#include "orchestrator/definition/template.hpp"
#include "orchestrator/definition/toml_reader.hpp"

namespace pipectl {

/// "letters, digits, '-' and '_'", for messages.
inline constexpr std::string_view kNameRule = "letters, digits, '-' and '_'";

const Key* find_key(const AnyTable& table, std::string_view name);

/// An error for a key that a table does not have. `hint`: in place of the table's own.
void refuse_key(Reader& reader, const Entry& entry, const AnyTable& table, std::string hint = {});

/// False when the table has no such key.
template <class Owner>
bool read_key(Reading& reading, const Entry& entry, const Table<Owner>& table, Owner& owner) {
    const Key* key = find_key(table, entry.name);
    if (key == nullptr) return false;
    key->read(reading, entry, &owner);
    return true;
}

/// All keys that a table has and others, which are errors.
template <class Owner>
void read_keys(Reading& reading, const std::vector<Entry>& entries, const Table<Owner>& table,
               Owner& owner) {
    for (const Entry& entry : entries) {
        if (!read_key(reading, entry, table, owner)) refuse_key(reading.reader, entry, table);
    }
}

template <class Owner>
void read_keys(Reading& reading, const toml::table& entries, const Table<Owner>& table,
               Owner& owner) {
    read_keys(reading, entries_of(entries), table, owner);
}

/// `parameters`, `shared`: sorted names.
Stage read_stage(Reader& reader, const toml::table& table,
                 const std::vector<std::string>& parameters,
                 const std::vector<std::string>& shared);
/// The entries of [shared].
std::vector<SharedMemory> read_shared(Reader& reader, const Entry& entry,
                                      const TemplateScope& scope);
/// The entries of [hosts].
std::vector<HostSpec> read_hosts(Reader& reader, const Entry& entry, const TemplateScope& scope);
/// An entry of [params]; nothing when it has no name that one can be called by.
std::optional<Parameter> read_parameter(Reader& reader, const Entry& entry);

/// [for-each]; nothing when it names no variable.
std::optional<ForEach> read_for_each(Reader& reader, const Entry& entry,
                                     const TemplateScope& scope);
/// [ports]
std::vector<PartPort> read_ports(Reader& reader, const Entry& entry);
/// The array of [[test]].
std::vector<Test> read_tests(Reader& reader, const Entry& entry);

}  // namespace pipectl
