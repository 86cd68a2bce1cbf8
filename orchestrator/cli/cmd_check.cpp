// pipectl check: all errors and warnings of definitions, with their places.

#include <algorithm>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/load.hpp"
#include "orchestrator/process/lookup.hpp"
#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr CommandHelp kHelp = {
    "check", "[OPTIONS] FILE...",
    "Find all errors and warnings of definitions, with their places. Starts nothing.",
    "  pipectl check backup.toml\n"
    "  pipectl check pipelines/*.toml\n"
    "  pipectl check --set log=access.log slow.toml\n"
    "  generate | pipectl check -\n",
    "Opens nothing but the named files. A program is looked up in PATH where its name has no\n"
    "reference. What else a run needs is not looked at: input files, folders of outputs, 'cwd',\n"
    "users, limits; 'pipectl run' looks at all of them before it starts anything.\n"
    "\n"
    "Exit status: 0, or 1 when a definition has errors; 125 for wrong usage.\n"};

bool is_plain(const Template& text) {
    return std::all_of(text.pieces.begin(), text.pieces.end(), [](const Template::Piece& piece) {
        return piece.kind == Template::Piece::Kind::text;
    });
}

/// A program that is not there, with its place and the nearest one that is.
void look_up_programs(Loaded& loaded, const std::map<std::string, std::string>& environment) {
    const bool planned = loaded.ok();
    const auto path_entry = environment.find("PATH");
    const std::string own_path = path_entry == environment.end() ? "" : path_entry->second;
    std::vector<std::string> known;
    for (std::size_t index = 0; index < loaded.definition.stages.size(); ++index) {
        const Stage& stage = loaded.definition.stages[index];
        if (stage.command != Stage::Command::run || !is_plain(stage.run.front()) ||
            !stage.run.front().place.known()) {
            continue;
        }
        std::string name;
        for (const Template::Piece& piece : stage.run.front().pieces) {
            name += piece.value;
        }
        std::string path = own_path;
        std::optional<std::string> cwd;
        if (planned) {
            const Process& process = loaded.plan.processes[index];
            cwd = process.cwd;
            for (const auto& [variable, value] : process.env) {
                path = variable == "PATH" ? value : path;
            }
        } else if (name.empty() || name.find('/') != std::string::npos || !stage.env.empty() ||
                   !loaded.definition.env.empty()) {
            continue;  // without a plan it is not known where to look
        }
        const ProgramLookup found = find_program(name, path, cwd);
        if (found.status == 0) {
            continue;
        }
        std::string near;
        if (found.status == 127 && name.find('/') == std::string::npos) {
            if (known.empty()) {
                known = programs_in(own_path);
            }
            near = did_you_mean(name, known);
        }
        loaded.diagnostics.push_back(
            {Severity::error, stage.run.front().place,
             "stage '" + stage.name.value + "': program '" + name + "': " + found.reason + near, "",
             static_cast<int>(name.size()) + 2});
    }
}

/// One file; false when it has errors.
bool check_file(const std::string& file, const PlanRequest& request, const PlanOptions& options,
                bool quiet) {
    try {
        Loaded loaded = load(file, request);
        if (loaded.readable) {
            look_up_programs(loaded, own_environment());
        }
        show_diagnostics(loaded.source, loaded.diagnostics, options.colour);
        if (!loaded.ok()) {
            return false;
        }
        const std::size_t count = loaded.definition.stages.size();
        return quiet || print(printable(loaded.source.name) + ": ok (" + std::to_string(count) +
                              (count == 1 ? " stage)\n" : " stages)\n")) == 0;
    } catch (const SystemError& error) {
        own_error(error.what());
        return false;
    }
}

}  // namespace

int check_command(const std::vector<std::string>& words) {
    PlanOptions options;
    std::vector<std::string> files;
    bool quiet = false;
    Arguments arguments(kHelp);
    options.declare(arguments, false);
    arguments.flag("--quiet", quiet, "say nothing about files without errors");
    arguments.files(files);
    if (const auto status = arguments.parse(words)) {
        return *status;
    }
    auto request = options.request(kHelp);
    if (!request) {
        return kOwnError;
    }
    request->allow_missing_parameters = true;
    bool good = true;
    for (const std::string& file : files) {
        good = check_file(file, *request, options, quiet) && good;
    }
    return good ? 0 : 1;
}

}  // namespace pipectl
