#include "orchestrator/shell/export_form.hpp"

#include <algorithm>
#include <string_view>

namespace pipectl::shell {

namespace {

constexpr std::string_view kWritten = "# Written by pipectl export from ";
constexpr std::string_view kBegin = "# --- functions of pipectl export";
constexpr std::string_view kEnd = "# --- end of functions";

/// "# name: description" is the first line behind "#!".
void read_title(std::string_view line, ExportForm& form) {
    line.remove_prefix(std::min<std::size_t>(2, line.size()));
    const std::size_t colon = line.find(": ");
    form.name = line.substr(0, colon);
    if (colon != std::string_view::npos) {
        form.description = line.substr(colon + 2);
    }
}

/// : "${count:=20}"     # how many
void read_help(std::string_view line, ExportForm& form) {
    const std::size_t begin = line.find("${");
    const std::size_t end = line.find_first_of(":=?", begin);
    const std::size_t help = line.find(" # ", end);
    if (begin != std::string_view::npos && end != std::string_view::npos &&
        help != std::string_view::npos) {
        form.help[std::string(line.substr(begin + 2, end - begin - 2))] = line.substr(help + 3);
    }
}

/// One line of the script proper, as the importer is to see it.
std::string shown(std::string_view line, ExportForm& form) {
    constexpr std::string_view kOnlyShell[] = {"[ -z \"${KSH_VERSION-}\" ]",
                                               "EXPORT_RESTARTED=", "need ", "exec 9<&0"};
    if (std::any_of(std::begin(kOnlyShell), std::end(kOnlyShell),
                    [&](std::string_view start) { return line.starts_with(start); })) {
        return {};
    }
    if (line == "finish" || line.starts_with("finish ")) {
        form.strict = true;
        return {};
    }
    if (line.starts_with("finish_as ")) {
        form.strict = false;
        return {};
    }
    if (line.starts_with(": \"${")) {
        read_help(line, form);
    }
    std::string text(line);
    if (line.starts_with("[ -n \"${") && line.find("+set}\" ] || ") != std::string_view::npos) {
        text.erase(0, text.find("|| ") + 3);
    }
    if (const std::size_t tail = text.rfind(" || exit 125"); text.ends_with(" || exit 125")) {
        text.erase(tail);
    }
    return text;
}

}  // namespace

ExportForm read_export_form(const std::string& text) {
    ExportForm form;
    if (text.find(kWritten) == std::string::npos) {
        form.text = text;
        return form;
    }
    form.exported = true;
    form.strict = text.find(kBegin) != std::string::npos;
    bool functions = false;
    int number = 0;
    for (std::size_t at = 0; at < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, end - at);
        at = end + 1;
        functions = functions || line == kBegin;
        if (number == 1 && line.starts_with("# ")) {
            read_title(line, form);
        } else if (!functions) {
            std::string part = shown(line, form);
            for (std::size_t mark = part.find(".$$"); mark != std::string::npos;
                 mark = part.find(".$$", mark)) {
                part.erase(mark, 3);
                form.atomic.insert(form.text.size() + mark);
            }
            form.text += part;
        }
        functions = functions && line != kEnd;
        form.text += '\n';
    }
    return form;
}

}  // namespace pipectl::shell
