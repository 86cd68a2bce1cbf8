// What a stage may use, and what becomes of it when it has failed.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

/// Below it execve(2) succeeds and the new program dies of SIGSEGV before its first instruction.
constexpr std::uint64_t kLeastMemory = std::uint64_t{1} << 20;
constexpr std::int64_t kMostRetries = 1000;
constexpr std::int64_t kLargestCount = std::numeric_limits<std::int32_t>::max();

std::optional<Limits> read_limits(Reading& reading, const Entry& entry) {
    const toml::table* table =
        reading.reader.table(entry, "a table { cpu, memory, file-size, files, processes }");
    if (table == nullptr) return std::nullopt;
    const Span where = span_of(*entry.value);
    if (table->empty()) {
        reading.reader.error(where, "'limits' limits nothing",
                             "for instance limits = { memory = \"1GiB\", cpu = \"10m\" }");
        return std::nullopt;
    }
    Limits limits;
    limits.place = where.place;
    read_keys(reading, *table, kLimitsTable, limits);
    if (limits.memory && *limits.memory < kLeastMemory) {
        const toml::node* const memory = table->get("memory");
        reading.reader.error(
            memory == nullptr ? where : span_of(*memory),
            "'memory' is less than any program needs to start",
            "it is address space: the smallest ones take 3MiB of it, a shell 5MiB; leave it out "
            "for no limit");
    }
    return limits;
}

constexpr std::array<std::string_view, 3> kWhenWords = {"never", "on-failure", "always"};

std::optional<Restart::When> read_when(Reading& reading, const Entry& entry) {
    const std::vector<std::string> words(kWhenWords.begin(), kWhenWords.end());
    const auto word = reading.reader.text(
        entry, "\"never\", \"on-failure\", \"always\" or a table { when, max, delay }");
    if (!word) return std::nullopt;
    const auto known = std::find(words.begin(), words.end(), *word);
    if (known != words.end()) return static_cast<Restart::When>(known - words.begin());
    reading.reader.error(span_of(*entry.value), entry.quoted() + " must be one of " +
                                                    quoted_list(words) + ", not '" + *word + "'" +
                                                    reading.reader.suggestion(*word, words));
    return std::nullopt;
}

std::string write_when(const Restart::When& when, std::size_t /*column*/) {
    return toml_basic(kWhenWords[static_cast<std::size_t>(when)]);
}

std::optional<Restart> read_restart(Reading& reading, const Entry& entry) {
    Restart restart;
    restart.place = span_of(*entry.value).place;
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        const auto when = read_when(reading, entry);
        restart.when = when.value_or(restart.when);
        return when ? std::optional(restart) : std::nullopt;
    }
    read_keys(reading, *table, kRestartTable, restart);
    if (table->get("when") == nullptr) {
        reading.reader.error(span_of(*entry.value), "'restart' as a table needs 'when'",
                             "for instance restart = { when = \"on-failure\", max = 3 }");
    }
    return restart;
}

std::string write_restart(const Restart& restart, std::size_t column) {
    std::vector<std::string> parts = toml_entries(kRestartTable, restart, column);
    const bool plain = !restart.max && restart.delay == Restart{}.delay;
    if (plain) return write_when(restart.when, column);
    if (restart.when == Restart::When::never) parts.insert(parts.begin(), "when = \"never\"");
    return toml_table(parts);
}

}  // namespace

const Type<Limits> kLimits = {
    {.name = "table", .schema = R"("allOf":[@table])", .table = &kLimitsTable},
    read_limits,
    [](const Limits& limits, std::size_t column) {
        return toml_table(toml_entries(kLimitsTable, limits, column));
    }};
const Type<std::int64_t> kLimitCount = {
    {"number from 1", R"("type":"integer","minimum":1,"maximum":2147483647)"},
    [](Reading& reading, const Entry& entry) {
        return reading.reader.integer(entry, 1, kLargestCount);
    },
    [](const std::int64_t& count, std::size_t /*column*/) { return std::to_string(count); }};

const Type<Located<std::int64_t>> kRetries = {
    {"number", R"("type":"integer","minimum":0,"maximum":1000)"},
    [](Reading& reading, const Entry& entry) -> std::optional<Located<std::int64_t>> {
        const auto count = reading.reader.integer(entry, 0, kMostRetries);
        if (!count) return std::nullopt;
        return Located<std::int64_t>{*count, place_of(entry)};
    },
    [](const Located<std::int64_t>& count, std::size_t /*column*/) {
        return std::to_string(count.value);
    }};
const Type<Restart> kRestart = {{.name = "`\"never\"`, `\"on-failure\"`, `\"always\"`, or a table",
                                 .schema = R"("anyOf":[@part,@table])",
                                 .part = &kRestartWhen,
                                 .table = &kRestartTable},
                                read_restart,
                                write_restart};
const Type<Restart::When> kRestartWhen = {
    {"`\"never\"`, `\"on-failure\"`, `\"always\"`", R"("enum":["never","on-failure","always"])"},
    read_when,
    write_when};

}  // namespace pipectl::type
