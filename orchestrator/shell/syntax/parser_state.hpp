#pragma once

// The parser between its tokens and its lists. Internal to parser*.cpp, which share it: parser.cpp
// has lists, pipelines, simple commands and redirections, parser_compound.cpp the commands that
// begin with a reserved word or a parenthesis.

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/shell/syntax/lexer.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// Reads the text once. run() throws SyntaxError at the first thing that is not understood.
class Parser {
  public:
    explicit Parser(std::string_view text)
        : text_(text), lexer_(text, [this] { return nested(); }) {}

    Script run();

  private:
    using Words = std::initializer_list<std::string_view>;

    const Token& peek();
    Token take();
    [[noreturn]] void unexpected(const std::string& hint = {});
    void skip_newlines();
    void expect_reserved(std::string_view word);
    void expect(std::string_view operation);
    bool at_any(Words words);

    /// What stands between "$(" and ")". The lexer is in the middle of a word.
    std::shared_ptr<List> nested();
    /// Up to, and without, one of the reserved words, or whatever else cannot begin a command.
    List list(Words ends);
    /// A list that must not be empty.
    List body(Words ends);
    Chain chain();
    Pipeline pipeline();
    Command command();

    // commands that begin with a reserved word or a parenthesis
    void parenthesis(Command& command);
    bool compound_by_word(Command& command);
    void conditional(Command& command);
    void loop_body(Command& command);
    void counted_loop(Command& command);
    void cases(Command& command);
    void function_by_word(Command& command);
    /// Behind the name and the parentheses.
    void function_body(Command& command);

    void simple(Command& command);
    static bool has_array(const Word& word);
    static bool declares(const Word& word);
    /// Takes one redirection, if one comes next.
    bool redirect(Command& command);

    std::string_view text_;
    Lexer lexer_;
    std::optional<Token> token_;
    std::size_t last_ = 0;  ///< where the last token that was taken ends
};

}  // namespace pipectl::shell
