#include "orchestrator/cli/object_spec.hpp"

#include <algorithm>
#include <charconv>

#include "stages/base/text.hpp"
#include "stages/kinds/endpoint_address.hpp"
#include "stages/objects/semaphores.hpp"

namespace pipectl {

namespace {

using ObjectKind = SystemObject::Kind;

constexpr ObjectKind kObjectKinds[] = {ObjectKind::sysv_queue,      ObjectKind::sysv_memory,
                                       ObjectKind::sysv_semaphores, ObjectKind::posix_queue,
                                       ObjectKind::shared_memory,   ObjectKind::posix_semaphore};

bool has_key(ObjectKind kind) {
    return kind == ObjectKind::sysv_queue || kind == ObjectKind::sysv_memory ||
           kind == ObjectKind::sysv_semaphores;
}

std::optional<int> object_id(std::string_view text) {
    int id = -1;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole =
        !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() && id >= 0;
    return whole ? std::optional(id) : std::nullopt;
}

/// "/x", of "x" as well; empty when there can be no such name.
std::string object_name(std::string_view text) {
    if (text.starts_with('/')) text.remove_prefix(1);
    const bool is_name =
        !text.empty() && text != "." && text != ".." && text.find('/') == std::string_view::npos;
    return is_name ? "/" + std::string(text) : "";
}

std::optional<ObjectSpec> with_kind(ObjectKind kind, std::string_view rest) {
    ObjectSpec spec;
    spec.kind = kind;
    if (!has_key(kind)) {
        spec.name = object_name(rest);
        return spec.name.empty() ? std::nullopt : std::optional(spec);
    }
    constexpr std::string_view kId = "id=";
    if (rest.starts_with(kId)) {
        spec.id = object_id(rest.substr(kId.size()));
    } else {
        spec.key = channel::queue_key(rest);
    }
    return spec.id || spec.key ? std::optional(spec) : std::nullopt;
}

}  // namespace

std::optional<ObjectSpec> object_spec(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    for (const ObjectKind kind : kObjectKinds) {
        if (colon != std::string_view::npos && word_of(kind) == word) {
            return with_kind(kind, text.substr(colon + 1));
        }
    }
    ObjectSpec spec;
    if (text.starts_with('/')) {
        spec.name = object_name(text);
    } else if (text.starts_with("0x")) {
        spec.key = channel::queue_key(text);
    } else if (spec.id = object_id(text); !spec.id && is_name(text)) {
        spec.kind = ObjectKind::sysv_semaphores;
        spec.key = channel::key_of_semaphore(std::string(text));
    }
    return spec.key || spec.id || !spec.name.empty() ? std::optional(spec) : std::nullopt;
}

std::vector<const SystemObject*> objects_of(const ObjectSpec& spec,
                                            std::span<const SystemObject> objects) {
    std::vector<const SystemObject*> found;
    for (const SystemObject& object : objects) {
        const bool is_meant =
            (!spec.kind || object.kind == *spec.kind) &&
            (!spec.key ||
             (object.id >= 0 && object.key == static_cast<std::uint32_t>(*spec.key))) &&
            (!spec.id || object.id == *spec.id) && (spec.name.empty() || object.name == spec.name);
        if (is_meant) found.push_back(&object);
    }
    return found;
}

}  // namespace pipectl
