#include "orchestrator/definition/parse.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "orchestrator/definition/parse_parts.hpp"
#include "orchestrator/definition/stage_names.hpp"
#include "orchestrator/definition/toml_syntax.hpp"
#include "orchestrator/definition/types.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

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
    Parser(const SourceText& source, int file, ParseResult& result)
        : reader_(source, result.diagnostics),
          beginning_{{1, 1, file}, 1},
          definition_(result.definition) {
        definition_.name = default_pipeline_name(source.name);
    }

    void read(const toml::table& top) {
        const std::vector<Entry> entries = entries_of(top);
        for (const Entry& entry : entries) {
            if (entry.name == "params") read_parameters(entry);
        }
        const TemplateScope scope{&parameter_names_, nullptr, nullptr, nullptr};
        for (const Entry& entry : entries) {
            if (entry.name == "for-each") read_each(entry, scope);
        }
        for (const Entry& entry : entries) {
            if (entry.name != "shared") continue;
            definition_.shared = read_shared(reader_, entry, scope);
            for (const SharedMemory& region : definition_.shared) {
                shared_names_.push_back(region.name.value);
            }
            std::sort(shared_names_.begin(), shared_names_.end());
        }
        Reading reading{reader_, scope, scope};
        for (const Entry& entry : entries) {
            if (entry.name == "pipeline") {
                if (const toml::table* table = reader_.table(entry, "one table: [pipeline]")) {
                    read_keys(reading, *table, kPipelineTable, definition_);
                }
            } else if (entry.name == "env") {
                auto environment = type::kEnvironment.read(reading, entry);
                if (environment) definition_.env = std::move(*environment);
            } else if (entry.name == "semaphores") {
                auto semaphores = type::read_semaphores(reading, entry);
                if (semaphores) definition_.semaphores = std::move(*semaphores);
            } else if (entry.name == "stage") {
                read_stages(entry);
            } else if (entry.name == "hosts") {
                definition_.hosts = read_hosts(reader_, entry, scope);
            } else if (entry.name == "ports") {
                definition_.ports = read_ports(reader_, entry);
            } else if (entry.name == "test") {
                definition_.tests = read_tests(reader_, entry);
            } else if (entry.name != "params" && entry.name != "shared" &&
                       entry.name != "for-each") {
                unknown_top_key(entry);
            }
        }
        if (top.get("stage") == nullptr) {
            reader_.error(beginning_, "there is no stage",
                          "each stage begins with [[stage]] and has run = [\"program\", ..]");
        }
        settle_names(reader_, definition_.stages);
        warn_of_unreadable_parameters();
    }

    void read_site(const toml::table& top) {
        const std::vector<std::string> none;
        const TemplateScope scope{&none, nullptr, nullptr, nullptr};
        for (const Entry& entry : entries_of(top)) {
            if (entry.name == "hosts") {
                definition_.hosts = read_hosts(reader_, entry, scope);
            } else {
                reader_.error(span_of(*entry.key), "a file of hosts has no " + entry.quoted(),
                              "it has tables [hosts.NAME], and nothing else");
            }
        }
        if (top.empty()) {
            reader_.error(beginning_, "there is no host",
                          "each is a table: [hosts.NAME] with ssh = \"node1\"");
        }
    }

  private:
    void unknown_top_key(const Entry& entry) {
        if (find_key(kPipelineTable, entry.name) != nullptr) {
            reader_.error(span_of(*entry.key), entry.quoted() + " stands outside of any table",
                          entry.quoted() + " belongs under [pipeline], or under a [[stage]]");
            return;
        }
        const bool table = entry.value->is_table() || entry.value->is_array_of_tables();
        refuse_key(reader_, entry, kFileTable,
                   table ? "" : "keys of a stage belong under [[stage]]");
    }

    void read_parameters(const Entry& entry) {
        const toml::table* table = reader_.table(entry, "a table: [params]");
        if (table == nullptr) return;
        for (const Entry& part : entries_of(*table)) {
            if (auto parameter = read_parameter(reader_, part)) {
                definition_.parameters.push_back(std::move(*parameter));
            }
            parameter_names_.emplace_back(part.name);
        }
        std::sort(parameter_names_.begin(), parameter_names_.end());
    }

    /// Its variables are parameters to all that follows.
    void read_each(const Entry& entry, const TemplateScope& scope) {
        definition_.for_each = read_for_each(reader_, entry, scope);
        if (!definition_.for_each) return;
        for (const Each& each : definition_.for_each->each) {
            const std::string& name = each.name.value;
            if (std::binary_search(parameter_names_.begin(), parameter_names_.end(), name)) {
                reader_.error(
                    {each.name.place, static_cast<int>(name.size())},
                    "'" + name + "' is a parameter already",
                    "each = { other-name = { param = \"" + name + "\" } } takes its values");
            }
        }
        for (const Each& each : definition_.for_each->each) {
            parameter_names_.push_back(each.name.value);
        }
        std::sort(parameter_names_.begin(), parameter_names_.end());
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
                definition_.stages.push_back(
                    read_stage(reader_, *table, parameter_names_, shared_names_));
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
    Span beginning_;  ///< of the text
    Definition& definition_;
    std::vector<std::string> parameter_names_;
    std::vector<std::string> shared_names_;
};

}  // namespace

namespace {

ParseResult parse_text(const SourceText& source, int file,
                       void (Parser::*read)(const toml::table&)) {
    ParseResult result;
    if (auto unreadable = find_unreadable(source.text)) {
        unreadable->place.file = file;
        result.diagnostics.push_back(std::move(*unreadable));
        result.readable = false;
        return result;
    }
    const toml::parse_result parsed =
        file == 0 ? toml::parse(std::string_view(source.text))
                  : toml::parse(std::string_view(source.text), std::to_string(file));
    if (!parsed) {
        result.diagnostics.push_back(explain_syntax_error(source.text, parsed.error()));
        result.diagnostics.back().place.file = file;
        result.readable = false;
        return result;
    }
    Parser parser(source, file, result);
    (parser.*read)(parsed.table());
    return result;
}

}  // namespace

ParseResult parse_definition(const SourceText& source, int file) {
    return parse_text(source, file, &Parser::read);
}

ParseResult parse_hosts(const SourceText& source, int file) {
    return parse_text(source, file, &Parser::read_site);
}

}  // namespace pipectl
