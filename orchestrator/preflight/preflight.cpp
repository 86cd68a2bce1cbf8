#include "orchestrator/preflight/preflight.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <tuple>

#include "orchestrator/files/input_file.hpp"
#include "orchestrator/files/output_target.hpp"
#include "orchestrator/preflight/limit_check.hpp"
#include "orchestrator/preflight/repeat_check.hpp"
#include "orchestrator/preflight/same_files.hpp"
#include "orchestrator/process/missing_program.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/suggestions.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

using Environment = std::map<std::string, std::string>;

std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

std::string path_variable(const Process& process, const Environment& environment) {
    const auto own = std::find_if(process.env.rbegin(), process.env.rend(),
                                  [](const auto& entry) { return entry.first == "PATH"; });
    return own == process.env.rend() ? value_of(environment, "PATH") : own->second;
}

/// Looks at one process after the other and notes what is missing.
class Checker {
  public:
    Checker(const Plan& plan, const Environment& environment)
        : plan_(plan), environment_(environment) {}

    Preflight run() {
        result_.programs.resize(plan_.processes.size());
        result_.users.resize(plan_.processes.size());
        for (current_ = 0; current_ < plan_.processes.size(); ++current_) {
            const auto& process = plan_.processes[current_];
            if (process.role == Role::helper) {
                check_helper(process);
                continue;
            }
            check_command(process);
            check_user(process);
        }
        check_files();
        add(check_limits(plan_, environment_));
        add(find_same_files(plan_));
        add(check_repeatable(plan_, result_.inputs));
        return std::move(result_);
    }

    LateLook look_again(int index) {
        const Process& process = plan_.processes[index];
        result_.programs.resize(plan_.processes.size());
        current_ = index;
        at_start_ = true;
        LateLook look;
        if (process.role == Role::helper) {
            check_helper(process);
        } else {
            check_command(process);
        }
        look.program = result_.programs[index];
        for (const Descriptor& each : process.descriptors) {
            if (each.what == Descriptor::What::input_file) {
                look.inputs.emplace_back(each.index, open(plan_.inputs[each.index]));
            }
        }
        if (!result_.failures.empty()) look.failure = std::move(result_.failures.front());
        return look;
    }

  private:
    /// Something that an earlier process can bring about, and has the time to.
    [[nodiscard]] bool may_come() const {
        return !at_start_ && current_ < plan_.processes.size() &&
               !plan_.processes[current_].after.empty();
    }

    void check_command(const Process& process) {
        // without its folder a program with a relative path cannot be judged
        const bool usable = check_folder(process);
        if (process.shipped) {
            check_helper(process);
        } else if (usable) {
            check_program(process);
        }
    }

    void fail(int status, Place place, std::string message, std::string hint = {}) {
        Diagnostic diagnostic;
        diagnostic.place = place;
        diagnostic.message = std::move(message);
        diagnostic.hint = std::move(hint);
        const bool file = current_ >= plan_.processes.size();
        result_.failures.push_back(
            {file ? -1 : static_cast<int>(current_), std::move(diagnostic), status});
    }

    void add(std::vector<PreflightFailure> found) {
        for (PreflightFailure& failure : found) {
            result_.failures.push_back(std::move(failure));
        }
    }

    void check_helper(const Process& process) {
        const std::string& name = process.argv.front();
        const auto [found, is_new] = helpers_.try_emplace(name);
        if (is_new) {
            found->second = find_helper(environment_, name);
            if (found->second.empty()) {
                fail(kOwnErrorStatus, process.place,
                     "cannot find '" + name + "', which is a part of pipectl",
                     name == kHelperProgram ? "it stands beside pipectl; PIPECTL_HELPER may name it"
                                            : "it stands beside pipectl-helper");
            }
        }
        result_.programs[current_] = found->second;
    }

    bool check_folder(const Process& process) {
        if (!process.cwd) {
            return true;
        }
        struct stat status {};
        const char* path = process.cwd->c_str();
        const bool found = ::stat(path, &status) == 0;
        int code = found && !S_ISDIR(status.st_mode) ? ENOTDIR : 0;
        if (code == 0 && (!found || ::faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)) {
            code = errno;
        }
        if (code != 0 && !may_come()) {
            fail(kOwnErrorStatus, process.place,
                 "stage '" + process.name + "': cannot use folder '" + *process.cwd +
                     "': " + errno_text(code));
        }
        return code == 0;
    }

    void check_program(const Process& process) {
        const std::string name = process.argv.empty() ? "" : process.argv.front();
        const auto path = path_variable(process, environment_);
        const auto& [found, interpreter] = look_up(name, path, process.cwd);
        const auto place = process.command_place.known() ? process.command_place : process.place;
        const std::string stage = "stage '" + process.name + "': ";
        const bool bare = name.find('/') == std::string::npos;
        if (!bare && may_come() && (found.status != 0 || interpreter)) {
            return;
        }
        if (found.status == kNotFoundStatus) {
            fail(kNotFoundStatus, place,
                 stage + (bare ? "program '" + name + "' " + found.reason
                               : "cannot find program " + found.reason),
                 hint_for(process, bare ? path : ""));
        } else if (found.status != 0) {
            fail(found.status, place, stage + "cannot execute: " + found.reason);
        } else if (interpreter) {
            fail(kNotExecutableStatus, place,
                 stage + "cannot execute '" + found.path + "': its interpreter '" + *interpreter +
                     "' is not there",
                 "see its first line");
        }
        result_.programs[current_] = found.path;
    }

