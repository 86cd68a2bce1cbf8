// Types of the language that have no parts.

#include <algorithm>
#include <cstdio>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/shell_looks.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl::type {

namespace {

using Text = std::optional<std::string>;
using Word = std::optional<Located<std::string>>;
using Milliseconds = std::chrono::milliseconds;

constexpr std::int64_t kLargestUser = 0xFFFF'FFFE;
constexpr unsigned kLargestMask = 0777;

std::string write_text(const std::string& text, std::size_t /*column*/) {
    return toml_string(text);
}

std::string write_word(const Located<std::string>& word, std::size_t /*column*/) {
    return toml_basic(word.value);
}

Text read_text(Reading& reading, const Entry& entry) {
    return reading.reader.text(entry);
}

Text read_pipeline_name(Reading& reading, const Entry& entry) {
    auto name = reading.reader.text(entry);
    if (name && name->empty()) {
        reading.reader.error(span_of(*entry.value), "the pipeline's name is empty");
        return std::nullopt;
    }
    return name;
}

Word read_stage_name(Reading& reading, const Entry& entry) {
    auto name = reading.reader.text(entry);
    const Span where = span_of(*entry.value);
    if (name && !is_name(*name)) {
        reading.reader.error(where, "'" + *name + "' is no name of a stage",
                             "names have " + std::string(kNameRule));
    }
    return name && !name->empty() ? Word({std::move(*name), where.place}) : std::nullopt;
}

std::optional<Milliseconds> read_timeout(Reading& reading, const Entry& entry) {
    const auto timeout = reading.reader.duration(entry);
    if (timeout && timeout->count() == 0) {
        reading.reader.error(span_of(*entry.value), entry.quoted() + " must be longer than 0",
                             "leave the key away for no limit");
        return std::nullopt;
    }
    return timeout;
}

std::string write_duration(const Milliseconds& duration, std::size_t /*column*/) {
    return toml_basic(duration_literal(duration));
}

std::string write_size(const std::uint64_t& size, std::size_t /*column*/) {
    return toml_basic(format_size(size));
}

Word read_variable(Reading& reading, const Entry& entry) {
    auto name = reading.reader.text(entry, "the name of an environment variable");
    const Span where = span_of(*entry.value);
    if (!name) return std::nullopt;
    if (!is_variable_name(*name)) {
        reading.reader.error(where, "'" + *name + "' is no name of an environment variable",
                             "a name has letters, digits and '_'");
        return std::nullopt;
    }
    return Word({std::move(*name), where.place});
}

std::optional<Template> read_folder(Reading& reading, const Entry& entry) {
    const auto text = reading.reader.text(entry, "the path of a folder");
    if (!text) return std::nullopt;
    const Span where = span_of(*entry.value);
    if (text->empty()) {
        reading.reader.error(where, entry.quoted() + " is an empty path");
        return std::nullopt;
    }
    if (const auto look = shell_look_of_path(*text, entry.name)) {
        reading.reader.warning(where, look->message, look->hint);
    }
    return read_template(reading.reader, entry, *text, reading.file);
}

std::string write_folder(const Template& folder, std::size_t /*column*/) {
    return toml_template(folder);
}

std::optional<Located<int>> read_nice(Reading& reading, const Entry& entry) {
    const auto nice = reading.reader.integer(entry, -20, 19);
    if (!nice) return std::nullopt;
    return Located<int>{static_cast<int>(*nice), span_of(*entry.value).place};
}

constexpr std::string_view kOctal = "write it in octal: \"022\" or 0o22";

std::optional<unsigned> read_number_mask(Reading& reading, const Entry& entry,
                                         const toml::value<std::int64_t>& number) {
    const std::int64_t mask = number.get();
    const bool octal =
        (number.flags() & toml::value_flags::format_as_octal) == toml::value_flags::format_as_octal;
    if ((octal || mask == 0) && mask >= 0 && mask <= kLargestMask) {
        return static_cast<unsigned>(mask);
    }
    reading.reader.error(span_of(*entry.value),
                         octal ? "'umask' must be from 0o0 to 0o777"
                               : "'umask' " + std::to_string(mask) + " is not in octal",
                         octal ? std::string() : std::string(kOctal));
    return std::nullopt;
}

std::optional<unsigned> read_mask(Reading& reading, const Entry& entry) {
    if (const auto* number = entry.value->as_integer()) {
        return read_number_mask(reading, entry, *number);
    }
    const auto text = reading.reader.text(entry, "a mask in octal such as \"022\"");
    if (!text) return std::nullopt;
    unsigned mask = 0;
    for (const char c : *text) {
        mask = c >= '0' && c <= '7' && mask <= kLargestMask ? mask * 8 + unsigned(c - '0')
                                                            : kLargestMask + 1;
    }
    if (text->empty() || mask > kLargestMask) {
        reading.reader.error(span_of(*entry.value),
                             "'umask' must be a mask from \"000\" to \"777\", not '" + *text + "'",
                             std::string(kOctal));
        return std::nullopt;
    }
    return mask;
}

std::string write_mask(const unsigned& mask, std::size_t /*column*/) {
    char octal[8];
    std::snprintf(octal, sizeof octal, "%03o", mask);
    return toml_basic(octal);
}

Word read_user(Reading& reading, const Entry& entry) {
    const Span where = span_of(*entry.value);
    if (entry.value->is_integer()) {
        const auto user = reading.reader.integer(entry, 0, kLargestUser);
        return user ? Word({std::to_string(*user), where.place}) : std::nullopt;
    }
    auto name = reading.reader.text(entry, "the name or number of a user");
    if (name && name->empty()) {
        reading.reader.error(where, "'user' is empty");
        return std::nullopt;
    }
    return name ? Word({std::move(*name), where.place}) : std::nullopt;
}

}  // namespace

