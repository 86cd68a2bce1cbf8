#include "orchestrator/run/words_so_far.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr int kFileLines = 20;

void write_line(JsonWriter& json, const StageStderr::Words::Line& line, const Secrets& secrets) {
    json.begin_object();
    json.member("end", line.end);
    json.member("text", secrets.masked(line.text));
    json.end_object();
}

void write_kept(JsonWriter& json, const StageStderr::Words& words, const Secrets& secrets) {
    json.key("lines").begin_array();
    for (const StageStderr::Words::Line& line : words.lines) {
        write_line(json, line, secrets);
    }
    json.end_array();
    json.key("begun");
    write_line(json, words.begun, secrets);
}

void write_file(JsonWriter& json, const Process& process, const Plan& plan,
                const OutputSet& outputs) {
    const auto file = std::ranges::find_if(process.descriptors, [](const Descriptor& each) {
        return each.number == STDERR_FILENO && each.what == Descriptor::What::output_file;
    });
    if (file == process.descriptors.end()) {
        return;
    }
    const std::size_t index = file->index;
    json.member("file", plan.secrets.masked(plan.outputs[index].path));
    json.member("tail", plan.secrets.masked(outputs.tail(index, kFileLines)));
}

}  // namespace

std::string render_words(const Plan& plan, const StageStderr& stages, const OutputSet& outputs,
                         const std::string& stage) {
    JsonWriter json;
    json.begin_object();
    json.key("stages").begin_array();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        const Process& process = plan.processes[i];
        if (process.role != Role::stage) {
            continue;
        }
        names.push_back(process.name);
        if (!stage.empty() && stage != process.name) {
            continue;
        }
        json.begin_object();
        json.member("name", process.name);
        if (const auto words = stages.words(static_cast<int>(i))) {
            write_kept(json, *words, plan.secrets);
        } else {
            write_file(json, process, plan, outputs);
        }
        json.end_object();
    }
    if (!stage.empty() && std::ranges::find(names, stage) == names.end()) {
        throw std::runtime_error("it has no stage '" + stage + "'" + did_you_mean(stage, names));
    }
    json.end_array();
    json.end_object();
    return json.take();
}

}  // namespace pipectl
