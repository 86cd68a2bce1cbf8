// Blanks, comments, operators and here documents; words are in lexer_words.cpp.

#include "orchestrator/shell/syntax/lexer.hpp"

#include <algorithm>

namespace pipectl::shell {

namespace {

/// So many texts inside one another; far beyond what people write, far below what the stack holds.
constexpr int kDeepest = 300;

/// So many "((" may turn out to be two subshells.
constexpr int kMostSecondLooks = 30;

/// Longest first.
constexpr std::string_view kOperators[] = {"&>>", "<<<", "<<-", ";;&", "&>", "&&", "||", "|&",
                                           ";;",  ";&",  "<<",  "<&",  "<>", ">>", ">&", ">|",
                                           "|",   "&",   ";",   "(",   ")",  "<",  ">"};

}  // namespace

Lexer::Depth::Depth(Lexer& lexer) : lexer_(lexer) {
    if (++lexer_.depth_ > kDeepest) {
        --lexer_.depth_;
        throw SyntaxError({lexer_.at_, lexer_.at_ + 1},
                          "nested more than " + std::to_string(kDeepest) + " deep");
    }
}

void Lexer::refuse(std::size_t from, const std::string& message, const std::string& hint) const {
    throw SyntaxError({from, std::min(std::max(at_, from + 1), text_.size())}, message, hint);
}

void Lexer::skip_blanks() {
    while (true) {
        if (continues(at_)) {
            at_ += 2;
        } else if (look() == ' ' || look() == '\t') {
            ++at_;
        } else {
            break;
        }
    }
    if (look() != '#') {
        return;
    }
    Comment comment;
    comment.range.begin = at_;
    const std::size_t line = text_.rfind('\n', at_) + 1;  // npos + 1: the first line
    comment.own = text_.substr(line, at_ - line).find_first_not_of(" \t") == std::string_view::npos;
    at_ = std::min(text_.find('\n', at_), text_.size());
    comment.range.end = at_;
    // a part that was looked at twice has its comments once
    if (comments_.empty() || comments_.back().range.begin < comment.range.begin) {
        comments_.push_back(comment);
    }
}

Token Lexer::next() {
    skip_blanks();
    Token token;
    token.range = {at_, at_};
    if (at_end()) {
        if (pending_.size() > shut_off_) {
            refuse(pending_.back()->range.begin, "this here document has no lines",
                   "its lines follow, and '" + pending_.back()->target.pieces.front().value +
                       "' alone on a line ends it");
        }
        return token;
    }
    const char c = look();
    if (c == '\0') {
        refuse(at_, "a null byte", "the shell's language is text");
    }
    if (c == '\n') {
        ++at_;
        token.kind = Token::Kind::newline;
        token.range.end = at_;
        read_bodies();
        return token;
    }
    const bool process = (c == '<' || c == '>') && look(1) == '(';
    if (!process && std::string_view("|&;()<>").find(c) != std::string_view::npos) {
        return operation();
    }
    return word();
}

Token Lexer::operation() {
    Token token;
    token.kind = Token::Kind::operation;
    token.range.begin = at_;
    for (const std::string_view known : kOperators) {
        if (text_.substr(at_, known.size()) == known) {
            token.text = known;
            break;
        }
    }
    at_ += token.text.size();
    token.range.end = at_;
    // "|\" at a line's end is usual; with the next line's "|" it would be another operator
    if (continues(at_) && at_ + 2 < text_.size() &&
        std::string_view("|&;<>-\\").find(text_[at_ + 2]) != std::string_view::npos) {
        refuse(at_, "an operator is continued on the next line", "put it on one line");
    }
    return token;
}

std::size_t Lexer::shut_off_pending() {
    const std::size_t before = shut_off_;
    shut_off_ = pending_.size();
    return before;
}

void Lexer::restore_pending(std::size_t before) {
    if (pending_.size() > shut_off_) {
        refuse(pending_.back()->range.begin, "the lines of this here document are missing");
    }
    shut_off_ = before;
}

void Lexer::read_bodies() {
    if (shut_off_ > 0) {
        refuse(pending_[shut_off_ - 1]->range.begin,
               "the lines of this here document are behind another text of several lines");
    }
    for (const auto& here : pending_) {
        read_body(*here);
    }
    pending_.clear();
}

void Lexer::read_body(Redirect& here) {
    std::string end;
    for (const Piece& piece : here.target.pieces) {
        end += piece.value;
    }
    here.body_range.begin = at_;
    bool joined = false;  // the line before was continued: this one cannot be the end
    while (!at_end()) {
        const std::size_t stop = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, stop - at_);
        at_ = std::min(stop + 1, text_.size());
        if (here.strips && !joined) {
            line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        }
        if (line == end && !joined) {
            here.body_range.end = at_;
            return;
        }
        here.body.append(line);
        here.body += '\n';
        const std::size_t last = line.find_last_not_of('\\');
        const std::size_t slashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
        joined = here.expands && slashes % 2 == 1;
    }
    refuse(here.range.begin, "this here document has no end",
           "'" + end + "' alone on a line ends it");
}

bool Lexer::take_arithmetic() {
    const std::size_t before = at_;
    if (skip_arithmetic()) {
        return true;
    }
    at_ = before;
    // what follows is read a second time, and so on inside of it
    if (++second_looks_ > kMostSecondLooks) {
        refuse(before, "too many '((' that are no arithmetic");
    }
    return false;
}

void Lexer::take_test() {
    const std::size_t start = at_;
    bool apart = true;  // a blank stands before
    while (!at_end()) {
        const char c = look();
        if (apart && text_.substr(at_, 2) == "]]") {
            const char behind = look(2);
            if (behind == '\0' ||
                std::string_view(" \t\n;&|)<>").find(behind) != std::string_view::npos) {
                at_ += 2;
                return;
            }
        }
        apart = c == ' ' || c == '\t' || c == '\n';
        if (c == '\\') {
            at_ += 2;
        } else if (c == '#' || c == '\0') {
            refuse(at_, "a test that is not understood");
        } else if (!skip_expansion(false)) {
            ++at_;
        }
    }
    refuse(start, "'[[' is not closed");
}

}  // namespace pipectl::shell
