#include "orchestrator/plan/ports.hpp"

#include <algorithm>
#include <cstddef>

#include "orchestrator/plan/index.hpp"

namespace pipectl {
namespace {

constexpr int kFirstNamedInput = 1;
constexpr int kFirstNamedOutput = 2;
constexpr int kFirstNamedDescriptor = 3;

}  // namespace

int input_count(const Stage& stage) {
    return kFirstNamedInput + static_cast<int>(stage.inputs.size());
}

int output_count(const Stage& stage) {
    return kFirstNamedOutput + static_cast<int>(stage.outputs.size());
}

const std::string& input_name(const Stage& stage, int port) {
    static const std::string kStdin = "stdin";
    if (port == kStdinPort) return kStdin;
    return stage.inputs.at(index(port - kFirstNamedInput)).name.value;
}

const std::string& output_name(const Stage& stage, int port) {
    static const std::string kStdout = "stdout";
    static const std::string kStderr = "stderr";
    if (port == kStdoutPort) return kStdout;
    if (port == kStderrPort) return kStderr;
    return stage.outputs.at(index(port - kFirstNamedOutput)).value;
}

std::optional<int> find_input(const Stage& stage, std::string_view name) {
    for (int port = 0; port < input_count(stage); ++port) {
        if (input_name(stage, port) == name) return port;
    }
    return std::nullopt;
}

std::optional<int> find_output(const Stage& stage, std::string_view name) {
    for (int port = 0; port < output_count(stage); ++port) {
        if (output_name(stage, port) == name) return port;
    }
    return std::nullopt;
}

std::vector<std::string> output_names(const Stage& stage) {
    std::vector<std::string> names;
    for (int port = 0; port < output_count(stage); ++port) {
        names.push_back(output_name(stage, port));
    }
    return names;
}

bool is_talked_to(const std::vector<Stage>& stages, std::string_view name) {
    return std::any_of(stages.begin(), stages.end(), [name](const Stage& each) {
        return each.talks_to && each.talks_to->stage.value == name;
    });
}

int input_descriptor(const Stage& /*stage*/, int port) {
    if (port == kStdinPort) return 0;
    return kFirstNamedDescriptor + port - kFirstNamedInput;
}

int output_descriptor(const Stage& stage, int port) {
    if (port < kFirstNamedOutput) return port + 1;
    return kFirstNamedDescriptor + static_cast<int>(stage.inputs.size()) + port - kFirstNamedOutput;
}

bool input_is_named(int port) {
    return port >= kFirstNamedInput;
}

bool output_is_named(int port) {
    return port >= kFirstNamedOutput;
}

std::string descriptor_path(int number) {
    return "/dev/fd/" + std::to_string(number);
}

}  // namespace pipectl
