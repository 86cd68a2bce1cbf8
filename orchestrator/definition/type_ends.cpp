// Types of what stands at a stage's stdin, stdout and stderr when it is not an edge: files, texts,
// nothing, places outside the run.

#include <algorithm>
#include <limits>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl::type {

namespace {

constexpr std::string_view kFromUser = "from-user";
constexpr std::string_view kRaw = "raw";
/// What stands beside it.
constexpr std::string_view kOfRaw[] = {"framing", "type", "priority", "count", "follow", "peek"};
constexpr std::int64_t kHighestPriority = 32767;
constexpr std::int64_t kLargestNumber = std::numeric_limits<std::int64_t>::max();
/// What people write for a stream, and a file of that name would be: "./stdin".
constexpr std::string_view kStreams[] = {"-", "stdin", "stdout", "stderr"};
constexpr std::string_view kNothing[] = {"null", "none"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<Template> read_path(Reading& reading, const Entry& entry) {
    const auto text = reading.reader.text(entry, "a path or a table");
    if (!text) return std::nullopt;
    const Span where = span_of(*entry.value);
    const std::string stream(reading.stream);
    if (text->empty()) {
        reading.reader.error(where, entry.quoted() + " is an empty path",
                             stream.empty() ? "" : stream + " = { null = true } is /dev/null");
        return std::nullopt;
    }
    const bool nothing = !stream.empty() && is_one_of(kNothing, *text);
    if (nothing || (!stream.empty() && is_one_of(kStreams, *text))) {
        reading.reader.error(where, "'" + *text + "' would be a file of that name",
                             (nothing ? "nothing: " : "pipectl's own stream: ") + stream +
                                 (nothing ? " = { null" : " = { inherit") +
                                 " = true }; a file: \"./" + *text + "\"");
        return std::nullopt;
    }
    if (const auto look = shell_look_of_path(*text, stream)) {
        reading.reader.warning(where, look->message, look->hint);
    }
    return read_template(reading.reader, entry, *text, reading.file);
}

std::string write_path(const Template& path, std::size_t /*column*/) {
    std::string text = template_text(path);
    if (is_one_of(kStreams, text) || is_one_of(kNothing, text)) text.insert(0, "./");
    return toml_string(text);
}

/// What becomes of an output into which nothing was written.
std::optional<bool> read_empty(Reading& reading, const Entry& entry) {
    const auto word = reading.reader.text(entry);
    if (!word) return std::nullopt;
    if (*word != "refuse" && *word != "keep") {
        reading.reader.error(span_of(*entry.value), "'empty' must be \"refuse\" or \"keep\"",
                             "\"refuse\" fails a run that would replace the file with nothing");
        return std::nullopt;
    }
    return *word == "refuse";
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

/// `from-user = "any"`.
bool read_anybody(Reader& reader, const Entry& entry) {
    const auto text = reader.text(entry, "\"any\"");
    if (text && *text != "any") {
        reader.error(span_of(*entry.value), "'from-user' can only be \"any\"",
                     "without it, only this user and root may be at the other side");
    }
    return text.has_value();
}

/// `framing = "length"`.
bool read_framing(Reader& reader, const Entry& entry) {
    const auto text = reader.text(entry, "\"line\" or \"length\"");
    if (text && *text != "line" && *text != "length") {
        reader.error(span_of(*entry.value), "'framing' must be \"line\" or \"length\"",
                     "a message is a line, or stands behind its length of 4 bytes");
    }
    return text == "length";
}

/// A number that the field takes; the schema says the same bounds.
template <class Number>
void read_number(Reader& reader, const Entry& entry, std::int64_t low, std::int64_t high,
                 std::optional<Number>& number) {
    if (const auto read = reader.integer(entry, low, high)) number = static_cast<Number>(*read);
}

/// One of `kOfRaw`. `sends`: a type is then a message's own.
void read_of_raw(Reader& reader, const Entry& part, bool sends, RawMessages& raw) {
    if (part.name == "framing") raw.with_length = read_framing(reader, part);
    if (part.name == "type") {
        read_number(reader, part, sends ? 1 : -kLargestNumber, kLargestNumber, raw.type);
    }
    if (part.name == "priority") read_number(reader, part, 0, kHighestPriority, raw.priority);
    if (part.name == "count") read_number(reader, part, 1, kLargestNumber, raw.count);
    if (part.name == "follow") raw.follow = read_true(reader, part);
    if (part.name == "peek") raw.peek = read_true(reader, part);
}

/// `raw = true` and what stands beside it; nothing without.
std::optional<RawMessages> read_raw(Reading& reading, const std::vector<Entry>& parts) {
    RawMessages raw;
    bool is_raw = false;
    const Entry* needs_it = nullptr;
    for (const Entry& part : parts) {
        if (part.name == kRaw) is_raw = read_true(reading.reader, part);
        if (!is_one_of(kOfRaw, part.name)) continue;
        needs_it = &part;
        read_of_raw(reading.reader, part, reading.stream != "stdin", raw);
    }
    if (!is_raw && needs_it != nullptr) {
        reading.reader.error(span_of(*needs_it->key), needs_it->quoted() + " needs raw = true",
                             "it is about messages of programs that know nothing of pipectl");
    }
    if (raw.follow && (raw.count || raw.peek)) {
        reading.reader.error(span_of(*needs_it->key), "'follow' excludes 'count' and 'peek'",
                             "it goes on until the run ends");
    }
    return is_raw ? std::optional(raw) : std::nullopt;
}

/// `{ listen = "tcp:127.0.0.1:9000" }`: a place outside the run.
std::optional<Endpoint> read_endpoint(Reading& reading, const Entry& entry,
                                      const std::vector<Entry>& parts) {
    const auto text = reading.reader.text(entry, "an address");
    if (!text) return std::nullopt;
    if (text->empty()) {
        reading.reader.error(span_of(*entry.value), entry.quoted() + " is an empty address");
        return std::nullopt;
    }
    Endpoint endpoint{std::string(entry.name),
                      read_template(reading.reader, entry, *text, reading.file)};
    for (const Entry& part : parts) {
        if (part.name == kFromUser) endpoint.from_anybody = read_anybody(reading.reader, part);
    }
    endpoint.raw = read_raw(reading, parts);
    return endpoint;
}

const End* find_end(std::span<const End> ends, std::string_view name) {
    const auto found = std::find_if(ends.begin(), ends.end(),
                                    [&](const End& end) { return end.key->name == name; });
    return found == ends.end() ? nullptr : &*found;
}

bool stands_beside(const End& end, std::string_view name) {
    return std::any_of(end.beside.begin(), end.beside.end(),
                       [&](const Key& key) { return key.name == name; });
}

/// A key that stands beside an end to which it does not belong.
void refuse_beside(Reader& reader, const Entry& part, const Entry& chosen) {
    if (part.name == kFromUser) {
        const bool own = chosen.name == "shm";
        reader.error(span_of(*part.key),
                     "'from-user' does not belong to '" + std::string(chosen.name) + "'",
                     own ? "only this user can be at the other side" : "");
    } else if (part.name == kRaw || is_one_of(kOfRaw, part.name)) {
        reader.error(span_of(*part.key), part.quoted() + " does not belong to " + chosen.quoted());
    } else {
        reader.error(span_of(*part.key), part.quoted() + " belongs to 'file'");
    }
}

/// Which end a table says; an error unless there is exactly one, and what belongs to it.
const Entry* the_end(Reader& reader, const Entry& entry, const std::vector<Entry>& parts,
                     std::span<const End> ends, const std::string& rule) {
    const std::string where = entry.quoted();
    const std::vector<Key> keys = keys_of(ends);
    const AnyTable all{where, {}, {}, keys};
    const Entry* chosen = nullptr;
    bool only_beside = true;
    for (const Entry& part : parts) {
        if (find_end(ends, part.name) == nullptr) {
            const bool beside = find_key(all, part.name) != nullptr;
            if (!beside) refuse_key(reader, part, all);
            only_beside = only_beside && beside;
        } else if (chosen != nullptr) {
            reader.error(span_of(*part.key),
                         part.quoted() + " and " + chosen->quoted() + " exclude each other");
            return nullptr;
        } else {
            chosen = &part;
        }
    }
    if (chosen == nullptr) {
        if (only_beside) reader.error(span_of(*entry.value), entry.quoted() + " needs " + rule);
        return nullptr;
    }
    const End& end = *find_end(ends, chosen->name);
    if (end.needs_raw &&
        std::ranges::none_of(parts, [](const Entry& part) { return part.name == kRaw; })) {
        reader.error(span_of(*chosen->key), chosen->quoted() + " needs raw = true",
                     "what programs send there that know nothing of pipectl is meant");
    }
    for (const Entry& part : parts) {
        if (&part != chosen && find_key(all, part.name) != nullptr &&
            !stands_beside(end, part.name)) {
            refuse_beside(reader, part, *chosen);
        }
    }
    return chosen;
}

/// What is the same for both directions; nothing for what is of one alone.
template <class Spec>
Spec read_end(Reading& reading, const Entry& end, const std::vector<Entry>& parts) {
    if (end.name == "null") return read_true(reading.reader, end) ? Spec(Null{}) : Spec();
    if (end.name == "inherit") return read_true(reading.reader, end) ? Spec(Inherit{}) : Spec();
    auto endpoint = read_endpoint(reading, end, parts);
    return endpoint ? Spec(std::move(*endpoint)) : Spec();
}

std::optional<InputSpec> read_input(Reading& outer, const Entry& entry) {
    Reading reading = outer;
    reading.stream = entry.name;
    const toml::table* table = entry.value->as_table();
    const std::vector<Entry> parts = table != nullptr ? entries_of(*table) : std::vector<Entry>();
    const Entry* end = &entry;
    if (table != nullptr) {
        end = the_end(reading.reader, entry, parts, kInputEnds,
                      "a path, { text = \"..\" }, { null = true } or { inherit = true }");
    }
    if (end == nullptr) return std::nullopt;
    if (table == nullptr || end->name == "file") {
        auto path = read_path(reading, *end);
        return path ? InputSpec(FileInput{std::move(*path)}) : InputSpec();
    }
    if (end->name == "text") {
        auto text = read_template(reading.reader, *end, reading.file);
        return text ? InputSpec(TextInput{std::move(*text)}) : InputSpec();
    }
    return read_end<InputSpec>(reading, *end, parts);
}

std::optional<OutputSpec> read_output(Reading& outer, const Entry& entry) {
    Reading reading = outer;
    reading.stream = entry.name;
    const toml::table* table = entry.value->as_table();
    FileOutput output;
    // stderr is a log, which a failed run keeps
    if (entry.name == "stderr") output.atomic = false;
    if (table == nullptr) {
        const auto* text = entry.value->as_string();
        if (entry.name == "stderr" && text != nullptr && text->get() == "stdout") {
            return JoinStdout{};
        }
        auto path = read_path(reading, entry);
        if (!path) return std::nullopt;
        output.path = std::move(*path);
        return output;
    }
    const std::vector<Entry> parts = entries_of(*table);
    const Entry* end = the_end(reading.reader, entry, parts, kOutputEnds,
                               "a path, { file = \"..\" }, { null = true } or { inherit = true }");
    if (end == nullptr) return std::nullopt;
    if (end->name != "file") return read_end<OutputSpec>(reading, *end, parts);
    for (const Entry& part : parts) {
        read_key(reading, part, kFileOutputTable, output);
    }
    return output.path.pieces.empty() ? OutputSpec() : OutputSpec(std::move(output));
}

void write_raw(const RawMessages& raw, std::vector<std::string>& entries) {
    entries.emplace_back("raw = true");
    if (raw.with_length) entries.emplace_back("framing = \"length\"");
    if (raw.type) entries.push_back("type = " + std::to_string(*raw.type));
    if (raw.priority) entries.push_back("priority = " + std::to_string(*raw.priority));
    if (raw.count) entries.push_back("count = " + std::to_string(*raw.count));
    if (raw.follow) entries.emplace_back("follow = true");
    if (raw.peek) entries.emplace_back("peek = true");
}

/// `{ fifo = "..", from-user = "any" }`, and what has no parts.
template <class Spec>
std::string write_end(const Spec& spec) {
    if (std::holds_alternative<Null>(spec)) return "{ null = true }";
    const auto* endpoint = std::get_if<Endpoint>(&spec);
    if (endpoint == nullptr) return "{ inherit = true }";
    std::vector<std::string> entries = {endpoint->kind + " = " + toml_template(endpoint->address)};
    if (endpoint->from_anybody) entries.push_back(std::string(kFromUser) + " = \"any\"");
    if (endpoint->raw) write_raw(*endpoint->raw, entries);
    return toml_table(entries);
}

std::string write_input(const InputSpec& in, std::size_t column) {
    if (const auto* file = std::get_if<FileInput>(&in)) return write_path(file->path, column);
    if (const auto* text = std::get_if<TextInput>(&in)) {
        return "{ text = " + toml_template(text->text) + " }";
    }
    return write_end(in);
}

std::string write_output(const OutputSpec& out, std::size_t column) {
    if (std::holds_alternative<JoinStdout>(out)) return "\"stdout\"";
    const auto* file = std::get_if<FileOutput>(&out);
    if (file == nullptr) return write_end(out);
    const auto entries = toml_entries(kFileOutputTable, *file, column);
    return entries.size() == 1 ? write_path(file->path, column) : toml_table(entries);
}

/// What is said of `atomic` by saying nothing is another thing for a log.
std::string write_error_output(const OutputSpec& out, std::size_t column) {
    const auto* file = std::get_if<FileOutput>(&out);
    if (file == nullptr || file->atomic != false) return write_output(out, column);
    FileOutput log = *file;
    log.atomic.reset();
    return write_output(log, column);
}

/// Between the keys of an end.
std::string end_rules(const End& end) {
    std::string rules = "\"required\":[\"" + std::string(end.key->name) + "\"" +
                        (end.needs_raw ? ",\"raw\"" : "") + "]";
    std::string needs;
    for (const Key& key : end.beside) {
        if (!is_one_of(kOfRaw, key.name)) continue;
        needs += (needs.empty() ? "" : ",") + std::string("\"").append(key.name) + "\":[\"raw\"]";
    }
    if (!needs.empty()) rules += ",\"dependencies\":{" + needs + "}";
    if (stands_beside(end, "follow")) {
        rules += R"(,"not":{"anyOf":[{"required":["follow","count"]},)"
                 R"({"required":["follow","peek"]}]})";
    }
    return rules;
}

std::string ends_schema(Schema& schema, std::span<const End> ends) {
    std::string text = "\"anyOf\":[" + schema.value(kPath);
    for (const End& end : ends) {
        std::vector<Key> keys = {*end.key};
        keys.insert(keys.end(), end.beside.begin(), end.beside.end());
        text += ",{" + schema.object(keys, end_rules(end)) + "}";
    }
    return text + "]";
}

}  // namespace

const Type<InputSpec> kInput = {
    {.name = "path, or a table that says what is read",
     .make_schema = [](Schema& schema) { return ends_schema(schema, kInputEnds); }},
    read_input,
    write_input};
const Type<OutputSpec> kOutput = {
    {.name = "path, or a table that says where it goes",
     .make_schema = [](Schema& schema) { return ends_schema(schema, kOutputEnds); },
     .shared_as = "output"},
    read_output,
    write_output};
const Type<OutputSpec> kErrorOutput = {{.name = "as `stdout`, or `\"stdout\"`, which joins the two",
                                        .schema = R"("anyOf":[{"const":"stdout"},@part])",
                                        .part = &kOutput},
                                       read_output,
                                       write_error_output};
const Type<Template> kPath = {{"path", R"("type":"string","minLength":1,"not":{"enum":)"
                                       R"(["-","stdin","stdout","stderr","null","none"]})"},
                              read_path,
                              write_path};
const Type<bool> kEmpty = {{"`\"refuse\"` or `\"keep\"`", R"("enum":["refuse","keep"])"},
                           read_empty,
                           [](const bool& refuse, std::size_t /*column*/) -> std::string {
                               return refuse ? "\"refuse\"" : "\"keep\"";
                           }};
const AnyType kTextInput = {"text", R"("type":"string")"};
const AnyType kAddress = {"address", R"("type":"string","minLength":1)"};
const AnyType kAnybody = {"`\"any\"`", R"("const":"any")"};
const AnyType kRawFraming = {"`\"line\"` or `\"length\"`", R"("enum":["line","length"])"};
const AnyType kMessageType = {"number from 1", R"("type":"integer","minimum":1)"};
const AnyType kAnyMessageType = {"number", R"("type":"integer")"};
const AnyType kMessagePriority = {"0 to 32767", R"("type":"integer","minimum":0,"maximum":32767)"};
const AnyType kMessageCount = {"number from 1", R"("type":"integer","minimum":1)"};

}  // namespace pipectl::type
