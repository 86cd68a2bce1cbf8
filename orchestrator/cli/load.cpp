#include "orchestrator/cli/load.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "orchestrator/cli/colour.hpp"
#include "orchestrator/cli/shown_words.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"
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

}  // namespace

void PlanOptions::declare(Arguments& arguments, bool wiring) {
    arguments.options("--set", set, "NAME=VALUE", "of a parameter; @FILE: what the file holds");
    if (wiring) {
        arguments.options("--via", via, "[STAGE=]CHANNEL[:SIZE]",
                          "the channel of all edges, or of those that feed a stage");
        declare_timeout(arguments);
    }
    arguments.choice("--color", colour, {"auto", "always", "never"}, "default: on a terminal");
}

void PlanOptions::declare_timeout(Arguments& arguments) {
    arguments.option("--timeout", timeout, "DURATION", "of the whole run: 500ms, 10s, 1h30m");
}

std::optional<PlanRequest> PlanOptions::request(const CommandHelp& help) const {
    PlanRequest request;
    const auto split = [](const std::string& text) {
        const std::size_t at = text.find('=');
        return std::pair(text.substr(0, at), at == std::string::npos ? "" : text.substr(at + 1));
    };
    for (const std::string& setting : set) {
        if (setting.find('=') == std::string::npos || setting.front() == '=') {
            usage_error(help, "--set takes name=value, not '" + setting + "'");
            return std::nullopt;
        }
        auto [name, value] = split(setting);
        request.set.emplace_back(std::move(name), setting_value(std::move(value)));
    }
    for (const std::string& text : via) {
        auto [stage, channel] = split(text);
        if (!text.empty() && text.find('=') == std::string::npos) {
            request.via = std::move(stage);
        } else if (stage.empty() || channel.empty()) {
            usage_error(help,
                        "--via takes CHANNEL[:SIZE] or STAGE=CHANNEL[:SIZE], not '" + text + "'");
            return std::nullopt;
        } else {
            request.stage_via.emplace_back(std::move(stage), std::move(channel));
        }
    }
    if (!timeout.empty()) {
        const auto parsed = parse_duration(timeout);
        if (!parsed.ok() || parsed.value().count() == 0) {
            usage_error(help, "--timeout: " + (parsed.ok() ? std::string("must be longer than 0")
                                                           : parsed.error()));
            return std::nullopt;
        }
        request.timeout = parsed.value();
    }
    return request;
}

std::map<std::string, std::string> own_environment() {
    std::map<std::string, std::string> environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t at = text.find('=');
        if (at != std::string_view::npos) {
            environment.emplace(text.substr(0, at), text.substr(at + 1));
        }
    }
    return environment;
}

Loaded load(const std::string& path, PlanRequest request) {
    Loaded loaded;
    loaded.source = read_source(path);
    ParseResult parsed = parse_definition(loaded.source);
    loaded.diagnostics = std::move(parsed.diagnostics);
    loaded.readable = parsed.readable;
    loaded.definition = std::move(parsed.definition);
    if (!parsed.readable) {
        return loaded;
    }
    plan_loaded(loaded, std::move(request));
    return loaded;
}

void plan_loaded(Loaded& loaded, PlanRequest request) {
    show_settings(loaded.definition.parameters);
    request.environment = own_environment();
    request.source = loaded.source.name;
    PlanResult planned = make_plan(loaded.definition, request);
    loaded.plan = std::move(planned.plan);
    loaded.source.secrets = loaded.plan.secrets;
    loaded.diagnostics.insert(loaded.diagnostics.end(),
                              std::make_move_iterator(planned.diagnostics.begin()),
                              std::make_move_iterator(planned.diagnostics.end()));
}

void show_diagnostics(const SourceText& source, const std::vector<Diagnostic>& diagnostics,
                      const std::string& colour) {
    if (!diagnostics.empty()) {
        print_error(render_diagnostics(source, diagnostics, use_colour(colour, STDERR_FILENO)));
    }
}

}  // namespace pipectl
