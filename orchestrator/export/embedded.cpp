#include "orchestrator/export/embedded.hpp"

#include <algorithm>
#include <cstdio>

#include "stages/base/digest.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kHead =
    "\n# --- the definition, for 'pipectl import'; of the script above, XXH3 ";

std::string digest_of(std::string_view text) {
    Digest digest;
    digest.add(text.data(), text.size());
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx",
                  static_cast<unsigned long long>(digest.value()));
    return digits;
}

}  // namespace

std::string with_name(std::string definition, const std::string& name) {
    constexpr std::string_view kTable = "[pipeline]\n";
    const std::string line = "name = \"" + name + "\"\n";
    std::size_t table = definition.starts_with(kTable) ? 0 : definition.find("\n[pipeline]\n");
    if (table == std::string::npos) return std::string(kTable) + line + "\n" + definition;
    table += definition[table] == '\n' ? 1 : 0;
    return definition.insert(table + kTable.size(), line);
}

std::string embed_definition(std::string_view script, std::string_view definition) {
    std::string text = std::string(kHead) + digest_of(script) + "\n";
    while (!definition.empty()) {
        const std::string_view line = definition.substr(0, definition.find('\n'));
        text += line.empty() ? "#" : "# ";
        text += line;
        text += '\n';
        definition.remove_prefix(std::min(definition.size(), line.size() + 1));
    }
    return text;
}

Embedded find_definition(std::string_view script, std::string& definition) {
    const std::size_t head = script.rfind(kHead);
    if (head == std::string_view::npos) return Embedded::none;
    std::string_view rest = script.substr(head + kHead.size());
    const std::string digest = digest_of(script.substr(0, head));
    if (!rest.starts_with(digest + "\n")) return Embedded::changed;
    rest.remove_prefix(digest.size() + 1);
    std::string text;
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.starts_with('#')) return Embedded::changed;
        line.remove_prefix(line.starts_with("# ") ? 2 : 1);
        text += line;
        text += '\n';
    }
    definition = std::move(text);
    return Embedded::found;
}

}  // namespace pipectl
