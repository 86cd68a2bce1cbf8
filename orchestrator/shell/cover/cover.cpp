#include "orchestrator/shell/cover/cover.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/cover/stage_words.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

/// Builtins that change what a redirection or a name means, in the text as a whole.
struct Settings {
    bool noclobber = false;
    bool aliases = false;
    bool fifos = false;  ///< a file may be a named pipe, which waits for its other end
    bool evaluates = false;
    bool sources_unknown = false;
};

constexpr int kDeepestSource = 8;

struct Edit {
    std::size_t at = 0;
    std::size_t removed = 0;
    std::string put;
};

std::optional<std::string> name_of(const Command& command) {
    return command.words.empty() ? std::nullopt : literal(command.words.front());
}

/// What can stand before the programs of a pipeline in the shell itself: it cannot fail, so nobody
/// needs its status.
bool only_prints(const Command& command) {
    const auto name = name_of(command);
    return command.kind == Command::Kind::simple && command.redirects.empty() &&
           command.assignments.empty() &&
           (name == "echo" || name == "printf" || name == "true" || name == ":");
}

/// What can stand behind them: it reads, and says nothing about them.
bool only_reads(const Command& command) {
    const auto name = name_of(command);
    return command.kind == Command::Kind::loop ||
           (command.kind == Command::Kind::simple &&
            (name == "read" || name == "mapfile" || name == "readarray"));
}

class Covering {
  public:
    explicit Covering(const CoverRequest& request) : request_(request) {
        functions_ = request.functions;
    }

    Cover run() {
        Cover made;
        made.text = std::string(request_.text);
        const Parsed parsed = parse(request_.text);
        if (parsed.error) {
            made.error = parsed.error;
            return made;
        }
        look_at(parsed.script.list);
        cover(parsed.script.list);
        if (request_.is_script) name_source(parsed.script.list);
        made.evaluates = settings_.evaluates;
        std::ranges::stable_sort(lines_, {}, &CoveredLine::line);
        made.lines = std::move(lines_);
        made.text = edited();
        return made;
    }

  private:
    // --- what the text as a whole says

    template <class Visit>
    static void each_body(const Command& command, Visit visit) {
        for (const List& body : command.bodies) {
            visit(body);
        }
        const auto words = [&](const std::vector<Word>& all) {
            for (const Word& word : all) {
                for (const Piece& piece : word.pieces) {
                    if (piece.body) visit(*piece.body);
                }
            }
        };
        words(command.assignments);
        words(command.words);
        for (const auto& redirect : command.redirects) {
            words({redirect->target});
        }
    }

    void look_at(const List& list) {
        for (const Chain& chain : list.chains) {
            for (const Pipeline& line : chain.pipelines) {
                for (const Command& command : line.commands) {
                    look_at(command);
                    each_body(command, [this](const List& body) { look_at(body); });
                }
            }
        }
    }

    void look_at(const Command& command) {
        if (command.kind == Command::Kind::function) functions_.insert(command.name);
        if (command.kind != Command::Kind::simple) return;
        const auto name = name_of(command);
        if (name == "eval") settings_.evaluates = true;
        if (name == "." || name == "source") look_at_source(command);
        if (name == "mkfifo" || name == "mknod") settings_.fifos = true;
        if (name == "alias" || name == "enable") settings_.aliases = true;
        if (name != "set") return;
        for (const Word& word : command.words) {
            const std::string text = literal(word).value_or("");
            const bool letters = text.size() > 1 && text.front() == '-' && text[1] != '-';
            settings_.noclobber = settings_.noclobber || text == "noclobber" ||
                                  (letters && text.find('C') != std::string::npos);
        }
    }

    /// What it defines counts; its own pipelines stay as they are.
    void look_at_source(const Command& command) {
        const auto path = command.words.size() < 2 ? std::nullopt : literal(command.words[1]);
        const auto text =
            path && request_.read && depth_ < kDeepestSource ? request_.read(*path) : std::nullopt;
        const Parsed parsed = text ? parse(*text) : Parsed();
        if (!text || parsed.error) {
            settings_.sources_unknown = true;
            return;
        }
        ++depth_;
        look_at(parsed.script.list);
        --depth_;
    }

