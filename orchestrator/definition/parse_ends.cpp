// What stands at a stage's stdin, stdout and stderr when it is not an edge: files, texts, nothing.

#include <algorithm>
#include <utility>

#include "orchestrator/definition/keys.hpp"
#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/shell_looks.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kEndpointKinds[] = {"fifo", "listen", "connect", "mq", "sysv-mq", "shm"};

constexpr std::string_view kFromUser = "from-user";

bool is_endpoint(std::string_view key) {
    return std::find(std::begin(kEndpointKinds), std::end(kEndpointKinds), key) !=
           std::end(kEndpointKinds);
}

/// `from-user = "any"`. Nobody but the user can be at a name of shared memory.
bool read_from_user(Reader& reader, const Entry& endpoint, const Entry& entry) {
    const auto text = reader.text(entry, "\"any\"");
    if (text && *text != "any") {
        reader.error(span_of(*entry.value), "'from-user' can only be \"any\"",
                     "without it, only this user and root may be at the other side");
    } else if (text && endpoint.name == "shm") {
        reader.error(span_of(*entry.key), "'from-user' does not belong to 'shm'",
                     "only this user can be at the other side");
    }
    return text.has_value();
}

/// `{ listen = "tcp:127.0.0.1:9000" }`: a place outside the run.
std::optional<Endpoint> read_endpoint(Reader& reader, const Entry& entry,
                                      const std::vector<Entry>& parts, const TemplateScope& scope) {
    const auto text = reader.text(entry, "an address");
    if (!text) {
        return std::nullopt;
    }
    if (text->empty()) {
        reader.error(span_of(*entry.value), entry.quoted() + " is an empty address");
        return std::nullopt;
    }
    Endpoint endpoint{std::string(entry.name), read_template(reader, entry, *text, scope)};
    for (const Entry& part : parts) {
        if (part.name == kFromUser) endpoint.from_anybody = read_from_user(reader, entry, part);
    }
    return endpoint;
}

/// A path, which must not be empty, and not one of the words that people write for a stream.
std::optional<Template> read_path(Reader& reader, const Entry& entry, const TemplateScope& scope,
                                  std::string_view stream) {
    const auto text = reader.text(entry, "a path or a table");
    if (!text) {
        return std::nullopt;
    }
    const Span where = span_of(*entry.value);
    if (text->empty()) {
        reader.error(where, entry.quoted() + " is an empty path",
                     std::string(stream) + " = { null = true } is /dev/null");
        return std::nullopt;
    }
    if (*text == "-" || *text == "stdin" || *text == "stdout" || *text == "stderr") {
        reader.error(where, "'" + *text + "' would be a file of that name",
                     "pipectl's own stream: " + std::string(stream) +
                         " = { inherit = true }; a file: \"./" + *text + "\"");
        return std::nullopt;
    }
    if (*text == "null" || *text == "none") {
        reader.error(
            where, "'" + *text + "' would be a file of that name",
            "nothing: " + std::string(stream) + " = { null = true }; a file: \"./" + *text + "\"");
        return std::nullopt;
    }
    if (const auto look = shell_look_of_path(*text, stream)) {
        reader.warning(where, look->message, look->hint);
    }
    return read_template(reader, entry, *text, scope);
}

/// `key = true`. Says whether it was.
bool read_true(Reader& reader, const Entry& entry) {
    const auto flag = reader.boolean(entry);
    if (flag && !*flag) {
        reader.error(span_of(*entry.value), entry.quoted() + " can only be true",
                     "leave the key away instead");
    }
    return flag.value_or(false);
}

constexpr std::string_view kFileKeys[] = {"append", "atomic", "durable", "empty"};

bool belongs_to_file(const Entry& part) {
    return std::find(std::begin(kFileKeys), std::end(kFileKeys), part.name) != std::end(kFileKeys);
}

/// Which of the keys that exclude each other a table has; an error unless there is exactly one.
const Entry* the_one(Reader& reader, const Entry& entry, const std::vector<Entry>& parts,
                     std::span<const std::string_view> choices, const std::string& rule) {
    const Entry* chosen = nullptr;
    for (const Entry& part : parts) {
        const bool is_choice = is_endpoint(part.name) || std::find(choices.begin(), choices.end(),
                                                                   part.name) != choices.end();
        if (is_choice && chosen != nullptr) {
            reader.error(span_of(*part.key),
                         part.quoted() + " and " + chosen->quoted() + " exclude each other");
            return nullptr;
        }
        chosen = is_choice ? &part : chosen;
    }
    if (chosen == nullptr && std::none_of(parts.begin(), parts.end(), [](const Entry& part) {
            return !belongs_to_file(part) && part.name != kFromUser;
        })) {
        reader.error(span_of(*entry.value), entry.quoted() + " needs " + rule);
    }
    return chosen;
}

constexpr std::string_view kInputChoices[] = {"file", "text", "null", "inherit"};
constexpr std::string_view kInputKeys[] = {"file",    "text",   "null",    "inherit",
                                           "fifo",    "listen", "connect", "mq",
                                           "sysv-mq", "shm",    kFromUser};
constexpr std::string_view kOutputChoices[] = {"file", "null", "inherit"};
constexpr std::string_view kOutputKeys[] = {"file", "append",  "atomic", "durable", "empty",
                                            "null", "inherit", "fifo",   "listen",  "connect",
                                            "mq",   "sysv-mq", "shm",    kFromUser};

