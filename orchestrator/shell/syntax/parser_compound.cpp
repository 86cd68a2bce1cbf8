// Commands that begin with a reserved word or a parenthesis: loops, conditionals, functions,
// groups.

#include "orchestrator/shell/syntax/parser_state.hpp"

namespace pipectl::shell {

void Parser::parenthesis(Command& command) {
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

bool Parser::compound_by_word(Command& command) {
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

void Parser::conditional(Command& command) {
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

void Parser::loop_body(Command& command) {
    expect_reserved("do");
    command.bodies.push_back(body({"done"}));
    expect_reserved("done");
}

void Parser::counted_loop(Command& command) {
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

void Parser::cases(Command& command) {
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

void Parser::function_by_word(Command& command) {
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

void Parser::function_body(Command& command) {
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

}  // namespace pipectl::shell
