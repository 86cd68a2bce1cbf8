#pragma once

// A remark on a definition with its place, and how it is shown: file:line:column, the source line,
// a caret, and a suggestion where one is near.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/base/secrets.hpp"

namespace pipectl {

/// A place in the definition's text; both count from 1, columns in code points. Line 0: no place.
struct Place {
    int line = 0;
    int column = 0;
    /// Of a definition that uses others: 0 is the text itself, others are those of
    /// SourceText::used.
    int file = 0;

    [[nodiscard]] bool known() const { return line > 0; }
    bool operator==(const Place&) const = default;
};

/// A note is no fault: something that is good to know, for who looks at a definition.
enum class Severity { error, warning, note };

/// "error", "warning", "note".
std::string_view severity_name(Severity severity);

/// A text to stand in place of a part of a line.
struct Replacement {
    Place place;
    int length = 1;  ///< code points, at least one
    std::string text;
    bool operator==(const Replacement&) const = default;
};

struct Diagnostic {
    Severity severity = Severity::error;
    Place place;
    std::string message;  ///< lower case, without a full stop
    std::string hint;     ///< what to do about it; may be empty
    int length = 1;       ///< how many code points the caret underlines
    /// What would be right, where the message does not already end with it ("did you mean 'x'?").
    std::optional<Replacement> fix{};
};

/// The text of a definition that another one uses.
struct UsedText {
    std::string name;  ///< its path
    std::string text;
    Place user;  ///< of the `use`; none: it was named on the command line
};

/// The text that diagnostics speak of.
struct SourceText {
    std::string name;  ///< the path as the user gave it, or "<stdin>"
    std::string text;
    Secrets secrets{};             ///< not to be shown, in messages and in lines of the text
    std::vector<UsedText> used{};  ///< by Place::file, from 1
};

bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// All of them, sorted by place, errors and warnings together, each ending with a newline; past a
/// hundred a line says how many more there are, and errors are shown before warnings. `colour` adds
/// SGR sequences. Control characters of the source are made visible.
std::string render_diagnostics(const SourceText& source, std::vector<Diagnostic> diagnostics,
                               bool colour);

}  // namespace pipectl
