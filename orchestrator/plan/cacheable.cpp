#include "orchestrator/plan/cacheable.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <variant>

#include "orchestrator/plan/ports.hpp"
#include "stages/base/shell_names.hpp"

namespace pipectl {
namespace {

/// Programs whose output is about the moment, the machine or somewhere else, whatever they are
/// given.
constexpr std::string_view kNeverTheSame[] = {
    "date",     "uptime",    "ps",     "top",     "w",      "who",     "free",       "vmstat",
    "iostat",   "df",        "lsof",   "ss",      "ip",     "netstat", "last",       "dmesg",
    "uuidgen",  "mktemp",    "shuf",   "curl",    "wget",   "ping",    "dig",        "host",
    "nslookup", "ssh",       "nc",     "ncat",    "socat",  "rsync",   "journalctl", "psql",
    "mysql",    "redis-cli", "docker", "kubectl", "pipectl"};

std::string program_name(std::string_view word) {
    return std::string(word.substr(word.rfind('/') + 1));
}

bool is_never_the_same(const std::string& word) {
    const std::string name = program_name(word);
    return std::ranges::find(kNeverTheSame, name) != std::end(kNeverTheSame);
}

/// Programs that run the one that their words name.
constexpr std::string_view kRunOthers[] = {"env",   "nice", "nohup", "timeout", "stdbuf",
                                           "xargs", "time", "sudo",  "setsid"};

/// The words of a shell's text where a command can stand; a word that is none of these costs a run
/// that was not needed, no more.
std::vector<std::string> commands_in(const std::string& text) {
    constexpr std::string_view kSeparators = " \t\n;|&()`{}!";
    std::vector<std::string> words;
    std::size_t at = 0;
    bool first = true;
    while (at < text.size()) {
        const std::size_t start = text.find_first_not_of(" \t", at);
        if (start == std::string::npos) break;
        if (kSeparators.find(text[start]) != std::string_view::npos) {
            first = true;
            at = start + 1;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(kSeparators, start), text.size());
        const std::string word = text.substr(start, end - start);
        if (first) words.push_back(word);
        // behind a variable's value, or a word of the shell's own, still stands a command
        first = word.find('=') != std::string::npos || word == "then" || word == "do" ||
                word == "if" || word == "while" || word == "else" || word == "exec" ||
                std::ranges::find(kRunOthers, program_name(word)) != std::end(kRunOthers);
        at = end;
    }
    return words;
}

std::string changing_program(const Process& process) {
    if (process.shipped || process.argv.empty()) return {};
    if (const std::size_t script = script_in(process.argv); script > 0) {
        for (const std::string& word : commands_in(process.argv[script])) {
            if (is_never_the_same(word)) return program_name(word);
        }
        return {};
    }
    const bool runs_other =
        std::ranges::find(kRunOthers, program_name(process.argv.front())) != std::end(kRunOthers);
    for (const std::string& word : process.argv) {
        if (is_never_the_same(word)) return program_name(word);
        if (!runs_other) break;
    }
    return {};
}

}  // namespace

std::size_t script_in(const std::vector<std::string>& argv) {
    if (argv.empty() || !is_shell_name(argv.front())) return 0;
    for (std::size_t i = 1; i + 1 < argv.size() && argv[i].starts_with('-'); ++i) {
        if (argv[i].ends_with('c') && !argv[i].starts_with("--")) return i + 1;
    }
    return 0;
}

bool names_its_replica(const Stage& stage) {
    const auto names_it = [](const Template& text) {
        return std::ranges::any_of(text.pieces, [](const Template::Piece& piece) {
            return piece.kind == Template::Piece::Kind::replica;
        });
    };
    return names_it(stage.shell) || std::ranges::any_of(stage.run, names_it) ||
           std::ranges::any_of(stage.env, [&](const auto& each) { return names_it(each.second); });
}

std::string why_not_known(const Definition& definition, const Wiring& wiring, std::size_t index,
                          const Process& process) {
    const Stage& stage = definition.stages[index];
    if (!definition.strict) return "with `strict = false` it may be shown an end that is not true";
    if (process.host != 0) return "it runs on another machine";
    if (definition.retries.value > 0) return "the run may be tried again (`retries`)";
    if (stage.restart.when != Restart::When::never) return "it may be started again (`restart`)";
    if (stage.talks_to || is_talked_to(definition.stages, stage.name.value))
        return "it talks to another stage";
    if (!definition.shared.empty()) return "it may use a shared region";
    if (!stage.notify.empty()) return "it gets signals about other stages";
    if (stage.detach) return "what it leaves behind (`detach`) may write on";
    if (stage.any_ok) return "with `ok = \"any\"` what it wrote may be a part";
    for (const auto& feeds : wiring.feeds[index]) {
        for (const int feed : feeds) {
            const Stage& writer = definition.stages[wiring.edges[feed].producer];
            if (writer.fan_out && writer.fan_out->kind != FanOut::Kind::copy) {
                return "it gets a share of what '" + writer.name.value + "' writes (`fan-out`)";
            }
        }
    }
    return {};
}

std::string why_another_each_time(const Definition& definition, const Wiring& wiring,
                                  std::size_t index, const Process& process) {
    const Stage& stage = definition.stages[index];
    if (std::holds_alternative<Endpoint>(stage.in)) return "it reads an endpoint";
    if (!stage.after.empty()) return "it comes after another stage, and may find what that makes";
    if (stage.replicas && stage.any_order) {
        return "its lines come in another order each time (`order = \"any\"`)";
    }
    if (names_its_replica(stage)) return "`${replica}` is another one each time";
    for (const auto& feeds : wiring.feeds[index]) {
        if (feeds.size() > 1 && stage.fan_in && stage.fan_in->value == FanInKind::lines) {
            return "the lines that it reads come in another order each time (`fan-in`)";
        }
    }
    if (const std::string name = changing_program(process); !name.empty()) {
        return "what '" + name + "' writes is something else each time";
    }
    return {};
}

std::string why_not_kept(const Definition& definition, const Wiring& wiring, std::size_t index) {
    const Stage& stage = definition.stages[index];
    if (std::holds_alternative<Endpoint>(stage.out)) return "it writes to an endpoint";
    if (!stage.outputs.empty()) return "it has further `outputs`";
    if (!wiring.readers[index][kStderrPort].empty()) return "its stderr is read by a stage";
    if (std::holds_alternative<FileOutput>(stage.err)) return "its stderr goes to a file";
    if (std::holds_alternative<Endpoint>(stage.err)) return "its stderr goes to an endpoint";
    if (!stage.needs.empty()) return "it needs units of semaphores";
    if (stage.lock) return "it holds a lock";
    if (std::holds_alternative<Null>(stage.out)) return "what it writes goes nowhere";
    return {};
}

void note_caches(const Definition& definition, const Wiring& wiring, const Plan& plan,
                 Remarks& remarks) {
    for (std::size_t i = 0; i < definition.stages.size(); ++i) {
        const Stage& stage = definition.stages[i];
        if (!stage.cache) continue;
        std::string why = why_not_known(definition, wiring, i, plan.processes[i]);
        if (why.empty()) why = why_another_each_time(definition, wiring, i, plan.processes[i]);
        if (why.empty()) why = why_not_kept(definition, wiring, i);
        if (why.empty()) continue;
        remarks.warning(stage.cache_place,
                        "stage '" + stage.name.value + "' cannot be cached: " + why,
                        "without `cache` it is run all the same");
    }
}

}  // namespace pipectl
