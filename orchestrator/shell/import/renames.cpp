#include "orchestrator/shell/import/renames.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/shell/import/uses.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/translate/statements.hpp"

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
        : text_(text),
          list_(list),
          names_(names),
          machine_(machine),
          all_(statements(list)),
          runs_(list.chains.size(), false),
          gone_(list.chains.size(), false),
          uses_(list.chains.size()) {
        for (const Statement& each : all_) {
            // what && joins is taken apart later
            runs_[each.chain - list.chains.data()] =
                each.kind == Statement::Kind::pipeline ||
                (each.kind == Statement::Kind::other && each.chain->pipelines.size() > 1);
        }
    }

    /// From the end: a mv that is gone is nothing that an earlier file could matter to.
    Renames run() {
        for (std::size_t i = list_.chains.size(); i-- > 0;) {
            take(i);
        }
        std::vector<Chain> left;
        for (std::size_t i = 0; i < gone_.size(); ++i) {
            gone_[i] ? void() : left.push_back(std::move(list_.chains[i]));
        }
        list_.chains = std::move(left);
        return std::move(made_);
    }

  private:
    /// The mv is in the same chain, behind &&, or a chain of its own.
    void take(std::size_t index) {
        Chain& chain = list_.chains[index];
        if (chain.background) {
            return;
        }
        if (chain.pipelines.size() == 2 && !chain.otherwise.front()) {
            const auto move = move_of(chain.pipelines.back());
            const auto output = move ? writer_of(chain.pipelines.front(), *move->from) : nullptr;
            if (!output || is_needed(*move, index, index) || !lead(*move, *output)) {
                return;
            }
            chain.pipelines.pop_back();
            chain.operators.clear();
            chain.otherwise.clear();
            chain.range.end = chain.pipelines.back().range.end;
            uses_[index].reset();
            return;
        }
        const auto move =
            chain.pipelines.size() == 1 ? move_of(chain.pipelines.front()) : std::nullopt;
        for (std::size_t before = index; move && before-- > 0;) {
            Chain& writer = list_.chains[before];
            if (writer.pipelines.size() != 1 || writer.background) {
                continue;
            }
            const auto output = writer_of(writer.pipelines.front(), *move->from);
            if (!output) {
                continue;
            }
            if (!is_needed(*move, before, index) && lead(*move, *output)) {
                made_.settled.insert(writer.range.begin);
                gone_[index] = true;
                uses_[before].reset();
            }
            return;
        }
    }

    /// Lets the output lead to where the mv would put it, when nothing else names what is moved.
    bool lead(const Move& move, Redirect& output) {
        const auto from = path_key(*move.from, names_);
        const auto to = path_key(*move.to, names_);
        if (!is_file(to, *move.to) || named(*move.from) != 2) {
            return false;
        }
        if (from) {
            made_.moved.insert(*from);
        }
        output.target = *move.to;
        made_.outputs.insert(&output);
        return true;
    }

    /// The redirection that writes the whole file, and nothing but it.
    std::shared_ptr<Redirect> writer_of(const Pipeline& line, const Word& file) const {
        std::shared_ptr<Redirect> found;
        for (const Command& command : line.commands) {
            for (const auto& redirect : command.redirects) {
                const bool whole = redirect->kind == Redirect::Kind::out ||
                                   redirect->kind == Redirect::Kind::clobber ||
                                   redirect->kind == Redirect::Kind::both;
                if (whole && same(redirect->target, file)) {
                    found = redirect;
                }
            }
        }
        return found;
    }

    /// Something below the writer may use the file under one of its two names: between the two
    /// statements it needs the old one, behind the mv the new one, which an output is only when
    /// the run has succeeded.
    bool is_needed(const Move& move, std::size_t writer, std::size_t mover) {
        const std::string from = path_pattern(word_pattern(*move.from, names_));
        const std::string to = path_pattern(word_pattern(*move.to, names_));
        const auto may_be = [&](const UsedPath& used) {
            return may_be_below(used.pattern, from) || may_be_below(used.pattern, to);
        };
        for (std::size_t at = writer + 1; at < gone_.size(); ++at) {
            if (at == mover || gone_[at] || !runs_[at]) {
                continue;
            }
            const Uses& uses = uses_at(at);
            if (!uses.unknown.empty() ||
                std::any_of(uses.reads.begin(), uses.reads.end(), may_be) ||
                std::any_of(uses.writes.begin(), uses.writes.end(), may_be)) {
                return true;
            }
        }
        return false;
    }

    const Uses& uses_at(std::size_t chain) {
        if (!uses_[chain]) {
            uses_[chain] = uses_of(list_.chains[chain], names_, all_);
        }
        return *uses_[chain];
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
        const auto look = [&](const Command& command) {
            const auto program =
                command.words.empty() ? std::nullopt : literal(command.words.front());
            if (program != "rm" && program != "trap") {
                visit_words(command, [&](const Word& word) {
                    const auto text = literal(word);
                    const bool inside = key && text && text != *key && mentions(*text, *key);
                    count += same(word, file) ? 1 : inside ? 2 : 0;  // sh -c 'cat f.tmp'
                });
            }
        };
        for (std::size_t i = 0; i < gone_.size(); ++i) {
            gone_[i] ? void() : visit_commands(list_.chains[i], look);
        }
        return count;
    }

    std::string_view text_;
    List& list_;
    const PathNames& names_;
    const Machine& machine_;
    const std::vector<Statement> all_;
    std::vector<bool> runs_;                 ///< by chain: it uses files
    std::vector<bool> gone_;                 ///< .. it is a mv that has been taken
    std::vector<std::optional<Uses>> uses_;  ///< .. as far as they were asked for
    Renames made_;
};

}  // namespace

Renames take_renames(std::string_view text, List& list, const PathNames& names,
                     const Machine& machine) {
    return Taker(text, list, names, machine).run();
}

}  // namespace pipectl::shell
