#include "orchestrator/cache/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "orchestrator/cache/words.hpp"
#include "orchestrator/plan/cacheable.hpp"
#include "orchestrator/plan/ports.hpp"
#include "orchestrator/process/lookup.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {
namespace {

/// Another one when what counts changes, so that no key of an older version is taken for a new one.
constexpr std::string_view kVersion = "stream 1";

std::string real_folder(const std::optional<std::string>& folder) {
    char path[PATH_MAX];
    return ::realpath(folder ? folder->c_str() : ".", path) == nullptr
               ? folder.value_or(".")
               : static_cast<const char*>(path);
}

mode_t own_umask() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
}

/// A port's path: what comes from there is counted by itself.
bool is_port(const std::string& path) {
    return path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/") ||
           path == "/dev/stdin" || path == "/dev/stdout" || path == "/dev/stderr" ||
           path == "/dev/tty";
}

/// The words behind "#!" of a script; empty when it is none.
std::vector<std::string> interpreter_of(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    char head[256];
    const ssize_t got = file ? ::read(file.get(), head, sizeof head) : 0;
    std::string_view text(head, got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!text.starts_with("#!")) return {};
    text = text.substr(
        2, text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') - 2);
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = text.find_first_not_of(" \t", at);
        if (start == std::string_view::npos) break;
        at = std::min(text.find_first_of(" \t", start), text.size());
        words.emplace_back(text.substr(start, at - start));
    }
    return words;
}

/// Programs to which "." is a text, and no folder that they would read.
bool takes_texts(const std::vector<std::string>& argv) {
    static constexpr std::string_view kNames[] = {"tr",   "cut",  "sed",   "awk",  "gawk",   "mawk",
                                                  "grep", "sort", "paste", "join", "column", "seq"};
    const std::string_view path = argv.front();
    const auto recursive = [](const std::string& word) {
        return word == "-r" || word == "-R" || word == "--recursive";
    };
    return std::ranges::find(kNames, path.substr(path.rfind('/') + 1)) != std::end(kNames) &&
           std::ranges::none_of(argv, recursive);
}

/// Lists of folders to look in, and where somebody works: not what a program is given to read.
bool names_places(const std::string& variable) {
    return variable.ends_with("PATH") || variable == "HOME" || variable == "TMPDIR" ||
           variable == "PWD" || variable.starts_with("XDG_");
}

void count(Fingerprint& print, StreamKey& key, const std::string& name, std::string_view value) {
    print.add(name).add(value);
    Digest digest;
    digest.add(name.c_str(), name.size() + 1);
    digest.add(value.data(), value.size());
    key.parts.push_back({name, digest.value()});
}

}  // namespace

bool is_of_session(const std::string& variable) {
    static constexpr std::string_view kNames[] = {"_",
                                                  "SHLVL",
                                                  "OLDPWD",
                                                  "WINDOWID",
                                                  "TERM_SESSION_ID",
                                                  "SSH_CLIENT",
                                                  "SSH_CONNECTION",
                                                  "SSH_TTY",
                                                  "SSH_AUTH_SOCK",
                                                  "SSH_AGENT_PID",
                                                  "XDG_SESSION_ID",
                                                  "DBUS_SESSION_BUS_ADDRESS",
                                                  "TMUX",
                                                  "TMUX_PANE",
                                                  "STY",
                                                  "GPG_TTY",
                                                  "INVOCATION_ID",
                                                  "JOURNAL_STREAM",
                                                  "PIPECTL_RUN",
                                                  "PIPECTL_CACHE_SIZE",
                                                  "PIPECTL_HISTORY",
                                                  "PIPECTL_HELPER"};
    return std::ranges::find(kNames, variable) != std::end(kNames);
}

std::set<std::string> different_parts(const std::vector<KeyPart>& before,
                                      const std::vector<KeyPart>& now) {
    std::set<std::string> names;
    const auto add_missing = [&](const auto& from, const auto& in) {
        for (const KeyPart& part : from) {
            const bool there = std::ranges::any_of(in, [&](const KeyPart& other) {
                return other.name == part.name && other.digest == part.digest;
            });
            if (!there) names.insert(part.name);
        }
    };
    add_missing(before, now);
    add_missing(now, before);
    return names;
}

StreamKeys::StreamKeys(const Definition& definition, const Wiring& wiring, const Plan& plan,
                       const Preflight& preflight,
                       const std::map<std::string, std::string>& environment, Witnesses& witnesses,
                       For whom)
    : definition_(definition),
      wiring_(wiring),
      plan_(plan),
      preflight_(preflight),
      environment_(environment),
      witnesses_(witnesses),
      whom_(whom) {}