    /// Behind -c a shell knows of no file.
    void name_source(const List& list) {
        for (const Chain& chain : list.chains) {
            for (const Pipeline& line : chain.pipelines) {
                for (const Command& command : line.commands) {
                    for (const auto* words : {&command.assignments, &command.words}) {
                        for (const Word& word : *words) {
                            for (const Piece& piece : word.pieces)
                                name_source(piece);
                        }
                    }
                    each_body(command, [this](const List& body) { name_source(body); });
                }
            }
        }
    }

    void name_source(const Piece& piece) {
        if (piece.kind != Piece::Kind::parameter) return;
        const std::string_view raw =
            request_.text.substr(piece.range.begin, piece.range.end - piece.range.begin);
        for (const std::string_view form : {"${BASH_SOURCE[0]", "${BASH_SOURCE", "$BASH_SOURCE"}) {
            if (!raw.starts_with(form)) continue;
            const bool braces = raw[1] == '{';
            const char next = raw.size() > form.size() ? raw[form.size()] : '}';
            if (next == '[' || is_letter(next) || is_digit(next)) return;
            edits_.push_back({piece.range.begin, form.size(), braces ? "${0" : "$0"});
            return;
        }
    }

    // --- the pipelines

    void cover(const List& list) {
        for (std::size_t i = 0; i < list.chains.size(); ++i) {
            const Chain& chain = list.chains[i];
            const bool asked = i + 1 < list.chains.size() && asks_for_all(list.chains[i + 1].range);
            for (std::size_t k = 0; k < chain.pipelines.size(); ++k) {
                const Pipeline& line = chain.pipelines[k];
                const bool asked_here = asked || (k + 1 < chain.pipelines.size() &&
                                                  asks_for_all(chain.pipelines[k + 1].range));
                cover(line, chain.background, asked_here);
                for (const Command& command : line.commands) {
                    each_body(command, [this](const List& body) { cover(body); });
                }
            }
        }
    }

    [[nodiscard]] bool asks_for_all(Range range) const {
        return request_.text.substr(range.begin, range.end - range.begin).find("PIPESTATUS") !=
               std::string_view::npos;
    }

    /// Of one command only where it writes a file; a pipeline always.
    void cover(const Pipeline& line, bool background, bool asked) {
        const auto& commands = line.commands;
        if (commands.empty()) return;
        const bool alone = commands.size() == 1;
        if (alone && (commands.front().kind != Command::Kind::simple ||
                      !writes_file(commands.front()) || is_shells_own(commands.front()))) {
            return;
        }
        const Range range{commands.front().range.begin, commands.back().range.end};
        std::string why = asked ? "PIPESTATUS is looked at behind it" : "";
        if (why.empty() && alone && background) why = "its file is written while others go on";
        if (why.empty()) why = try_to_cover(line);
        lines_.push_back({line_of(range.begin), std::move(why)});
    }

    static bool writes_file(const Command& command) {
        return std::ranges::any_of(command.redirects, [](const auto& redirect) {
            using Kind = Redirect::Kind;
            const bool out = redirect->kind == Kind::out || redirect->kind == Kind::clobber ||
                             redirect->kind == Kind::append || redirect->kind == Kind::both;
            return out && (redirect->descriptor == -1 || redirect->descriptor == 1) &&
                   literal(redirect->target) != "/dev/null";
        });
    }

    /// A builtin, a function, or nothing but assignments: no program is started.
    [[nodiscard]] bool is_shells_own(const Command& command) const {
        const auto name = name_of(command);
        return command.words.empty() || (name && (is_builtin(*name) || functions_.contains(*name)));
    }

