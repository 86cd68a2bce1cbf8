#include "orchestrator/parts/site_hosts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "orchestrator/definition/parse.hpp"

namespace pipectl {

bool take_site_hosts(const std::string& file, Definition& definition, SourceText& source,
                     std::vector<Diagnostic>& diagnostics) {
    source.used.push_back({file, read_source(file).text, {}});
    ParseResult parsed =
        parse_hosts({file, source.used.back().text}, static_cast<int>(source.used.size()));
    const bool good = !has_errors(parsed.diagnostics);
    std::ranges::move(parsed.diagnostics, std::back_inserter(diagnostics));
    for (HostSpec& host : parsed.definition.hosts) {
        const auto same = std::ranges::find_if(definition.hosts, [&](const HostSpec& each) {
            return each.name.value == host.name.value;
        });
        if (same == definition.hosts.end()) {
            definition.hosts.push_back(std::move(host));
        } else {
            *same = std::move(host);
        }
    }
    return good;
}

}  // namespace pipectl
