#include "orchestrator/shell/import/steps.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/import/effects.hpp"
#include "orchestrator/shell/syntax/expansions.hpp"
#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

bool joins(char c) {
    return is_letter(c) || is_digit(c);
}

/// The name stands there, not inside of a longer one.
bool names(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find(name); at != std::string_view::npos;
         at = text.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || !joins(text[at - 1])) && (end == text.size() || !joins(text[end]))) {
            return true;
        }
    }
    return false;
}

bool gets_output(const Word& word) {
    return std::ranges::any_of(word.pieces, [](const Piece& piece) {
        return piece.kind != Piece::Kind::text && piece.kind != Piece::Kind::parameter;
    });
}

class StepFinder {
  public:
    StepFinder(std::string_view text, const std::vector<Statement>& all,
               const std::set<std::size_t>& refused)
        : text_(text), all_(all), refused_(refused) {}

    std::optional<Steps> run() {
        std::vector<Span> spans;
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (!needs_shell(i)) continue;
            Span span = grown({i, i + 1});
            while (!spans.empty() && spans.back().end > span.begin) {
                span = grown({spans.back().begin, std::max(span.end, spans.back().end)});
                spans.pop_back();
            }
            i = span.end - 1;
            spans.push_back(span);
        }
        if (std::ranges::any_of(spans, [&](const Span& span) { return changes_arguments(span); })) {
            return std::nullopt;
        }
        return spans.empty() || parts(spans) < 2 ? std::nullopt : std::optional(made(spans));
    }

  private:
    /// Statements [begin, end).
    struct Span {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    [[nodiscard]] bool needs_shell(std::size_t i) const {
        const Statement& each = all_[i];
        const Command& command = each.command();
        if (each.kind == Statement::Kind::pipeline) {
            const Range range = each.chain->range;
            const auto place = refused_.lower_bound(range.begin);
            return place != refused_.end() && *place < range.end;
        }
        if (each.kind == Statement::Kind::other) {
            const auto name = command.words.empty() ? std::nullopt : literal(command.words.front());
            const bool alone = each.chain->pipelines.size() == 1;
            const bool last = i + 1 == all_.size();
            return !(alone && (name == "trap" || (last && name == "exit")));
        }
        return (each.kind == Statement::Kind::assignment &&
                std::ranges::any_of(command.assignments, gets_output)) ||
               (each.kind == Statement::Kind::constant &&
                std::ranges::any_of(command.words, gets_output));
    }

    /// With all that uses what is set in it, and what makes the temporary files that it uses.
    [[nodiscard]] Span grown(Span span) const {
        if (span.begin > 0 && asks_for_status(slice(span.begin))) --span.begin;
        for (Span before; before.begin != span.begin || before.end != span.end;) {
            before = span;
            span.begin = std::min({span.begin, first_temporary(span), first_writer(span)});
            Effects effects;
            for (std::size_t i = span.begin; i < span.end; ++i) {
                const Effects more = effects_of(text_, *all_[i].chain, all_);
                effects.sets.insert(more.sets.begin(), more.sets.end());
                effects.functions.insert(more.functions.begin(), more.functions.end());
                effects.to_the_end = effects.to_the_end || more.to_the_end;
            }
            for (std::size_t i = span.end; i < all_.size(); ++i) {
                const std::string text = slice(i);
                const bool uses = uses_any(i, effects);
                if (uses || effects.to_the_end || (i == span.end && asks_for_status(text))) {
                    span.end = i + 1;
                }
            }
        }
        return span;
    }

    /// Of a file that is written again in it, or was a stdin above: a run has one writer for each
    /// file.
    [[nodiscard]] std::size_t first_writer(Span span) const {
        std::set<std::string> again;
        for (std::size_t i = span.begin; i < span.end; ++i) {
            for (std::string& path : written_by(i))
                again.insert(std::move(path));
            visit_commands(*all_[i].chain, [&](const Command& command) {
                const auto program =
                    command.words.empty() ? std::nullopt : path_key(command.words.front(), {});
                if (program && program->find('/') != program->npos) again.insert(*program);
            });
        }
        for (std::size_t i = 0; i < span.begin; ++i) {
            const auto written = written_by(i, true);
            if (std::ranges::any_of(
                    written, [&](const std::string& path) { return again.contains(path); })) {
                return i;
            }
        }
        return span.begin;
    }

    [[nodiscard]] std::vector<std::string> written_by(std::size_t i, bool or_stdin = false) const {
        Paths paths;
        visit_commands(*all_[i].chain,
                       [&](const Command& command) { add_paths(command, {}, paths); });
        if (or_stdin) {
            paths.written.insert(paths.written.end(), paths.read.begin(), paths.read.end());
        }
        return paths.written;
    }

    [[nodiscard]] bool uses_any(std::size_t i, const Effects& effects) const {
        const std::string text = slice(i);
        const auto named = [&](const std::string& name) { return names(text, name); };
        const Statement::Kind kind = all_[i].kind;
        // `export x`, `readonly x`
        const bool by_name = kind == Statement::Kind::exported || kind == Statement::Kind::constant;
        const std::set<std::string> expanded = expanded_names(text);
        return std::ranges::any_of(effects.functions, named) ||
               std::ranges::any_of(effects.sets, [&](const std::string& name) {
                   return expanded.contains(name) || (by_name && named(name));
               });
    }

    [[nodiscard]] std::size_t first_temporary(Span span) const {
        for (std::size_t i = 0; i < span.begin; ++i) {
            if (all_[i].kind != Statement::Kind::temporary) continue;
            const auto used = effects_of(text_, *all_[i].chain, all_).sets;
            for (std::size_t k = span.begin; k < span.end; ++k) {
                const std::string text = slice(k);
                if (std::ranges::any_of(
                        used, [&](const std::string& name) { return names(text, name); })) {
                    return i;
                }
            }
        }
        return span.begin;
    }

    /// `set --` and `shift`, with $1: which would be the definition's.
    [[nodiscard]] bool changes_arguments(Span span) const {
        bool changes = false;
        bool uses = false;
        for (std::size_t i = span.begin; i < span.end; ++i) {
            const std::string text = slice(i);
            changes = changes || names(text, "set") || names(text, "shift");
            uses = uses || std::ranges::any_of(expanded_names(text), [](const std::string& name) {
                       return name == "@" || name == "*" || name == "#" ||
                              (!name.empty() && is_digit(name.front()));
                   });
        }
        return changes && uses;
    }

    /// How many stages there would be, a pipeline counted as one.
    [[nodiscard]] std::size_t parts(const std::vector<Span>& spans) const {
        std::size_t count = spans.size();
        for (std::size_t i = 0; i < all_.size(); ++i) {
            const bool inside = std::ranges::any_of(
                spans, [&](const Span& span) { return span.begin <= i && i < span.end; });
            count += all_[i].kind == Statement::Kind::pipeline && !inside ? 1 : 0;
        }
        return count;
    }

    [[nodiscard]] Steps made(const std::vector<Span>& spans) const {
        Steps steps;
        std::size_t at = 0;
        for (const Span& span : spans) {
            const std::size_t begin = all_[span.begin].chain->range.begin;
            const std::size_t end = all_[span.end - 1].chain->range.end;
            steps.text += text_.substr(at, begin - at);
            steps.begins.insert(steps.text.size());
            steps.text +=
                "{ " + options_before(span) + std::string(text_.substr(begin, end - begin)) + "; }";
            steps.lines.push_back(
                1 + static_cast<int>(std::count(
                        text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n')));
            at = end;
        }
        steps.text += text_.substr(at);
        return steps;
    }

    /// set -e and its like, for a shell of its own.
    [[nodiscard]] std::string options_before(Span span) const {
        std::string options;
        for (std::size_t i = 0; i < span.begin; ++i) {
            if (all_[i].kind == Statement::Kind::options) options += slice(i) + "; ";
        }
        return options;
    }

    /// With the lines of its here documents, which stand behind it.
    [[nodiscard]] std::string slice(std::size_t i) const { return fragment(text_, *all_[i].chain); }

    std::string_view text_;
    const std::vector<Statement>& all_;
    const std::set<std::size_t>& refused_;
};

}  // namespace

std::optional<Steps> steps_of(std::string_view text, const std::vector<Statement>& all,
                              const std::set<std::size_t>& refused) {
    return StepFinder(text, all, refused).run();
}

}  // namespace pipectl::shell