    /// Adds the edits; or says why there are none.
    std::string try_to_cover(const Pipeline& line) {
        if (settings_.aliases) return "there are aliases";
        if (settings_.fifos) return "there are named pipes";
        const auto& commands = line.commands;
        std::size_t begin = 0;
        std::size_t end = commands.size();
        while (begin + 1 < end && only_prints(commands[begin]))
            ++begin;
        const bool by_shell = begin == 0 && end > 1 && !starts_program(commands.front());
        if (by_shell) ++begin;
        while (end > begin + 1 && only_reads(commands[end - 1]))
            --end;
        std::vector<Edit> edits;
        if (by_shell) {
            if (std::string why = hand_over_status(line, edits); !why.empty()) return why;
        }
        for (std::size_t i = begin; i < end; ++i) {
            const StagePosition position{i == 0, i + 1 == commands.size(),
                                         i + 1 < end && line.joined[i]};
            const Start start = i > begin  ? Start::none
                                : by_shell ? Start::behind_shell
                                           : Start::own;
            if (std::string why = add_stage(line, i, start, position, edits); !why.empty()) {
                return why;
            }
        }
        // one program between what cannot fail and what asks nobody: a shell does as well
        if (end - begin == 1 && !by_shell && !writes_file(commands[begin])) return {};
        edits_.insert(edits_.end(), edits.begin(), edits.end());
        return {};
    }

    /// What stands before the first stage of a `pipe`.
    enum class Start {
        none,          ///< it is a later one
        own,           ///< nothing
        behind_shell,  ///< a stage that the shell runs, and that says how it ended
    };

    [[nodiscard]] bool starts_program(const Command& command) const {
        const auto name = name_of(command);
        return command.kind == Command::Kind::simple && !command.words.empty() &&
               (!name || !(functions_.contains(*name) || is_builtin(*name)) ||
                stands_for_program(command));
    }

    /// The shell runs it in a subshell, as it does with each stage of a pipeline, and prints its
    /// status behind its data; `pipectl __relay` takes that off and ends with it.
    std::string hand_over_status(const Pipeline& line, std::vector<Edit>& edits) const {
        const Command& command = line.commands.front();
        const std::string_view text =
            request_.text.substr(command.range.begin, command.range.end - command.range.begin);
        if (command.kind == Command::Kind::function || command.kind == Command::Kind::coprocess) {
            return "a stage that only a shell can run";
        }
        if (line.joined.front() || writes_stdout_elsewhere(command)) {
            return "the output of what the shell runs goes two ways";
        }
        if (text.find("trap") != std::string_view::npos) return "a trap in what the shell runs";
        edits.push_back(
            {command.range.begin, 0, "( trap 'printf %s%d " + mark() + " \"$?\"' EXIT; "});
        edits.push_back({command.range.end, 0, " )"});
        return {};
    }

    /// Not the separator itself, which is never a word of a command.
    [[nodiscard]] std::string mark() const { return "status" + request_.separator; }

    static bool writes_stdout_elsewhere(const Command& command) {
        return std::ranges::any_of(command.redirects, [](const auto& redirect) {
            using Kind = Redirect::Kind;
            const bool in = redirect->kind == Kind::in || redirect->kind == Kind::here_document ||
                            redirect->kind == Kind::here_string;
            return !in && redirect->descriptor != 2;
        });
    }

