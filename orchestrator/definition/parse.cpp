#include "orchestrator/definition/parse.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "orchestrator/definition/keys.hpp"
#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/toml_syntax.hpp"
#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kTopKeys[] = {"pipeline", "params", "env", "stage", "semaphores"};
constexpr std::string_view kPipelineKeys[] = {"name",  "description", "via",     "timeout",
                                              "grace", "strict",      "retries", "retry-delay",
                                              "lock",  "lock-wait",   "cwd"};
constexpr std::string_view kParameterKeys[] = {"help", "required", "default", "secret", "env"};

/// A parameter's name is one of a variable too, and may have dashes.
bool is_parameter_name(std::string_view name) {
    return is_name(name) && name.front() != '-' && (name.front() < '0' || name.front() > '9');
}

/// A default value, and how the file spells it; a date is the text that it is written as.
void read_default(Reader& reader, const Entry& entry, Parameter& parameter) {
    const toml::node& node = *entry.value;
    if (!node.is_string()) parameter.spelling = reader.spelling(node);
    if (node.is_date() || node.is_time() || node.is_date_time()) {
        parameter.default_value = parameter.spelling;
    } else {
        parameter.default_value = reader.scalar(entry);
    }
}

std::optional<Located<std::string>> read_variable(Reader& reader, const Entry& entry) {
    auto name = reader.text(entry, "the name of an environment variable");
    const Span where = span_of(*entry.value);
    if (!name) return std::nullopt;
    if (!is_variable_name(*name)) {
        reader.error(where, "'" + *name + "' is no name of an environment variable",
                     "a name has letters, digits and '_'");
        return std::nullopt;
    }
    return Located<std::string>{std::move(*name), where.place};
}

std::optional<Parameter> read_parameter(Reader& reader, const Entry& entry) {
    Parameter parameter;
    const Span where = span_of(*entry.key);
    parameter.name = {std::string(entry.name), where.place};
    const toml::table* table = entry.value->as_table();
    if (table == nullptr) {
        if (entry.value->is_array()) {
            reader.wrong_type(
                entry, "a default value or a table { help, required, default, secret, env }");
        } else {
            read_default(reader, entry, parameter);
        }
    } else {
        const Entry* required = nullptr;
        const std::vector<Entry> parts = entries_of(*table);
        for (const Entry& part : parts) {
            if (part.name == "help") {
                parameter.help = reader.text(part).value_or("");
            } else if (part.name == "required") {
                required = &part;
                parameter.required = reader.boolean(part).value_or(false);
            } else if (part.name == "secret") {
                parameter.secret = reader.boolean(part).value_or(true);
            } else if (part.name == "default") {
                read_default(reader, part, parameter);
            } else if (part.name == "env") {
                parameter.env = read_variable(reader, part);
            } else {
                reader.unknown_key(part, "a parameter", kParameterKeys);
            }
        }
        const bool has_default = table->get("default") != nullptr;
        if (parameter.required && has_default) {
            reader.error(span_of(*required->key), "'required' and 'default' exclude each other",
                         "a parameter with a default need not be set");
        } else if (required != nullptr && !parameter.required && !has_default) {
            reader.error(span_of(*required->key),
                         "a parameter that is not required needs 'default'");
        }
        parameter.required = !has_default;
    }
    if (!is_parameter_name(entry.name)) {
        reader.error(where, entry.quoted() + " is no name of a parameter",
                     "names begin with a letter or '_' and have " + std::string(kNameRule));
        return std::nullopt;
    }
    return parameter;
}

std::string default_pipeline_name(const std::string& source) {
    if (source.starts_with('<')) {
        return "stdin";
    }
    std::string name = source.substr(source.rfind('/') + 1);
    if (name.size() > 5 && name.ends_with(".toml")) {
        name.resize(name.size() - 5);
    }
    return name;
}

/// Reads a whole definition.
class Parser {
  public:
    Parser(const SourceText& source, ParseResult& result)
        : reader_(source, result.diagnostics), definition_(result.definition) {
        definition_.name = default_pipeline_name(source.name);
    }

    void read(const toml::table& top) {
        const std::vector<Entry> entries = entries_of(top);
        for (const Entry& entry : entries) {
            if (entry.name == "params") {
                read_parameters(entry);
            }
        }
        scope_.parameters = &parameter_names_;
        for (const Entry& entry : entries) {
            if (entry.name == "pipeline") {
                read_pipeline(entry);
            } else if (entry.name == "env") {
                definition_.env = read_environment(reader_, entry, scope_);
            } else if (entry.name == "stage") {
                read_stages(entry);
            } else if (entry.name == "semaphores") {
                refuse_semaphores(reader_, entry);
            } else if (entry.name != "params") {
                unknown_top_key(entry);
            }
        }
        if (top.get("stage") == nullptr) {
            reader_.error({{1, 1}, 1}, "there is no stage",
                          "each stage begins with [[stage]] and has run = [\"program\", ..]");
        }
        settle_names(reader_, definition_.stages);
        warn_of_unreadable_parameters();
    }

  private:
    void unknown_top_key(const Entry& entry) {
        std::string hint;
        const bool of_pipeline = std::find(std::begin(kPipelineKeys), std::end(kPipelineKeys),
                                           entry.name) != std::end(kPipelineKeys);
        if (of_pipeline) {
            hint = entry.quoted() + " belongs under [pipeline], or under a [[stage]]";
        } else if (!entry.value->is_table() && !entry.value->is_array_of_tables()) {
            hint = "keys of a stage belong under [[stage]]";
        }
        if (of_pipeline) {
            reader_.error(span_of(*entry.key), entry.quoted() + " stands outside of any table",
                          std::move(hint));
        } else {
            reader_.unknown_key(entry, "a definition", kTopKeys, std::move(hint));
        }
    }

