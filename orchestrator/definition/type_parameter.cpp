// Parameters, and the table of the pipeline as a whole.

#include <algorithm>
#include <utility>

#include "orchestrator/definition/parameter_value.hpp"
#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/schema.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// A parameter's name is one of a variable too, and may have dashes.
bool is_parameter_name(std::string_view name) {
    return is_name(name) && name.front() != '-' && (name.front() < '0' || name.front() > '9');
}

std::vector<std::string> read_texts(Reading& reading, const Entry& entry) {
    std::vector<std::string> texts;
    const auto elements = reading.reader.elements(entry, "an array of texts");
    for (const Entry& element : *elements) {
        if (auto text = reading.reader.text(element)) texts.push_back(std::move(*text));
    }
    return texts;
}

void read_glob(Reading& reading, const toml::table& table, Parameter& parameter) {
    for (const Entry& entry : entries_of(table)) {
        if (entry.name != "glob") {
            reading.reader.error(span_of(*entry.key),
                                 "a default as a table is { glob = \"in/*.log\" }");
            return;
        }
        auto pattern = reading.reader.text(entry, "a pattern such as \"in/*.log\"");
        if (pattern && pattern->empty()) {
            reading.reader.error(span_of(*entry.value), entry.quoted() + " is empty",
                                 "a pattern of files: { glob = \"in/*.log\" }");
        } else if (pattern) {
            parameter.default_glob = {std::move(*pattern), span_of(*entry.value).place};
        }
    }
    if (table.empty()) {
        reading.reader.error(span_of(table), "a default as a table is { glob = \"in/*.log\" }");
    }
}

std::optional<ParameterType> read_type(Reading& reading, const Entry& entry) {
    const auto name = reading.reader.text(entry, quoted_list(parameter_type_names()));
    if (!name) return std::nullopt;
    const std::vector<std::string>& names = parameter_type_names();
    const auto found = std::find(names.begin(), names.end(), *name);
    if (found == names.end()) {
        reading.reader.error(span_of(*entry.value), "'type' must be one of " + quoted_list(names) +
                                                        ", not '" + *name + "'" +
                                                        reading.reader.suggestion(*name, names));
        return std::nullopt;
    }
    return static_cast<ParameterType>(found - names.begin());
}

std::optional<std::vector<Scalar>> read_choices(Reading& reading, const Entry& entry) {
    const auto elements = reading.reader.elements(entry, "an array of values");
    if (!elements) return std::nullopt;
    if (elements->empty()) {
        reading.reader.error(span_of(*entry.value), "'choices' is empty: no value would be right");
        return std::nullopt;
    }
    std::vector<Scalar> choices;
    for (const Entry& element : *elements) {
        if (auto value = reading.reader.scalar(element)) choices.push_back(std::move(*value));
    }
    return choices;
}

std::optional<Scalar> read_bound(Reading& reading, const Entry& entry) {
    if (!entry.value->is_number()) {
        reading.reader.wrong_type(entry, "a number");
        return std::nullopt;
    }
    return reading.reader.scalar(entry);
}

/// A default, choices and bounds that exclude each other.
void check_values(Reader& reader, const toml::table& table, const Parameter& parameter) {
    const auto at = [&](const char* key) { return span_of(*table.get(key)); };
    const bool numbers =
        type_of(parameter) == ParameterType::integer || type_of(parameter) == ParameterType::number;
    if (!numbers && (parameter.min || parameter.max)) {
        reader.error(at(parameter.min ? "min" : "max"),
                     std::string(parameter.min ? "'min'" : "'max'") + " is for numbers",
                     "type = \"integer\" or \"number\"");
        return;
    }
    const bool plural = type_of(parameter) == ParameterType::list;
    if (table.get("default") != nullptr && has_default(parameter) && parameter.type &&
        plural != (parameter.default_list || parameter.default_glob)) {
        reader.error(at("default"), plural
                                        ? "the default of a list is an array or { glob = \"..\" }"
                                        : "a list is the default of type = \"list\" alone");
        return;
    }
    const auto check = [&](const std::string& value) {
        const std::string expected = value_mismatch(parameter, value);
        if (expected.empty()) return;
        reader.error(at("default"), "the default of '" + parameter.name.value + "' must be " +
                                        expected + ", not '" + (parameter.secret ? "***" : value) +
                                        "'");
    };
    if (parameter.default_value) check(default_text(parameter));
    if (parameter.default_list) {
        std::for_each(parameter.default_list->begin(), parameter.default_list->end(), check);
    }
}