const Type<std::string> kText = {{"text", R"("type":"string")"}, read_text, write_text};
const Type<std::string> kPipelineName = {
    {"text that is not empty", R"("type":"string","minLength":1)"}, read_pipeline_name, write_text};
const Type<Located<std::string>> kStageName = {
    {"letters, digits, `-`, `_`", R"("type":"string","pattern":"^[A-Za-z0-9_-]+$")"},
    read_stage_name,
    write_word};
const Type<bool> kBoolean = {
    {"true or false", R"("type":"boolean")"},
    [](Reading& reading, const Entry& entry) { return reading.reader.boolean(entry); },
    [](const bool& flag, std::size_t /*column*/) -> std::string {
        return flag ? "true" : "false";
    }};
const AnyType kTrue = {"true", R"("const":true)"};
const Type<Milliseconds> kDuration = {
    {.name = "duration",
     .make_schema = [](Schema&) -> std::string {
         // a fraction is in the last part only
         const std::string number = R"([0-9]+(\\.[0-9]+(?=[a-z]+$))?)";
         std::string parts;
         for (const char* unit : {"d", "h", "m", "s", "ms"}) {
             parts += "(" + number + unit + ")?";
         }
         return R"("type":"string","pattern":"^(0|(?=.))" + parts + ")$\"";
     }},
    [](Reading& reading, const Entry& entry) { return reading.reader.duration(entry); },
    write_duration};
const Type<Milliseconds> kTimeout = {{.name = "duration above 0",
                                      .schema = R"("allOf":[@part],"not":{"pattern":"^[0.a-z]*$"})",
                                      .part = &kDuration},
                                     read_timeout,
                                     write_duration};
const Type<std::uint64_t> kSize = {
    {"size", R"("anyOf":[{"type":"integer","minimum":0},{"type":"string","pattern":)"
             R"("^[0-9]+(\\.[0-9]+)?( ?(B|[kKmMgGtT]|kB|[MGT]B|[kKMGT]iB))?$"}])"},
    [](Reading& reading, const Entry& entry) { return reading.reader.size(entry); },
    write_size};
const AnyType kScalar = {"text, number or true, false; its type is the parameter's",
                         R"("type":["string","number","boolean"])"};
const Type<Located<std::string>> kVariable = {
    {"name of a variable", R"("type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$")"},
    read_variable,
    write_word};
const Type<Template> kFolder = {
    {"path of a folder", R"("type":"string","minLength":1)"}, read_folder, write_folder};
const Type<Located<int>> kNice = {
    {"-20 to 19", R"("type":"integer","minimum":-20,"maximum":19)"},
    read_nice,
    [](const Located<int>& nice, std::size_t /*column*/) { return std::to_string(nice.value); }};
const Type<unsigned> kMask = {{"mask in octal, `\"022\"` or `0o22`",
                               R"("anyOf":[{"type":"integer","minimum":0,"maximum":511},)"
                               R"({"type":"string","pattern":"^0*[0-7]{1,3}$"}])"},
                              read_mask,
                              write_mask};
const Type<Located<std::string>> kUser = {
    {"name or number of a user", R"("anyOf":[{"type":"integer","minimum":0,"maximum":4294967294},)"
                                 R"({"type":"string","minLength":1}])"},
    read_user,
    write_word};

SourcePlace place_of(const Entry& entry) {
    return span_of(*entry.value).place;
}

std::optional<bool> read_two_words(Reading& reading, const Entry& entry, const TwoWords& words) {
    const std::vector<std::string> both = {std::string(words.usual), std::string(words.other)};
    const auto given = reading.reader.text(entry, quoted_list(both));
    if (!given) return std::nullopt;
    if (std::find(both.begin(), both.end(), *given) == both.end()) {
        reading.reader.error(span_of(*entry.value),
                             entry.quoted() + " must be one of " + quoted_list(both) + ", not '" +
                                 *given + "'" + reading.reader.suggestion(*given, both));
        return std::nullopt;
    }
    return *given == words.other;
}

std::string two_words_schema(const TwoWords& words) {
    return "\"enum\":[" + json_quoted(words.usual) + "," + json_quoted(words.other) + "]";
}

}  // namespace pipectl::type
