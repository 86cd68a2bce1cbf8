#include "orchestrator/cli/render_objects.hpp"

#include <array>
#include <cstdio>

#include "orchestrator/process/user_name.hpp"
#include "orchestrator/text/width.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {

namespace {

std::string octal(mode_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%03o", mode);
    return text.data();
}

std::string hexadecimal(std::uint32_t key) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", key);
    return text.data();
}

std::string or_dash(const std::optional<std::uint64_t>& number) {
    return number ? std::to_string(*number) : "-";
}

void add_remark(std::string& remarks, const std::string& text) {
    remarks += (remarks.empty() ? "" : ", ") + text;
}

void add_pid(std::string& remarks, const char* what, pid_t pid) {
    if (pid > 0) add_remark(remarks, what + std::to_string(pid));
}

/// "values 2 0 (1 waits)"
std::string semaphore_values(const SystemObject& object) {
    if (object.semaphores.empty()) {
        return object.semaphore_count == 0
                   ? ""
                   : std::to_string(object.semaphore_count) + " semaphores, values not readable";
    }
    std::string text = object.semaphores.size() == 1 ? "value" : "values";
    for (const SystemObject::Semaphore& one : object.semaphores) {
        text += " " + std::to_string(one.value);
        if (one.waiting > 0) text += " (" + std::to_string(one.waiting) + " waiting)";
        if (one.waiting_zero > 0) text += " (" + std::to_string(one.waiting_zero) + " for zero)";
    }
    const std::uint64_t hidden = object.semaphore_count - object.semaphores.size();
    return hidden == 0 ? text : text + " and " + std::to_string(hidden) + " more";
}

std::string remarks_about(const SystemObject& object) {
    std::string remarks = semaphore_values(object);
    if (object.goes) add_remark(remarks, "removed, goes with its last process");
    add_pid(remarks, "made by ", object.made_by);
    add_pid(remarks, "last used by ", object.last_user);
    add_pid(remarks, "last sent by ", object.last_sender);
    add_pid(remarks, "last taken by ", object.last_receiver);
    return remarks.empty() ? "-" : remarks;
}

using ObjectCells = std::array<std::string, 11>;

ObjectCells cells_of(const SystemObject& object) {
    return {std::string(name_of(object.kind)),
            printable(spec_of(object)),
            object.id < 0 ? "-" : std::to_string(object.id),
            object.id < 0 ? "-" : hexadecimal(object.key),
            user_name(object.owner),
            octal(object.mode),
            or_dash(object.bytes),
            or_dash(object.messages),
            or_dash(object.attached),
            format_duration(object.age_s),
            remarks_about(object)};
}

}  // namespace

std::string render_objects_text(std::span<const SystemObject> objects) {
    std::vector<ObjectCells> rows = {{"kind", "name", "id", "key", "owner", "mode", "bytes",
                                      "messages", "attached", "age", "remarks"}};
    for (const SystemObject& object : objects) {
        rows.push_back(cells_of(object));
    }
    std::array<std::size_t, std::tuple_size_v<ObjectCells>> widths{};
    for (const ObjectCells& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text;
    for (const ObjectCells& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            text += cell(row[i], widths[i]);
        }
        text += row.back() + "\n";
    }
    return text;
}

void write_system_object(JsonWriter& json, const SystemObject& object) {
    const auto number = [&](const char* name, const std::optional<std::uint64_t>& value) {
        json.key(name);
        value ? json.value(*value) : json.null();
    };
    const auto pid = [&](const char* name, pid_t value) {
        json.key(name);
        value > 0 ? json.value(value) : json.null();
    };
    json.begin_object().member("kind", name_of(object.kind)).member("name", spec_of(object));
    json.key("id");
    object.id < 0 ? json.null() : json.value(object.id);
    json.key("key");
    object.id < 0 ? json.null() : json.value(hexadecimal(object.key));
    json.member("owner", user_name(object.owner))
        .member("uid", object.owner)
        .member("mode", octal(object.mode));
    number("bytes", object.bytes);
    number("messages", object.messages);
    number("attached", object.attached);
    json.member("goes", object.goes);
    pid("made_by", object.made_by);
    pid("last_used_by", object.last_user);
    pid("last_sent_by", object.last_sender);
    pid("last_taken_by", object.last_receiver);
    json.member("age_s", object.age_s).key("semaphores");
    if (object.semaphore_count == 0) {
        json.null();
        return;
    }
    json.begin_array();
    for (const SystemObject::Semaphore& one : object.semaphores) {
        json.begin_object()
            .member("value", one.value)
            .member("waiting", one.waiting)
            .member("waiting_zero", one.waiting_zero)
            .end_object();
    }
    json.end_array();
}

std::string render_objects_json(std::span<const SystemObject> objects) {
    JsonWriter json(1);
    json.begin_array();
    for (const SystemObject& object : objects) {
        write_system_object(json, object);
        json.end_object();
    }
    json.end_array();
    return json.take() + "\n";
}

}  // namespace pipectl
