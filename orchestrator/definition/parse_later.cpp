// What the definition language has and the program does not do yet: checked as the rest, and then
// refused, because a key that is silently ignored is a promise that is silently broken. Values that
// ask for nothing (`retries = 0`, `restart = "never"`, `replicas = 1`) are taken.

#include <algorithm>
#include <limits>

#include "orchestrator/definition/parse_parts.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::int64_t kLargestCount = 1'000'000;

constexpr std::string_view kRestartKeys[] = {"when", "max", "delay"};
constexpr std::string_view kLimitKeys[] = {"cpu", "memory", "files", "processes", "file-size"};
constexpr std::string_view kSemaphoreKeys[] = {"count", "scope"};

/// One of `words`, or an error.
std::optional<std::string> read_word(Reader& reader, const Entry& entry,
                                     const std::vector<std::string>& words) {
    auto word = reader.text(entry, quoted_list(words));
    if (word && std::find(words.begin(), words.end(), *word) == words.end()) {
        reader.error(span_of(*entry.value), entry.quoted() + " must be one of " +
                                                quoted_list(words) + ", not '" + *word + "'" +
                                                reader.suggestion(*word, words));
        return std::nullopt;
    }
    return word;
}

/// True when nothing that was wrong with the value has been reported since `before`.
class Watch {
  public:
    explicit Watch(const Reader& reader) : reader_(reader), before_(reader.errors()) {}
    [[nodiscard]] bool clean() const { return reader_.errors() == before_; }

  private:
    const Reader& reader_;
    std::size_t before_;
};

}  // namespace

void refuse_replicas(Reader& reader, const Entry& entry) {
    const Span where = span_of(*entry.key);
    const std::string hint = "several stages that read one with fan-out = \"deal\" share its lines";
    if (const auto* word = entry.value->as_string()) {
        if (word->get() == "cpus") {
            reader.not_yet(where, "'replicas'", hint);
        } else {
            reader.error(span_of(*entry.value),
                         "'replicas' must be a number or \"cpus\", not '" + word->get() + "'");
        }
        return;
    }
    const auto count = reader.integer(entry, 1, kLargestCount);
    if (count && *count > 1) {
        reader.not_yet(where, "'replicas'", hint);
    }
}

void refuse_order(Reader& reader, const Entry& entry) {
    if (read_word(reader, entry, {"any", "original"})) {
        reader.not_yet(span_of(*entry.key), "'order'");
    }
}

void refuse_after(Reader& reader, const Entry& entry) {
    reader.not_yet(span_of(*entry.key), "'after'",
                   "what feeds its stdin: from = \"stage\"; an order without data: "
                   "shell = \"first && second\"");
}

void refuse_needs(Reader& reader, const Entry& entry) {
    const Watch watch(reader);
    const auto elements = reader.elements(entry, "an array of names of semaphores");
    if (!elements || elements->empty()) {
        return;
    }
    for (const Entry& element : *elements) {
        const auto name = reader.text(element);
        if (name && !is_name(*name)) {
            reader.error(span_of(*element.value), "'" + *name + "' is no name of a semaphore",
                         "names have " + std::string(kNameRule));
        }
    }
    if (watch.clean()) {
        reader.not_yet(span_of(*entry.key), "'needs'",
                       "flock(1) in front of the command keeps others out");
    }
}

void refuse_restart(Reader& reader, const Entry& entry) {
    const std::vector<std::string> words = {"never", "on-failure", "always"};
    const Watch watch(reader);
    std::optional<std::string> when;
    if (const toml::table* table = entry.value->as_table()) {
        for (const Entry& part : entries_of(*table)) {
            if (part.name == "when") {
                when = read_word(reader, part, words);
            } else if (part.name == "max") {
                reader.integer(part, 0, kLargestCount);
            } else if (part.name == "delay") {
                reader.duration(part);
            } else {
                reader.unknown_key(part, "'restart'", kRestartKeys);
            }
        }
        if (table->get("when") == nullptr) {
            reader.error(span_of(*entry.value), "'restart' as a table needs 'when'");
        }
    } else {
        when = read_word(reader, entry, words);
    }
    if (watch.clean() && when != "never") {
        reader.not_yet(span_of(*entry.key), "'restart'",
                       "a loop in 'shell' can start a command again");
    }
}

