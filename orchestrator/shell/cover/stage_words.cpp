#include "orchestrator/shell/cover/stage_words.hpp"

#include <algorithm>
#include <optional>

#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

constexpr int kStdin = 0;
constexpr int kStdout = 1;
constexpr int kStderr = 2;

class Redirections {
  public:
    Redirections(std::string_view text, StagePosition position)
        : text_(text), position_(position) {}

    StageWords of(const Command& command) {
        for (const auto& redirect : command.redirects) {
            if (made_.why.empty()) take(*redirect);
        }
        if (position_.joined) {
            if (err_) return refused("stderr goes two ways");
            made_.options += "--err - ";
        }
        return std::move(made_);
    }

  private:
    using Kind = Redirect::Kind;

    StageWords refused(std::string why) {
        made_.why = std::move(why);
        return std::move(made_);
    }

    void take(const Redirect& redirect) {
        if (!redirect.variable.empty()) {
            made_.why = "a descriptor in a variable";
            return;
        }
        switch (redirect.kind) {
            case Kind::in:
            case Kind::here_document:
            case Kind::here_string: take_input(redirect); break;
            case Kind::out:
            case Kind::clobber: take_output(redirect, false); break;
            case Kind::append: take_output(redirect, true); break;
            case Kind::both:
                take_output(redirect, false);
                say_error("--err -", redirect);
                break;
            case Kind::duplicate_out: take_duplicate(redirect); break;
            default: made_.why = "a redirection that only a shell has";
        }
    }

    /// pipectl's own stdin is the first stage's: there it can stay where it is.
    void take_input(const Redirect& redirect) {
        if (redirect.descriptor > kStdin) {
            made_.why = "a descriptor of its own";
        } else if (!position_.first) {
            made_.why = "two inputs: a redirection and a pipe";
        }
    }

    void take_output(const Redirect& redirect, bool append) {
        const int descriptor = redirect.descriptor < 0 ? kStdout : redirect.descriptor;
        const auto target = as_one_word(text_, redirect.target);
        if (!target) {
            made_.why = "a file whose name is a pattern";
        } else if (descriptor == kStderr) {
            say_error((append ? "--err-append " : "--err ") + *target, redirect);
        } else if (descriptor != kStdout) {
            made_.why = "a descriptor of its own";
        } else if (out_ || !position_.last) {
            made_.why =
                out_ ? "two files for one output" : "its output goes elsewhere, and is piped";
        } else {
            out_ = true;
            made_.writes_file = literal(redirect.target) != "/dev/null";
            say((append ? "--append " : "--out ") + *target, redirect);
        }
    }

    /// 2>&1 behind the redirection of stdout, or without one: where stdout goes.
    void take_duplicate(const Redirect& redirect) {
        if (redirect.descriptor == kStderr && literal(redirect.target) == "1") {
            later_output_matters_ = !out_;
            say_error("--err -", redirect);
        } else {
            made_.why = "one descriptor for another";
        }
    }

    void say_error(const std::string& option, const Redirect& redirect) {
        if (err_) {
            made_.why = "stderr goes two ways";
            return;
        }
        err_ = true;
        say(option, redirect);
    }

    void say(const std::string& option, const Redirect& redirect) {
        if (out_ && later_output_matters_) {
            made_.why = "stderr goes where stdout went before";
            return;
        }
        made_.options += option + " ";
        if (made_.removed.empty() || made_.removed.back() != redirect.range) {
            made_.removed.push_back(redirect.range);
        }
    }

    std::string_view text_;
    StagePosition position_;
    StageWords made_;
    bool out_ = false;
    bool err_ = false;
    bool later_output_matters_ = false;
};

}  // namespace

std::optional<std::string> as_one_word(std::string_view text, const Word& target) {
    std::string word;
    std::size_t at = target.range.begin;
    for (const Piece& piece : target.pieces) {
        const bool expands =
            piece.kind == Piece::Kind::parameter || piece.kind == Piece::Kind::command;
        if (piece.kind != Piece::Kind::text && !expands) return std::nullopt;
        if (piece.kind == Piece::Kind::text && !piece.quoted &&
            piece.value.find_first_of("*?[{") != std::string::npos) {
            return std::nullopt;
        }
        if (piece.range.begin < at || piece.range.end > target.range.end) return std::nullopt;
        word += text.substr(at, piece.range.begin - at);
        const std::string raw(text.substr(piece.range.begin, piece.range.end - piece.range.begin));
        word += expands && !piece.quoted ? "\"" + raw + "\"" : raw;
        at = piece.range.end;
    }
    word += text.substr(at, target.range.end - at);
    if (word.empty() || word.find('\n') != std::string::npos) return std::nullopt;
    return word;
}

StageWords stage_words(std::string_view text, const Command& command, StagePosition position) {
    return Redirections(text, position).of(command);
}

}  // namespace pipectl::shell
