#include "orchestrator/cli/test_update.hpp"

#include <algorithm>
#include <cstddef>

#include "orchestrator/compare/toml_layout.hpp"
#include "orchestrator/definition/toml_text.hpp"
#include "orchestrator/diagnostic/source_lines.hpp"

namespace pipectl {

namespace {

struct Change {
    std::size_t begin;
    std::size_t end;
    std::string text;
};

std::string value_text(const Expectation& of, const std::string& value) {
    return of.what == Expectation::What::exit ? value : toml_string(value);
}

/// A line of its own behind the keys of the test, which has no `expect`.
Change new_expect(const std::string& text, const Test& test, const std::string& value) {
    const std::string line = "expect = { stdout = " + toml_string(value) + " }\n";
    for (const compare::TomlTable& table : compare::lay_out_toml(text)) {
        if (table.line != test.place.line) continue;
        const std::size_t at = table.keys.empty() ? table.body : table.keys.back().line_end;
        const bool open = at > 0 && text[at - 1] != '\n';
        return {at, at, (open ? "\n" : "") + line};
    }
    return {text.size(), text.size(), ""};
}

}  // namespace

std::string with_corrections(const std::string& text, const std::vector<Correction>& corrections) {
    const SourceLines lines(text);
    std::vector<Change> changes;
    for (const Correction& each : corrections) {
        if (each.expectation == nullptr) {
            changes.push_back(new_expect(text, *each.test, each.value));
            continue;
        }
        const Expectation& old = *each.expectation;
        changes.push_back(
            {lines.offset(old.begin), lines.offset(old.end), value_text(old, each.value)});
    }
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.begin > b.begin; });
    std::string changed = text;
    for (const Change& change : changes) {
        changed.replace(change.begin, change.end - change.begin, change.text);
    }
    return changed;
}

}  // namespace pipectl
