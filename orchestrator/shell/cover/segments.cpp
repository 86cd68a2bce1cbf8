#include "orchestrator/shell/cover/segments.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/cover/stage_kind.hpp"
#include "orchestrator/shell/cover/stage_words.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "stages/base/text.hpp"

namespace pipectl::shell {

namespace {

constexpr std::size_t kLongestLabel = 60;

/// Descriptors that scripts use seldom: the pipeline's stdout, and the pipe that carries a status.
constexpr const char* kKeptStdout = "18";
constexpr const char* kStatusPipe = "19";

using RedirectKind = Redirect::Kind;

bool goes_out(const Redirect& redirect) {
    return redirect.kind == RedirectKind::out || redirect.kind == RedirectKind::clobber ||
           redirect.kind == RedirectKind::append || redirect.kind == RedirectKind::both;
}

bool is_file_output(const Redirect& redirect) {
    return goes_out(redirect) && (redirect.descriptor == -1 || redirect.descriptor == 1) &&
           literal(redirect.target) != "/dev/null";
}

bool changes_stdout(const Redirect& redirect) {
    const bool out = goes_out(redirect) || redirect.kind == RedirectKind::both_append ||
                     redirect.kind == RedirectKind::duplicate_out;
    return (out && (redirect.descriptor == -1 || redirect.descriptor == 1)) ||
           !redirect.variable.empty();
}

class Segments {
  public:
    Segments(const PipelineText& text, const Pipeline& line) : text_(text), line_(line) {}

    PipelineEdits run() {
        const auto& commands = line_.commands;
        end_ = commands.size();
        while (begin_ + 1 < end_ && only_prints(commands[begin_]))
            ++begin_;
        while (!text_.request.strict && end_ > begin_ + 1 && only_reads(commands[end_ - 1]))
            --end_;
        for (std::size_t i = begin_; i < end_; ++i) {
            by_shell_.push_back(!can_be_program(i));
            if (by_shell_.back() && commands.size() > 1 && !check_shell_stage(i)) {
                return std::move(made_);
            }
        }
        // what stands between what cannot fail and what asks nobody: a shell does as well
        const bool file = end_ == commands.size() && writes_file(commands[end_ - 1]);
        if (end_ - begin_ == 1 && !file) return std::move(made_);
        if (commands.size() == 1 && is_shell(0)) return refused(why_[0]);
        for (std::size_t i = begin_; i < end_ && made_.why.empty(); ++i) {
            is_shell(i) ? add_shell_stage(i) : add_program(i);
            const bool ends = i + 1 == end_ || is_shell(i + 1);
            if (ends && is_joined(i)) made_.edits.push_back({line_.bars[i] + 1, 1, ""});
        }
        return std::move(made_);
    }

  private:
    PipelineEdits refused(std::string why) {
        made_.edits.clear();
        made_.why = std::move(why);
        return std::move(made_);
    }

    [[nodiscard]] bool is_shell(std::size_t i) const { return by_shell_[i - begin_]; }
    [[nodiscard]] bool is_last(std::size_t i) const { return i + 1 == line_.commands.size(); }
    [[nodiscard]] bool is_joined(std::size_t i) const { return !is_last(i) && line_.joined[i]; }
    /// A segment ends with the program.
    [[nodiscard]] bool hands_on(std::size_t i) const { return i + 1 < end_ && is_shell(i + 1); }

    [[nodiscard]] StageWords words_of(std::size_t i) const {
        return stage_words(text_.text, line_.commands[i], {i == 0, is_last(i), is_joined(i)});
    }

    bool can_be_program(std::size_t i) {
        std::string why = why_no_program(line_.commands[i], text_.facts);
        if (why.empty()) {
            const StageWords words = words_of(i);
            why = words.why;
            if (why.empty() && words.writes_file && text_.facts.noclobber) {
                why = "noclobber is set";
                noclobber_ = true;
            }
        }
        why_.push_back(why);
        return why.empty();
    }

