#include "tests/support/definitions.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "stages/base/fd.hpp"
#include "stages/channel/kind.hpp"
#include "tests/support/child.hpp"

namespace pipectl::test {

namespace {

std::string key_lines(std::string text, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::string head_of(std::string_view name) {
    return "[[stage]]\nname = " + toml_text(name) + "\n";
}

/// The value after `"key": ` in `text` from `from` to the end of that line.
std::string value_in(std::string_view text, std::size_t from, std::string_view key) {
    const std::string_view line = text.substr(from, text.find('\n', from) - from);
    const std::string wanted = "\"" + std::string(key) + "\": ";
    const std::size_t at = line.find(wanted);
    if (at == std::string_view::npos) {
        return "";
    }
    const std::string_view rest = line.substr(at + wanted.size());
    const bool is_text = !rest.empty() && rest.front() == '"';
    const std::size_t end = is_text ? rest.find('"', 1) + 1 : rest.find_first_of(",}");
    return std::string(rest.substr(0, end));
}

std::string without_quotes(std::string text) {
    std::erase(text, '"');
    return text;
}

}  // namespace

std::string toml_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '"' || byte == '\\') {
            quoted += '\\';
            quoted += byte;
        } else if (code < 0x20 || code == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code));
            quoted += escape;
        } else {
            quoted += byte;
        }
    }
    return quoted + "\"";
}

std::string toml_array(const std::vector<std::string>& words) {
    std::string array = "[";
    for (const std::string& word : words) {
        array += (array.size() > 1 ? ", " : "") + toml_text(word);
    }
    return array + "]";
}

std::string pipeline(const std::vector<std::string>& lines) {
    return key_lines("[pipeline]\n", lines);
}

std::string stage(std::string_view name, const std::vector<std::string>& argv,
                  const std::vector<std::string>& more) {
    return key_lines(head_of(name) + "run = " + toml_array(argv) + "\n", more);
}

std::string shell(std::string_view name, std::string_view script,
                  const std::vector<std::string>& more) {
    return key_lines(head_of(name) + "shell = " + toml_text(script) + "\n", more);
}

std::string misbehaving(std::string_view name, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& more) {
    std::vector<std::string> argv = {misbehave()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return stage(name, argv, more);
}

bool may_make_raw_sockets() {
    return Fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)).valid();
}

const std::vector<std::string>& channels() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> usable;
        for (const channel::Kind* kind : channel::kinds()) {
            if (kind->name == "raw" && !may_make_raw_sockets()) continue;
            usable.emplace_back(kind->name);
        }
        return usable;
    }();
    return names;
}

std::string Record::verdict() const {
    const std::size_t at = text_.find("\n  \"verdict\": ");
    return at == std::string::npos ? "" : without_quotes(value_in(text_, at + 1, "verdict"));
}

std::string Record::verdict(std::string_view stage) const {
    return without_quotes(member(stage, "verdict"));
}

std::string Record::member(std::string_view stage, std::string_view key) const {
    const std::size_t at = text_.find("{\"name\": \"" + std::string(stage) + "\"");
    return at == std::string::npos ? "" : value_in(text_, at, key);
}

long long Record::highest_memory(std::string_view prefix) const {
    const std::string wanted = "{\"name\": \"" + std::string(prefix);
    long long highest = 0;
    for (std::size_t at = text_.find(wanted); at != std::string::npos;
         at = text_.find(wanted, at + 1)) {
        const std::string value = value_in(text_, at, "max_rss_bytes");
        highest = std::max(highest, std::atoll(value.c_str()));
    }
    return highest;
}

}  // namespace pipectl::test