std::vector<StreamKey> StreamKeys::find(const std::vector<std::string>& doubts) {
    const std::size_t count = definition_.stages.size();
    std::vector<StreamKey> keys(count);
    std::vector<bool> done(count, false);
    // a stage may read one that stands below it; in a graph without circles each round does one
    for (std::size_t left = count; left > 0;) {
        const std::size_t before = left;
        for (std::size_t i = 0; i < count; ++i) {
            const bool ready = std::ranges::all_of(wiring_.feeds[i], [&](const auto& feeds) {
                return std::ranges::all_of(
                    feeds, [&](int feed) { return done[wiring_.edges[feed].producer]; });
            });
            if (done[i] || !ready) continue;
            keys[i] = key_of(i, keys);
            if (!doubts[i].empty()) keys[i] = {{}, doubts[i], {}, {}, {}, keys[i].above};
            done[i] = true;
            --left;
        }
        if (left == before) break;  // stages that talk to each other have no key
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (!done[i]) keys[i].why_not = "it is in a circle of stages";
    }
    return keys;
}

StreamKey StreamKeys::key_of(std::size_t index, const std::vector<StreamKey>& known) {
    StreamKey key;
    key.why_not = why_not_known(definition_, wiring_, index, plan_.processes[index]);
    if (key.why_not.empty()) {
        key.why_not =
            doubt(key, why_another_each_time(definition_, wiring_, index, plan_.processes[index]));
    }
    Fingerprint print;
    if (key.why_not.empty()) key.why_not = add_inputs(index, known, print, key);
    if (key.why_not.empty()) key.why_not = add_own(index, print, key);
    std::ranges::sort(key.depends);
    key.depends.erase(std::unique(key.depends.begin(), key.depends.end()), key.depends.end());
    for (const int each : key.depends) {
        if (key.why_not.empty()) key.why_not = witnesses_.at(each).why_not;
    }
    if (key.why_not.empty()) key.text = print.text();
    return key;
}

/// What stands against the key, or only against running the stage once more.
std::string StreamKeys::doubt(StreamKey& key, std::string why) const {
    if (whom_ == For::any_run) return why;
    if (key.unsure.empty()) key.unsure = std::move(why);
    return {};
}

std::string StreamKeys::path_of(const Process& process) const {
    for (auto each = process.env.rbegin(); each != process.env.rend(); ++each) {
        if (each->first == "PATH") return each->second;
    }
    const auto own = environment_.find("PATH");
    return own == environment_.end() ? "" : own->second;
}

void StreamKeys::add_file(const std::string& path, bool folders, Fingerprint& print,
                          StreamKey& key) {
    const int seen = witnesses_.look_at(path, folders);
    if (seen < 0) return;
    count(print, key, "'" + path + "'", witnesses_.at(seen).content);
    key.depends.push_back(seen);
}

/// Files, folders, patterns and programs of these names.
void StreamKeys::add_named(const std::vector<std::string>& names, const Process& process,
                           Fingerprint& print, StreamKey& key) {
    const std::string folder = process.cwd.value_or("");
    const bool texts = takes_texts(process.argv);
    const auto located = [&](const std::string& name) {
        return folder.empty() || name.front() == '/' ? name : folder + "/" + name;
    };
    for (const std::string& name : names) {
        if (is_port(name) || (texts && name == ".")) continue;
        add_file(located(name), true, print, key);
        for (const std::string& match : matches_of(name, folder)) {
            print.add("match");
            add_file(match, true, print, key);
        }
        if (name.find('/') != std::string::npos) continue;
        const ProgramLookup program = find_program(name, path_of(process), process.cwd);
        if (program.status == 0) add_file(program.path, false, print, key);
    }
}

