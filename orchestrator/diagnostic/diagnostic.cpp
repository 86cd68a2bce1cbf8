#include "orchestrator/diagnostic/diagnostic.hpp"

#include <algorithm>

#include "orchestrator/diagnostic/order.hpp"
#include "orchestrator/diagnostic/source_lines.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/text.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {

namespace {

/// Columns of a source line that are shown; of a longer one the part around the caret.
constexpr std::size_t kShownColumns = 100;
constexpr std::size_t kColumnsBefore = 40;

constexpr std::string_view kCut = "...";

constexpr std::size_t kMostShown = 100;

/// A message that quotes a hostile text is cut here.
constexpr std::size_t kLongestMessage = 600;

struct Paint {
    bool on;

    [[nodiscard]] std::string operator()(std::string_view codes, std::string_view text) const {
        std::string painted;
        if (on && !text.empty()) {
            painted.append("\x1b[").append(codes).append("m");
            painted.append(text).append("\x1b[0m");
        } else {
            painted = text;
        }
        return painted;
    }
};

/// The visible form of one code point, and how wide it is.
struct Glyph {
    std::string text;
    std::size_t columns;
};

Glyph glyph(std::string_view bytes, const CodePoint& point) {
    if (point.value == '\t' && point.valid) {
        return {"    ", 4};
    }
    if (!point.valid || steers_terminal(point.value)) {
        std::string shown = printable(bytes);
        const std::size_t columns = shown.size();
        return {std::move(shown), columns};
    }
    return {std::string(bytes), width_of(point.value)};
}

/// The source line and the line below it that points at `length` code points from `column`.
struct Excerpt {
    std::string line;
    std::string blank;  ///< what stands before the caret
    std::string caret;
};

Excerpt excerpt(const SourceLines& lines, const Diagnostic& diagnostic) {
    const std::string_view line = lines.line(diagnostic.place.line);
    const std::size_t first = std::max(diagnostic.place.column, 1);
    const std::size_t last = first + std::max(diagnostic.length, 1);
    const std::size_t from = first > kShownColumns ? first - kColumnsBefore : 1;
    const std::size_t skipped = lines.offset({diagnostic.place.line, static_cast<int>(from)}) -
                                lines.start(diagnostic.place.line);
    Excerpt shown;
    std::size_t blank = 0;
    std::size_t marked = 0;
    if (from > 1) {
        shown.line = kCut;
        blank = kCut.size();
    }
    std::size_t used = blank;
    std::size_t number = from;
    for (std::size_t at = skipped; at < line.size(); ++number) {
        const CodePoint point = first_code_point(line.substr(at));
        const std::string_view bytes = line.substr(at, point.size);
        at += point.size;
        if (used >= kShownColumns + kCut.size()) {
            shown.line += kCut;
            break;
        }
        const Glyph one = glyph(bytes, point);
        shown.line += one.text;
        used += one.columns;
        if (number < first) {
            blank += one.columns;
        } else if (number < last) {
            marked += one.columns;
        }
    }
    shown.blank.assign(blank, ' ');
    shown.caret.assign(std::max<std::size_t>(marked, 1), '~');
    shown.caret.front() = '^';
    return shown;
}

/// A message as it is shown: without secrets, harmless for a terminal and of bounded length.
std::string shown_message(std::string message, const Secrets& secrets) {
    secrets.mask(message);
    if (message.size() <= kLongestMessage) {
        return printable(message);
    }
    std::size_t size = 0;
    while (size < kLongestMessage) {
        size += first_code_point(std::string_view(message).substr(size)).size;
    }
    return printable(message.substr(0, size)) + std::string(kCut);
}

void render_one(std::string& out, const std::string& name, const SourceLines& lines,
                const Secrets& secrets, const Diagnostic& diagnostic, const Paint& paint) {
    const bool is_error = diagnostic.severity == Severity::error;
    std::string where = name;
    if (diagnostic.place.known()) {
        where += ":" + std::to_string(diagnostic.place.line) + ":" +
                 std::to_string(diagnostic.place.column);
    }
    const std::string_view strong = is_error                                   ? "1;31"
                                    : diagnostic.severity == Severity::warning ? "1;35"
                                                                               : "1;36";
    out += paint("1", where + ":") + " " +
           paint(strong, std::string(severity_name(diagnostic.severity)) + ":") + " " +
           shown_message(diagnostic.message, secrets) + "\n";
    const std::string_view line = lines.line(diagnostic.place.line);
    if (diagnostic.place.known() && !line.empty()) {
        const Excerpt shown = excerpt(lines, diagnostic);
        std::string number = std::to_string(diagnostic.place.line);
        number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
        out += number + " | " + shown.line + "\n";
        out += std::string(number.size(), ' ') + " | " + shown.blank + paint(strong, shown.caret) +
               "\n";
    }
    if (!diagnostic.hint.empty()) {
        out +=
            "      " + paint("1", "hint:") + " " + shown_message(diagnostic.hint, secrets) + "\n";
    }
}

/// Nobody reads more than the first hundred; errors come before warnings.
void keep_shown(std::vector<Diagnostic>& diagnostics) {
    if (diagnostics.size() <= kMostShown) return;
    const auto is_error = [](const Diagnostic& one) { return one.severity == Severity::error; };
    const auto all = std::count_if(diagnostics.begin(), diagnostics.end(), is_error);
    std::size_t errors = std::min(kMostShown, static_cast<std::size_t>(all));
    std::size_t warnings = kMostShown - errors;
    std::vector<Diagnostic> shown;
    for (Diagnostic& one : diagnostics) {
        std::size_t& left = is_error(one) ? errors : warnings;
        if (left == 0) continue;
        --left;
        shown.push_back(std::move(one));
    }
    diagnostics = std::move(shown);
}

/// "99,900"
std::string grouped(std::size_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        digits.insert(at -= 3, ",");
    }
    return digits;
}

}  // namespace

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::note: break;
    }
    return "note";
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
}

std::string render_diagnostics(const SourceText& source, std::vector<Diagnostic> diagnostics,
                               bool colour) {
    note_users(source, diagnostics);
    sort_and_join(diagnostics);
    const std::size_t found = diagnostics.size();
    keep_shown(diagnostics);
    const std::string name = printable(source.name);
    std::string out;
    // they are sorted by file
    for (auto first = diagnostics.begin(); first != diagnostics.end();) {
        const int file = first->place.file;
        const auto end = std::find_if(first, diagnostics.end(), [&](const Diagnostic& each) {
            return each.place.file != file;
        });
        const UsedText* const used = file > 0 ? &source.used.at(file - 1) : nullptr;
        const std::string& text = used == nullptr ? source.text : used->text;
        // a blotted text has the places of the text itself
        const std::string blotted = source.secrets.empty() ? "" : source.secrets.blotted(text);
        const SourceLines lines(source.secrets.empty() ? text : blotted);
        for (; first != end; ++first) {
            render_one(out, used == nullptr ? name : printable(used->name), lines, source.secrets,
                       *first, Paint{colour});
        }
    }
    if (found > diagnostics.size()) {
        out += name + ": and " + grouped(found - diagnostics.size()) + " more\n";
    }
    return out;
}

}  // namespace pipectl
