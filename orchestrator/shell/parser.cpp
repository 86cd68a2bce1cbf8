#include "orchestrator/shell/parser.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "orchestrator/definition/source_lines.hpp"
#include "orchestrator/shell/lexer.hpp"
#include "orchestrator/shell/words.hpp"

namespace pipectl::shell {

namespace {

/// Reserved words that can only end or go on with what another one began.
constexpr std::string_view kClosing[] = {"}",  "then", "elif", "else", "fi",
                                         "do", "done", "esac", "in",   "]]"};

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 4 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Parser {
  public:
    explicit Parser(std::string_view text)
        : text_(text), lexer_(text, [this] { return nested(); }) {}

    Script run() {
        Script script;
        script.list = list({});
        if (peek().kind != Token::Kind::end) {
            unexpected();
        }
        script.comments = lexer_.comments();
        return script;
    }

  private:
    using Words = std::initializer_list<std::string_view>;

    const Token& peek() {
        if (!token_) {
            token_ = lexer_.next();
        }
        return *token_;
    }

    Token take() {
        peek();
        Token token = std::move(*token_);
        token_.reset();
        last_ = token.range.end;
        return token;
    }

    [[noreturn]] void unexpected(const std::string& hint = {}) {
        const Token& token = peek();
        std::string what = "unexpected end";
        if (token.kind == Token::Kind::newline) {
            what = "unexpected end of line";
        } else if (token.kind == Token::Kind::operation) {
            what = "unexpected '" + token.text + "'";
        } else if (token.kind == Token::Kind::word) {
            what = "unexpected '" +
                   std::string(text_.substr(
                       token.range.begin,
                       std::min<std::size_t>(token.range.end - token.range.begin, 40))) +
                   "'";
        }
        throw SyntaxError(token.range, what, hint);
    }

    void skip_newlines() {
        while (peek().kind == Token::Kind::newline) {
            take();
        }
    }

    void expect_reserved(std::string_view word) {
        if (!peek().reserved(word)) {
            unexpected("'" + std::string(word) + "' is missing");
        }
        take();
    }

    void expect(std::string_view operation) {
        if (!peek().is(operation)) {
            unexpected("'" + std::string(operation) + "' is missing");
        }
        take();
    }

    bool at_any(Words words) {
        return std::any_of(words.begin(), words.end(),
                           [&](std::string_view word) { return peek().reserved(word); });
    }

    /// What stands between "$(" and ")". The lexer is in the middle of a word.
    std::shared_ptr<List> nested() {
        auto outer = std::exchange(token_, std::nullopt);
        auto inside = std::make_shared<List>(list({}));
        expect(")");
        token_ = std::move(outer);
        return inside;
    }

    /// Up to, and without, one of the reserved words, or whatever else cannot begin a command.
    List list(Words ends) {
        const Lexer::Depth depth(lexer_);
        List all;
        while (true) {
            skip_newlines();
            const Token& token = peek();
            if (token.kind == Token::Kind::end || token.is(")") || token.is(";;") ||
                token.is(";&") || token.is(";;&") || at_any(ends)) {
                return all;
            }
            all.chains.push_back(chain());
            Chain& last = all.chains.back();
            if (peek().is("&")) {
                last.background = true;
                take();
            } else if (peek().is(";")) {
                take();
            } else if (peek().kind != Token::Kind::newline) {
                return all;
            }
        }
    }

    /// A list that must not be empty.
    List body(Words ends) {
        List all = list(ends);
        if (all.chains.empty()) {
            unexpected("a command is missing");
        }
        return all;
    }

    Chain chain() {
        Chain all;
        all.pipelines.push_back(pipeline());
        while (peek().is("&&") || peek().is("||")) {
            all.otherwise.push_back(peek().is("||"));
            all.operators.push_back(take().range);
            skip_newlines();
            all.pipelines.push_back(pipeline());
        }
        all.range = {all.pipelines.front().range.begin, all.pipelines.back().range.end};
        return all;
    }

    Pipeline pipeline() {
        Pipeline line;
        line.range.begin = peek().range.begin;
        while (peek().reserved("!") || peek().reserved("time")) {
            const bool timed = take().text == "time";
            line.timed = line.timed || timed;
            line.negated = line.negated != !timed;
            if (timed && peek().reserved("-p")) {
                take();
            }
        }
        while (true) {
            line.commands.push_back(command());
            const bool joined = peek().is("|&");
            line.joined.push_back(joined);
            if (!joined && !peek().is("|")) {
                break;
            }
            line.bars.push_back(take().range.begin);
            skip_newlines();
        }
        line.range.end = line.commands.back().range.end;
        return line;
    }

    Command command() {
        const Lexer::Depth depth(lexer_);
        Command command;
        const Token& token = peek();
        command.range.begin = command.core.begin = token.range.begin;
        if (token.kind == Token::Kind::word) {
            if (std::any_of(std::begin(kClosing), std::end(kClosing),
                            [&](std::string_view word) { return token.reserved(word); }) ||
                token.reserved("!")) {  // only a whole pipeline is negated
                unexpected();
            }
            if (!compound_by_word(command)) {
                simple(command);
                return command;
            }
        } else if (token.is("(")) {
            parenthesis(command);
        } else if (token.kind == Token::Kind::operation &&
                   (token.text.front() == '<' || token.text.front() == '>' ||
                    token.text.starts_with("&>"))) {
            simple(command);
            return command;
        } else {
            unexpected();
        }
        command.core.end = last_;
        while (redirect(command)) {
        }
        command.range.end = last_;
        return command;
    }

    void parenthesis(Command& command) {
        const std::size_t behind = take().range.end;
        if (behind < text_.size() && text_[behind] == '(' && lexer_.position() == behind) {
            Token second = take();
            if (lexer_.take_arithmetic()) {
                command.kind = Command::Kind::arithmetic;
                last_ = lexer_.position();
                return;
            }
            token_ = std::move(second);  // two subshells
        }
        command.kind = Command::Kind::subshell;
        command.bodies.push_back(body({}));
        expect(")");
    }

    bool compound_by_word(Command& command) {
        const Token& token = peek();
        if (token.reserved("{")) {
            take();
            command.kind = Command::Kind::group;
            command.bodies.push_back(body({"}"}));
            expect_reserved("}");
        } else if (token.reserved("if")) {
            command.kind = Command::Kind::conditional;
            conditional(command);
        } else if (token.reserved("while") || token.reserved("until")) {
            take();
            command.kind = Command::Kind::loop;
            command.bodies.push_back(body({"do"}));
            loop_body(command);
        } else if (token.reserved("for") || token.reserved("select")) {
            command.kind = Command::Kind::loop;
            counted_loop(command);
        } else if (token.reserved("case")) {
            command.kind = Command::Kind::conditional;
            cases(command);
        } else if (token.reserved("[[")) {
            take();
            lexer_.take_test();
            command.kind = Command::Kind::test;
            last_ = lexer_.position();
        } else if (token.reserved("function")) {
            function_by_word(command);
        } else if (token.reserved("coproc")) {
            throw SyntaxError(token.range, "a coprocess is not understood");
        } else {
            return false;
        }
        return true;
    }

    void conditional(Command& command) {
        take();
        command.bodies.push_back(body({"then"}));
        while (true) {
            expect_reserved("then");
            command.bodies.push_back(body({"elif", "else", "fi"}));
            if (!peek().reserved("elif")) {
                break;
            }
            take();
            command.bodies.push_back(body({"then"}));
        }
        if (peek().reserved("else")) {
            take();
            command.bodies.push_back(body({"fi"}));
        }
        expect_reserved("fi");
    }

    void loop_body(Command& command) {
        expect_reserved("do");
        command.bodies.push_back(body({"done"}));
        expect_reserved("done");
    }

    void counted_loop(Command& command) {
        const bool is_for = take().text == "for";
        if (is_for && peek().is("(")) {
            const std::size_t behind = take().range.end;
            if (behind >= text_.size() || text_[behind] != '(' || !peek().is("(")) {
                unexpected();
            }
            take();
            if (!lexer_.take_arithmetic()) {
                unexpected();
            }
            if (peek().is(";")) {
                take();
            }
        } else {
            if (peek().kind != Token::Kind::word || !peek().plain) {
                unexpected("a variable's name is missing");
            }
            command.words.push_back(take().word);
            skip_newlines();
            if (peek().reserved("in")) {
                take();
                while (peek().kind == Token::Kind::word) {
                    command.words.push_back(take().word);
                }
                if (!peek().is(";") && peek().kind != Token::Kind::newline) {
                    unexpected();
                }
                take();
            } else if (peek().is(";")) {
                take();
            }
        }
        skip_newlines();
        if (peek().reserved("{")) {
            throw SyntaxError(peek().range, "a loop with braces is not understood",
                              "do .. done instead");
        }
        loop_body(command);
    }

    void cases(Command& command) {
        take();
        if (peek().kind != Token::Kind::word) {
            unexpected();
        }
        command.words.push_back(take().word);
        skip_newlines();
        expect_reserved("in");
        while (true) {
            skip_newlines();
            if (peek().reserved("esac")) {
                break;
            }
            if (peek().is("(")) {
                take();
            }
            while (true) {
                if (peek().kind != Token::Kind::word) {
                    unexpected();
                }
                command.words.push_back(take().word);
                if (!peek().is("|")) {
                    break;
                }
                take();
            }
            expect(")");
            command.bodies.push_back(list({"esac"}));
            if (peek().is(";;") || peek().is(";&") || peek().is(";;&")) {
                take();
            } else if (!peek().reserved("esac")) {
                unexpected();
            }
        }
        expect_reserved("esac");
    }

    void function_by_word(Command& command) {
        take();
        if (peek().kind != Token::Kind::word || !peek().plain) {
            unexpected("a function's name is missing");
        }
        command.name = take().text;
        if (peek().is("(")) {
            take();
            expect(")");
        }
        function_body(command);
    }

    /// Behind the name and the parentheses.
    void function_body(Command& command) {
        skip_newlines();
        if (!peek().is("(") && !at_any({"{", "if", "while", "until", "for", "case", "[["})) {
            unexpected("a function's body is { ..; }");
        }
        Command inside = this->command();
        command.kind = Command::Kind::function;
        command.redirects.clear();
        List one;
        Chain chain;
        chain.range = inside.range;
        Pipeline line;
        line.range = inside.range;
        line.joined = {false};
        line.commands.push_back(std::move(inside));
        chain.pipelines.push_back(std::move(line));
        one.chains.push_back(std::move(chain));
        command.bodies.push_back(std::move(one));
    }

    void simple(Command& command) {
        bool only_assignments = true;
        while (true) {
            const Token& token = peek();
            if (redirect(command)) {
                continue;
            }
            if (token.kind != Token::Kind::word) {
                break;
            }
            const bool assigns = only_assignments && is_assignment(token.word);
            if (only_assignments && names_element(token.word)) {
                throw SyntaxError(token.range, "an array's element is not understood");
            }
            if (!assigns) {
                only_assignments = false;
            }
            const bool plain = token.plain;
            Token taken = take();
            if (peek().is("(")) {
                // only a function's name may stand before a parenthesis
                if (!command.words.empty() || !command.assignments.empty() ||
                    !command.redirects.empty() || !plain || assigns) {
                    unexpected();
                }
                take();
                expect(")");
                command.name = taken.text;
                function_body(command);
                command.core.end = command.range.end = last_;
                return;
            }
            if (!assigns && has_array(taken.word) &&
                (command.words.empty() || !declares(command.words.front()))) {
                throw SyntaxError(taken.range, "unexpected '('");
            }
            (assigns ? command.assignments : command.words).push_back(std::move(taken.word));
        }
        command.core.end = command.range.end = last_;
    }

    static bool has_array(const Word& word) {
        return std::any_of(word.pieces.begin(), word.pieces.end(),
                           [](const Piece& piece) { return piece.kind == Piece::Kind::array; });
    }

    static bool declares(const Word& word) {
        const auto name = literal(word);
        return name && (*name == "declare" || *name == "typeset" || *name == "local" ||
                        *name == "export" || *name == "readonly");
    }

    /// Takes one redirection, if one comes next.
    bool redirect(Command& command) {
        const Token& first = peek();
        auto made = std::make_shared<Redirect>();
        made->range.begin = first.range.begin;
        if (first.kind == Token::Kind::word) {
            if (!first.plain || !first.before_angle) {
                return false;
            }
            const std::string& text = first.text;
            if (is_number(text)) {
                made->descriptor = std::stoi(text);
            } else if (text.size() > 2 && text.front() == '{' && text.back() == '}' &&
                       is_variable(std::string_view(text).substr(1, text.size() - 2))) {
                made->variable = text.substr(1, text.size() - 2);
            } else {
                return false;
            }
            take();
        } else if (first.kind != Token::Kind::operation) {
            return false;
        }
        constexpr std::pair<std::string_view, Redirect::Kind> kKinds[] = {
            {"<", Redirect::Kind::in},
            {">", Redirect::Kind::out},
            {">|", Redirect::Kind::clobber},
            {">>", Redirect::Kind::append},
            {"<>", Redirect::Kind::in_out},
            {"<&", Redirect::Kind::duplicate_in},
            {">&", Redirect::Kind::duplicate_out},
            {"&>", Redirect::Kind::both},
            {"&>>", Redirect::Kind::both_append},
            {"<<", Redirect::Kind::here_document},
            {"<<-", Redirect::Kind::here_document},
            {"<<<", Redirect::Kind::here_string},
        };
        const auto* known = std::find_if(std::begin(kKinds), std::end(kKinds),
                                         [&](const auto& each) { return peek().is(each.first); });
        if (known == std::end(kKinds)) {
            return false;
        }
        made->kind = known->second;
        made->strips = take().text == "<<-";
        if (peek().kind != Token::Kind::word) {
            unexpected("the redirection's target is missing");
        }
        Token target = take();
        made->target = std::move(target.word);
        made->range.end = last_;
        if (made->kind == Redirect::Kind::here_document) {
            made->expands = std::none_of(made->target.pieces.begin(), made->target.pieces.end(),
                                         [](const Piece& piece) { return piece.quoted; });
            if (std::any_of(made->target.pieces.begin(), made->target.pieces.end(),
                            [](const Piece& p) { return p.kind != Piece::Kind::text; })) {
                throw SyntaxError(made->target.range,
                                  "a here document's end that is not understood",
                                  "a plain word, such as 'EOF'");
            }
            lexer_.expect_body(made);
        }
        command.redirects.push_back(std::move(made));
        return true;
    }

    std::string_view text_;
    Lexer lexer_;
    std::optional<Token> token_;
    std::size_t last_ = 0;  ///< where the last token that was taken ends
};

}  // namespace

Parsed parse(std::string_view text) {
    Parsed parsed;
    try {
        parsed.script = Parser(text).run();
    } catch (const SyntaxError& error) {
        const SourceLines lines(text);
        Diagnostic diagnostic;
        diagnostic.place = lines.place(error.where().begin);
        diagnostic.length =
            static_cast<int>(std::min<std::size_t>(error.where().end - error.where().begin, 200));
        diagnostic.message = error.what();
        diagnostic.hint = error.hint();
        parsed.error = std::move(diagnostic);
    }
    return parsed;
}

}  // namespace pipectl::shell
