#include "orchestrator/preflight/same_files.hpp"
#include "stages/base/own_status.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <tuple>

namespace pipectl {
namespace {

/// A file is its folder and the name there; one that is written where it is, is itself.
using Identity = std::tuple<dev_t, ino_t, std::string>;

std::vector<Identity> identities_of(const OutputFile& output) {
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(output.path, failed);
    const auto path = std::filesystem::weakly_canonical(absolute, failed);
    std::vector<Identity> identities;
    struct stat status {};
    if (failed || path.empty()) return identities;
    const bool there = ::stat(path.c_str(), &status) == 0;
    if (there && !S_ISREG(status.st_mode)) return identities;
    if (there && (output.append || !output.atomic)) {
        identities.emplace_back(status.st_dev, status.st_ino, "");
    }
    if (::stat(path.parent_path().c_str(), &status) == 0) {
        identities.emplace_back(status.st_dev, status.st_ino, path.filename().string());
    }
    return identities;
}

}  // namespace

std::vector<PreflightFailure> find_same_files(const Plan& plan) {
    std::vector<PreflightFailure> failures;
    if (plan.outputs.size() < 2) return failures;
    std::map<Identity, const OutputFile*> known;
    for (const OutputFile& output : plan.outputs) {
        for (const Identity& identity : identities_of(output)) {
            const auto [first, is_new] = known.try_emplace(identity, &output);
            const OutputFile& other = *first->second;
            if (is_new || &other == &output || (other.append && output.append)) continue;
            Diagnostic diagnostic;
            diagnostic.place = output.place;
            diagnostic.message = "'" + output.path + "' is the file '" + other.path + "' (line " +
                                 std::to_string(other.place.line) +
                                 ") under another name, and both are written";
            diagnostic.hint = "write each output to a file of its own";
            failures.push_back({-1, std::move(diagnostic), kOwnErrorStatus});
            break;
        }
    }
    return failures;
}

}  // namespace pipectl
