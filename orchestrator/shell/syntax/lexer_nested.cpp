// Where the parts end that the shell would expand, or that are quoted: looked for, not kept.

#include "orchestrator/shell/syntax/lexer.hpp"

namespace pipectl::shell {

namespace {

bool can_begin_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

}  // namespace

void Lexer::skip_single() {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) {
        refuse(at_, "this quote is not closed");
    }
    at_ = end + 1;
}

void Lexer::skip_backticks() {
    const std::size_t from = at_++;
    while (look() != '`') {
        if (at_end()) {
            at_ = from + 1;
            refuse(from, "this '`' is not closed");
        }
        at_ += look() == '\\' ? 2 : 1;
    }
    ++at_;
}

void Lexer::skip_braces(bool quoted) {
    const Depth depth(*this);
    const std::size_t from = at_;
    at_ += 2;
    const char first = look();
    if (!can_begin_name(first) &&
        std::string_view("@*#?-$!").find(first) == std::string_view::npos) {
        refuse(from, "'${' without a name");
    }
    at_ += first == '#' ? 1 : 0;  // a length, not a comment
    while (look() != '}') {
        if (at_end()) {
            at_ = from + 2;
            refuse(from, "'${' is not closed");
        }
        const char c = look();
        if (c == '\0' || (quoted && c == '\'') || ((c == '<' || c == '>') && look(1) == '(')) {
            refuse(from, "a '${..}' that is not understood");
        }
        if (c == '\\') {
            at_ += 2;
        } else if (!skip_expansion(quoted)) {
            ++at_;
        }
    }
    ++at_;
}

bool Lexer::skip_expansion(bool quoted) {
    switch (look()) {
        case '\'':
            if (quoted) {
                return false;
            }
            skip_single();
            return true;
        case '"': skip_double(); return true;
        case '`': skip_backticks(); return true;
        case '$': break;
        default: return false;
    }
    Word ignored;
    take_dollar(ignored, quoted);
    return true;
}

void Lexer::skip_double() {
    Word ignored;
    take_double(ignored);
}

/// False: the parentheses do not end as those of arithmetic do.
bool Lexer::skip_arithmetic() {
    const Depth depth(*this);
    const std::size_t from = at_;
    int open = 0;
    while (!at_end()) {
        const char c = look();
        if (c == '(') {
            ++open;
        } else if (c == ')' && open-- == 0) {
            if (look(1) != ')') {
                return false;
            }
            at_ += 2;
            return true;
        }
        if (c == '\'' || c == '\0') {
            refuse(at_, "arithmetic that is not understood");
        }
        if (c == '\\') {
            at_ += 2;
        } else if (!skip_expansion(false)) {
            ++at_;
        }
    }
    at_ = from;
    refuse(from, "'((' is not closed");
}

}  // namespace pipectl::shell
