#include "orchestrator/shell/import/uses.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/parser.hpp"

namespace pipectl::shell {

namespace {

/// Texts in texts: sh -c "sh -c ..".
constexpr int kDeepestText = 5;

bool is_device(const std::string& path) {
    return path.starts_with("/dev/");
}

class Collector {
  public:
    Collector(const PathNames& names, const std::vector<Statement>& all)
        : names_(names), all_(all) {}

    Uses run(const Chain& chain) {
        forget_assigned(chain);
        visit_commands(chain, [&](const Command& command) { add(command); });
        for (const Pipeline& line : chain.pipelines) {
            made_.reads_stdin = made_.reads_stdin || reads_stdin(line.commands.front());
        }
        return std::move(made_);
    }

  private:
    /// A variable that the pipeline sets by itself has no known value in it.
    void forget_assigned(const Chain& chain) {
        for (const Pipeline& line : chain.pipelines) {
            for (const Command& command : line.commands) {
                visit_commands(command, [&](const Command& each) { forget(each, command); });
            }
        }
    }

    void forget(const Command& each, const Command& whole) {
        if (each.kind == Command::Kind::loop) {
            for (const Word& word : each.words) {
                forget(literal(word).value_or(""));
                break;
            }
        }
        const bool in_front = &each == &whole && !each.words.empty();
        for (const Word& word : each.assignments) {
            const std::string& text = word.pieces.front().value;
            in_front ? void() : forget(text.substr(0, name_length(text)));
        }
        const auto program = each.words.empty() ? std::nullopt : literal(each.words.front());
        if (program && is_builtin(*program) && *program != "echo" && *program != "[") {
            for (const Word& word : each.words) {  // read x, local x=.., printf -v x
                const std::string text = word_pattern(word, {});
                forget(text.substr(0, name_length(text)));
            }
        }
    }

    void forget(const std::string& name) {
        names_.values.erase(name);
        names_.patterns.erase(name);
    }

    void list(const List& all) {
        visit_commands(all, [&](const Command& command) { add(command); });
    }

    void add(const Command& command) {
        for (const auto& redirect : command.redirects) {
            add(*redirect);
        }
        if (command.kind == Command::Kind::test) {
            read(std::string(1, kAny), "a file");
        }
        if (command.kind == Command::Kind::loop || command.kind == Command::Kind::conditional) {
            for (const Word& word : command.words) {
                read(path_pattern(word_pattern(word, names_)), {});
            }
        }
        if (command.kind == Command::Kind::simple && !command.words.empty()) {
            program(command);
        }
        visit_words(command, [&](const Word& word) {
            for (const Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::command && !piece.body) {  // `..`
                    const std::string text = piece.value.substr(1, piece.value.size() - 2);
                    text_in(text, "a command");
                }
            }
        });
    }

    void add(const Redirect& redirect) {
        using Kind = Redirect::Kind;
        if (redirect.kind == Kind::here_document || redirect.kind == Kind::here_string ||
            redirect.kind == Kind::duplicate_in) {
            return;
        }
        const auto& pieces = redirect.target.pieces;
        if (pieces.size() == 1 && (pieces.front().kind == Piece::Kind::process_in ||
                                   pieces.front().kind == Piece::Kind::process_out)) {
            return;
        }
        const std::string text = word_pattern(redirect.target, names_);
        if (redirect.kind == Kind::duplicate_out &&
            text.find_first_not_of("0123456789-") == std::string::npos) {
            return;
        }
        const std::string path = path_pattern(text);
        if (redirect.kind == Kind::in || redirect.kind == Kind::in_out) {
            read(path, {});
        }
        if (redirect.kind != Kind::in) {
            write(path);
        }
    }

    void program(const Command& command) {
        const auto name = literal(command.words.front());
        if (name && function(*name)) {
            return;
        }
        const Arguments words = without_processes(command);
        const FileUse use = file_use(words);
        for (const std::string& path : use.reads) {
            read(path, {});
        }
        for (const std::string& path : use.writes) {
            write(path);
        }
        if (use.text) {
            text_in(*use.text, use.program);
        } else if (!use.known) {
            unknown(use.program);
            // so that a message can say which of the files it is
            for (const Argument& word : words) {
                word.text != std::string(1, kAny) ? read(path_pattern(word.text), {}) : void();
            }
        }
    }

    /// <(..) and >(..) are no files of the text; what an option makes of one may be.
    Arguments without_processes(const Command& command) const {
        Command rest;
        for (Word word : command.words) {
            bool process = false;
            for (Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::process_in ||
                    piece.kind == Piece::Kind::process_out) {
                    process = true;
                    piece = {Piece::Kind::text, true, "/dev/fd/63", piece.range, nullptr};
                }
            }
            if (!process || word.pieces.size() > 1) {
                rest.words.push_back(std::move(word));
            }
        }
        return arguments_of(rest, names_);
    }

    /// What a call does that the text defines; false: it defines none of that name.
    bool function(const std::string& name) {
        bool known = false;
        for (const Statement& each : all_) {
            if (each.kind == Statement::Kind::function && each.command().name == name) {
                known = true;
                if (seen_.insert(name).second) {
                    visit_commands(each.command(),
                                   [&](const Command& inner) { forget(inner, each.command()); });
                    for (const List& body : each.command().bodies) {
                        list(body);
                    }
                }
            }
        }
        return known;
    }

    void text_in(const std::string& text, const std::string& program) {
        const Parsed parsed = parse(text);
        if (parsed.error || depth_ >= kDeepestText) {
            unknown(program);
            return;
        }
        ++depth_;
        list(parsed.script.list);
        --depth_;
    }

    void read(const std::string& path, const std::string& shown) {
        if (!is_device(path)) {
            made_.reads.push_back({path, shown.empty() ? shown_pattern(path) : shown});
        }
    }

    void write(const std::string& path) {
        if (!is_device(path)) {
            made_.writes.push_back({path, shown_pattern(path)});
        }
    }

    void unknown(const std::string& program) {
        if (made_.unknown.empty()) {
            made_.unknown = program;
        }
    }

    bool reads_stdin(const Command& command) const {
        for (const auto& redirect : command.redirects) {
            if (redirect->descriptor <= 0 && (redirect->kind == Redirect::Kind::in ||
                                              redirect->kind == Redirect::Kind::here_document ||
                                              redirect->kind == Redirect::Kind::here_string)) {
                return false;
            }
        }
        const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
        for (const Statement& each : all_) {
            if (each.kind == Statement::Kind::function && name == each.command().name) {
                return true;
            }
        }
        if (command.kind == Command::Kind::simple) {
            return !command.words.empty() && file_use(arguments_of(command, names_)).reads_stdin;
        }
        return std::any_of(command.bodies.begin(), command.bodies.end(), [&](const List& body) {
            return std::any_of(body.chains.begin(), body.chains.end(), [&](const Chain& chain) {
                return std::any_of(
                    chain.pipelines.begin(), chain.pipelines.end(),
                    [&](const Pipeline& line) { return reads_stdin(line.commands.front()); });
            });
        });
    }

    PathNames names_;
    const std::vector<Statement>& all_;
    Uses made_;
    std::set<std::string> seen_;  ///< functions
    int depth_ = 0;
};

}  // namespace

Uses uses_of(const Chain& chain, const PathNames& names, const std::vector<Statement>& all) {
    return Collector(names, all).run(chain);
}

}  // namespace pipectl::shell
