#include "orchestrator/report/terminal_text.hpp"

#include <algorithm>
#include <array>

namespace pipectl {

namespace {

// ECMA-48 and xterm's control sequences
constexpr std::string_view kEraseBelow = "\x1b[J";  // from the cursor on
constexpr std::string_view kEraseRest = "\x1b[K";   // of the row
constexpr std::string_view kIndex =
    "\x1b"
    "D";  // down, in the same column; at the bottom: scroll
constexpr std::string_view kKeepCursor =
    "\x1b"
    "7";
constexpr std::string_view kCursorBack =
    "\x1b"
    "8";
constexpr std::string_view kKeepTitle = "\x1b[22;2t";
constexpr std::string_view kTitleBack = "\x1b[23;2t";

std::string title_sequence(const std::string& title) {
    return "\x1b]2;" + title + "\x07";
}

}  // namespace

TerminalSkills skills_of(std::string_view name, std::string_view program) {
    constexpr std::array<std::string_view, 10> kTitled = {
        "xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "konsole", "vte", "wezterm", "st-"};
    TerminalSkills skills;
    skills.moves = name != "dumb";
    skills.title = std::ranges::any_of(
        kTitled, [&](std::string_view known) { return name.starts_with(known); });
    // to iTerm and foot OSC 9 was a notice for the user before it was a mark
    skills.mark = skills.title && program != "iTerm.app" && !name.starts_with("foot");
    return skills;
}

std::string draw_block(const std::vector<std::string>& lines, bool again) {
    std::string text(again ? kEraseBelow : std::string_view());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += kIndex;  // so that there is room below
    }
    text += "\x1b[" + std::to_string(lines.size()) + "A";
    text += kKeepCursor;
    for (const std::string& line : lines) {
        text += "\r\n" + line;
        text += kEraseRest;
    }
    text += kCursorBack;
    return text;
}

std::string erase_block() {
    return std::string(kEraseBelow);
}

std::string set_title(const std::string& title, std::optional<int> percent, bool mark, bool again) {
    std::string text(again ? std::string_view() : kKeepTitle);
    text += title_sequence(title);
    if (mark) {
        text += percent ? "\x1b]9;4;1;" + std::to_string(*percent) + "\x07" : "\x1b]9;4;3\x07";
    }
    return text;
}

std::string restore_title(bool mark) {
    return title_sequence("") + std::string(kTitleBack) + (mark ? "\x1b]9;4;0\x07" : "");
}

}  // namespace pipectl