    bool check_shell_stage(std::size_t i) {
        const Command& command = line_.commands[i];
        std::string why = why_no_shell_stage(text_.text, command, text_.facts);
        if (noclobber_) why = why_[i - begin_];
        const auto outs = std::ranges::count_if(
            command.redirects, [](const auto& each) { return changes_stdout(*each); });
        if (why.empty() && outs > 0 && (!is_last(i) || is_joined(i))) {
            why = "the output of what the shell runs goes two ways";
        }
        // descriptors of two digits; reader is of bash alone
        if (why.empty() && is_last(i) && !writes_file(command) && text_.request.reader.empty()) {
            why = why_[i - begin_];
        }
        if (why.empty() && is_joined(i)) why = "the output of what the shell runs goes two ways";
        if (why.empty() && is_last(i) && writes_file(command)) why = why_no_file(command);
        made_.why = why;
        return why.empty();
    }

    /// Its one file becomes the last segment's; what goes there as well must stand behind it.
    static std::string why_no_file(const Command& command) {
        bool file = false;
        for (const auto& redirect : command.redirects) {
            if (is_file_output(*redirect)) {
                if (file || redirect->kind == RedirectKind::both) return "two files for one output";
                file = true;
            } else if (redirect->kind == RedirectKind::duplicate_out && redirect->descriptor == 2) {
                if (!file) return "stderr goes where stdout went before";
            } else if (changes_stdout(*redirect)) {
                return "one descriptor for another";
            }
        }
        return {};
    }

    [[nodiscard]] std::string start(const char* flags) const {
        return text_.request.command + " pipe --sep '" + text_.request.separator + "' --part-of " +
               quote_word(text_.place) + " " + flags;
    }

    /// The first stage of a segment that stands behind one of the shell's.
    [[nodiscard]] std::string relay(std::size_t shell_stage, const char* what = "__relay") const {
        const Range range = line_.commands[shell_stage].range;
        std::string label(text_.text.substr(range.begin, range.end - range.begin));
        label = label.substr(0, label.find('\n'));
        if (label.size() > kLongestLabel) label = label.substr(0, kLongestLabel) + "..";
        return text_.request.command + " " + what + " " + quote_word(printable(label));
    }

    /// Statuses of a stage of the shell's that are no failure.
    [[nodiscard]] std::string mild(std::size_t shell_stage) const {
        std::string list = "0";
        for (const int status : mild_statuses(line_.commands[shell_stage], text_.statements)) {
            list += "," + std::to_string(status);
        }
        return list == "0" ? "" : "--ok " + list + " ";
    }

    [[nodiscard]] std::string separator() const { return "'" + text_.request.separator + "' "; }

    void put(std::size_t at, std::string text) { made_.edits.push_back({at, 0, std::move(text)}); }

    void add_program(std::size_t i) {
        const Command& command = line_.commands[i];
        const bool starts = i == begin_ || is_shell(i - 1);
        const StageWords words = words_of(i);
        std::string text = " " + separator();
        if (starts) {
            text = start(segment_hands_on(i) ? "--hands-on " : "");
            if (i > begin_) text += mild(i - 1) + "-- " + relay(i - 1) + " " + separator();
        }
        // a program's own words begin behind '--'
        text += words.options + "-- ";
        if (!command.assignments.empty()) text += "env ";
        if (starts) {
            put(command.range.begin, std::move(text));
        } else {
            replace_bar(i, std::move(text));
        }
        for (const Range& removed : words.removed) {
            made_.edits.push_back({removed.begin, removed.end - removed.begin, ""});
        }
    }

    [[nodiscard]] bool segment_hands_on(std::size_t i) const {
        while (i + 1 < end_ && !is_shell(i + 1))
            ++i;
        return hands_on(i);
    }

    /// Newlines and comments may stand behind a bar.
    void replace_bar(std::size_t i, std::string text) {
        const Range gap{line_.bars[i - 1], line_.commands[i].range.begin};
        if (has_document_in(gap)) {
            made_.why = "a here document stands behind a bar";
            return;
        }
        const auto lines =
            std::count(text_.text.begin() + static_cast<std::ptrdiff_t>(gap.begin),
                       text_.text.begin() + static_cast<std::ptrdiff_t>(gap.end), '\n');
        for (auto k = lines; k > 0; --k)
            text += "\\\n";
        made_.edits.push_back({gap.begin, gap.end - gap.begin, std::move(text)});
    }