std::string StreamKeys::add_own(std::size_t index, Fingerprint& print, StreamKey& key) {
    const Process& process = plan_.processes[index];
    const std::string of = " of '" + process.name + "'";
    print.add(kVersion);
    std::string words;
    for (const std::string& word : process.argv) {
        words += std::to_string(word.size()) + ' ' + word;
    }
    count(print, key, "the command" + of, words);
    if (process.replicas) {
        count(print, key, "the block" + of, std::to_string(process.replicas->block));
    }
    if (process.terminal) count(print, key, "the terminal" + of, "tty");
    const std::string& program = preflight_.programs[index];
    if (program.empty()) return "its program is not there yet";
    add_file(program, false, print, key);
    for (const std::string& word : interpreter_of(program)) {
        const ProgramLookup found = find_program(word, path_of(process), process.cwd);
        if (found.status == 0) add_file(found.path, false, print, key);
    }
    const std::size_t at = script_in(process.argv);
    const std::string script = at > 0 ? process.argv[at] : "";
    const std::set<std::string> written = variables_written_in(script);
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        if (i != at) add_named(names_in(process.argv[i]), process, print, key);
    }
    add_named(names_read_in(script), process, print, key);
    std::map<std::string, std::string> environment = environment_;
    for (const auto& [name, value] : process.env) {
        environment[name] = value;
        if (names_places(name) || written.contains(name)) continue;
        add_named(names_in(value), process, print, key);
    }
    for (const auto& [name, value] : environment) {
        if (!is_of_session(name)) count(print, key, "variable '" + name + "'" + of, value);
    }
    count(print, key, "the folder" + of, real_folder(process.cwd));
    count(print, key, "the umask" + of, std::to_string(process.umask.value_or(own_umask())));
    count(print, key, "the user" + of, process.user);
    return {};
}

std::string StreamKeys::add_stdin(std::size_t index, Fingerprint& print, StreamKey& key) {
    for (const Descriptor& each : plan_.processes[index].descriptors) {
        if (each.number != STDIN_FILENO) continue;
        switch (each.what) {
            case Descriptor::What::text:
                count(print, key, "the text that '" + plan_.processes[index].name + "' reads",
                      plan_.texts[static_cast<std::size_t>(each.index)]);
                return {};
            case Descriptor::What::null: print.add("nothing"); return {};
            case Descriptor::What::input_file: {
                const std::string& path = plan_.inputs[static_cast<std::size_t>(each.index)].path;
                const int seen = is_port(path) ? -1 : witnesses_.look_at(path, false);
                if (seen < 0) {
                    return doubt(key,
                                 "what comes from '" + path + "' is known only when it is read");
                }
                count(print, key, "'" + path + "'", witnesses_.at(seen).content);
                key.depends.push_back(seen);
                return {};
            }
            case Descriptor::What::inherited: {
                // whoever goes on with this run asks for it only where a stage has to read it
                if (whom_ == For::this_run) break;
                struct stat status {};
                if (::fstat(STDIN_FILENO, &status) != 0) return {};  // closed: it reads nothing
                const int seen = S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)
                                     ? witnesses_.look_at_open(STDIN_FILENO)
                                     : -1;
                if (seen < 0 || !witnesses_.at(seen).why_not.empty()) break;
                count(print, key, "what pipectl has as stdin", witnesses_.at(seen).content);
                print.add(static_cast<std::uint64_t>(::lseek(STDIN_FILENO, 0, SEEK_CUR)));
                key.depends.push_back(seen);
                return {};
            }
            default: break;
        }
        if (each.what == Descriptor::What::inherited) {
            return doubt(key,
                         "what it reads from pipectl's stdin is known only when it has been read");
        }
    }
    return {};
}

std::string StreamKeys::add_inputs(std::size_t index, const std::vector<StreamKey>& known,
                                   Fingerprint& print, StreamKey& key) {
    const Stage& stage = definition_.stages[index];
    for (int port = 0; port < input_count(stage); ++port) {
        const auto& feeds = wiring_.feeds[index][static_cast<std::size_t>(port)];
        print.add(input_name(stage, port)).add(feeds.size());
        if (port == kStdinPort && feeds.empty()) {
            if (std::string why = add_stdin(index, print, key); !why.empty()) return why;
        }
        for (const int feed : feeds) {
            const WiredEdge& edge = wiring_.edges[feed];
            const Stage& writer = definition_.stages[edge.producer];
            const StreamKey& above = known[static_cast<std::size_t>(edge.producer)];
            if (above.text.empty()) {
                return "it reads '" + writer.name.value + "': " + above.why_not;
            }
            print.add(above.text).add(output_name(writer, edge.out_port));
            key.parts.insert(key.parts.end(), above.parts.begin(), above.parts.end());
            key.depends.insert(key.depends.end(), above.depends.begin(), above.depends.end());
            key.above.push_back(edge.producer);
            key.above.insert(key.above.end(), above.above.begin(), above.above.end());
        }
    }
    return {};
}

}  // namespace pipectl
