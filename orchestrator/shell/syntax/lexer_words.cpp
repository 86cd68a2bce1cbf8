// Words: quotes, escapes, and the extent of everything that the shell would expand.

#include <algorithm>

#include "orchestrator/shell/syntax/lexer.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl::shell {

namespace {

/// Ends a word that is not quoted.
bool is_meta(char c) {
    return c == '\0' || std::string_view(" \t\n|&;()<>").find(c) != std::string_view::npos;
}

int digit_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/// Unquoted or quoted text is gathered in as few pieces as possible.
void add_text(Word& word, std::string_view text, bool quoted, Range range) {
    if (!word.pieces.empty()) {
        Piece& last = word.pieces.back();
        if (last.kind == Piece::Kind::text && last.quoted == quoted) {
            last.value += text;
            last.range.end = range.end;
            return;
        }
    }
    word.pieces.push_back({Piece::Kind::text, quoted, std::string(text), range, nullptr});
}

void add_piece(Word& word, Piece::Kind kind, bool quoted, std::string_view value, Range range,
               std::shared_ptr<List> body = nullptr) {
    word.pieces.push_back({kind, quoted, std::string(value), range, std::move(body)});
}

/// A word of a definition has to be; other bytes are the shell's to make.
bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) {
            return false;
        }
        text.remove_prefix(point.size);
    }
    return true;
}