    struct Found {
        ProgramLookup program;
        std::optional<std::string> missing_interpreter;
    };

    /// Many stages run the same program: each is looked for once.
    const Found& look_up(const std::string& name, const std::string& path,
                         const std::optional<std::string>& cwd) {
        auto [entry, fresh] = found_.try_emplace(std::tuple(name, path, cwd));
        if (fresh) {
            Found& found = entry->second;
            found.program = find_program(name, path, cwd);
            if (found.program.status == 0) {
                found.missing_interpreter = missing_interpreter(found.program.path);
            }
        }
        return entry->second;
    }

    /// `path`: where the program was looked for; empty: it was named by a path.
    std::string hint_for(const Process& process, const std::string& path) {
        std::string hint = hint_for_missing(process.argv);
        return hint.empty() && !path.empty() ? suggestion(process.argv.front(), path) : hint;
    }

    std::string suggestion(const std::string& name, const std::string& path) {
        if (!suggestions_.answers()) return {};
        auto [entry, fresh] = known_.try_emplace(path);
        if (fresh) {
            entry->second = programs_in(path);
        }
        const auto near = suggestions_.did_you_mean(name, entry->second);
        return near.empty() ? near : near.substr(near.find_first_not_of("; "));
    }

    void check_user(const Process& process) {
        if (process.user.empty()) {
            return;
        }
        const auto user = find_user(process.user);
        const std::string stage = "stage '" + process.name + "': ";
        if (!user) {
            fail(kOwnErrorStatus, process.place, stage + "there is no user '" + process.user + "'");
        } else if (::geteuid() != 0 && user->uid != ::geteuid()) {
            fail(kOwnErrorStatus, process.place,
                 stage + "only root may run it as user '" + process.user + "'");
        }
        result_.users[current_] = user;
    }

    void check_files() {
        const std::set<int> later = files_of_later_processes(Descriptor::What::input_file);
        for (const auto& input : plan_.inputs) {
            const bool now = !later.contains(static_cast<int>(result_.inputs.size()));
            result_.inputs.push_back(now ? open(input) : Fd());
        }
        for (const auto& output : plan_.outputs) {
            if (output.late && lacks_folder(output.path)) continue;
            if (const auto problem = find_output_target(output.path).problem) {
                fail(kOwnErrorStatus, output.place, problem->message, problem->hint);
            }
        }
    }

    Fd open(const InputFile& input) {
        OpenedInput opened = open_input(input.path);
        if (!opened.file) fail(kOwnErrorStatus, input.place, opened.message, opened.hint);
        return std::move(opened.file);
    }

    /// What is at the ends of processes that start after others.
    [[nodiscard]] std::set<int> files_of_later_processes(Descriptor::What what) const {
        std::set<int> indices;
        for (const Process& process : plan_.processes) {
            if (process.after.empty()) continue;
            for (const Descriptor& each : process.descriptors) {
                if (each.what == what) indices.insert(each.index);
            }
        }
        return indices;
    }

    const Plan& plan_;
    const Environment& environment_;
    bool at_start_ = false;  ///< of the process itself, and not of the run
    Preflight result_;
    std::size_t current_ = 0;
    std::map<std::string, std::string> helpers_;  ///< by name: the path, or empty
    std::map<std::string, std::vector<std::string>> known_;
    Suggestions suggestions_;
    std::map<std::tuple<std::string, std::string, std::optional<std::string>>, Found> found_;
};

bool executable(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

int Preflight::status() const {
    int worst = 0;
    for (const auto& failure : failures) {
        worst = std::max(worst, failure.status);
    }
    return worst;
}

std::vector<Diagnostic> Preflight::diagnostics() const {
    std::vector<Diagnostic> all;
    all.reserve(failures.size());
    for (const auto& failure : failures) {
        all.push_back(failure.diagnostic);
    }
    return all;
}

Preflight check_plan(const Plan& plan, const std::map<std::string, std::string>& environment) {
    if (!plan.hosts.empty()) {
        Preflight refused;
        Diagnostic reason;
        reason.place = plan.hosts.back().place;
        reason.message = "stages on several machines are planned, and not yet run";
        reason.hint = "`pipectl plan` shows where each would be";
        refused.failures.push_back({-1, std::move(reason), kOwnErrorStatus});
        return refused;
    }
    return Checker(plan, environment).run();
}

LateLook look_again(const Plan& plan, int process,
                    const std::map<std::string, std::string>& environment) {
    return Checker(plan, environment).look_again(process);
}

std::string find_helper(const std::map<std::string, std::string>& environment,
                        const std::string& name) {
    std::string named = value_of(environment, "PIPECTL_HELPER");
    if (named.empty()) return find_own_program(name);
    if (name != kHelperProgram) named.replace(named.rfind('/') + 1, std::string::npos, name);
    return executable(named) ? named : "";
}

std::vector<Diagnostic> output_diagnostics(const OutputError& error, const Plan& plan) {
    std::vector<Diagnostic> all;
    for (const auto& failure : error.failures()) {
        Diagnostic diagnostic;
        diagnostic.place = plan.outputs.at(failure.index).place;
        diagnostic.message = failure.message;
        diagnostic.hint = failure.hint;
        all.push_back(std::move(diagnostic));
    }
    return all;
}

}  // namespace pipectl
