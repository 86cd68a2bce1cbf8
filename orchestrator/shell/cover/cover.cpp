#include "orchestrator/shell/cover/cover.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/cover/segments.hpp"
#include "orchestrator/shell/cover/text_facts.hpp"
#include "orchestrator/shell/syntax/parser.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/statements.hpp"
#include "stages/base/text.hpp"

namespace pipectl::shell {

namespace {

/// Of a text, or of what stands between backquotes in it.
class Covering {
  public:
    Covering(const CoverRequest& request, std::string_view text, int first_line)
        : request_(request), text_(text), first_line_(first_line) {}

    Cover run() {
        Cover made;
        made.text = std::string(text_);
        const Parsed parsed = parse(text_);
        if (parsed.error) {
            made.error = parsed.error;
            return made;
        }
        const List& list = parsed.script.list;
        facts_ = facts_of(text_, list, request_.functions, request_.read);
        // bash expands them only where it is told to; `reader` is of bash
        const auto says = [&](std::string_view word) {
            return text_.find(word) != std::string_view::npos;
        };
        facts_.aliases = facts_.aliases && (request_.reader.empty() || says("expand_aliases") ||
                                            says("posix") || says("enable"));
        if (request_.sources_unknown) {
            facts_.sources_unknown = true;
            facts_.unknown_from = 0;
        }
        return cover_all(std::move(made), list);
    }

    Cover run_inside(const TextFacts& facts) {
        Cover made;
        const Parsed parsed = parse(text_);
        made.error = parsed.error;
        if (parsed.error) return made;
        facts_ = facts;
        facts_.unknown_from = 0;
        return cover_all(std::move(made), parsed.script.list);
    }

