#pragma once

// A text in the shell's language, cut into words and operators: the rules of bash's manual page,
// QUOTING and EXPANSION, without expanding anything.
//
// What is rare and hard to delimit with certainty is refused rather than guessed: whoever calls can
// always give the whole text to a shell. Command substitutions hold commands, so that their end is
// found by the parser, which the lexer calls back. Works in one pass; nesting is bounded.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// The text is not understood: wrong, or beyond what the lexer undertakes.
class SyntaxError : public std::runtime_error {
  public:
    SyntaxError(Range where, const std::string& message, std::string hint = {})
        : std::runtime_error(message), where_(where), hint_(std::move(hint)) {}

    [[nodiscard]] Range where() const noexcept { return where_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  private:
    Range where_;
    std::string hint_;
};

struct Token {
    enum class Kind { end, newline, word, operation };
    Kind kind = Kind::end;
    std::string text;  ///< operation: "|", "&&", "<<-"; a word: its value when it is plain
    Word word;
    bool plain = false;         ///< a word of nothing but unquoted text
    bool before_angle = false;  ///< a word that is right before < or >
    Range range;

    [[nodiscard]] bool is(std::string_view operation) const {
        return kind == Kind::operation && text == operation;
    }
    /// A reserved word, where one may stand.
    [[nodiscard]] bool reserved(std::string_view word_text) const {
        return kind == Kind::word && plain && text == word_text;
    }
};

class Lexer {
  public:
    /// Called behind "$(", "<(" and ">(": parses up to the ")" and takes it.
    using Nested = std::function<std::shared_ptr<List>()>;

    /// Borrows the text.
    Lexer(std::string_view text, Nested nested) : text_(text), nested_(std::move(nested)) {}

    Token next();

    /// The bodies of here documents are read at the next newline. What `here` points to must stay
    /// where it is until then.
    void expect_body(std::shared_ptr<Redirect> here) { pending_.push_back(std::move(here)); }
    [[nodiscard]] std::size_t pending() const { return pending_.size(); }
    /// A nested text begins: the bodies that are still to come stand behind it.
    std::size_t shut_off_pending();
    void restore_pending(std::size_t before);

    /// Behind "((": takes "..))" when that is what follows, else nothing.
    bool take_arithmetic();
    /// Behind "[[": takes everything up to "]]".
    void take_test();

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] const std::vector<Comment>& comments() const { return comments_; }

    /// Guards against texts that nest without end.
    class Depth {
      public:
        explicit Depth(Lexer& lexer);
        ~Depth() { --lexer_.depth_; }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;

      private:
        Lexer& lexer_;
    };

  private:
    [[nodiscard]] char look(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] bool continues(std::size_t at) const {
        return at < text_.size() && text_.substr(at, 2) == "\\\n";
    }
    [[noreturn]] void refuse(std::size_t from, const std::string& message,
                             const std::string& hint = {}) const;

    void skip_blanks();
    Token operation();
    void read_bodies();
    void read_body(Redirect& here);

    // lexer_words.cpp
    Token word();
    void take_dollar(Word& word, bool quoted);
    void take_single(Word& word);
    void take_ansi(Word& word);
    void take_double(Word& word);
    void take_backticks(Word& word, bool quoted);
    void take_braces(Word& word, bool quoted);
    void take_nested(Word& word, Piece::Kind kind, bool quoted, std::size_t start);
    void take_array(Word& word);
    void skip_single();
    void skip_double();
    void skip_backticks();
    void skip_braces(bool quoted);
    /// Something that begins with '$' or a quote, inside of text that is only delimited.
    bool skip_expansion(bool quoted);
    bool skip_arithmetic();

    std::string_view text_;
    Nested nested_;
    std::size_t at_ = 0;
    int depth_ = 0;
    int second_looks_ = 0;
    std::vector<std::shared_ptr<Redirect>> pending_;
    std::size_t shut_off_ = 0;  ///< so many of them belong to a text around this one
    std::vector<Comment> comments_;
};

}  // namespace pipectl::shell
