#include "orchestrator/cli/recording_text.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/definition/write.hpp"
#include "orchestrator/json/json_value.hpp"
#include "stages/base/json.hpp"

namespace pipectl {

namespace {

/// What parse_definition() reads as the same definition, but for the values of secrets: these are
/// to be set, which those of a part cannot be.
std::string text_without_secrets(Definition definition, bool part) {
    for (Parameter& parameter : definition.parameters) {
        if (!parameter.secret || !parameter.default_value) continue;
        parameter.spelling.clear();
        if (part) {
            parameter.default_value = std::string("***");
        } else {
            parameter.default_value.reset();
            parameter.required = true;
        }
    }
    return write_definition(definition);
}

/// As it was before parts came into their places; these stand beside it.
Definition written_definition(const SourceText& source) {
    return parse_definition({source.name, source.text}).definition;
}

void write_parts(JsonWriter& json, const SourceText& source, const Secrets& secrets) {
    json.key("parts").begin_object();
    for (const auto& [file, text] : texts_of_parts(source)) {
        const Definition part = parse_definition({file, text}).definition;
        json.member(file, secrets.masked(text_without_secrets(part, true)));
    }
    json.end_object();
}

bool is_secret(const Definition& definition, const std::string& name) {
    return std::ranges::any_of(definition.parameters, [&](const Parameter& each) {
        return each.secret && each.name.value == name;
    });
}

void write_environment(JsonWriter& json, const Secrets& secrets) {
    std::vector<std::string> kept;
    std::vector<std::string> left_out;
    for (const std::string& entry : environment_entries()) {
        if (secrets.masked(entry) == entry) {
            kept.push_back(entry);
        } else {
            left_out.push_back(entry.substr(0, entry.find('=')));
        }
    }
    json.member("environment", kept);
    json.member("left_out", left_out);
}

std::vector<std::string> texts_in(const JsonValue& value, const char* name) {
    std::vector<std::string> texts;
    for (const JsonValue& each : value.at(name).elements()) {
        texts.push_back(each.text());
    }
    return texts;
}

}  // namespace

std::string render_recorded_run(const Loaded& loaded) {
    const Plan& plan = loaded.plan;
    JsonWriter json;
    json.begin_object();
    json.member("version", 1);
    json.member("pipeline", plan.name);
    json.member("source", plan.source);
    const bool parts = !texts_of_parts(loaded.source).empty();
    const Definition written = parts ? written_definition(loaded.source) : loaded.definition;
    json.member("definition", plan.secrets.masked(text_without_secrets(written, false)));
    if (parts) write_parts(json, loaded.source, plan.secrets);
    json.member("cwd", std::filesystem::current_path().string());
    json.key("params").begin_object();
    for (const auto& [name, value] : plan.params) {
        const bool of_part = name.find('/') != std::string::npos;
        if (of_part || is_secret(loaded.definition, name)) continue;
        json.member(name, plan.secrets.masked(value));
    }
    json.end_object();
    write_environment(json, plan.secrets);
    json.key("edges").begin_array();
    for (const std::vector<Edge>* const edges : {&plan.edges, &plan.outside}) {
        for (const Edge& edge : *edges) {
            json.begin_object();
            json.member("from", edge.from);
            json.member("to", edge.to);
            json.member("via", edge.via);
            json.end_object();
        }
    }
    json.end_array();
    json.end_object();
    return json.take();
}

RecordedRun read_recorded_run(const std::string& text) {
    const JsonDocument document = parse_json(text);
    const JsonValue head(*document, "");
    if (head.at("version").whole(1) != 1) head.at("version").refuse("of another pipectl");
    RecordedRun run;
    run.pipeline = head.at("pipeline").text();
    run.source = head.at("source").text();
    run.definition = head.at("definition").text();
    run.cwd = head.at("cwd").text();
    const JsonValue params = head.at("params");
    for (const std::string& name : params.names()) {
        run.params.emplace_back(name, params.at(name).text());
    }
    if (const auto parts = head.find("parts")) {
        for (const std::string& file : parts->names()) {
            run.parts.emplace(file, parts->at(file).text());
        }
    }
    run.environment = texts_in(head, "environment");
    run.left_out = texts_in(head, "left_out");
    for (const JsonValue& edge : head.at("edges").elements()) {
        run.edges.push_back({edge.at("from").text(), edge.at("to").text(), edge.at("via").text()});
    }
    return run;
}

RecordedEnd read_recorded_end(const std::string& text) {
    const JsonDocument document = parse_json(text);
    const JsonValue finish(*document, "");
    RecordedEnd end;
    end.verdict = finish.at("verdict").text();
    for (const JsonValue& stage : finish.at("stages").elements()) {
        end.verdicts[stage.at("name").text()] = stage.at("verdict").text();
    }
    return end;
}

std::string render_recorded_end(const Summary& summary) {
    JsonWriter json;
    json.begin_object();
    json.member("run", summary.run);
    json.member("verdict", summary.end ? verdict_name(summary.end->verdict) : "");
    json.member("exit", summary.end ? summary.end->exit : 0);
    json.key("stages").begin_array();
    for (const StageSummary& stage : summary.stages) {
        if (stage.helper) continue;
        json.begin_object();
        json.member("name", stage.name);
        json.member("verdict", stage.verdict ? verdict_name(*stage.verdict) : "");
        json.member("exit", stage.status ? stage.status->code : -1);
        json.member("signal", stage.status ? stage.status->signal : 0);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return json.take();
}

}  // namespace pipectl