    std::string add_stage(const Pipeline& line, std::size_t index, Start start,
                          StagePosition position, std::vector<Edit>& edits) const {
        const bool starts = start != Start::none;
        const Command& command = line.commands[index];
        if (command.kind != Command::Kind::simple) return "a stage that only a shell can run";
        if (command.words.empty()) return "a stage without a program";
        const auto name = name_of(command);
        if (!name) return "its program is known only when it runs";
        if (functions_.contains(*name)) return "'" + *name + "' is a function";
        if (settings_.sources_unknown && name->find('/') == std::string::npos) {
            return "'" + *name + "' may be a function of a file that is sourced";
        }
        if (is_builtin(*name) && !stands_for_program(command)) {
            return "'" + *name + "' is the shell's own";
        }
        if (std::string why = needs_shell(command); !why.empty()) return why;
        if (*name == "make" || *name == "gmake") return "'" + *name + "' hands descriptors on";
        const StageWords words = stage_words(request_.text, command, position);
        if (!words.why.empty()) return words.why;
        if (words.writes_file && settings_.noclobber) return "noclobber is set";
        // a program's own words begin behind '--'
        std::string put = starts ? request_.command + " pipe --sep '" + request_.separator + "' "
                                 : " '" + request_.separator + "' ";
        if (starts) put += "--silent-last ";
        if (start == Start::behind_shell) {
            put +=
                "-- " + request_.command + " __relay " + mark() + " '" + request_.separator + "' ";
        }
        put += words.options + "-- ";
        if (!command.assignments.empty()) put += "env ";
        if (starts) {
            edits.push_back({command.range.begin, 0, std::move(put)});
        } else {
            // newlines and comments may stand behind a bar
            const Range gap{line.bars[index - 1], command.range.begin};
            if (has_document_in(line, gap)) return "a here document stands behind a bar";
            const auto lines =
                std::count(request_.text.begin() + static_cast<std::ptrdiff_t>(gap.begin),
                           request_.text.begin() + static_cast<std::ptrdiff_t>(gap.end), '\n');
            for (auto i = lines; i > 0; --i)
                put += "\\\n";
            edits.push_back({gap.begin, gap.end - gap.begin, std::move(put)});
        }
        for (const Range& removed : words.removed) {
            edits.push_back({removed.begin, removed.end - removed.begin, ""});
        }
        return {};
    }

    static bool has_document_in(const Pipeline& line, Range gap) {
        return std::ranges::any_of(line.commands, [&](const Command& command) {
            return std::ranges::any_of(command.redirects, [&](const auto& redirect) {
                return redirect->kind == Redirect::Kind::here_document &&
                       redirect->body_range.begin >= gap.begin &&
                       redirect->body_range.begin < gap.end;
            });
        });
    }

    /// Words that mean something else as arguments of `pipe`, or lead to descriptors of the
    /// shell's.
    static std::string needs_shell(const Command& command) {
        for (const Word& word : command.assignments) {
            for (const Piece& piece : word.pieces) {
                const bool text = piece.kind == Piece::Kind::text;
                const bool tilde =
                    text && !piece.quoted && piece.value.find('~') != piece.value.npos;
                const bool split = !text && !piece.quoted;
                if (tilde || split || piece.kind == Piece::Kind::array) {
                    return "an assignment that as an argument would be another one";
                }
            }
            const std::string name = word.pieces.empty() ? "" : word.pieces.front().value;
            if (name.substr(0, name.find('=')).ends_with('+')) return "an assignment that adds";
        }
        for (const Word& word : command.words) {
            for (const Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::process_in ||
                    piece.kind == Piece::Kind::process_out) {
                    return "process substitution";
                }
                if (piece.kind == Piece::Kind::text &&
                    (piece.value.find("/dev/fd/") != piece.value.npos ||
                     piece.value.find("/proc/self/fd/") != piece.value.npos)) {
                    return "a descriptor of the shell's";
                }
            }
        }
        return {};
    }

    static bool stands_for_program(const Command& command) {
        std::vector<std::string> argv;
        for (const Word& word : command.words) {
            const auto text = literal(word);
            if (!text) return false;
            argv.push_back(*text);
        }
        return same_as_program(argv);
    }

    [[nodiscard]] int line_of(std::size_t at) const {
        const auto end = request_.text.begin() + static_cast<std::ptrdiff_t>(at);
        return 1 + static_cast<int>(std::count(request_.text.begin(), end, '\n'));
    }

    std::string edited() {
        std::ranges::stable_sort(edits_, {}, &Edit::at);
        std::string text;
        std::size_t at = 0;
        for (const Edit& edit : edits_) {
            if (edit.at < at) continue;  // inside of something that is removed
            text += request_.text.substr(at, edit.at - at);
            text += edit.put;
            at = edit.at + edit.removed;
        }
        return text += request_.text.substr(at);
    }

    const CoverRequest& request_;
    std::set<std::string> functions_;
    Settings settings_;
    std::vector<Edit> edits_;
    std::vector<CoveredLine> lines_;
    int depth_ = 0;  ///< of files that source others
};

}  // namespace

Cover cover_text(const CoverRequest& request) {
    return Covering(request).run();
}

}  // namespace pipectl::shell
