#include "orchestrator/cli/completers.hpp"

#include <sys/stat.h>

#include <utility>

#include "orchestrator/cli/load.hpp"
#include "orchestrator/cli/which_run.hpp"
#include "stages/channel/kind.hpp"

namespace pipectl {

namespace {

/// The definition on the command line, as far as it can be read.
Definition definition_among(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        struct stat info {};
        if (::stat(word.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
            PlanRequest request;
            request.allow_missing_parameters = true;
            return load(word, std::move(request)).definition;
        }
    }
    return {};
}

void add_channels(Offers& candidates, const std::string& before) {
    for (const channel::Kind* kind : channel::kinds()) {
        candidates.add(before + std::string(kind->name), std::string(kind->summary));
    }
}

void add_stages(Offers& candidates, const Definition& definition, const std::string& behind) {
    for (const Stage& stage : definition.stages) {
        candidates.add(stage.name.value + behind, "a stage");
    }
}

}  // namespace

void complete_channels(Offers& candidates, const std::vector<std::string>& /*before*/) {
    const std::size_t comma = candidates.current().rfind(',');
    add_channels(candidates, candidates.current().substr(0, comma + 1));
}

void complete_via(Offers& candidates, const std::vector<std::string>& before) {
    const std::size_t equals = candidates.current().rfind('=');
    add_channels(candidates, candidates.current().substr(0, equals + 1));
    if (equals == std::string::npos) {
        add_stages(candidates, definition_among(before), "=");
    }
}

void complete_parameters(Offers& candidates, const std::vector<std::string>& before) {
    for (const Parameter& parameter : definition_among(before).parameters) {
        candidates.add(parameter.name.value + "=", parameter.help);
    }
}

void complete_stages(Offers& candidates, const std::vector<std::string>& before) {
    add_stages(candidates, definition_among(before), "");
}

void complete_endpoints(Offers& candidates, const std::vector<std::string>& /*before*/) {
    for (const channel::Kind* kind : channel::kinds()) {
        if (kind->endpoint.meeting != channel::Meeting::none) {
            candidates.add(std::string(kind->name) + ":", std::string(kind->summary));
        }
    }
}

void complete_runs(Offers& candidates, const std::vector<std::string>& /*before*/) {
    for (const ListedRun& run : list_runs()) {
        const std::string name = run.summary ? run.summary->pipeline : "";
        candidates.add(run.short_id, name);
        if (!name.empty()) candidates.add(name, "run " + run.short_id);
    }
}

void complete_stages_of_runs(Offers& candidates, const std::vector<std::string>& before) {
    const std::size_t slash = candidates.current().find('/');
    if (slash == std::string::npos) {
        complete_runs(candidates, before);
        return;
    }
    const std::string word = candidates.current().substr(0, slash);
    for (const ListedRun& run : list_runs()) {
        if (!run.summary) continue;
        if (word != run.summary->pipeline && !run.where.run.starts_with(word)) continue;
        for (const StageSummary& stage : run.summary->stages) {
            if (!stage.helper) candidates.add(word + "/" + stage.name, "a stage");
        }
    }
}

}  // namespace pipectl
