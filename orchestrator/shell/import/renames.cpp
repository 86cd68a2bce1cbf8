#include "orchestrator/shell/import/renames.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"

namespace pipectl::shell {

namespace {

struct Move {
    const Word* from;
    const Word* to;
};

/// mv [-f] [--] FROM TO, by itself.
std::optional<Move> move_of(const Pipeline& line) {
    const Command& command = line.commands.front();
    if (line.commands.size() != 1 || line.negated || line.timed ||
        command.kind != Command::Kind::simple || !command.redirects.empty() ||
        !command.assignments.empty() || command.words.empty() ||
        literal(command.words.front()) != "mv") {
        return std::nullopt;
    }
    std::vector<const Word*> operands;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const auto word = literal(command.words[i]);
        if (word != "-f" && word != "--") {
            if (word && word->starts_with('-')) {
                return std::nullopt;
            }
            operands.push_back(&command.words[i]);
        }
    }
    return operands.size() == 2 ? std::optional(Move{operands[0], operands[1]}) : std::nullopt;
}

class Taker {
  public:
    Taker(std::string_view text, List& list, const PathNames& names, const Machine& machine)
        : text_(text), list_(list), names_(names), machine_(machine) {}

    Renames run() {
        for (std::size_t i = 0; i < list_.chains.size();) {
            i += take(i) ? 0 : 1;
        }
        return std::move(made_);
    }

  private:
    /// The mv is in the same chain, behind &&, or a chain of its own; true: it was one, and is
    /// gone.
    bool take(std::size_t index) {
        Chain& chain = list_.chains[index];
        if (chain.background) {
            return false;
        }
        if (chain.pipelines.size() == 2 && !chain.otherwise.front()) {
            const auto move = move_of(chain.pipelines.back());
            if (!move || !lead(*move, chain.pipelines.front(), 2)) {
                return false;
            }
            chain.pipelines.pop_back();
            chain.operators.clear();
            chain.otherwise.clear();
            chain.range.end = chain.pipelines.back().range.end;
            return false;
        }
        const auto move =
            chain.pipelines.size() == 1 ? move_of(chain.pipelines.front()) : std::nullopt;
        for (std::size_t before = index; move && before-- > 0;) {
            Chain& writer = list_.chains[before];
            if (writer.pipelines.size() != 1 || writer.background) {
                continue;
            }
            if (lead(*move, writer.pipelines.front(), 2)) {
                made_.settled.insert(writer.range.begin);
                list_.chains.erase(list_.chains.begin() + static_cast<std::ptrdiff_t>(index));
                return true;
            }
            if (names_file(writer, *move->to)) {
                return false;  // it needs the old one
            }
        }
        return false;
    }

    /// Lets the pipeline's output lead to where the mv would put it. `times`: so often the text
    /// names the file, when nothing else does.
    bool lead(const Move& move, Pipeline& line, int times) {
        const auto from = path_key(*move.from, names_);
        const auto to = path_key(*move.to, names_);
        if (!is_file(to, *move.to) || named(*move.from) != times) {
            return false;
        }
        std::shared_ptr<Redirect> found;
        for (const Command& command : line.commands) {
            for (const auto& redirect : command.redirects) {
                const bool whole = redirect->kind == Redirect::Kind::out ||
                                   redirect->kind == Redirect::Kind::clobber ||
                                   redirect->kind == Redirect::Kind::both;
                if (whole && same(redirect->target, *move.from)) {
                    found = redirect;
                }
            }
        }
        if (!found) {
            return false;
        }
        if (from) {
            made_.moved.insert(*from);
        }
        found->target = *move.to;
        made_.outputs.insert(found.get());
        return true;
    }

    /// Not a folder, into which the file would be moved.
    bool is_file(const std::optional<std::string>& path, const Word& word) const {
        const std::string raw = slice(word);
        return (!path || machine_.look(*path) != FileKind::other) && !raw.ends_with('/') &&
               !raw.ends_with("/\"") && raw != "." && raw != "..";
    }

    std::string slice(const Word& word) const {
        return std::string(text_.substr(word.range.begin, word.range.end - word.range.begin));
    }

    bool same(const Word& one, const Word& other) const {
        const auto a = path_key(one, names_);
        return slice(one) == slice(other) || (a && a == path_key(other, names_));
    }

    /// How many words of the text are the file; what cleans up does not count.
    int named(const Word& file) const {
        int count = 0;
        const auto key = path_key(file, names_);
        visit_commands(list_, [&](const Command& command) {
            const auto program =
                command.words.empty() ? std::nullopt : literal(command.words.front());
            if (program != "rm" && program != "trap") {
                visit_words(command, [&](const Word& word) {
                    const auto text = literal(word);
                    const bool inside = key && text && text != *key && mentions(*text, *key);
                    count += same(word, file) ? 1 : inside ? 2 : 0;  // sh -c 'cat f.tmp'
                });
            }
        });
        return count;
    }

    bool names_file(const Chain& chain, const Word& file) const {
        bool found = false;
        visit_commands(chain, [&](const Command& command) {
            visit_words(command, [&](const Word& word) { found = found || same(word, file); });
        });
        return found;
    }

    std::string_view text_;
    List& list_;
    const PathNames& names_;
    const Machine& machine_;
    Renames made_;
};

}  // namespace

Renames take_renames(std::string_view text, List& list, const PathNames& names,
                     const Machine& machine) {
    return Taker(text, list, names, machine).run();
}

}  // namespace pipectl::shell
