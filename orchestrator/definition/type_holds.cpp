// Types of what a stage has to hold before it starts: units of semaphores, and locks.

#include <string>
#include <unordered_set>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl::type {

namespace {

constexpr std::int64_t kMostUnits = 32767;  // SEMVMX, semop(2)
constexpr std::int64_t kLargestKey = 0x7fffffff;

std::optional<std::int64_t> read_units(Reading& reading, const Entry& entry) {
    return reading.reader.integer(entry, 1, kMostUnits);
}

std::string write_integer(const std::int64_t& number, std::size_t /*column*/) {
    return std::to_string(number);
}

std::optional<bool> read_scope(Reading& reading, const Entry& entry) {
    static constexpr TwoWords kWords = {"`\"run\"` or `\"user\"`", "run", "user"};
    return read_two_words(reading, entry, kWords);
}

std::optional<std::int64_t> read_system_key(Reading& reading, const Entry& entry) {
    return reading.reader.integer(entry, 1, kLargestKey);
}

std::optional<Semaphore> read_semaphore(Reading& reading, const Entry& entry) {
    Semaphore semaphore;
    const Span where = span_of(*entry.key);
    semaphore.name = {std::string(entry.name), where.place};
    if (!is_name(semaphore.name.value)) {
        reading.reader.error(where, "'" + semaphore.name.value + "' is no name of a semaphore",
                             "names have " + std::string(kNameRule));
        return std::nullopt;
    }
    if (const toml::table* table = entry.value->as_table()) {
        read_keys(reading, *table, kSemaphoreTable, semaphore);
        if (semaphore.key && table->get("scope") == nullptr) semaphore.of_user = true;
        if (semaphore.key && !semaphore.of_user) {
            reading.reader.error(span_of(*entry.value), "a semaphore of one run has no key",
                                 "scope = \"user\" goes with 'key'");
        }
    } else if (const auto count = read_units(reading, entry)) {
        semaphore.count = *count;
    }
    return semaphore;
}

std::optional<Need> read_need(Reading& reading, Span where, std::string name) {
    if (is_name(name)) return Need{{std::move(name), where.place}, 1};
    reading.reader.error(where, "'" + name + "' is no name of a semaphore",
                         "names have " + std::string(kNameRule));
    return std::nullopt;
}

std::optional<std::vector<Need>> read_needs(Reading& reading, const Entry& entry) {
    std::vector<Need> needs;
    std::unordered_set<std::string> names;
    const auto add = [&](std::optional<Need> need) {
        if (!need) return;
        if (!names.insert(need->name.value).second) {
            reading.reader.error({need->name.place, 1},
                                 "semaphore '" + need->name.value + "' is there twice",
                                 "needs = { " + need->name.value + " = 2 } for two units");
            return;
        }
        needs.push_back(std::move(*need));
    };
    if (const toml::table* table = entry.value->as_table()) {
        for (const Entry& part : entries_of(*table)) {
            auto need = read_need(reading, span_of(*part.key), std::string(part.name));
            const auto count = read_units(reading, part);
            if (need) need->count = count.value_or(1);
            add(std::move(need));
        }
        return needs;
    }
    std::vector<Entry> elements = {entry};
    if (!entry.value->is_string()) {
        elements =
            reading.reader.elements(entry, "an array of semaphores, or a table { NAME = UNITS }")
                .value_or(std::vector<Entry>());
    }
    for (const Entry& element : elements) {
        if (const auto name = reading.reader.text(element)) {
            add(read_need(reading, span_of(*element.value), *name));
        }
    }
    return needs;
}

std::string write_needs(const std::vector<Need>& needs, std::size_t /*column*/) {
    std::vector<std::string> entries;
    entries.reserve(needs.size());
    for (const Need& each : needs) {
        entries.push_back(toml_key(each.name.value) + " = " + std::to_string(each.count));
    }
    return toml_table(entries);
}

std::optional<Lock> read_lock(Reading& reading, const Entry& entry) {
    Lock lock;
    if (const toml::table* table = entry.value->as_table()) {
        read_keys(reading, *table, kLockTable, lock);
        if (table->get("file") == nullptr) {
            reading.reader.error(span_of(*entry.value), "'lock' as a table needs 'file'",
                                 "for instance lock = { file = \"f.lock\", wait = \"30s\" }");
        }
    } else if (entry.value->is_string()) {
        if (auto path = kPath.read(reading, entry)) lock.file = std::move(*path);
    } else {
        reading.reader.wrong_type(entry, "a path or a table { file, shared, wait }");
    }
    return lock.file.pieces.empty() ? std::nullopt : std::optional(std::move(lock));
}

std::string write_lock(const Lock& lock, std::size_t column) {
    if (lock.shared || lock.wait) return toml_table(toml_entries(kLockTable, lock, column));
    return kPath.write(lock.file, column);
}

}  // namespace

std::optional<std::vector<Semaphore>> read_semaphores(Reading& reading, const Entry& entry) {
    const toml::table* table = reading.reader.table(entry, "a table: [semaphores]");
    if (table == nullptr) return std::nullopt;
    std::vector<Semaphore> all;
    for (const Entry& part : entries_of(*table)) {
        if (auto semaphore = read_semaphore(reading, part)) all.push_back(std::move(*semaphore));
    }
    return all;
}

std::vector<std::string> semaphore_entries(const std::vector<Semaphore>& all) {
    std::vector<std::string> entries;
    entries.reserve(all.size());
    for (const Semaphore& each : all) {
        std::vector<std::string> parts = toml_entries(kSemaphoreTable, each);
        if (parts.empty()) parts = {"count = 1"};
        entries.push_back(toml_key(each.name.value) + " = " + toml_table(parts));
    }
    return entries;
}

const Type<std::int64_t> kUnits = {
    {"number from 1 to 32767", R"("type":"integer","minimum":1,"maximum":32767)"},
    read_units,
    write_integer};
const Type<bool> kScope = {{"`\"run\"` or `\"user\"`", R"("enum":["run","user"])"},
                           read_scope,
                           [](const bool& of_user, std::size_t /*column*/) {
                               return std::string(of_user ? "\"user\"" : "\"run\"");
                           }};
const Type<std::int64_t> kSystemKey = {
    {"number such as `0x5121`", R"("type":"integer","minimum":1,"maximum":2147483647)"},
    read_system_key,
    write_integer};
const AnyType kSemaphores = {
    .name = "table of semaphores, each a number of units or a table",
    .schema = R"("type":"object","additionalProperties":{"anyOf":[@part,@table]},)"
              R"("propertyNames":{"pattern":"^[A-Za-z0-9_-]+$"})",
    .part = &kUnits,
    .table = &kSemaphoreTable};
const Type<std::vector<Need>> kNeeds = {
    {.name = "array of semaphores, or a table of units",
     .schema = R"("anyOf":[{"type":"string","pattern":"^[A-Za-z0-9_-]+$"},)"
               R"({"type":"array","uniqueItems":true,)"
               R"("items":{"type":"string","pattern":"^[A-Za-z0-9_-]+$"}},)"
               R"({"type":"object","additionalProperties":@part,)"
               R"("propertyNames":{"pattern":"^[A-Za-z0-9_-]+$"}}])",
     .part = &kUnits},
    read_needs,
    write_needs};
const Type<Lock> kLock = {{.name = "path, or a table",
                           .schema = R"("anyOf":[@part,@table])",
                           .part = &kPath,
                           .table = &kLockTable},
                          read_lock,
                          write_lock};

}  // namespace pipectl::type
