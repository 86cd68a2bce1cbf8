#pragma once

// The definition language as one description: its tables, and of each key its name, type, help,
// default, reader and writer.
//
// Parser, writer, schema, the manual page and the tables of the README are loops over it. A type
// (types.hpp) has one reader, one writer and one schema, whatever keys are of it. language.cpp
// holds the tables. Nothing here is resolved or run.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

struct AnyTable;
struct Entry;
struct Reading;
class Schema;

/// A type of values.
struct AnyType {
    std::string_view name;  ///< for people
    /// The members of its JSON Schema; "@part" and "@table" stand for the schemas of those below.
    std::string_view schema = {};
    const AnyType* part = nullptr;
    const AnyTable* table = nullptr;
    std::string (*make_schema)(Schema&) = nullptr;  ///< in place of `schema`
    std::string_view shared_as = {};                ///< the schema has it once, by this name
};

/// With what reads and writes its values. `read` leaves an error when there is nothing to give;
/// `write` makes TOML that reads back as the same value, from `column` of its line on.
template <class Value>
struct Type : AnyType {
    std::optional<Value> (*read)(Reading& reading, const Entry& entry);
    std::string (*write)(const Value& value, std::size_t column);
};

struct Key {
    std::string_view name;
    const AnyType* type;
    std::string_view help;           ///< for people; words of the language stand in backticks
    std::string_view fallback = {};  ///< what holds without the key, as a definition writes it
    /// The owner is what the key's table becomes; only the functions of `Table` give one.
    void (*read)(Reading& reading, const Entry& entry, void* owner) = nullptr;
    /// The value as TOML; empty when the owner has what holds without the key.
    std::string (*write)(const void* owner, std::size_t column) = nullptr;
};

struct AnyTable {
    std::string_view where;  ///< in messages: "unknown key 'x' in a stage"
    std::string_view hint;   ///< for an unknown key that is near to none
    std::string_view rules;  ///< between its keys: members of its schema
    std::span<const Key> keys;
};

/// A table that becomes an `Owner`.
template <class Owner>
struct Table : AnyTable {};

/// What `stdin`, `stdout` or `stderr` as a table can be: the key that says which, and those that
/// may stand beside it.
struct End {
    const Key* key;
    std::span<const Key> beside;
    bool needs_raw = false;  ///< only messages of other programs are there
};
/// Each of them once.
std::vector<Key> keys_of(std::span<const End> ends);

extern const AnyTable kFileTable;
extern const Table<Definition> kPipelineTable;     ///< [pipeline]
extern const Table<Parameter> kParameterTable;     ///< an entry of [params]
extern const Table<SharedMemory> kSharedTable;     ///< [shared.NAME]
extern const Table<HostSpec> kHostTable;           ///< [hosts.NAME]
extern const Table<HostSpec::Ssh> kSshTable;       ///< `ssh` as a table
extern const Table<SlurmNeeds> kSlurmTable;        ///< `slurm`
extern const Table<ForEach> kForEachTable;         ///< [for-each]
extern const Table<Test> kTestTable;               ///< [[test]]
extern const Table<Stage> kStageTable;             ///< [[stage]]
extern const Table<Feed> kFeedTable;               ///< `from`, and an entry of `inputs`
extern const Table<Semaphore> kSemaphoreTable;     ///< an entry of [semaphores]
extern const Table<Lock> kLockTable;               ///< `lock`
extern const Table<After> kAfterTable;             ///< an entry of `after`
extern const Table<Feed> kTalkTable;               ///< `talks-to`
extern const Table<Buffer> kBufferTable;           ///< `buffer`
extern const Table<FanOut> kFanOutTable;           ///< `fan-out`
extern const Table<FileOutput> kFileOutputTable;   ///< `stdout` and `stderr` with `file`
extern const Table<SignalSettings> kSignalsTable;  ///< `signals`
extern const Table<Notice> kNotifyTable;           ///< an entry of `notify`
extern const Table<Limits> kLimitsTable;           ///< `limits`
extern const Table<Restart> kRestartTable;         ///< `restart`
extern const std::span<const End> kInputEnds;
extern const std::span<const End> kOutputEnds;

}  // namespace pipectl