  private:
    Cover cover_all(Cover made, const List& list) {
        statements_ = statements(list);
        cover(list);
        made.evaluates = facts_.evaluates;
        std::ranges::stable_sort(lines_, {}, &CoveredLine::line);
        made.lines = std::move(lines_);
        made.text = edited();
        return made;
    }

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
                    cover_inside(command);
                }
            }
        }
    }

    void cover_inside(const Command& command) {
        cover_source(command);
        const bool outside = !in_function_;
        in_function_ = in_function_ || command.kind == Command::Kind::function;
        for (const List& body : command.bodies) {
            cover(body);
        }
        in_function_ = !outside;
        const auto words = [&](const std::vector<Word>& all) {
            for (const Word& word : all) {
                for (const Piece& piece : word.pieces) {
                    cover_inside(piece);
                }
            }
        };
        words(command.assignments);
        words(command.words);
        for (const auto& redirect : command.redirects) {
            words({redirect->target});
        }
    }

    void cover_inside(const Piece& piece) {
        if (!request_.source_variable.empty()) name_source(piece);
        if (piece.body) {
            cover(*piece.body);
        } else if (piece.kind == Piece::Kind::command) {
            cover_backquotes(piece.range);
        }
    }

    /// What the shell reads between backquotes: \\, \$ and \` are one character.
    static std::string without_escapes(std::string_view text) {
        std::string plain;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool escape =
                text[i] == '\\' && i + 1 < text.size() &&
                std::string_view("\\$`").find(text[i + 1]) != std::string_view::npos;
            plain += escape ? text[++i] : text[i];
        }
        return plain;
    }

    static std::string with_escapes(std::string_view text) {
        std::string escaped;
        for (const char c : text) {
            if (c == '\\' || c == '`') escaped += '\\';
            escaped += c;
        }
        return escaped;
    }

    void cover_backquotes(Range range) {
        const std::string_view inner = text_.substr(range.begin + 1, range.end - range.begin - 2);
        if (text_[range.begin] != '`' || inner.find_first_of("|>") == std::string_view::npos) {
            return;
        }
        const int line = line_of(range.begin);
        const std::string plain = without_escapes(inner);
        const Cover made = Covering(request_, plain, line).run_inside(facts_);
        if (made.error) return;  // the shell says so
        // what stands in double quotes may have lost a backslash more
        if (plain != inner && inner.find("\\\"") != std::string_view::npos) {
            lines_.push_back({line, "backquotes with quotes behind a backslash: use $( )"});
            return;
        }
        edits_.push_back(
            {range.begin + 1, inner.size(), plain == inner ? made.text : with_escapes(made.text)});
        lines_.insert(lines_.end(), made.lines.begin(), made.lines.end());
    }

    /// `. FILE`: what is read is the file's covered text.
    void cover_source(const Command& command) {
        const auto name = name_of(command);
        if (command.kind != Command::Kind::simple || command.words.size() < 2 ||
            (name != "." && name != "source")) {
            return;
        }
        const Word& file = command.words[1];
        const auto path = literal(file);
        const bool text = std::ranges::all_of(file.pieces, [](const Piece& piece) {
            return piece.kind == Piece::Kind::text || piece.kind == Piece::Kind::parameter ||
                   piece.kind == Piece::Kind::command;
        });
        // a process substitution would be what $! says
        const bool asked = text_.find("$!") != std::string_view::npos;
        if (request_.reader.empty() || asked || !text || (path && path->starts_with("/dev/"))) {
            facts_.evaluates = true;
            return;
        }
        std::string tail = facts_.sources_unknown ? " unknown" : " known";
        for (const std::string& function : facts_.functions)
            tail += " " + quote_word(function);
        edits_.push_back({file.range.begin, 0, "<(" + request_.reader + " "});
        edits_.push_back({file.range.end, 0, tail + ")"});
    }

    /// Behind -c a shell knows of no file.
    void name_source(const Piece& piece) {
        if (piece.kind != Piece::Kind::parameter) return;
        const std::string_view raw =
            text_.substr(piece.range.begin, piece.range.end - piece.range.begin);
        for (const std::string_view form : {"${BASH_SOURCE[0]", "${BASH_SOURCE", "$BASH_SOURCE"}) {
            if (!raw.starts_with(form)) continue;
            const bool braces = raw[1] == '{';
            const char next = raw.size() > form.size() ? raw[form.size()] : '}';
            if (next == '[' || is_letter(next) || is_digit(next)) return;
            edits_.push_back(
                {piece.range.begin, form.size(), (braces ? "${" : "$") + request_.source_variable});
            return;
        }
    }

    [[nodiscard]] bool asks_for_all(Range range) const {
        return text_.substr(range.begin, range.end - range.begin).find("PIPESTATUS") !=
               std::string_view::npos;
    }

    /// Of one command only where it writes a file; a pipeline always.
    void cover(const Pipeline& line, bool background, bool asked) {
        const auto& commands = line.commands;
        if (commands.empty()) return;
        const bool alone = commands.size() == 1;
        if (alone && (commands.front().kind != Command::Kind::simple ||
                      !writes_file(commands.front()) || is_shells_own(commands.front(), facts_))) {
            if (request_.strict && writes_file(commands.front()) && !is_print(commands.front())) {
                lines_.push_back(
                    {line_of(commands.front().range.begin), "a file that the shell itself opens"});
            }
            return;
        }
        const int at = line_of(commands.front().range.begin);
        std::string why = asked ? "PIPESTATUS is looked at behind it" : "";
        if (why.empty() && alone && background) why = "its file is written while others go on";
        if (why.empty()) {
            // what is sourced below defines nothing up here
            const bool unknown = facts_.sources_unknown;
            const bool above = !in_function_ && line.range.end <= facts_.unknown_from;
            facts_.sources_unknown = unknown && !above;
            PipelineEdits made = edits_of(
                {text_, request_, facts_, statements_, request_.name + ":" + std::to_string(at)},
                line);
            facts_.sources_unknown = unknown;
            edits_.insert(edits_.end(), made.edits.begin(), made.edits.end());
            why = std::move(made.why);
        }
        lines_.push_back({at, std::move(why)});
    }

    /// echo .. > file: it cannot fail halfway.
    static bool is_print(const Command& command) {
        const auto name = name_of(command);
        return command.kind == Command::Kind::simple &&
               (name == "echo" || name == "printf" || name == ":" || name == "true");
    }

    [[nodiscard]] int line_of(std::size_t at) const {
        const auto end = text_.begin() + static_cast<std::ptrdiff_t>(at);
        return first_line_ + static_cast<int>(std::count(text_.begin(), end, '\n'));
    }

    std::string edited() {
        std::ranges::stable_sort(edits_, {}, &Edit::at);
        std::string text;
        std::size_t at = 0;
        for (const Edit& edit : edits_) {
            if (edit.at < at) continue;  // inside of something that is removed
            text += text_.substr(at, edit.at - at);
            text += edit.put;
            at = edit.at + edit.removed;
        }
        return text += text_.substr(at);
    }

    const CoverRequest& request_;
    std::string_view text_;
    int first_line_;
    TextFacts facts_;
    bool in_function_ = false;
    std::vector<Statement> statements_;
    std::vector<Edit> edits_;
    std::vector<CoveredLine> lines_;
};

}  // namespace

Cover cover_text(const CoverRequest& request) {
    return Covering(request, request.text, 1).run();
}

}  // namespace pipectl::shell
