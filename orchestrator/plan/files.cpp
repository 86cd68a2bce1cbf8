#include "orchestrator/plan/files.hpp"

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

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

}  // namespace

std::string FileTable::located(const std::string& path) const {
    if (path.empty() || folder_.empty() || path.front() == '/') return path;
    return path == "." ? folder_ : folder_ + (folder_.back() == '/' ? "" : "/") + path;
}

int FileTable::add_input(const std::string& path, Place place) {
    if (path.empty()) remarks_.error(place, "the path of a file is empty");
    plan_.inputs.push_back({located(path), place});
    return static_cast<int>(plan_.inputs.size()) - 1;
}

int FileTable::add_output(OutputFile file, const std::string& owner) {
    if (file.path.empty()) remarks_.error(file.place, "the path of a file is empty");
    file.path = located(file.path);
    const int index = static_cast<int>(plan_.outputs.size());
    const std::string path = normalized(file.path);
    const auto [first, is_new] = writers_.try_emplace(path, Writer{index, owner});
    if (!is_new && !is_device(path)) {
        const OutputFile& other = plan_.outputs[first->second.output];
        if (!other.append || !file.append) {
            const std::string line = std::to_string(other.place.line);
            remarks_.error(file.place,
                           "'" + owner + "' writes '" + file.path + "', and so does '" +
                               first->second.owner + "' (line " + line + ")",
                           "to put both into one file: stderr = \"stdout\" for one stage, fan-in "
                           "for several, or `append = true` at both");
        }
    }
    plan_.outputs.push_back(std::move(file));
    return index;
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

}  // namespace pipectl
