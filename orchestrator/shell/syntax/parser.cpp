#include "orchestrator/shell/syntax/parser.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/diagnostic/source_lines.hpp"
#include "orchestrator/shell/syntax/parser_state.hpp"
#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

/// Reserved words that can only end or go on with what another one began.
constexpr std::string_view kClosing[] = {"}",  "then", "elif", "else", "fi",
                                         "do", "done", "esac", "in",   "]]"};

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 4 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What an operator of a redirection opens.
constexpr std::pair<std::string_view, Redirect::Kind> kRedirects[] = {
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

/// 2> and {name}>: what stands in front of the operator.
bool names_descriptor(const std::string& text, Redirect& redirect) {
    if (is_number(text)) {
        redirect.descriptor = std::stoi(text);
        return true;
    }
    if (text.size() > 2 && text.front() == '{' && text.back() == '}' &&
        is_variable(std::string_view(text).substr(1, text.size() - 2))) {
        redirect.variable = text.substr(1, text.size() - 2);
        return true;
    }
    return false;
}

}  // namespace

Script Parser::run() {
    Script script;
    script.list = list({});
    if (peek().kind != Token::Kind::end) {
        unexpected();
    }
    script.comments = lexer_.comments();
    return script;
}

const Token& Parser::peek() {
    if (!token_) {
        token_ = lexer_.next();
    }
    return *token_;
}

Token Parser::take() {
    peek();
    Token token = std::move(*token_);
    token_.reset();
    last_ = token.range.end;
    return token;
}

void Parser::unexpected(const std::string& hint) {
    const Token& token = peek();
    std::string what = "unexpected end";
    if (token.kind == Token::Kind::newline) {
        what = "unexpected end of line";
    } else if (token.kind == Token::Kind::operation) {
        what = "unexpected '" + token.text + "'";
    } else if (token.kind == Token::Kind::word) {
        what = "unexpected '" +
               std::string(
                   text_.substr(token.range.begin,
                                std::min<std::size_t>(token.range.end - token.range.begin, 40))) +
               "'";
    }
    throw SyntaxError(token.range, what, hint);
}

void Parser::skip_newlines() {
    while (peek().kind == Token::Kind::newline) {
        take();
    }
}

void Parser::expect_reserved(std::string_view word) {
    if (!peek().reserved(word)) {
        unexpected("'" + std::string(word) + "' is missing");
    }
    take();
}

void Parser::expect(std::string_view operation) {
    if (!peek().is(operation)) {
        unexpected("'" + std::string(operation) + "' is missing");
    }
    take();
}

bool Parser::at_any(Words words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return peek().reserved(word); });
}

std::shared_ptr<List> Parser::nested() {
    auto outer = std::exchange(token_, std::nullopt);
    auto inside = std::make_shared<List>(list({}));
    expect(")");
    token_ = std::move(outer);
    return inside;
}

List Parser::list(Words ends) {
    const Lexer::Depth depth(lexer_);
    List all;
    while (true) {
        skip_newlines();
        const Token& token = peek();
        if (token.kind == Token::Kind::end || token.is(")") || token.is(";;") || token.is(";&") ||
            token.is(";;&") || at_any(ends)) {
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

List Parser::body(Words ends) {
    List all = list(ends);
    if (all.chains.empty()) {
        unexpected("a command is missing");
    }
    return all;
}

Chain Parser::chain() {
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

Pipeline Parser::pipeline() {
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

Command Parser::command() {
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

void Parser::simple(Command& command) {
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

bool Parser::has_array(const Word& word) {
    return std::any_of(word.pieces.begin(), word.pieces.end(),
                       [](const Piece& piece) { return piece.kind == Piece::Kind::array; });
}

bool Parser::declares(const Word& word) {
    const auto name = literal(word);
    return name && (*name == "declare" || *name == "typeset" || *name == "local" ||
                    *name == "export" || *name == "readonly");
}

bool Parser::redirect(Command& command) {
    const Token& first = peek();
    auto made = std::make_shared<Redirect>();
    made->range.begin = first.range.begin;
    if (first.kind == Token::Kind::word) {
        if (!first.plain || !first.before_angle) {
            return false;
        }
        if (!names_descriptor(first.text, *made)) {
            return false;
        }
        take();
    } else if (first.kind != Token::Kind::operation) {
        return false;
    }
    const auto* known = std::find_if(std::begin(kRedirects), std::end(kRedirects),
                                     [&](const auto& each) { return peek().is(each.first); });
    if (known == std::end(kRedirects)) {
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
            throw SyntaxError(made->target.range, "a here document's end that is not understood",
                              "a plain word, such as 'EOF'");
        }
        lexer_.expect_body(made);
    }
    command.redirects.push_back(std::move(made));
    return true;
}

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
