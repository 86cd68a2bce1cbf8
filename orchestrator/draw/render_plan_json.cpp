#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <string>
#include <variant>

#include "orchestrator/draw/picture.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

/// The document's own levels and those of the lists in it: one line for each process, link, file.
constexpr int kLineDepth = 2;

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

void write_line(JsonWriter& json, Place place) {
    if (place.known()) json.member("line", place.line);
}

const char* what_name(What what) {
    switch (what) {
        case What::link_writer: return "link_writer";
        case What::link_reader: return "link_reader";
        case What::link_finish: return "link_finish";
        case What::inherited: return "inherited";
        case What::null: return "null";
        case What::recording: return "recording";
        case What::tap: return "tap";
        case What::report: return "report";
        case What::text: return "text";
        case What::input_file: return "input_file";
        case What::output_file: return "output_file";
        case What::stream_file: return "stream_file";
        case What::spool_writer: return "spool_writer";
        case What::spool_reader: return "spool_reader";
        case What::same_as: return "same_as";
    }
    return "";
}

void write_descriptor(JsonWriter& json, const Plan& plan, const Descriptor& descriptor) {
    const std::size_t index = descriptor.index;
    json.begin_object();
    json.member("number", descriptor.number).member("what", what_name(descriptor.what));
    switch (descriptor.what) {
        case What::link_writer:
        case What::link_reader:
        case What::link_finish: json.member("link", descriptor.index); break;
        case What::inherited: json.member("number_here", descriptor.index); break;
        case What::text: json.member("bytes", plan.texts[index].size()); break;
        case What::input_file: json.member("path", plan.inputs[index].path); break;
        case What::output_file: json.member("path", plan.outputs[index].path); break;
        case What::spool_writer:
        case What::spool_reader: json.member("spool", descriptor.index); break;
        case What::same_as: json.member("same_as", descriptor.index); break;
        case What::stream_file:
        case What::null:
        case What::recording:
        case What::tap:
        case What::report: break;
    }
    json.end_object();
}

void write_signals(JsonWriter& json, const char* name, const std::vector<int>& signals) {
    if (signals.empty()) return;
    json.key(name).begin_array();
    for (const int signal : signals) {
        json.value(signal_name(signal));
    }
    json.end_array();
}

void write_limits(JsonWriter& json, const ProcessLimits& limits) {
    const std::pair<const char*, std::optional<std::uint64_t>> sizes[] = {
        {"memory", limits.memory},
        {"file_size", limits.file_size},
        {"files", limits.files},
        {"processes", limits.processes}};
    const auto given = [](const auto& each) { return each.second.has_value(); };
    if (!limits.cpu && std::none_of(std::begin(sizes), std::end(sizes), given)) return;
    json.key("limits").begin_object();
    if (limits.cpu) json.member("cpu_s", limits.cpu->count());
    for (const auto& [name, value] : sizes) {
        if (value) json.member(name, *value);
    }
    json.end_object();
}

void write_surroundings(JsonWriter& json, const Plan& plan, const Process& process) {
    if (!process.env.empty()) {
        json.key("env").begin_object();
        for (const auto& [name, value] : process.env) {
            const bool secret = std::find(process.secret_env.begin(), process.secret_env.end(),
                                          name) != process.secret_env.end();
            json.member(name, secret ? "***" : plan.secrets.masked(value));
        }
        json.end_object();
    }
    if (process.cwd) json.member("cwd", *process.cwd);
    if (process.umask) {
        std::string octal = "0000";
        for (unsigned shift = 0; shift < 4; ++shift) {
            octal[3 - shift] = static_cast<char>('0' + ((*process.umask >> (3 * shift)) & 7U));
        }
        json.member("umask", octal);
    }
    if (process.nice != 0) json.member("nice", process.nice);
    if (!process.user.empty()) json.member("user", process.user);
    const auto& replicas = process.replicas;
    if (replicas ? replicas->any_ok : process.any_ok) {
        json.member("ok", "any");
    } else {
        json.key("ok").begin_array();
        for (const int status : replicas ? replicas->ok : process.ok) {
            json.value(status);
        }
        json.end_array();
    }
    if (process.replicas) {
        json.key("replicas").begin_object().key("count");
        process.replicas->count > 0 ? json.value(process.replicas->count) : json.value("cpus");
        json.member("order", process.replicas->in_order ? "kept" : "any")
            .member("block", process.replicas->block);
        json.end_object();
    }
    if (process.terminal) json.member("tty", true);
    if (process.timeout) json.member("timeout_s", seconds(*process.timeout));
    if (process.idle_timeout) json.member("idle_timeout_s", seconds(*process.idle_timeout));
    write_limits(json, process.limits);
    if (process.restart) {
        json.key("restart").begin_object();
        json.member("when", process.restart->always ? "always" : "on-failure");
        if (process.restart->max) json.member("max", *process.restart->max);
        json.member("delay_s", seconds(process.restart->delay)).end_object();
    }
    write_signals(json, "ignored_signals", process.ignored_signals);
    write_signals(json, "default_signals", process.default_signals);
    write_signals(json, "blocked_signals", process.blocked_signals);
    if (!process.notices.empty()) json.key("notify").begin_array();
    for (const NoticeOf& notice : process.notices) {
        json.begin_object()
            .member("when", notice.first_byte ? "first-byte" : "ended")
            .member("stage", plan.processes[notice.process].name)
            .member("signal", signal_name(notice.signal))
            .end_object();
    }
    if (!process.notices.empty()) json.end_array();
    json.member("cancel_signal", signal_name(process.cancel()));
    if (process.cut_by_signal_only) json.member("cut", "signal");
    if (process.end_closed) json.member("end", "closed");
    if (process.unread_stop) json.member("unread", "stop");
    if (process.detach) json.member("detach", true);
}