void read_parameter_table(Reader& reader, const toml::table& table, Parameter& parameter) {
    Reading reading{reader, {}, {}};
    read_keys(reading, table, kParameterTable, parameter);
    if (const toml::node* secret = table.get("secret")) {
        // what cannot be read is no reason to show the value
        parameter.secret = secret->value_exact<bool>().value_or(true);
    }
    const auto required = table.find("required");
    const bool has_default = table.get("default") != nullptr;
    if (parameter.required && has_default) {
        reader.error(span_of(required->first), "'required' and 'default' exclude each other",
                     "a parameter with a default need not be set");
    } else if (required != table.end() && !parameter.required && !has_default) {
        reader.error(span_of(required->first), "a parameter that is not required needs 'default'");
    }
    parameter.required = !has_default;
    check_values(reader, table, parameter);
}

}  // namespace

std::optional<Parameter> read_parameter(Reader& reader, const Entry& entry) {
    Parameter parameter;
    const Span where = span_of(*entry.key);
    parameter.name = {std::string(entry.name), where.place};
    if (const toml::table* table = entry.value->as_table()) {
        read_parameter_table(reader, *table, parameter);
    } else {
        Reading reading{reader, {}, {}};
        type::read_default(reading, entry, parameter);
    }
    if (!is_parameter_name(entry.name)) {
        reader.error(where, entry.quoted() + " is no name of a parameter",
                     "names begin with a letter or '_' and have " + std::string(kNameRule));
        return std::nullopt;
    }
    return parameter;
}

namespace type {

const Type<ParameterType> kParameterType = {
    {.name = "`\"string\"`, `\"integer\"`, `\"number\"`, `\"boolean\"`, `\"path\"` or "
             "`\"list\"`",
     .schema = R"("enum":["string","integer","number","boolean","path","list"])"},
    read_type,
    [](const ParameterType& of, std::size_t /*column*/) {
        return toml_basic(parameter_type_names().at(static_cast<std::size_t>(of)));
    }};
const Type<std::vector<Scalar>> kChoices = {
    {"array of texts, numbers", R"("type":"array","minItems":1,"items":)"
                                R"({"type":["string","number","boolean"]})"},
    read_choices,
    [](const std::vector<Scalar>& all, std::size_t column) {
        std::vector<std::string> values;
        values.reserve(all.size());
        for (const Scalar& each : all) {
            values.push_back(toml_scalar(each));
        }
        return toml_array(values, column);
    }};
const Type<Scalar> kBound = {
    {"number", R"("type":"number")"}, read_bound, [](const Scalar& bound, std::size_t /*column*/) {
        return toml_scalar(bound);
    }};
const AnyType kDefault = {
    "text, number, true or false; array of texts; `{ glob = \"in/*.log\" }`",
    R"("anyOf":[{"type":["string","number","boolean"]},{"type":"array","items":{"type":"string"}},)"
    R"({"type":"object","required":["glob"],"properties":{"glob":{"type":"string"}},)"
    R"("additionalProperties":false}])"};

/// A default value, and how the file spells it; a date is the text that it is written as.
void read_default(Reading& reading, const Entry& entry, Parameter& parameter) {
    const toml::node& node = *entry.value;
    if (node.is_array()) {
        parameter.default_list = read_texts(reading, entry);
        return;
    }
    if (const toml::table* table = node.as_table()) {
        read_glob(reading, *table, parameter);
        return;
    }
    if (!node.is_string()) parameter.spelling = reading.reader.spelling(node);
    if (node.is_date() || node.is_time() || node.is_date_time()) {
        parameter.default_value = parameter.spelling;
    } else {
        parameter.default_value = reading.reader.scalar(entry);
    }
}

std::string write_default(const Parameter& parameter, std::size_t column) {
    if (parameter.default_glob) {
        return toml_table({"glob = " + toml_string(parameter.default_glob->value)});
    }
    if (parameter.default_list) {
        std::vector<std::string> values;
        for (const std::string& each : *parameter.default_list) {
            values.push_back(toml_string(each));
        }
        return toml_array(values, column);
    }
    if (!parameter.default_value) return {};
    return parameter.spelling.empty() ? toml_scalar(*parameter.default_value) : parameter.spelling;
}

const AnyType kPipeline = {
    .name = "table", .schema = R"("allOf":[@table])", .table = &kPipelineTable};
const AnyType kParameters = {
    .name = "table of parameters, each a default value or a table",
    .schema = R"("type":"object","propertyNames":{"pattern":"^[A-Za-z_][A-Za-z0-9_-]*$"},)"
              R"("additionalProperties":{"anyOf":[@part,{"type":"array","items":)"
              R"({"type":"string"}},@table]})",
    .part = &kScalar,
    .table = &kParameterTable};

}  // namespace type

}  // namespace pipectl
