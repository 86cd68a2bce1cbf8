#include "orchestrator/shell/translate/statuses.hpp"

#include <algorithm>
#include <string_view>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/parser.hpp"

namespace pipectl::shell {

namespace {

using Statuses = std::set<int>;

/// Texts and functions in one another.
constexpr int kDeepestCalls = 8;

std::string program_of(const Arguments& words) {
    const std::string path = words.empty() ? std::string() : words.front().text;
    return path.substr(path.rfind('/') + 1);
}

bool has_word(const Arguments& words, std::initializer_list<std::string_view> any) {
    return std::any_of(words.begin(), words.end(), [&](const Argument& word) {
        return std::find(any.begin(), any.end(), word.text) != any.end();
    });
}

class StatusJudge {
  public:
    explicit StatusJudge(const std::vector<Statement>& all) : all_(all) {}

    Statuses of(const Command& command) {
        switch (command.kind) {
            case Command::Kind::test:
            case Command::Kind::arithmetic: return {1};
            case Command::Kind::group:
            case Command::Kind::subshell:
            case Command::Kind::loop:
                return command.bodies.empty() ? Statuses{} : of(command.bodies.back());
            case Command::Kind::conditional: {
                Statuses any;
                for (const List& body : command.bodies) {
                    any.merge(of(body));
                }
                return any;
            }
            case Command::Kind::simple: return of_simple(command);
            default: return {};
        }
    }

    Statuses of_words(const Arguments& all) {
        const Arguments words = without_wrappers(all);
        const std::string name = program_of(words);
        if (has_trait(name, Trait::says_with_one)) {
            return {1};
        }
        if (name == "git") {
            const bool says = has_word(words, {"grep"}) ||
                              (has_word(words, {"diff", "diff-index", "diff-tree"}) &&
                               has_word(words, {"--exit-code", "--quiet", "--no-index"}));
            return says ? Statuses{1} : Statuses{};
        }
        if (name == "xargs") {
            return of_words(behind_xargs(words)).empty() ? Statuses{} : Statuses{123};
        }
        if (name == "find" && has_word(words, {"+"})) {
            const auto exec = std::find_if(words.begin(), words.end(), [](const Argument& word) {
                return word.text == "-exec" || word.text == "-execdir";
            });
            return exec == words.end() || of_words(Arguments(exec + 1, words.end())).empty()
                       ? Statuses{}
                       : Statuses{1};
        }
        if (has_trait(name, Trait::shell) && words.size() > 2 && words[1].text == "-c") {
            const Parsed parsed = parse(words[2].text);
            return parsed.error ? Statuses{} : of(parsed.script.list);
        }
        return {};
    }

  private:
    Statuses of(const Pipeline& line) {
        return line.negated ? Statuses{1} : of(line.commands.back());
    }

    /// That of the last pipeline, or of one before it that && has made the last.
    Statuses of(const List& list) {
        if (list.chains.empty() || list.chains.back().background || depth_ >= kDeepestCalls) {
            return {};
        }
        ++depth_;
        const Chain& chain = list.chains.back();
        Statuses any = of(chain.pipelines.back());
        for (std::size_t i = 0; i < chain.otherwise.size(); ++i) {
            if (!chain.otherwise[i]) {
                any.merge(of(chain.pipelines[i]));
            }
        }
        --depth_;
        return any;
    }

    Statuses of_simple(const Command& command) {
        const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
        for (const Statement& each : all_) {
            if (each.kind == Statement::Kind::function && name == each.command().name &&
                depth_ < kDeepestCalls) {
                ++depth_;
                Statuses any =
                    each.command().bodies.empty() ? Statuses{} : of(each.command().bodies.back());
                --depth_;
                return any;
            }
        }
        return of_words(arguments_of(command, {}));
    }

    const std::vector<Statement>& all_;
    int depth_ = 0;
};

}  // namespace

std::set<int> mild_statuses(const Command& command, const std::vector<Statement>& all) {
    return StatusJudge(all).of(command);
}

std::set<int> mild_statuses(const std::vector<std::string>& argv) {
    Arguments words;
    for (const std::string& word : argv) {
        words.push_back({word});
    }
    return StatusJudge({}).of_words(words);
}

bool never_fails(const Command& command) {
    if (command.kind != Command::Kind::simple || command.words.empty()) {
        return false;
    }
    for (const Word& word : command.words) {  // what is computed may be wrong: $((x + 1)), ${x:?}
        for (const Piece& piece : word.pieces) {
            if (piece.kind == Piece::Kind::arithmetic || piece.kind == Piece::Kind::command ||
                (piece.kind == Piece::Kind::parameter &&
                 piece.value.find('?') != std::string::npos)) {
                return false;
            }
        }
    }
    for (const auto& redirect : command.redirects) {
        if (redirect->kind == Redirect::Kind::in || redirect->kind == Redirect::Kind::in_out) {
            return false;
        }
    }
    const Arguments words = arguments_of(command, {});
    const FileUse use = file_use(words);
    return use.known && use.reads.empty() && use.writes.empty() &&
           has_trait(program_of(without_wrappers(words)), Trait::never_fails);
}

}  // namespace pipectl::shell
