#include "orchestrator/compare/shell_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace pipectl::compare {

namespace {

constexpr std::array<std::string_view, 14> kBefore = {
    "if", "then", "else", "elif", "while",   "until",   "do",
    "!",  "{",    "time", "exec", "command", "builtin", "eval"};

class Splitter {
  public:
    explicit Splitter(std::string_view script) : rest_(script) {}

    ShellCommands run() {
        while (!rest_.empty())
            step();
        end_command();
        return std::move(found_);
    }

  private:
    void step() {
        const char c = rest_.front();
        if (c == '\\' && rest_.size() > 1) {
            if (rest_[1] != '\n') add(rest_[1]);
            skip(2);
        } else if (c == '\'') {
            skip(1);
            take_quoted();
        } else if (c == '"') {
            skip(1);
            take_double_quoted();
        } else if (rest_.starts_with("${")) {
            take_until('}');
        } else if (rest_.starts_with("$((")) {
            skip(std::min(rest_.find("))"), rest_.size()));  // arithmetic: `>` compares
            skip(2);
        } else if (rest_.starts_with("$(")) {
            substitute(2, ')');
        } else if (c == '`') {
            substitute(1, '`');
        } else if (c == '#' && !in_word_) {
            skip(std::min(rest_.find('\n'), rest_.size()));
        } else if (c == '>') {
            redirect();
        } else if (c == '<') {
            end_word();
            skip(rest_.find_first_not_of('<'));
            target_ = Target::read;
        } else if (c == ' ' || c == '\t') {
            end_word();
            skip(1);
        } else if (std::string_view("\n;|&()").find(c) != std::string_view::npos) {
            end_command();
            skip(1);
        } else {
            add(c);
            skip(1);
        }
    }

    /// `>`, `>>`, `>|`, and what stands before them: `2>`, `&>`.
    void redirect() {
        const bool number = std::all_of(word_.begin(), word_.end(),
                                        [](char each) { return each >= '0' && each <= '9'; });
        if (number) drop_word();
        end_word();
        skip(rest_.starts_with(">>") || rest_.starts_with(">|") ? 2 : 1);
        // `>&2` and `>&-` name descriptors
        target_ = rest_.starts_with('&') ? Target::descriptor : Target::written;
        if (target_ == Target::descriptor) skip(1);
    }

    void take_quoted() {
        const std::size_t end = std::min(rest_.find('\''), rest_.size());
        word_ += rest_.substr(0, end);
        in_word_ = true;
        skip(end + 1);
    }

    void take_double_quoted() {
        in_word_ = true;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.starts_with("$(") && !rest_.starts_with("$((")) {
                substitute(2, ')');
            } else if (rest_.front() == '`') {
                substitute(1, '`');
            } else {
                if (rest_.front() == '\\' && rest_.size() > 1) skip(1);
                add(rest_.front());
                skip(1);
            }
        }
        skip(1);
    }

    void take_until(char last) {
        const std::size_t end = std::min(rest_.find(last), rest_.size());
        word_ += rest_.substr(0, std::min(end + 1, rest_.size()));
        in_word_ = true;
        skip(end + 1);
    }

    /// What is inside is a script of its own; the word around it gets a "$" in its place.
    void substitute(std::size_t open, char last) {
        skip(open);
        std::size_t depth = 1;
        std::size_t end = 0;
        for (; end < rest_.size(); ++end) {
            const char c = rest_[end];
            if (c == last && --depth == 0) break;
            if (c == '(' && last == ')') ++depth;
            if (c == '\'') end = std::min(rest_.find('\'', end + 1), rest_.size() - 1);
        }
        ShellCommands inner = Splitter(rest_.substr(0, end)).run();
        for (auto& command : inner.commands)
            found_.commands.push_back(std::move(command));
        for (auto& target : inner.written)
            found_.written.push_back(std::move(target));
        add('$');
        skip(end + 1);
    }

    void add(char c) {
        word_ += c;
        in_word_ = true;
    }

    void drop_word() {
        word_.clear();
        in_word_ = false;
    }

    void end_word() {
        if (!in_word_) return;
        if (target_ == Target::written) {
            found_.written.push_back(word_);
        } else if (target_ == Target::none) {
            const bool keyword =
                words_.empty() && std::find(kBefore.begin(), kBefore.end(), word_) != kBefore.end();
            if (!keyword) words_.push_back(word_);
        }
        target_ = Target::none;
        drop_word();
    }

    void end_command() {
        end_word();
        target_ = Target::none;
        if (!words_.empty()) found_.commands.push_back(std::exchange(words_, {}));
    }

    void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

    enum class Target { none, read, written, descriptor };

    std::string_view rest_;
    std::string word_;
    bool in_word_ = false;
    Target target_ = Target::none;  ///< what the next word is
    std::vector<std::string> words_;
    ShellCommands found_;
};

}  // namespace

ShellCommands split_shell(std::string_view script) {
    return Splitter(script).run();
}

}  // namespace pipectl::compare
