#include "orchestrator/parts/look_around.hpp"

#include <fcntl.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "orchestrator/parts/env_file.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestEnvFile = std::size_t{1} << 20U;

std::string below(const std::string& folder, const std::string& path) {
    const bool relative = !folder.empty() && !path.starts_with('/');
    return relative ? folder + "/" + path : path;
}

void read_env_file(const Template& of, const Resolver& resolver, PlanRequest& request,
                   Remarks& remarks) {
    const std::string path = below(resolver.folder(), resolver.public_text(of, nullptr));
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
        remarks.error(of.place, SystemError("cannot open '" + path + "'", errno).what());
        return;
    }
    try {
        auto parsed = parse_env_file(read_all(file.get(), kLargestEnvFile, path));
        if (const auto* error = std::get_if<EnvFileError>(&parsed)) {
            remarks.error(
                of.place,
                "line " + std::to_string(error->line) + " of '" + path + "': " + error->message,
                error->hint);
            return;
        }
        request.env_file = std::move(std::get<Variables>(parsed));
    } catch (const SystemError& error) {
        remarks.error(of.place, error.what());
    }
}

}  // namespace

std::vector<std::string> files_that_match(const std::string& pattern, const std::string& folder) {
    std::vector<std::string> files;
    const std::size_t prefix = below(folder, pattern).size() - pattern.size();
    glob_t found{};
    // without a locale of ours names are sorted by their bytes
    if (::glob(below(folder, pattern).c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i) {
            files.emplace_back(found.gl_pathv[i] + prefix);
        }
    }
    ::globfree(&found);
    return files;
}

void look_around(const Definition& definition, PlanRequest& request,
                 std::vector<Diagnostic>& diagnostics) {
    const bool globs =
        std::any_of(definition.parameters.begin(), definition.parameters.end(),
                    [](const Parameter& each) { return each.default_glob.has_value(); });
    if (!globs && !definition.env_file) return;
    Remarks ignored;  // the planner says it again
    Remarks remarks;
    const Resolver resolver(definition, request, ignored);
    if (definition.env_file) read_env_file(*definition.env_file, resolver, request, remarks);
    for (const Parameter& parameter : definition.parameters) {
        if (!parameter.default_glob) continue;
        const std::string& pattern = parameter.default_glob->value;
        request.matches[pattern] = files_that_match(pattern, resolver.folder());
    }
    for (Diagnostic& each : remarks.take()) {
        diagnostics.push_back(std::move(each));
    }
}

}  // namespace pipectl
