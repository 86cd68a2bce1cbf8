#include "orchestrator/plan/files.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/base/shell_names.hpp"

namespace pipectl {
namespace {

/// Two spellings of one path become one. Links are not followed: the planner asks the system
/// nothing.
std::string normalized(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
}

/// /dev/null, /dev/stderr, /dev/tty: writing there replaces nothing.
bool is_device(const std::string& path) {
    return path.rfind("/dev/", 0) == 0 && path.rfind("/dev/shm/", 0) != 0;
}

/// The process at whose end the file is; -1: none.
int process_with(const Plan& plan, Descriptor::What what, int index) {
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        for (const Descriptor& each : plan.processes[i].descriptors) {
            if (each.what == what && each.index == index) return static_cast<int>(i);
        }
    }
    return -1;
}

bool comes_after(const Plan& plan, int later, int earlier) {
    if (later < 0 || earlier < 0) return false;
    std::vector<bool> seen(plan.processes.size(), false);
    std::vector<int> open = {later};
    while (!open.empty()) {
        const int at = open.back();
        open.pop_back();
        for (const Predecessor& before : plan.processes[at].after) {
            if (before.process == earlier) return true;
            if (!seen[before.process]) open.push_back(before.process);
            seen[before.process] = true;
        }
    }
    return false;
}

/// What stands in it by itself. It is not parsed: who is warned in vain has a path in a comment.
void add_words_of_script(std::string_view script, std::set<std::string_view>& words) {
    constexpr std::string_view kBetween = " \t\n;&|<>()'\"`=";
    while (!script.empty()) {
        const std::size_t end = std::min(script.find_first_of(kBetween), script.size());
        if (end > 0) words.insert(script.substr(0, end));
        script.remove_prefix(std::min(end + 1, script.size()));
    }
}

}  // namespace

std::string FileTable::located(const std::string& path, int host) const {
    const std::string from = folder(host);
    if (path.empty() || from.empty() || path.front() == '/') return path;
    return path == "." ? from : from + (from.back() == '/' ? "" : "/") + path;
}

std::string FileTable::folder(int host) const {
    return host != 0 && !plan_.hosts[host].dir.empty() ? "" : folder_;
}

int FileTable::add_input(const std::string& path, Place place, int host) {
    if (path.empty()) remarks_.error(place, "the path of a file is empty");
    plan_.inputs.push_back({located(path, host), place});
    return static_cast<int>(plan_.inputs.size()) - 1;
}

int FileTable::add_output(OutputFile file, const std::string& owner, int host) {
    if (file.path.empty()) remarks_.error(file.place, "the path of a file is empty");
    file.path = located(file.path, host);
    const int index = static_cast<int>(plan_.outputs.size());
    const std::string path = normalized(file.path);
    const bool is_new = writers_.try_emplace(path, Writer{index, owner, host}).second;
    if (!is_new && !is_device(path)) refuse_writer(file, owner, host, path);
    plan_.outputs.push_back(std::move(file));
    return index;
}

/// Of a file that another stage writes too.
void FileTable::refuse_writer(const OutputFile& file, const std::string& owner, int host,
                              const std::string& path) {
    const Writer& first = writers_.at(path);
    const OutputFile& other = plan_.outputs[first.output];
    const std::string both = "'" + owner + "' writes '" + file.path + "', and so does '" +
                             first.owner + "' (line " + std::to_string(other.place.line) + ")";
    if (host != first.host) {
        remarks_.error(file.place, both + " on another host",
                       "where both see one file system they would replace each other's: give each "
                       "a path of its own");
    } else if (!other.append || !file.append) {
        remarks_.error(file.place, both,
                       "to put both into one file: stderr = \"stdout\" for one stage, fan-in for "
                       "several, or `append = true` at both");
    }
}

void FileTable::check_inputs() const {
    for (const InputFile& input : plan_.inputs) {
        const std::string path = normalized(input.path);
        const auto writer = writers_.find(path);
        if (writer == writers_.end() || is_device(path)) continue;
        const OutputFile& output = plan_.outputs[writer->second.output];
        const int index = static_cast<int>(&input - plan_.inputs.data());
        const int reader = process_with(plan_, Descriptor::What::input_file, index);
        const int by = process_with(plan_, Descriptor::What::output_file, writer->second.output);
        if (comes_after(plan_, reader, by)) {
            if (!output.atomic || output.append) continue;
            remarks_.error(input.place,
                           "'" + output.path + "' is replaced at the end of the run: stage '" +
                               plan_.processes[reader].name +
                               "' would read the old one, although it comes after '" +
                               plan_.processes[by].name + "'",
                           "from = { stage = \"" + plan_.processes[by].name +
                               "\", as = \"file\" }, beside the file; or `atomic = false` there");
            continue;
        }
        if (output.atomic && !output.append) continue;  // replaced when all has been read
        remarks_.error(
            output.place,
            "'" + writer->second.owner + "' writes '" + output.path +
                "' while the same run reads it (line " + std::to_string(input.place.line) + ")",
            output.append ? "write to another file"
                          : "without `atomic = false` the file is replaced at the end of the run");
    }
}

void FileTable::check_word(int process, std::string_view word) const {
    const Process& reader = plan_.processes[process];
    const std::string cwd = reader.cwd.value_or("");
    const bool from_cwd = !cwd.empty() && !word.starts_with('/');
    const auto writer = writers_.find(normalized((from_cwd ? cwd + "/" : "") + std::string(word)));
    if (writer == writers_.end()) return;
    const OutputFile& output = plan_.outputs[writer->second.output];
    if (!output.atomic || output.append || is_device(output.path)) return;
    const int by = process_with(plan_, Descriptor::What::output_file, writer->second.output);
    if (!comes_after(plan_, process, by)) return;
    const std::string& name = plan_.processes[by].name;
    remarks_.warning(reader.command_place,
                     "'" + output.path + "' is replaced at the end of the run: stage '" +
                         reader.name + "' would read the old one, although it comes after '" +
                         name + "'",
                     "`atomic = false` beside the file; or inputs = { x = { stage = \"" + name +
                         "\", as = \"file\" } }, and ${in.x} instead of the path");
}

void FileTable::check_words_of(int process) const {
    const std::vector<std::string>& argv = plan_.processes[process].argv;
    std::set<std::string_view> words;
    const bool is_shell = argv.size() > 2 && argv[1] == "-c" && is_shell_name(argv[0]);
    for (std::size_t i = 0; i < argv.size(); ++i) {
        if (is_shell && i == 2) {
            add_words_of_script(argv[i], words);
            continue;
        }
        const std::string_view word = argv[i];
        const std::size_t sign = word.find('=');
        words.insert(word);
        if (sign != std::string_view::npos) words.insert(word.substr(sign + 1));
    }
    for (const std::string_view word : words)
        check_word(process, word);
}

void FileTable::check_words() const {
    if (writers_.empty()) return;
    for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
        if (!plan_.processes[i].after.empty()) check_words_of(static_cast<int>(i));
    }
}

}  // namespace pipectl
