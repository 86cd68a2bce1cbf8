// libFuzzer on the reader of plans that come over a network, and of a site's hosts: whatever bytes
// come, nothing crashes, and a plan that is taken is written as the same one and can be looked at
// from each of its hosts.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/json/json_value.hpp"
#include "orchestrator/plan/plan_wire.hpp"

using namespace pipectl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const SourceText site{"fuzz", std::string(text)};
    const ParseResult hosts = parse_hosts(site, 0);
    (void)render_diagnostics(site, hosts.diagnostics, false);
    try {
        const Plan plan = read_wire(text);
        if (read_wire(wire_text(plan)) != plan) {
            std::cerr << "another plan: " << wire_text(plan) << '\n';
            std::abort();
        }
        const std::size_t count = std::max<std::size_t>(1, plan.hosts.size());
        for (std::size_t host = 0; host < std::min<std::size_t>(count, 8); ++host)
            (void)wire_text(plan_for(plan, static_cast<int>(host)));
    } catch (const JsonError&) {
        // refused, as nearly all are
    }
    return 0;
}
