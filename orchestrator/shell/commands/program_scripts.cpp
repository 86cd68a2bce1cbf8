#include "orchestrator/shell/commands/program_scripts.hpp"

#include <algorithm>
#include <string>

namespace pipectl::shell {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Behind the closing quote or slash; npos: there is none.
std::size_t behind(std::string_view text, std::size_t at, char end) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == end) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

/// The script without strings, patterns and comments: '"' for a string. Empty: not understood.
std::string awk_bones(std::string_view script) {
    std::string bones = ";";
    char before = ';';
    for (std::size_t at = 0; at < script.size();) {
        const char c = script[at];
        const bool operand =
            is_word(before) || before == ')' || before == ']' || before == '"' || before == '$';
        if (c == '"' || (c == '/' && !operand)) {
            const std::size_t end = behind(script, at, c);
            if (end == std::string_view::npos) {
                return {};
            }
            const std::string_view text = script.substr(at, end - at);
            const bool standard = text == "\"/dev/stderr\"" || text == "\"/dev/stdout\"";
            bones += standard ? '\'' : '"';
            before = '"';
            at = end;
            continue;
        }
        if (c == '#') {
            at = std::min(script.find('\n', at), script.size());
            continue;
        }
        if (c == '\\' && at + 1 < script.size() && script[at + 1] == '\n') {
            at += 2;
            continue;
        }
        if (c == '@' || c == '\\') {
            return {};
        }
        before = c == ' ' || c == '\t' ? before : c;
        bones += c;
        ++at;
    }
    return bones;
}

/// Behind `print`: a '>' or '|' outside of parentheses, up to the statement's end.
bool print_redirects(std::string_view rest) {
    int depth = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        const char c = rest[at];
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (depth < 0 || (depth == 0 && (c == ';' || c == '}' || c == '\n'))) {
            return false;
        }
        if (depth == 0 && c == '>') {
            const std::size_t target = rest.find_first_not_of("> \t", at);
            if (target == std::string_view::npos || rest[target] != '\'') {
                return true;
            }
        }
    }
    return false;
}

class SedScript {
  public:
    explicit SedScript(std::string_view text) : text_(text) {}

    bool only_filters() {
        while (good_ && at_ < text_.size()) {
            command();
        }
        return good_;
    }

  private:
    void skip(std::string_view signs) {
        at_ = std::min(text_.find_first_not_of(signs, at_), text_.size());
    }

    void delimited(char end) {
        bool bracket = false;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '[' && !bracket) {
                bracket = true;
                at_ += text_.substr(at_ + 1, 1) == "^" ? 1 : 0;
                at_ += text_.substr(at_ + 1, 1) == "]" ? 1 : 0;
            } else if (text_[at_] == ']') {
                bracket = false;
            } else if (text_[at_] == end && !bracket) {
                ++at_;
                return;
            }
        }
        good_ = false;
    }

    void plain(char end) {
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == end) {
                ++at_;
                return;
            }
        }
        good_ = false;
    }

    void addresses() {
        while (good_ && at_ < text_.size()) {
            if (text_[at_] == '/') {
                ++at_;
                delimited('/');
            } else if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                const char end = text_[at_ + 1];
                at_ += 2;
                delimited(end);
            } else if (std::string_view("0123456789$,~+!IM \t").find(text_[at_]) !=
                       std::string_view::npos) {
                ++at_;
            } else {
                return;
            }
        }
    }

    void to_line_end() { at_ = std::min(text_.find('\n', at_), text_.size()); }

    void command() {
        skip(" \t\n;");
        addresses();
        if (!good_ || at_ >= text_.size()) {
            return;
        }
        const char c = text_[at_++];
        if (c == 's') {
            if (at_ >= text_.size()) {
                good_ = false;
                return;
            }
            const char end = text_[at_++];
            delimited(end);
            plain(end);
            while (good_ && at_ < text_.size() &&
                   std::string_view("; \t\n}").find(text_[at_]) == std::string_view::npos) {
                const char flag = text_[at_++];
                good_ = std::string_view("gpiIMm0123456789").find(flag) != std::string_view::npos;
            }
        } else if (c == 'y') {
            const char end = at_ < text_.size() ? text_[at_++] : '\n';
            plain(end);
            plain(end);
        } else if (c == 'a' || c == 'i' || c == 'c') {
            // the text goes on behind a '\' at the line's end
            do {
                to_line_end();
            } while (at_ < text_.size() && text_[at_ - 1] == '\\' && ++at_ < text_.size());
        } else if (c == ':' || c == 'b' || c == 't' || c == 'T') {
            at_ = std::min(text_.find_first_of(";\n}", at_), text_.size());
        } else if (c == '#') {
            to_line_end();
        } else if (c == 'q' || c == 'Q' || c == 'l' || c == 'L') {
            skip(" 0123456789");
        } else {
            good_ = std::string_view("{}=dDgGhHnNpPxz").find(c) != std::string_view::npos;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool good_ = true;
};

}  // namespace

bool awk_only_filters(std::string_view script) {
    const std::string bones = awk_bones(script);
    if (bones.empty()) {
        return false;
    }
    for (std::size_t at = 0; at < bones.size();) {
        if (!is_word(bones[at])) {
            // `"command" | getline`; "||" is no pipe
            if (bones[at] == '|') {
                if (bones.compare(at, 2, "||") != 0) {
                    return false;
                }
                ++at;
            }
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < bones.size() && is_word(bones[end])) {
            ++end;
        }
        const std::string_view word = std::string_view(bones).substr(at, end - at);
        const std::string_view rest = std::string_view(bones).substr(end);
        const bool reads = word == "getline" && rest.find('<') != std::string_view::npos;
        if (word == "system" || word == "ARGV" || word == "ARGC" || reads ||
            ((word == "print" || word == "printf") && print_redirects(rest))) {
            return false;
        }
        at = end;
    }
    return true;
}

bool sed_only_filters(std::string_view script) {
    return SedScript(script).only_filters();
}

}  // namespace pipectl::shell
