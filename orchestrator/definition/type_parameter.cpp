// Parameters, and the table of the pipeline as a whole.

#include <utility>

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
}

}  // namespace

std::optional<Parameter> read_parameter(Reader& reader, const Entry& entry) {
    Parameter parameter;
    const Span where = span_of(*entry.key);
    parameter.name = {std::string(entry.name), where.place};
    if (const toml::table* table = entry.value->as_table()) {
        read_parameter_table(reader, *table, parameter);
    } else if (entry.value->is_array()) {
        reader.wrong_type(entry,
                          "a default value or a table { help, required, default, secret, env }");
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

/// A default value, and how the file spells it; a date is the text that it is written as.
void read_default(Reading& reading, const Entry& entry, Parameter& parameter) {
    const toml::node& node = *entry.value;
    if (!node.is_string()) parameter.spelling = reading.reader.spelling(node);
    if (node.is_date() || node.is_time() || node.is_date_time()) {
        parameter.default_value = parameter.spelling;
    } else {
        parameter.default_value = reading.reader.scalar(entry);
    }
}

std::string write_default(const Parameter& parameter, std::size_t /*column*/) {
    if (!parameter.default_value) return {};
    return parameter.spelling.empty() ? toml_scalar(*parameter.default_value) : parameter.spelling;
}

const AnyType kPipeline = {
    .name = "table", .schema = R"("allOf":[@table])", .table = &kPipelineTable};
const AnyType kParameters = {
    .name = "table of parameters, each a default value or a table",
    .schema = R"("type":"object","propertyNames":{"pattern":"^[A-Za-z_][A-Za-z0-9_-]*$"},)"
              R"("additionalProperties":{"anyOf":[@part,@table]})",
    .part = &kScalar,
    .table = &kParameterTable};

}  // namespace type

}  // namespace pipectl
