#include "orchestrator/compare/sinks.hpp"

#include <algorithm>
#include <utility>

namespace pipectl::compare {

namespace {

constexpr const char* kNull = "/dev/null";

std::string port_name(const Process& process, int number) {
    const std::string port = number == 1   ? "stdout"
                             : number == 2 ? "stderr"
                                           : std::to_string(number);
    return process.name + "." + port;
}

}  // namespace

Redirected redirect(Plan plan) {
    using What = Descriptor::What;
    Redirected redirected;
    std::vector<OutputFile> outputs;
    std::vector<int> moved(plan.outputs.size(), -1);  // several processes may write one file
    const auto sink_for = [&](const std::string& name, int file) {
        redirected.files.push_back(file);
        OutputFile output;
        output.atomic = false;
        outputs.push_back(output);
        redirected.sinks.push_back(name);
        return static_cast<int>(outputs.size() - 1);
    };
    for (Process& process : plan.processes) {
        for (Descriptor& descriptor : process.descriptors) {
            if (descriptor.what == What::output_file) {
                const std::size_t index = descriptor.index;
                if (plan.outputs[index].path == kNull) {
                    descriptor.what = What::null;
                    continue;
                }
                if (moved[index] < 0)
                    moved[index] =
                        sink_for(port_name(process, descriptor.number), descriptor.index);
                descriptor.index = moved[index];
            } else if (descriptor.what == What::inherited && descriptor.index == 1) {
                descriptor.what = What::output_file;
                descriptor.index = sink_for(port_name(process, descriptor.number), -1);
            }
        }
    }
    plan.outputs = std::move(outputs);
    redirected.plan = std::move(plan);
    return redirected;
}

bool inherits_stdin(const Plan& plan) {
    return std::any_of(plan.processes.begin(), plan.processes.end(), [](const Process& process) {
        return std::any_of(process.descriptors.begin(), process.descriptors.end(),
                           [](const Descriptor& descriptor) {
                               return descriptor.what == Descriptor::What::inherited &&
                                      descriptor.index == 0;
                           });
    });
}

}  // namespace pipectl::compare