    [[nodiscard]] bool has_document_in(Range gap) const {
        return std::ranges::any_of(line_.commands, [&](const Command& command) {
            return std::ranges::any_of(command.redirects, [&](const auto& redirect) {
                return redirect->kind == RedirectKind::here_document &&
                       redirect->body_range.begin >= gap.begin &&
                       redirect->body_range.begin < gap.end;
            });
        });
    }

    void add_shell_stage(std::size_t i) {
        const Command& command = line_.commands[i];
        const bool behind = i > begin_;
        const bool keeps_stdout = is_last(i) && !writes_file(command);
        const std::string to = keeps_stdout ? std::string(">&") + kStatusPipe : "";
        std::string text;
        // two of them in a row: what lies between asks how the first one ended
        if (behind && is_shell(i - 1)) {
            text += start("--hands-on ") + mild(i - 1) + "-- " + relay(i - 1) + " | ";
        }
        text += "( ";
        if (keeps_stdout) {
            text += std::string("exec ") + kStatusPipe + ">&1 1>&" + kKeptStdout + " " +
                    kKeptStdout + ">&-; ";
        }
        const std::string head = "printf '%s %s %d\\n' " + mark();
        text += behind ? "IFS= read -r pipectl_before && " + head +
                             " \"$pipectl_before\" \"${BASHPID:-0}\" " + to + " || exit 1; "
                       : head + " - \"${BASHPID:-0}\" " + to + "; ";
        text += "trap 'printf \"%s%d\\n\" " + mark() + " \"$?\" " + to + "' EXIT; ";
        put(command.range.begin, std::move(text));
        std::string tail = " )";
        if (keeps_stdout) {
            // before all that is put there
            made_.edits.insert(made_.edits.begin(),
                               Edit{line_.commands.front().range.begin, 0, "{ "});
            tail += " | " + relay(i, "__status") + "; } " + kKeptStdout + ">&1";
        } else if (is_last(i)) {
            tail += " | " + start("") + mild(i) + file_options(command) + "-- " + relay(i);
        } else if (i + 1 == end_) {
            tail += " | " + start("") + mild(i) + "-- " + relay(i);
        }
        put(command.range.end, tail);
    }

    std::string file_options(const Command& command) {
        for (const auto& redirect : command.redirects) {
            if (!is_file_output(*redirect)) continue;
            const auto target = as_one_word(text_.text, redirect->target);
            if (!target) {
                made_.why = "a file whose name is a pattern";
                return {};
            }
            made_.edits.push_back(
                {redirect->range.begin, redirect->range.end - redirect->range.begin, ""});
            return (redirect->kind == RedirectKind::append ? "--append " : "--out ") + *target +
                   " ";
        }
        return {};
    }

    /// Not the separator itself, which is never a word of a command.
    [[nodiscard]] std::string mark() const { return "status" + text_.request.separator; }

    const PipelineText& text_;
    const Pipeline& line_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<bool> by_shell_;    ///< of the commands from begin_ to end_
    std::vector<std::string> why_;  ///< the same: why it is no program
    bool noclobber_ = false;
    PipelineEdits made_;
};

}  // namespace

PipelineEdits edits_of(const PipelineText& text, const Pipeline& line) {
    if (text.facts.aliases) return {.why = "there are aliases"};
    if (text.facts.fifos) return {.why = "there are named pipes"};
    PipelineEdits made = Segments(text, line).run();
    if (!made.why.empty()) made.edits.clear();
    return made;
}

bool is_shells_own(const Command& command, const TextFacts& facts) {
    const auto name = name_of(command);
    return command.words.empty() ||
           (name && (is_builtin(*name) || facts.functions.contains(*name)));
}

bool writes_file(const Command& command) {
    return std::ranges::any_of(command.redirects,
                               [](const auto& redirect) { return is_file_output(*redirect); });
}

}  // namespace pipectl::shell
