#include "orchestrator/definition/write.hpp"

#include <unordered_set>

#include "orchestrator/definition/stage_names.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/definition/types.hpp"

namespace pipectl {

namespace {

std::unordered_set<std::string> stages_that_are_read(const Definition& definition) {
    std::unordered_set<std::string> names;
    const auto add = [&](const std::vector<Feed>& feeds) {
        for (const Feed& feed : feeds) {
            names.insert(feed.stage.value);
        }
    };
    for (const Stage& stage : definition.stages) {
        add(stage.from);
        for (const Notice& notice : stage.notify) {
            names.insert(notice.stage.value);
        }
        if (stage.talks_to) names.insert(stage.talks_to->stage.value);
        for (const InputPort& port : stage.inputs) {
            add(port.feeds);
        }
        for (const After& after : stage.after) {
            names.insert(after.stage.value);
        }
    }
    for (const PartPort& port : definition.ports) {
        names.insert(port.end.value.substr(0, port.end.value.find('.')));
    }
    for (const Test& test : definition.tests) {
        for (const Mock& mock : test.mocks) {
            names.insert(mock.stage.value);
        }
        for (const Expectation& each : test.expect) {
            if (each.what == Expectation::What::stage_verdict) names.insert(each.of);
        }
    }
    return names;
}

/// The names that have to be written; empty where the parser makes the same one by itself.
std::vector<std::string> names_to_write(const Definition& definition) {
    const std::unordered_set<std::string> read = stages_that_are_read(definition);
    std::vector<std::string> names;
    names.reserve(definition.stages.size());
    for (const Stage& stage : definition.stages) {
        names.push_back(read.contains(stage.name.value) ? stage.name.value : "");
    }
    // a name that is written takes itself away from those that are made, so that others change
    for (bool settled = false; !settled;) {
        settled = true;
        const std::vector<std::string> made = complete_names(definition.stages, names);
        for (std::size_t i = 0; i < made.size(); ++i) {
            const std::string& name = definition.stages[i].name.value;
            if (name.empty() || made[i] == name) continue;
            names[i] = name;
            settled = false;
        }
    }
    return names;
}

/// Control characters may not stand in a comment.
std::string comment(const std::string& line) {
    std::string text = line.starts_with('!') ? "# " : "#";
    for (const char c : line) {
        const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
        text += control ? ' ' : c;
    }
    return text + "\n";
}

class Writer {
  public:
    std::string run(const Definition& definition, const Comments& comments) {
        add_comments(comments.header);
        add_section("[pipeline]", toml_entries(kPipelineTable, definition));
        std::vector<std::string> lines;
        for (const Parameter& parameter : definition.parameters) {
            lines.push_back(toml_key(parameter.name.value) + " = " +
                            toml_table(toml_entries(kParameterTable, parameter)));
        }
        add_section("[params]", lines);
        lines.clear();
        for (const auto& [name, value] : definition.env) {
            lines.push_back(toml_key(name) + " = " + toml_template(value));
        }
        add_section("[env]", lines);
        add_section("[semaphores]", type::semaphore_entries(definition.semaphores));
        for (const SharedMemory& region : definition.shared) {
            add_section("[shared." + toml_key(region.name.value) + "]",
                        toml_entries(kSharedTable, region));
        }
        for (const HostSpec& host : definition.hosts) {
            add_section("[hosts." + toml_key(host.name.value) + "]",
                        toml_entries(kHostTable, host));
        }
        if (definition.for_each) {
            add_section("[for-each]", toml_entries(kForEachTable, *definition.for_each));
        }
        add_section("[ports]", type::port_entries(definition.ports));
        const std::vector<std::string> names = names_to_write(definition);
        for (std::size_t i = 0; i < definition.stages.size(); ++i) {
            add_blank();
            if (i < comments.stages.size()) add_comments(comments.stages[i]);
            Stage stage = definition.stages[i];
            stage.name.value = names[i];
            add_lines("[[stage]]", toml_entries(kStageTable, stage));
        }
        for (const Test& test : definition.tests) {
            add_blank();
            add_lines("[[test]]", toml_entries(kTestTable, test));
        }
        return std::move(text_);
    }

  private:
    void add_blank() {
        if (!text_.empty()) text_ += '\n';
    }
    void add_comments(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            text_ += comment(line);
        }
    }
    void add_lines(const std::string& header, const std::vector<std::string>& lines) {
        text_ += header + "\n";
        for (const std::string& line : lines) {
            text_ += line + "\n";
        }
    }
    void add_section(const std::string& header, const std::vector<std::string>& lines) {
        if (lines.empty()) return;
        add_blank();
        add_lines(header, lines);
    }

    std::string text_;
};

}  // namespace

std::string write_definition(const Definition& definition, const Comments& comments) {
    return Writer().run(definition, comments);
}

}  // namespace pipectl
