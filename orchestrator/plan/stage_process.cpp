#include "orchestrator/plan/stage_process.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <variant>

#include "orchestrator/plan/ports.hpp"
#include "orchestrator/plan/regions.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

/// The variables of a process as they are set: a later setting of the same name wins and stands
/// where the first one stood.
class Variables {
  public:
    void set(const std::string& name, const std::string& value, bool secret) {
        const auto [at, is_new] = index_.emplace(name, env_.size());
        if (is_new) {
            env_.emplace_back(name, value);
            secret_.push_back(secret);
        } else {
            env_[at->second].second = value;
            secret_[at->second] = secret;
        }
    }

    void move_to(Process& process) {
        for (std::size_t i = 0; i < env_.size(); ++i) {
            if (secret_[i]) process.secret_env.push_back(env_[i].first);
        }
        process.env = std::move(env_);
    }

  private:
    std::vector<std::pair<std::string, std::string>> env_;
    std::vector<bool> secret_;
    std::unordered_map<std::string, std::size_t> index_;
};

void add_descriptor(Process& process, int number, What what, int index = 0) {
    process.descriptors.push_back({number, what, index});
}

/// The kernel counts processor time in whole seconds.
void set_limits(const Limits& limits, Process& process) {
    if (limits.cpu) process.limits.cpu = std::chrono::ceil<std::chrono::seconds>(*limits.cpu);
    process.limits.memory = limits.memory;
    process.limits.file_size = limits.file_size;
    if (limits.files) process.limits.files = static_cast<std::uint64_t>(*limits.files);
    if (limits.processes) process.limits.processes = static_cast<std::uint64_t>(*limits.processes);
}

constexpr int kMostAfterFailures = 5;

std::optional<RestartPolicy> restart_policy(const Restart& restart) {
    if (restart.when == Restart::When::never) return std::nullopt;
    RestartPolicy policy;
    policy.always = restart.when == Restart::When::always;
    if (!policy.always) policy.max = kMostAfterFailures;
    if (restart.max) policy.max = static_cast<int>(*restart.max);
    policy.delay = restart.delay;
    return policy;
}

}  // namespace

StageBuilder::StageBuilder(const Definition& definition, const Resolver& resolver, FileTable& files,
                           const std::vector<int>& hosts, Plan& plan, Remarks& remarks)
    : definition_(definition),
      resolver_(resolver),
      files_(files),
      hosts_(hosts),
      plan_(plan),
      remarks_(remarks) {
    for (const auto& [name, value] : resolver_.file_variables()) {
        // such files hold passwords as a rule, so no value of one is shown
        shared_env_.emplace_back(name, ResolvedText{value, "***", true, {}});
    }
    for (const auto& [name, value] : definition.env) {
        shared_env_.emplace_back(name, resolver_.text(value, nullptr));
    }
}

Process StageBuilder::build(std::size_t index, const Wiring& wiring) {
    const Stage& stage = definition_.stages[index];
    Process process;
    process.name = stage.name.value;
    process.place = stage.place;
    process.host = hosts_[index];
    set_command(stage, process);
    set_environment(stage, process);
    set_surroundings(stage, process);
    set_stdin(stage, wiring.stdin_source[index], process);
    const auto& readers = wiring.readers[index];
    set_output(stage, kStdoutPort, !readers[kStdoutPort].empty(), process);
    set_output(stage, kStderrPort, !readers[kStderrPort].empty(), process);
    return process;
}

void StageBuilder::set_command(const Stage& stage, Process& process) const {
    process.command_place = stage.command_place;
    if (stage.command == Stage::Command::shell) {
        process.argv = {"/bin/sh", "-c", Resolver::script(stage.shell, stage)};
        process.shown_argv = process.argv;
        return;
    }
    process.shipped = stage.command == Stage::Command::use;
    if (process.shipped) {
        process.argv = {kHelperProgram};
        process.shown_argv = process.argv;
    }
    for (const Template& word : stage.run) {
        for (ResolvedText& text : resolver_.words(word, &stage)) {
            note_regions(text, static_cast<int>(process.argv.size()), {}, plan_, process);
            process.argv.push_back(std::move(text.value));
            process.shown_argv.push_back(std::move(text.shown));
        }
    }
    if (process.argv.empty()) {
        remarks_.error(stage.command_place, "the command is empty: its list has no value");
        process.argv = process.shown_argv = {"?"};
    }
    // a text that is empty as it stands is the parser's to report
    if (stage.command == Stage::Command::run && !process.argv.empty() &&
        process.argv.front().empty() && process.region_words.empty() &&
        std::any_of(stage.run.front().pieces.begin(), stage.run.front().pieces.end(),
                    [](const auto& piece) { return piece.kind != Template::Piece::Kind::text; })) {
        remarks_.error(stage.run.front().place, "the name of the program is empty");
    }
}

