#include "orchestrator/cli/plan_options.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "orchestrator/command/output.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestValue = 1 << 20;

/// `@FILE` is what the file holds, without the newlines at its end, as `$(cat FILE)` is; `@-` is
/// stdin, and `@@x` the text "@x".
std::string setting_value(std::string value) {
    if (!value.starts_with('@')) return value;
    std::string path = value.substr(1);
    if (path.starts_with('@')) return path;
    const Fd file(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
        throw SystemError("cannot open '" + path + "' for the value of a parameter", errno,
                          "the text '@" + path + "' is written '@@" + path + "'");
    }
    std::string text = read_all(file.get(), kLargestValue, path);
    text.resize(text.find_last_not_of('\n') + 1);
    return text;
}

/// "a=b"; without '=' the second is empty.
std::pair<std::string, std::string> split(const std::string& text) {
    const std::size_t at = text.find('=');
    return {text.substr(0, at), at == std::string::npos ? "" : text.substr(at + 1)};
}

/// Each of these returns what is wrong, if anything.
std::string add_setting(PlanRequest& request, const std::string& text) {
    auto [name, value] = split(text);
    if (name.empty() || name.size() == text.size()) {
        return "--set takes name=value, not '" + text + "'";
    }
    request.set.emplace_back(std::move(name), setting_value(std::move(value)));
    return {};
}

std::string add_channel(PlanRequest& request, const std::string& text) {
    auto [stage, channel] = split(text);
    if (!text.empty() && stage.size() == text.size()) {
        request.via = std::move(stage);
    } else if (stage.empty() || channel.empty()) {
        return "--via takes CHANNEL[:SIZE] or STAGE=CHANNEL[:SIZE], not '" + text + "'";
    } else {
        request.stage_via.emplace_back(std::move(stage), std::move(channel));
    }
    return {};
}

std::string set_timeout(PlanRequest& request, const std::string& text) {
    const auto parsed = parse_duration(text);
    if (!parsed.ok()) return "--timeout: " + parsed.error();
    if (parsed.value().count() == 0) return "--timeout: must be longer than 0";
    request.timeout = parsed.value();
    return {};
}

/// Hands the values of an option to `take`, if the command has it, until one is wrong.
template <class Take>
std::string take_values(const Given& given, std::string_view option, Take take) {
    if (!given.knows(option)) return {};
    for (const std::string& value : given.values(option)) {
        if (std::string wrong = take(value); !wrong.empty()) return wrong;
    }
    return {};
}

}  // namespace

std::optional<PlanRequest> plan_request(const Given& given) {
    PlanRequest request;
    std::string wrong = take_values(given, kSetOption.name, [&](const std::string& text) {
        return add_setting(request, text);
    });
    if (wrong.empty()) {
        wrong = take_values(given, kViaOption.name,
                            [&](const std::string& text) { return add_channel(request, text); });
    }
    if (wrong.empty() && given.knows(kTimeoutOption.name)) {
        const std::string timeout = given.value(kTimeoutOption.name);
        wrong = timeout.empty() ? "" : set_timeout(request, timeout);
    }
    if (given.knows(kHostsOption.name)) request.hosts_file = given.value(kHostsOption.name);
    request.tap = given.knows("--tap") && given.has("--tap");
    request.record = given.knows("--record") && given.has("--record");
    request.record_stdin = request.record && ::isatty(STDIN_FILENO) != 1;
    if (request.record && given.value("--record") == "-") {
        wrong = "--record takes a file, not stdout";
    }
    if (!wrong.empty()) {
        usage_error(given.command(), wrong);
        return std::nullopt;
    }
    return request;
}

}  // namespace pipectl