void write_process(JsonWriter& json, const Plan& plan, const Process& process) {
    const bool helper = process.role == Role::helper;
    json.begin_object();
    json.member("name", process.name).member("role", helper ? "helper" : "stage");
    if (!plan.hosts.empty()) json.member("host", plan.hosts[process.host].name);
    if (helper) json.member("helper", job::name_of(*process.job)).member("reason", process.reason);
    write_line(json, process.place);
    json.member("argv", process.shown_argv);
    if (!helper) write_surroundings(json, plan, process);
    if (!process.needs.empty()) {
        json.key("needs").begin_object();
        for (const UnitsNeeded& need : process.needs) {
            json.member(plan.semaphores[need.semaphore].name, need.count);
        }
        json.end_object();
    }
    if (process.lock) json.member("lock", process.lock->path);
    if (!process.after.empty()) {
        json.key("after").begin_array();
        for (const Predecessor& before : process.after) {
            json.begin_object()
                .member("process", before.process)
                .member("when", before.ended ? "ended" : "ok")
                .end_object();
        }
        json.end_array();
    }
    json.key("descriptors").begin_array();
    for (const Descriptor& descriptor : process.descriptors) {
        write_descriptor(json, plan, descriptor);
    }
    json.end_array().end_object();
}

void write_host(JsonWriter& json, const Host& host) {
    json.begin_object().member("name", host.name).member("engine", engine_text(host));
    if (!host.pipectl.empty()) json.member("pipectl", host.pipectl);
    if (host.push) json.member("push", true);
    if (!host.dir.empty()) json.member("dir", host.dir);
    if (!host.env_pass.empty()) json.member("env_pass", host.env_pass);
    if (!host.address.empty()) json.member("address", host.address);
    if (host.ports) {
        json.key("ports")
            .begin_array()
            .value(host.ports->first)
            .value(host.ports->last)
            .end_array();
    }
    if (!host.relay) json.member("relay", false);
    write_line(json, host.place);
    json.end_object();
}

void write_link(JsonWriter& json, const Link& link) {
    json.begin_object();
    json.member("name", link.name).member("channel", link.kind->name);
    if (!link.settings.empty()) {
        json.key("options").begin_object();
        for (const auto& [name, value] : link.settings) {
            std::visit([&json, &key = name](const auto& of) { json.member(key, of); }, value);
        }
        json.end_object();
    }
    json.member("writer", link.writer).member("reader", link.reader);
    if (link.return_way >= 0) json.member("return_way", link.return_way);
    write_line(json, link.place);
    json.end_object();
}

}  // namespace

std::string render_plan_json(const Plan& plan) {
    JsonWriter json(kLineDepth);
    json.begin_object();
    json.member("name", plan.name);
    if (!plan.description.empty()) json.member("description", plan.description);
    json.member("source", plan.source);
    json.member("strict", plan.strict).member("grace_s", seconds(plan.grace));
    if (plan.timeout) {
        json.member("timeout_s", seconds(*plan.timeout));
    } else {
        json.key("timeout_s").null();
    }
    if (!plan.hosts.empty()) {
        json.member("lease_s", seconds(plan.lease));
        json.member("start_timeout_s", seconds(plan.start_timeout));
        json.key("hosts").begin_array();
        for (const Host& host : plan.hosts)
            write_host(json, host);
        json.end_array();
    }
    json.key("processes").begin_array();
    for (const Process& process : plan.processes) {
        write_process(json, plan, process);
    }
    json.end_array();
    json.key("links").begin_array();
    for (const Link& link : plan.links) {
        write_link(json, link);
    }
    json.end_array();
    json.key("edges").begin_array();
    for (const Edge& edge : plan.edges) {
        json.begin_object().member("from", edge.from).member("to", edge.to);
        json.member("via", edge.via).member("link", edge.link);
        if (edge.partner >= 0) json.member("partner", edge.partner).member("back", edge.back);
        json.end_object();
    }
    json.end_array();
    json.key("inputs").begin_array();
    for (const InputFile& input : plan.inputs) {
        json.begin_object().member("path", input.path);
        write_line(json, input.place);
        json.end_object();
    }
    json.end_array();
    if (!plan.shared.empty()) json.key("shared").begin_array();
    for (const SharedRegion& region : plan.shared) {
        json.begin_object().member("name", region.name).member("kind", name_of(region.kind));
        json.member("size", region.size);
        if (region.init >= 0) json.member("init", plan.inputs[region.init].path);
        write_line(json, region.place);
        json.end_object();
    }
    if (!plan.shared.empty()) json.end_array();
    json.key("outputs").begin_array();
    for (const OutputFile& output : plan.outputs) {
        json.begin_object().member("path", output.path).member("append", output.append);
        json.member("atomic", output.atomic).member("durable", output.durable);
        write_line(json, output.place);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