void StageBuilder::set_environment(const Stage& stage, Process& process) const {
    Variables variables;
    for (const auto& [name, text] : shared_env_) {
        variables.set(name, text.value, text.secret);
    }
    for (const auto& [name, value] : stage.env) {
        const ResolvedText text = resolver_.text(value, &stage);
        note_regions(text, -1, name, plan_, process);
        variables.set(name, text.value, text.secret);
    }
    if (stage.command == Stage::Command::shell) {
        for (const ParameterValue& parameter : resolver_.parameters()) {
            if (!Resolver::is_of(parameter, stage)) continue;
            variables.set(Resolver::variable_name(parameter.name), parameter.value,
                          parameter.secret);
        }
        for (const Template::Piece& piece : stage.shell.pieces) {
            if (piece.kind != Template::Piece::Kind::parameter) continue;
            const ResolvedText text = resolver_.text({{piece}, {}}, &stage);
            variables.set(Resolver::variable_name(piece.value), text.value, text.secret);
        }
    }
    variables.set("PIPECTL_STAGE", stage.name.value, false);
    for (int port = kStdinPort + 1; port < input_count(stage); ++port) {
        variables.set("PIPECTL_IN_" + Resolver::variable_name(input_name(stage, port)),
                      descriptor_path(input_descriptor(stage, port)), false);
    }
    for (int port = kStderrPort + 1; port < output_count(stage); ++port) {
        variables.set("PIPECTL_OUT_" + Resolver::variable_name(output_name(stage, port)),
                      descriptor_path(output_descriptor(stage, port)), false);
    }
    variables.move_to(process);
}

void StageBuilder::set_surroundings(const Stage& stage, Process& process) const {
    if (stage.cwd) {
        process.cwd = files_.located(resolver_.public_text(*stage.cwd, &stage), process.host);
    } else if (!files_.folder(process.host).empty()) {
        process.cwd = files_.folder(process.host);
    }
    process.umask = stage.umask;
    if (stage.nice) process.nice = stage.nice->value;
    if (stage.user) process.user = stage.user->value;
    process.ok = stage.ok;
    process.any_ok = stage.any_ok;
    process.timeout = stage.timeout;
    process.idle_timeout = stage.idle_timeout;
    if (stage.limits) set_limits(*stage.limits, process);
    process.restart = restart_policy(stage.restart);
    process.ignored_signals = stage.signals.ignore;
    process.default_signals = stage.signals.reset;
    process.blocked_signals = stage.signals.block;
    process.cancel_signal = stage.signals.cancel;
    process.cut_by_signal_only = stage.cut_by_signal_only;
    process.end_closed = stage.end_closed;
    process.unread_stop = stage.unread_stop;
    process.detach = stage.detach;
    // the library's ends of channels belong to one process: what is started again has bridges
    process.native = stage.native && !process.restart;
    process.terminal = stage.terminal;
    if (stage.replicas) set_replicas(stage, process);
}

/// A helper is the process, and says with 0 that all of them have ended well: its own failure can
/// then never be taken for a status that is `ok`.
void StageBuilder::set_replicas(const Stage& stage, Process& process) {
    Replicas replicas;
    replicas.count = stage.replicas->value;
    replicas.in_order = !stage.any_order;
    replicas.block = stage.block;
    replicas.variables = {"PIPECTL_REPLICA"};
    if (stage.command == Stage::Command::shell) replicas.variables.emplace_back("replica");
    replicas.ok = std::exchange(process.ok, {0});
    replicas.any_ok = std::exchange(process.any_ok, false);
    process.replicas = std::move(replicas);
}

void StageBuilder::set_stdin(const Stage& stage, StdinSource source, Process& process) {
    switch (source) {
        case StdinSource::edges: return;
        case StdinSource::inherited: add_descriptor(process, 0, What::inherited, 0); return;
        case StdinSource::null: add_descriptor(process, 0, What::null); return;
        case StdinSource::given: break;
    }
    if (const auto* file = std::get_if<FileInput>(&stage.in)) {
        const std::string path = resolver_.public_text(file->path, &stage);
        add_descriptor(process, 0, What::input_file,
                       files_.add_input(path, file->path.place, process.host));
    } else if (const auto* text = std::get_if<TextInput>(&stage.in)) {
        plan_.texts.push_back(resolver_.text(text->text, &stage).value);
        add_descriptor(process, 0, What::text, static_cast<int>(plan_.texts.size()) - 1);
    } else if (std::holds_alternative<Inherit>(stage.in)) {
        add_descriptor(process, 0, What::inherited, 0);
    } else if (!std::holds_alternative<Endpoint>(stage.in)) {
        add_descriptor(process, 0, What::null);
    }
}

void StageBuilder::set_output(const Stage& stage, int port, bool has_readers, Process& process) {
    const OutputSpec& spec = port == kStdoutPort ? stage.out : stage.err;
    const int number = output_descriptor(stage, port);
    if (const auto* file = std::get_if<FileOutput>(&spec)) {
        OutputFile output;
        output.path = resolver_.public_text(file->path, &stage);
        output.append = file->append;
        output.atomic = file->atomic.value_or(true);
        output.keep_when_cancelled = file->append && !file->atomic;
        output.durable = file->durable;
        output.refuse_empty = file->refuse_empty;
        output.place = file->path.place;
        const int index = files_.add_output(
            std::move(output), stage.name.value + "." + output_name(stage, port), process.host);
        add_descriptor(process, number, What::output_file, index);
    } else if (std::holds_alternative<JoinStdout>(spec) && port == kStderrPort) {
        add_descriptor(process, number, What::same_as, 1);
    } else if (std::holds_alternative<Null>(spec)) {
        add_descriptor(process, number, What::null);
    } else if (!has_readers && !std::holds_alternative<Endpoint>(spec)) {
        add_descriptor(process, number, What::inherited, number);
    }
}

}  // namespace pipectl
