#include "orchestrator/parts/env_file.hpp"

#include <cstddef>
#include <optional>

#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kExport = "export ";

class EnvReader {
  public:
    explicit EnvReader(std::string_view text) : text_(text) {}

    std::variant<Variables, EnvFileError> run() {
        while (!error_) {
            skip(" \t\r\n");
            if (at_ == text_.size()) break;
            if (text_[at_] == '#') {
                skip_line();
            } else {
                take_line();
            }
        }
        if (error_) return std::move(*error_);
        return std::move(variables_);
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void fail(std::string message, std::string hint = {}) {
        if (!error_) error_ = EnvFileError{line_, std::move(message), std::move(hint)};
    }

    void skip(std::string_view set) {
        for (; at_ < text_.size() && set.find(text_[at_]) != std::string_view::npos; ++at_) {
            if (text_[at_] == '\n') ++line_;
        }
    }

    void skip_line() {
        while (at_ < text_.size() && text_[at_] != '\n')
            ++at_;
    }

    void take_line() {
        if (text_.substr(at_).starts_with(kExport)) {
            at_ += kExport.size();
            skip(kBlanks);
        }
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != '=' && text_[at_] != '\n')
            ++at_;
        std::string name(text_.substr(begin, at_ - begin));
        if (peek() != '=') {
            fail("'" + name + "' is no NAME=VALUE");
            return;
        }
        if (!is_variable_name(name)) {
            fail("'" + name + "' is no name of a variable",
                 "no blanks around '=', and a name has letters, digits and '_'");
            return;
        }
        ++at_;
        std::string value;
        take_value(value);
        skip(kBlanks);
        if (peek() == '#') skip_line();
        if (at_ < text_.size() && peek() != '\n') {
            fail("there is something behind the value of " + name,
                 "a value with blanks stands in quotes: " + name + "='a b'");
            return;
        }
        variables_.emplace_back(std::move(name), std::move(value));
    }

    /// Parts with and without quotes, up to a blank.
    void take_value(std::string& value) {
        while (at_ < text_.size() && !error_) {
            const char c = text_[at_];
            if (c == '\n' || kBlanks.find(c) != std::string_view::npos) return;
            ++at_;
            if (c == '\'') {
                take_single(value);
            } else if (c == '"') {
                take_double(value);
            } else if (c == '\\' && at_ < text_.size()) {
                take_escaped(value);
            } else {
                take_plain(value, c);
            }
        }
    }

    void take_escaped(std::string& value) {
        if (text_[at_] == '\n') {
            ++line_;  // the line goes on
        } else {
            value += text_[at_];
        }
        ++at_;
    }

    void take_plain(std::string& value, char c) {
        if (c == '$' || c == '`') {
            fail(c == '$' ? "'$' would be expanded by a shell, and is not here"
                          : "'`' would be expanded by a shell, and is not here",
                 "in single quotes it is itself");
        } else if (std::string_view(";&|<>()").find(c) != std::string_view::npos) {
            fail("one of ;&|<>() would end the value in a shell", "in quotes it is itself");
        }
        value += c;
    }

    void take_single(std::string& value) {
        const std::size_t end = text_.find('\'', at_);
        if (end == std::string_view::npos) {
            fail("a single quote is not closed");
            return;
        }
        for (; at_ < end; ++at_) {
            if (text_[at_] == '\n') ++line_;
            value += text_[at_];
        }
        ++at_;
    }

    void take_double(std::string& value) {
        const int begin = line_;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_++];
            if (c == '\\' && at_ < text_.size()) {
                // between double quotes it is itself in front of others; sh(1)
                if (std::string_view("$`\"\\\n").find(text_[at_]) == std::string_view::npos) {
                    value += c;
                }
                take_escaped(value);
                continue;
            }
            if (c == '$' || c == '`') {
                take_plain(value, c);
                return;
            }
            if (c == '\n') ++line_;
            value += c;
        }
        if (at_ == text_.size()) {
            line_ = begin;
            fail("a double quote is not closed");
            return;
        }
        ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    Variables variables_;
    std::optional<EnvFileError> error_;
};

}  // namespace

std::variant<Variables, EnvFileError> parse_env_file(std::string_view text) {
    return EnvReader(text).run();
}

}  // namespace pipectl