/// What becomes of an output into which nothing was written.
bool read_empty(Reader& reader, const Entry& entry) {
    const auto word = reader.text(entry);
    if (word && *word != "refuse" && *word != "keep") {
        reader.error(span_of(*entry.value), "'empty' must be \"refuse\" or \"keep\"",
                     "\"refuse\" fails a run that would replace the file with nothing");
    }
    return word == "refuse";
}

/// What is said of `atomic` by saying nothing: stderr is a log, which a failed run keeps.
std::optional<bool> usually_atomic(std::string_view stream) {
    return stream == "stderr" ? std::optional(false) : std::nullopt;
}

/// The table form of a file that is written.
OutputSpec read_file_output(Reader& reader, const std::vector<Entry>& parts, const Entry& file,
                            const TemplateScope& scope, std::string_view stream) {
    FileOutput output;
    output.atomic = usually_atomic(stream);
    const auto path = read_path(reader, file, scope, stream);
    for (const Entry& part : parts) {
        if (part.name == "append") {
            output.append = reader.boolean(part).value_or(false);
        } else if (part.name == "durable") {
            output.durable = reader.boolean(part).value_or(false);
        } else if (part.name == "atomic") {
            output.atomic = reader.boolean(part).value_or(true);
        } else if (part.name == "empty") {
            output.refuse_empty = read_empty(reader, part);
        }
    }
    if (!path) {
        return std::monostate{};
    }
    output.path = *path;
    return output;
}

}  // namespace

std::span<const std::string_view> input_keys() {
    return kInputKeys;
}

std::span<const std::string_view> output_keys() {
    return kOutputKeys;
}

void warn_of_path(Reader& reader, const Entry& entry, const std::string& path) {
    if (const auto look = shell_look_of_path(path, entry.name)) {
        reader.warning(span_of(*entry.value), look->message, look->hint);
    }
}

InputSpec read_input(Reader& reader, const Entry& entry, const TemplateScope& scope) {
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        auto path = read_path(reader, entry, scope, "stdin");
        return path ? InputSpec(FileInput{std::move(*path)}) : InputSpec();
    }
    const std::vector<Entry> parts = entries_of(*table);
    for (const Entry& part : parts) {
        if (std::find(std::begin(kInputKeys), std::end(kInputKeys), part.name) ==
            std::end(kInputKeys)) {
            reader.unknown_key(part, "'stdin'", kInputKeys);
        }
    }
    const Entry* one = the_one(reader, entry, parts, kInputChoices,
                               "a path, { text = \"..\" }, { null = true } or { inherit = true }");
    if (one == nullptr) {
        return std::monostate{};
    }
    if (one->name == "file") {
        auto path = read_path(reader, *one, scope, "stdin");
        return path ? InputSpec(FileInput{std::move(*path)}) : InputSpec();
    }
    if (one->name == "text") {
        auto text = read_template(reader, *one, scope);
        return text ? InputSpec(TextInput{std::move(*text)}) : InputSpec();
    }
    if (one->name == "null") {
        return read_true(reader, *one) ? InputSpec(Null{}) : InputSpec();
    }
    if (one->name == "inherit") {
        return read_true(reader, *one) ? InputSpec(Inherit{}) : InputSpec();
    }
    auto endpoint = read_endpoint(reader, *one, parts, scope);
    return endpoint ? InputSpec(std::move(*endpoint)) : InputSpec();
}

OutputSpec read_output(Reader& reader, const Entry& entry, const TemplateScope& scope) {
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        const auto* text = entry.value->as_string();
        if (entry.name == "stderr" && text != nullptr && text->get() == "stdout") {
            return JoinStdout{};
        }
        auto path = read_path(reader, entry, scope, entry.name);
        if (!path) {
            return std::monostate{};
        }
        FileOutput output;
        output.path = std::move(*path);
        output.atomic = usually_atomic(entry.name);
        return output;
    }
    const std::vector<Entry> parts = entries_of(*table);
    for (const Entry& part : parts) {
        if (std::find(std::begin(kOutputKeys), std::end(kOutputKeys), part.name) ==
            std::end(kOutputKeys)) {
            reader.unknown_key(part, entry.quoted(), kOutputKeys);
        }
    }
    const Entry* one = the_one(reader, entry, parts, kOutputChoices,
                               "a path, { file = \"..\" }, { null = true } or { inherit = true }");
    if (one == nullptr) {
        return std::monostate{};
    }
    if (one->name == "file") {
        return read_file_output(reader, parts, *one, scope, entry.name);
    }
    for (const Entry& part : parts) {
        if (belongs_to_file(part)) {
            reader.error(span_of(*part.key), part.quoted() + " belongs to 'file'");
        }
    }
    if (one->name == "null") {
        return read_true(reader, *one) ? OutputSpec(Null{}) : OutputSpec();
    }
    if (one->name == "inherit") {
        return read_true(reader, *one) ? OutputSpec(Inherit{}) : OutputSpec();
    }
    auto endpoint = read_endpoint(reader, *one, parts, scope);
    return endpoint ? OutputSpec(std::move(*endpoint)) : OutputSpec();
}

}  // namespace pipectl