/// NAME= or NAME+=, and nothing else so far.
bool opens_array(const Word& word) {
    if (word.pieces.size() != 1 || word.pieces.front().kind != Piece::Kind::text ||
        word.pieces.front().quoted) {
        return false;
    }
    std::string_view name = word.pieces.front().value;
    if (!name.ends_with('=')) {
        return false;
    }
    name.remove_suffix(name.ends_with("+=") ? 2 : 1);
    return !name.empty() && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

Token Lexer::word() {
    Token token;
    token.kind = Token::Kind::word;
    Word& word = token.word;
    const std::size_t start = at_;
    while (true) {
        const char c = look();
        if ((c == '<' || c == '>') && look(1) == '(') {
            const bool in = c == '<';
            const std::size_t from = at_;
            at_ += 2;
            take_nested(word, in ? Piece::Kind::process_in : Piece::Kind::process_out, false, from);
        } else if (c == '(' && opens_array(word)) {
            take_array(word);
        } else if (c == '\0' && !at_end()) {
            refuse(at_, "a null byte", "the shell's language is text");
        } else if (is_meta(c)) {
            break;
        } else if (continues(at_)) {
            at_ += 2;
        } else if (c == '\\') {
            if (at_ + 1 >= text_.size()) {
                refuse(at_, "a '\\' at the very end");
            }
            add_text(word, text_.substr(at_ + 1, 1), true, {at_, at_ + 2});
            at_ += 2;
        } else if (c == '\'') {
            take_single(word);
        } else if (c == '"') {
            take_double(word);
        } else if (c == '`') {
            take_backticks(word, false);
        } else if (c == '$') {
            take_dollar(word, false);
        } else {
            std::size_t end = at_ + 1;
            while (end < text_.size() && !is_meta(text_[end]) &&
                   std::string_view("\\'\"`$").find(text_[end]) == std::string_view::npos) {
                ++end;
            }
            add_text(word, text_.substr(at_, end - at_), false, {at_, end});
            at_ = end;
        }
    }
    if (word.pieces.empty()) {  // nothing but continued lines
        return next();
    }
    word.range = token.range = {start, at_};
    token.before_angle = look() == '<' || look() == '>';
    token.plain = word.pieces.size() == 1 && !word.pieces.front().quoted &&
                  word.pieces.front().kind == Piece::Kind::text;
    if (token.plain) {
        token.text = word.pieces.front().value;
    }
    return token;
}

void Lexer::take_single(Word& word) {
    const std::size_t from = at_;
    skip_single();
    add_text(word, text_.substr(from + 1, at_ - from - 2), true, {from, at_});
}

/// $'..': the escapes of ANSI C. What depends on the locale or would end the text is left alone.
void Lexer::take_ansi(Word& word) {
    const std::size_t from = at_;
    at_ += 2;
    std::string value;
    bool certain = true;
    while (look() != '\'') {
        if (at_end()) {
            at_ = from + 2;
            refuse(from, "this quote is not closed");
        }
        const char c = text_[at_++];
        if (c != '\\') {
            value += c;
            continue;
        }
        const char e = look();
        constexpr std::string_view kNames = "abeEfnrtv\\'\"?";
        constexpr std::string_view kValues = "\a\b\x1b\x1b\f\n\r\t\v\\'\"?";
        const std::size_t known = e == '\0' ? std::string_view::npos : kNames.find(e);
        if (known != std::string_view::npos) {
            value += kValues[known];
            ++at_;
        } else if ((is_digit(e) && e < '8') || e == 'x') {
            const int base = e == 'x' ? 16 : 8;
            at_ += e == 'x' ? 1 : 0;
            int number = 0;
            const std::size_t most = at_ + (e == 'x' ? 2 : 3);
            const std::size_t digits = at_;
            while (at_ < most && digit_value(look()) < base) {
                number = number * base + digit_value(text_[at_++]);
            }
            certain = certain && at_ > digits && number % 256 != 0;
            value += static_cast<char>(number);
        } else {
            certain = false;
            at_ += e == '\0' ? 0 : 1;
        }
    }
    ++at_;
    if (certain && is_utf8(value)) {
        add_text(word, value, true, {from, at_});
    } else {
        add_piece(word, Piece::Kind::ansi, true, text_.substr(from, at_ - from), {from, at_});
    }
}

void Lexer::take_double(Word& word) {
    const Depth depth(*this);
    const std::size_t from = at_++;
    add_text(word, "", true, {from, at_});
    while (look() != '"') {
        if (at_end()) {
            at_ = from + 1;
            refuse(from, "this quote is not closed");
        }
        const char c = look();
        if (c == '\\' && at_ + 1 < text_.size()) {
            const char e = look(1);
            if (e == '\n') {
                at_ += 2;
                continue;
            }
            const bool escapes = std::string_view("$`\"\\").find(e) != std::string_view::npos;
            add_text(word, escapes ? text_.substr(at_ + 1, 1) : text_.substr(at_, 2), true,
                     {at_, at_ + 2});
            at_ += 2;
        } else if (c == '`') {
            take_backticks(word, true);
        } else if (c == '$') {
            take_dollar(word, true);
        } else if (c == '\0') {
            refuse(at_, "a null byte", "the shell's language is text");
        } else {
            std::size_t end = at_ + 1;
            while (end < text_.size() && text_[end] != '\0' &&
                   std::string_view("\\\"`$").find(text_[end]) == std::string_view::npos) {
                ++end;
            }
            add_text(word, text_.substr(at_, end - at_), true, {at_, end});
            at_ = end;
        }
    }
    ++at_;
    word.pieces.back().range.end = at_;
}

void Lexer::take_backticks(Word& word, bool quoted) {
    const std::size_t from = at_;
    skip_backticks();
    add_piece(word, Piece::Kind::command, quoted, text_.substr(from, at_ - from), {from, at_});
}

void Lexer::take_dollar(Word& word, bool quoted) {
    const std::size_t from = at_;
    const char c = look(1);
    if (continues(at_ + 1)) {
        refuse(from, "a line is continued right behind a '$'");
    }
    if (c == '(') {
        if (look(2) == '(') {
            at_ += 3;
            if (take_arithmetic()) {
                add_piece(word, Piece::Kind::arithmetic, quoted, text_.substr(from, at_ - from),
                          {from, at_});
                return;
            }
            at_ = from;
        }
        at_ += 2;
        take_nested(word, Piece::Kind::command, quoted, from);
    } else if (c == '{') {
        take_braces(word, quoted);
    } else if (c == '[') {
        refuse(from, "'$[' is not understood", "arithmetic is $(( .. ))");
    } else if (c == '\'' && !quoted) {
        take_ansi(word);
    } else if (c == '"' && !quoted) {
        ++at_;
        skip_double();
        add_piece(word, Piece::Kind::locale, true, text_.substr(from, at_ - from), {from, at_});
    } else if (is_letter(c)) {
        at_ += 2;
        while (is_letter(look()) || is_digit(look())) {
            ++at_;
        }
        if (continues(at_)) {
            refuse(from, "a line is continued right behind a variable's name");
        }
        add_piece(word, Piece::Kind::parameter, quoted, text_.substr(from + 1, at_ - from - 1),
                  {from, at_});
    } else if (c != '\0' &&
               (is_digit(c) || std::string_view("@*#?-$!").find(c) != std::string_view::npos)) {
        at_ += 2;
        add_piece(word, Piece::Kind::parameter, quoted, text_.substr(from + 1, 1), {from, at_});
    } else {
        ++at_;
        add_text(word, "$", quoted, {from, at_});
    }
}

void Lexer::take_braces(Word& word, bool quoted) {
    const std::size_t from = at_;
    skip_braces(quoted);
    add_piece(word, Piece::Kind::parameter, quoted, text_.substr(from + 2, at_ - from - 3),
              {from, at_});
}

void Lexer::take_nested(Word& word, Piece::Kind kind, bool quoted, std::size_t start) {
    const Depth depth(*this);
    const std::size_t before = shut_off_pending();
    auto body = nested_();
    restore_pending(before);
    add_piece(word, kind, quoted, text_.substr(start, at_ - start), {start, at_}, std::move(body));
}

void Lexer::take_array(Word& word) {
    const Depth depth(*this);
    const std::size_t from = at_++;
    while (true) {
        const Token token = next();
        if (token.is(")")) {
            break;
        }
        if (token.kind == Token::Kind::newline || token.kind == Token::Kind::word) {
            continue;
        }
        refuse(from, "'(' is not closed");
    }
    add_piece(word, Piece::Kind::array, false, text_.substr(from, at_ - from), {from, at_});
}

}  // namespace pipectl::shell
