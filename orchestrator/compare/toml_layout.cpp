#include "orchestrator/compare/toml_layout.hpp"

#include <algorithm>

namespace pipectl::compare {

namespace {

class Walker {
  public:
    explicit Walker(std::string_view text) : text_(text) { tables_.emplace_back(); }

    std::vector<TomlTable> run() {
        while (at_ < text_.size()) {
            line_begin_ = at_;
            skip_blanks();
            const char c = peek();
            if (c == '[') {
                take_header();
            } else if (c != '#' && c != '\n' && c != '\r' && at_ < text_.size()) {
                take_key();
            }
            skip_line();
        }
        return std::move(tables_);
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t')
            ++at_;
    }

    /// To the start of the next line; what is left of this one is blanks and a comment.
    void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }

    void take_header() {
        TomlTable table;
        table.begin = line_begin_;
        table.line =
            1 + static_cast<int>(std::count(
                    text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
        while (at_ < text_.size() && peek() != '\n' && peek() != '#') {
            if (peek() == '"' || peek() == '\'') {
                const std::size_t begin = at_;
                skip_string();
                table.header += text_.substr(begin, at_ - begin);
                continue;
            }
            if (peek() != ' ' && peek() != '\t' && peek() != '\r') table.header += peek();
            ++at_;
        }
        table.body = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
        tables_.push_back(std::move(table));
    }

    void take_key() {
        TomlKey key;
        key.begin = at_;
        while (at_ < text_.size() && peek() != '=' && peek() != '\n') {
            if (peek() == '"' || peek() == '\'') {
                skip_string();
            } else {
                ++at_;
            }
        }
        key.name = std::string(text_.substr(key.begin, at_ - key.begin));
        key.name.erase(key.name.find_last_not_of(" \t") + 1);
        if (peek() == '=') ++at_;
        skip_blanks();
        key.value_begin = at_;
        skip_value();
        key.value_end = at_;
        while (key.value_end > key.value_begin &&
               std::string_view(" \t\r").find(text_[key.value_end - 1]) != std::string_view::npos) {
            --key.value_end;
        }
        key.line_end = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
        tables_.back().keys.push_back(std::move(key));
    }

    /// To the newline or comment behind it.
    void skip_value() {
        int depth = 0;
        while (at_ < text_.size()) {
            const char c = peek();
            if (c == '"' || c == '\'') {
                skip_string();
                continue;
            }
            if (depth == 0 && (c == '\n' || c == '#')) return;
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
                continue;
            }
            if (c == '[' || c == '{') ++depth;
            if (c == ']' || c == '}') --depth;
            ++at_;
        }
    }

    void skip_string() {
        const char quote = peek();
        const std::string three(3, quote);
        if (text_.substr(at_).starts_with(three)) {
            at_ += 3;
            while (at_ < text_.size() && !text_.substr(at_).starts_with(three)) {
                at_ += quote == '"' && peek() == '\\' ? 2 : 1;
            }
            at_ = std::min(at_ + 3, text_.size());
            // up to two quotes may stand before the three that close it
            while (peek() == quote)
                ++at_;
            return;
        }
        ++at_;
        while (at_ < text_.size() && peek() != quote && peek() != '\n') {
            at_ += quote == '"' && peek() == '\\' ? 2 : 1;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_begin_ = 0;
    std::vector<TomlTable> tables_;
};

}  // namespace

std::vector<TomlTable> lay_out_toml(std::string_view text) {
    return text.empty() ? std::vector<TomlTable>(1) : Walker(text).run();
}

}  // namespace pipectl::compare
