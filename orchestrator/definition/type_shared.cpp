// [shared.NAME]: memory that any number of stages map.

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::array<const char*, 3> kRegionWords = {"shm", "sysv-shm", "mmap"};

std::optional<SharedMemory::Kind> read_region_kind(Reading& reading, const Entry& entry) {
    const std::vector<std::string> words(kRegionWords.begin(), kRegionWords.end());
    const auto word = reading.reader.text(entry, quoted_list(words));
    if (!word) return std::nullopt;
    const auto known = std::find(words.begin(), words.end(), *word);
    if (known != words.end()) return static_cast<SharedMemory::Kind>(known - words.begin());
    reading.reader.error(span_of(*entry.value),
                         "there is no kind '" + *word + "' of shared regions" +
                             reading.reader.suggestion(*word, words),
                         "it is one of " + quoted_list(words));
    return std::nullopt;
}

std::string write_region_kind(const SharedMemory::Kind& kind, std::size_t /*column*/) {
    return toml_basic(kRegionWords[static_cast<std::size_t>(kind)]);
}

/// As the name of a variable has it.
std::string without_dashes(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

void check_region(Reader& reader, const Entry& entry, const toml::table& table,
                  const SharedMemory& region,
                  std::unordered_map<std::string, std::string>& variables) {
    const Span where = span_of(*entry.key);
    if (table.get("size") == nullptr) {
        reader.error(where, "shared region '" + region.name.value + "' has no size",
                     "for instance size = \"64MiB\"");
    } else if (region.size == 0 && table.get("size")->is_string()) {
        reader.error(span_of(*table.get("size")), "a shared region of size 0 holds nothing");
    }
    const auto [first, is_new] =
        variables.emplace(without_dashes(region.name.value), region.name.value);
    if (!is_new) {
        reader.error(where,
                     "shared regions '" + first->second + "' and '" + region.name.value +
                         "' would have the same variable",
                     "it is PIPECTL_SHARED_" + first->first + ", with '_' for '-'");
    }
}

}  // namespace

std::vector<SharedMemory> read_shared(Reader& reader, const Entry& entry,
                                      const TemplateScope& scope) {
    std::vector<SharedMemory> regions;
    std::unordered_map<std::string, std::string> variables;  ///< and the name that has each
    const toml::table* table = reader.table(entry, "tables: [shared.NAME]");
    if (table == nullptr) return regions;
    for (const Entry& part : entries_of(*table)) {
        const toml::table* keys =
            reader.table(part, "a table: [shared.NAME] with size = \"64MiB\"");
        if (keys == nullptr) continue;
        SharedMemory region;
        region.name = {std::string(part.name), span_of(*part.key).place};
        if (!is_name(part.name)) {
            reader.error(span_of(*part.key), part.quoted() + " is no name of a shared region",
                         "names have " + std::string(kNameRule));
            continue;
        }
        Reading reading{reader, scope, scope};
        read_keys(reading, *keys, kSharedTable, region);
        check_region(reader, part, *keys, region, variables);
        regions.push_back(std::move(region));
    }
    return regions;
}

namespace type {

const AnyType kShared = {.name = "tables",
                         .schema =
                             R"("type":"object","propertyNames":{"pattern":"^[A-Za-z0-9_-]+$"},)"
                             R"("additionalProperties":@table)",
                         .table = &kSharedTable};
const Type<SharedMemory::Kind> kSharedKind = {
    {"`\"shm\"`, `\"sysv-shm\"` or `\"mmap\"`", R"("enum":["shm","sysv-shm","mmap"])"},
    read_region_kind,
    write_region_kind};

}  // namespace type

}  // namespace pipectl
