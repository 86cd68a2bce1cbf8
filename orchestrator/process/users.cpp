#include <array>
#include <charconv>
#include <string_view>

#include "orchestrator/process/lookup.hpp"
#include "orchestrator/process/user_name.hpp"
#include "stages/base/fd.hpp"

// The files themselves are read: getpwnam(3) asks name services, which are loaded at run time, and
// the release program is linked statically.

namespace pipectl {

namespace {

/// The first `N` fields of a line of passwd(5) or group(5); false when there are fewer.
template <std::size_t N>
bool split(std::string_view line, std::array<std::string_view, N>& fields) {
    for (std::size_t i = 0; i < N; ++i) {
        const std::size_t colon = line.find(':');
        fields[i] = line.substr(0, colon);
        if (colon == std::string_view::npos) {
            return i + 1 == N;
        }
        line.remove_prefix(colon + 1);
    }
    return true;
}

/// Takes the next line off `text`; false at its end.
bool next_line(std::string_view& text, std::string_view& line) {
    if (text.empty()) {
        return false;
    }
    const std::size_t end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return true;
}

/// An id in decimal. The highest is (uid_t)-1, which means "leave it" to setresuid(2): refused.
std::optional<id_t> parse_id(std::string_view text) {
    id_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
        id == static_cast<id_t>(-1)) {
        return std::nullopt;
    }
    return id;
}

bool lists(std::string_view members, std::string_view name) {
    for (;;) {
        const std::size_t comma = members.find(',');
        if (members.substr(0, comma) == name) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        members.remove_prefix(comma + 1);
    }
}

/// The primary group, and every group that has `name` in its list of members.
std::vector<gid_t> groups_of(std::string_view name, gid_t primary) {
    std::vector<gid_t> groups = {primary};
    const std::string content = read_small_file("/etc/group");
    std::string_view text = content;
    std::string_view line;
    while (next_line(text, line)) {
        std::array<std::string_view, 4> fields;  // name, password, id, members
        if (split(line, fields)) {
            const std::optional<id_t> id = parse_id(fields[2]);
            if (id && *id != primary && lists(fields[3], name)) {
                groups.push_back(*id);
            }
        }
    }
    return groups;
}

}  // namespace

std::optional<UserLookup> find_user(const std::string& name) {
    const std::optional<id_t> number = parse_id(name);
    const std::string content = read_small_file("/etc/passwd");
    std::optional<UserLookup> by_number;
    std::string_view text = content;
    std::string_view line;
    while (next_line(text, line)) {
        std::array<std::string_view, 7> fields;  // name, password, uid, gid, comment, home, shell
        if (!split(line, fields) || fields[0].empty()) {
            continue;
        }
        const std::optional<id_t> uid = parse_id(fields[2]);
        const std::optional<id_t> gid = parse_id(fields[3]);
        const bool is_name = fields[0] == name;
        if (uid && gid && (is_name || (number == uid && !by_number))) {
            UserLookup user{*uid,
                            *gid,
                            groups_of(fields[0], *gid),
                            std::string(fields[0]),
                            std::string(fields[5]),
                            std::string(fields[6])};
            if (is_name) {
                return user;
            }
            by_number = std::move(user);
        }
    }
    return by_number;
}

std::string user_name(uid_t uid) {
    const std::string content = read_small_file("/etc/passwd");
    std::string_view text = content;
    std::string_view line;
    while (next_line(text, line)) {
        std::array<std::string_view, 3> fields;  // name, password, uid
        if (split(line, fields) && parse_id(fields[2]) == uid) {
            return std::string(fields[0]);
        }
    }
    return std::to_string(uid);
}

}  // namespace pipectl