void refuse_idle_timeout(Reader& reader, const Entry& entry) {
    if (reader.duration(entry)) {
        reader.not_yet(span_of(*entry.key), "'idle-timeout'",
                       "'timeout' bounds the whole time of the stage");
    }
}

void refuse_limits(Reader& reader, const Entry& entry) {
    const Watch watch(reader);
    const toml::table* table =
        reader.table(entry, "a table { cpu, memory, files, processes, file-size }");
    if (table == nullptr || table->empty()) {
        return;
    }
    for (const Entry& part : entries_of(*table)) {
        if (part.name == "cpu") {
            reader.duration(part);
        } else if (part.name == "memory" || part.name == "file-size") {
            reader.size(part);
        } else if (part.name == "files" || part.name == "processes") {
            reader.integer(part, 0, std::numeric_limits<std::int32_t>::max());
        } else {
            reader.unknown_key(part, "'limits'", kLimitKeys);
        }
    }
    if (watch.clean()) {
        reader.not_yet(span_of(*entry.key), "'limits'",
                       "'ulimit' in 'shell', or prlimit(1), sets them");
    }
}

void refuse_host(Reader& reader, const Entry& entry) {
    reader.error(span_of(*entry.key),
                 "'host' is reserved: every stage runs on the machine that pipectl runs on",
                 "for a command elsewhere: run = [\"ssh\", \"HOST\", \"COMMAND\"]");
}

void refuse_retries(Reader& reader, const Entry& entry) {
    const auto count = reader.integer(entry, 0, kLargestCount);
    if (count && *count > 0) {
        reader.not_yet(span_of(*entry.key), "'retries'");
    }
}

void refuse_retry_delay(Reader& reader, const Entry& entry) {
    reader.duration(entry);
}

void refuse_lock(Reader& reader, const Entry& entry) {
    const auto path = reader.text(entry, "the path of a lock file");
    if (path && path->empty()) {
        reader.error(span_of(*entry.value), "'lock' is an empty path");
    } else if (path) {
        reader.not_yet(span_of(*entry.key), "'lock'",
                       "flock " + quote_word(*path) + " pipectl run ... lets one run in at a time");
    }
}

void refuse_lock_wait(Reader& reader, const Entry& entry) {
    reader.duration(entry);
}

void refuse_semaphores(Reader& reader, const Entry& entry) {
    const Watch watch(reader);
    const toml::table* table = reader.table(entry, "a table of names and counts: gpu = 2");
    if (table == nullptr || table->empty()) {
        return;
    }
    for (const Entry& semaphore : entries_of(*table)) {
        if (!is_name(semaphore.name)) {
            reader.error(span_of(*semaphore.key), semaphore.quoted() + " is no name of a semaphore",
                         "names have " + std::string(kNameRule));
        }
        const toml::table* parts = semaphore.value->as_table();
        if (parts == nullptr) {
            reader.integer(semaphore, 1, kLargestCount);
            continue;
        }
        for (const Entry& part : entries_of(*parts)) {
            if (part.name == "count") {
                reader.integer(part, 1, kLargestCount);
            } else if (part.name == "scope") {
                read_word(reader, part, {"run", "user"});
            } else {
                reader.unknown_key(part, "a semaphore", kSemaphoreKeys);
            }
        }
    }
    if (watch.clean()) {
        reader.not_yet(span_of(*entry.key), "'[semaphores]'",
                       "flock(1) in front of a command keeps others out");
    }
}

}  // namespace pipectl
