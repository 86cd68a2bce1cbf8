#pragma once

// Typed access to a TOML tree that collects what is wrong instead of stopping at it.
//
// Every question that is answered with nothing has left an error with its place. Types are taken
// exactly (true is not 1), texts never hold a NUL byte, tables are read in the order of the file.
// Knows nothing of stages; used by the parser and the types only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/definition/toml_library.hpp"
#include "orchestrator/diagnostic/source_lines.hpp"
#include "stages/base/suggestions.hpp"

namespace pipectl {

/// A place and how many code points belong to the thing there.
struct Span {
    Place place;
    int length = 1;
};

Span span_of(const toml::node& node);
Span span_of(const toml::key& key);

/// One key of a table with its value.
struct Entry {
    std::string_view name;
    const toml::key* key;
    const toml::node* value;
    bool is_element = false;  ///< an element of the array that the key names

    /// "'name'", for messages.
    [[nodiscard]] std::string quoted() const {
        return (is_element ? "an element of '" : "'") + std::string(name) + "'";
    }
};

/// A table's entries, in the order of the file.
std::vector<Entry> entries_of(const toml::table& table);

/// "a string", "an integer", ...
std::string type_name(const toml::node& node);

class Reader {
  public:
    Reader(const SourceText& source, std::vector<Diagnostic>& diagnostics)
        : lines_(source.text), text_(source.text), diagnostics_(diagnostics) {}

    void error(Span where, std::string message, std::string hint = {});
    void warning(Span where, std::string message, std::string hint = {});

    /// What would be right at `where`, of the last thing that was said.
    void offer(Span where, std::string text);

    /// "'key' must be EXPECTED, not a table".
    void wrong_type(const Entry& entry, std::string_view expected, std::string hint = {});

    /// An unknown key, with the nearest of the known ones; `hint` is shown when none is near.
    void unknown_key(const Entry& entry, std::string_view where,
                     const std::function<std::vector<std::string>()>& known, std::string hint);

    /// "; did you mean 'x'?", or empty.
    std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
        return suggestions_.did_you_mean(word, candidates);
    }

    std::optional<std::string> text(const Entry& entry, std::string_view expected = "a string",
                                    std::string hint = {});
    std::optional<bool> boolean(const Entry& entry);
    std::optional<std::int64_t> integer(const Entry& entry, std::int64_t low, std::int64_t high);
    std::optional<std::chrono::milliseconds> duration(const Entry& entry);
    /// A size as text, or an integer of bytes.
    std::optional<std::uint64_t> size(const Entry& entry);
    std::optional<Scalar> scalar(const Entry& entry);
    /// A value as the file spells it: `1.10`, `0o755`, `2026-11-29`.
    [[nodiscard]] std::string spelling(const toml::node& node) const;
    const toml::table* table(const Entry& entry, std::string_view expected = "a table");

    /// The elements of an array; each is an entry with the array's name. Not an array: an error.
    std::optional<std::vector<Entry>> elements(const Entry& entry, std::string_view expected,
                                               std::string hint = {});

    /// Where the `ordinal`-th "${" (from 0) of a string stands in the source, with `length`; the
    /// whole string when escapes hide it. Cheap for ordinals that ascend.
    Span reference_in(const toml::node& string, std::size_t ordinal, int length);

  private:
    SourceLines lines_;
    std::string_view text_;
    std::vector<Diagnostic>& diagnostics_;
    Suggestions suggestions_;

    /// The reference that was found last.
    struct Found {
        const toml::node* string = nullptr;
        std::size_t ordinal = 0;
        std::size_t at = 0;
        std::size_t end = 0;  ///< of the string
    };
    Found found_;
};

}  // namespace pipectl