    void read_parameters(const Entry& entry) {
        const toml::table* table = reader_.table(entry, "a table: [params]");
        if (table == nullptr) {
            return;
        }
        for (const Entry& part : entries_of(*table)) {
            if (auto parameter = read_parameter(reader_, part)) {
                definition_.parameters.push_back(std::move(*parameter));
            }
            parameter_names_.emplace_back(part.name);
        }
        std::sort(parameter_names_.begin(), parameter_names_.end());
    }

    void read_pipeline(const Entry& entry) {
        const toml::table* table = reader_.table(entry, "one table: [pipeline]");
        if (table == nullptr) {
            return;
        }
        for (const Entry& part : entries_of(*table)) {
            read_pipeline_key(part);
        }
        const auto needs = [&](const char* key, const char* other) {
            const auto found = table->find(key);
            if (found != table->end() && table->get(other) == nullptr) {
                reader_.error(span_of(found->first),
                              "'" + std::string(key) + "' needs '" + other + "'");
            }
        };
        needs("retry-delay", "retries");
        needs("lock-wait", "lock");
    }

    void read_pipeline_key(const Entry& part) {
        if (part.name == "name") {
            if (auto name = reader_.text(part)) {
                if (name->empty()) {
                    reader_.error(span_of(*part.value), "the pipeline's name is empty");
                } else {
                    definition_.name = std::move(*name);
                }
            }
        } else if (part.name == "description") {
            definition_.description = reader_.text(part).value_or("");
        } else if (part.name == "via") {
            definition_.via = read_via(reader_, part);
        } else if (part.name == "timeout") {
            definition_.timeout = reader_.duration(part);
            if (definition_.timeout && definition_.timeout->count() == 0) {
                reader_.error(span_of(*part.value), "'timeout' must be longer than 0",
                              "leave the key away for no limit");
            }
        } else if (part.name == "grace") {
            definition_.grace = reader_.duration(part).value_or(definition_.grace);
        } else if (part.name == "strict") {
            definition_.strict = reader_.boolean(part).value_or(true);
        } else if (part.name == "cwd") {
            definition_.cwd = read_template(reader_, part, scope_);
        } else if (part.name == "retries") {
            refuse_retries(reader_, part);
        } else if (part.name == "retry-delay") {
            refuse_retry_delay(reader_, part);
        } else if (part.name == "lock") {
            refuse_lock(reader_, part);
        } else if (part.name == "lock-wait") {
            refuse_lock_wait(reader_, part);
        } else {
            reader_.unknown_key(part, "[pipeline]", kPipelineKeys,
                                "keys of a stage belong under [[stage]]");
        }
    }

    void read_stages(const Entry& entry) {
        const toml::array* stages = entry.value->as_array();
        if (stages == nullptr) {
            Span where = span_of(*entry.key);
            reader_.error(where, "'[stage]' is one table, and stages are an array of them",
                          "each stage begins with [[stage]], in two brackets");
            return;
        }
        definition_.stages.reserve(stages->size());
        for (const toml::node& node : *stages) {
            if (const toml::table* table = node.as_table()) {
                definition_.stages.push_back(read_stage(reader_, *table, parameter_names_));
            } else {
                reader_.error(span_of(node), "a stage must be a table, not " + type_name(node),
                              "each stage begins with [[stage]]");
            }
        }
        if (stages->empty()) {
            reader_.error(span_of(*entry.value), "there is no stage");
        }
    }

    /// To a shell ${min-size} is the variable `min`, or else the text "size".
    void warn_of_unreadable_parameters() {
        std::unordered_set<std::string_view> named;
        for (const Stage& stage : definition_.stages) {
            for (const Template::Piece& piece : stage.shell.pieces) {
                add_dashed_variables(piece.value, named);
            }
        }
        for (const Parameter& parameter : definition_.parameters) {
            const std::string& name = parameter.name.value;
            if (named.contains(name)) {
                reader_.warning({parameter.name.place, static_cast<int>(name.size())},
                                "a 'shell' stage cannot read parameter '" + name +
                                    "': a variable's name has no '-'",
                                "use '_' instead");
            }
        }
    }

    /// What stands behind each '$' of a shell's text as if it were a name with '-' in it.
    static void add_dashed_variables(std::string_view text,
                                     std::unordered_set<std::string_view>& names) {
        for (std::size_t at = text.find('$'); at != std::string_view::npos;
             at = text.find('$', at + 1)) {
            std::string_view rest = text.substr(at + 1);
            if (rest.starts_with('{')) rest.remove_prefix(1);
            std::size_t size = 0;
            while (size < rest.size() && is_name(rest.substr(size, 1))) {
                ++size;
            }
            const std::string_view name = rest.substr(0, size);
            if (name.find('-') != std::string_view::npos) names.insert(name);
        }
    }

    Reader reader_;
    Definition& definition_;
    std::vector<std::string> parameter_names_;
    TemplateScope scope_;
};

}  // namespace

std::span<const std::string_view> top_keys() {
    return kTopKeys;
}

std::span<const std::string_view> pipeline_keys() {
    return kPipelineKeys;
}

std::span<const std::string_view> parameter_keys() {
    return kParameterKeys;
}

ParseResult parse_definition(const SourceText& source) {
    ParseResult result;
    if (auto unreadable = find_unreadable(source.text)) {
        result.diagnostics.push_back(std::move(*unreadable));
        result.readable = false;
        return result;
    }
    const toml::parse_result parsed = toml::parse(std::string_view(source.text));
    if (!parsed) {
        result.diagnostics.push_back(explain_syntax_error(source.text, parsed.error()));
        result.readable = false;
        return result;
    }
    Parser(source, result).read(parsed.table());
    return result;
}

}  // namespace pipectl
