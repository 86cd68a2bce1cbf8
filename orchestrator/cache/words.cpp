#include "orchestrator/cache/words.hpp"

#include <glob.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace pipectl {
namespace {

constexpr std::string_view kCuts = " \t\n;|&<>()\"'`=$,:@{}[]";
constexpr std::string_view kCommandEnds = ";|&(){}\n`";
constexpr std::size_t kLongestName = 4096;

/// Each name once, in the order in which they come.
class Names {
  public:
    void add(std::string_view name) {
        if (name.empty() || name == "/" || name.size() > kLongestName) return;
        if (seen_.insert(std::string(name)).second) list_.emplace_back(name);
    }
    void add_part(std::string_view part) {
        add(part);
        if (part.size() > 2 && part.front() == '-' && part[2] != '.') add(part.substr(2));
    }
    std::vector<std::string> take() { return std::move(list_); }

  private:
    std::vector<std::string> list_;
    std::set<std::string> seen_;
};

/// Commands whose words they do not read.
bool reads_no_files(std::string_view command) {
    static constexpr std::string_view kCommands[] = {"echo",  "printf", "touch", "mkdir",
                                                     "sleep", "exit",   ":",     "true"};
    return std::ranges::find(kCommands, command) != std::end(kCommands);
}

/// A part of a shell's text, between two places where words are cut.
struct Part {
    std::string_view text;
    bool written = false;   ///< behind '>'
    bool variable = false;  ///< behind '$'
    bool said = false;      ///< a word of a command that reads none
};

std::vector<Part> parts_of(std::string_view script) {
    std::vector<Part> parts;
    bool written = false;
    bool variable = false;
    bool at_command = true;
    std::string_view command;
    for (std::size_t at = 0; at < script.size();) {
        const std::size_t end = std::min(script.find_first_of(kCuts, at), script.size());
        if (end > at) {
            const std::string_view text = script.substr(at, end - at);
            if (std::exchange(at_command, false) && !written) command = text;
            parts.push_back({text, written, variable, reads_no_files(command)});
            written = variable = false;
        }
        if (end == script.size()) break;
        const char cut = script[end];
        if (cut == '>') written = true;
        variable = cut == '$' || (variable && cut == '{');
        if (kCommandEnds.find(cut) != std::string_view::npos && !written && !variable) {
            at_command = true;
            command = {};
        }
        at = end + 1;
    }
    return parts;
}

}  // namespace

std::vector<std::string> names_in(const std::string& word) {
    Names names;
    names.add(word);
    const std::string_view text(word);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(kCuts, at), text.size());
        names.add_part(text.substr(at, end - at));
        at = end + 1;
    }
    for (std::size_t at = text.find('='); at != std::string_view::npos;
         at = text.find('=', at + 1)) {
        names.add(text.substr(at + 1));
    }
    return names.take();
}

std::vector<std::string> names_read_in(const std::string& script) {
    Names names;
    for (const Part& part : parts_of(script)) {
        if (!part.written && !part.said) names.add_part(part.text);
    }
    return names.take();
}

std::set<std::string> variables_written_in(const std::string& script) {
    std::set<std::string> written;
    std::set<std::string> read;
    for (const Part& part : parts_of(script)) {
        if (part.variable) (part.written ? written : read).emplace(part.text);
    }
    for (const std::string& name : read) {
        written.erase(name);
    }
    return written;
}

std::vector<std::string> matches_of(const std::string& name, const std::string& folder) {
    if (name.find_first_of("*?[") == std::string::npos) return {};
    const std::string pattern = folder.empty() || name.front() == '/' ? name : folder + "/" + name;
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    std::ranges::sort(paths);
    return paths;
}

}  // namespace pipectl
