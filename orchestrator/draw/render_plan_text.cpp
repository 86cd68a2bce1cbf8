#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/draw/picture.hpp"
#include "orchestrator/draw/render_plan.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"
#include "stages/base/units.hpp"

namespace pipectl {
namespace {

using What = Descriptor::What;

std::string option_text(const Link& link, const std::string& name, const channel::Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* text = std::get_if<std::string>(&value)) return quote_word(*text);
    const std::uint64_t number = std::get<std::uint64_t>(value);
    for (const channel::Option& option : link.kind->options) {
        if (option.name != name) continue;
        if (option.type == channel::OptionType::size) return format_size(number);
        if (option.type == channel::OptionType::mode) {
            std::string octal = "0000";
            for (unsigned shift = 0; shift < 4; ++shift) {
                octal[3 - shift] = static_cast<char>('0' + ((number >> (3 * shift)) & 7U));
            }
            return octal;
        }
    }
    return std::to_string(number);
}

/// "tcp (nodelay = true, size = 64KiB)"
std::string limits_text(const ProcessLimits& limits) {
    std::string text;
    const auto add = [&](const char* name, const std::string& most) {
        text += (text.empty() ? "   limits: " : ", ") + std::string(name) + " " + most;
    };
    if (limits.cpu) add("cpu", duration_literal(*limits.cpu));
    if (limits.memory) add("memory", format_size(*limits.memory));
    if (limits.file_size) add("file-size", format_size(*limits.file_size));
    if (limits.files) add("files", std::to_string(*limits.files));
    if (limits.processes) add("processes", std::to_string(*limits.processes));
    return text.empty() ? text : text + "\n";
}

std::string restart_text(const RestartPolicy& policy) {
    return std::string("   started again ") +
           (policy.always ? "when it has ended before its input" : "when it has failed") +
           (policy.max ? ", at most " + std::to_string(*policy.max) + " times" : "") +
           ", first after " + duration_literal(policy.delay) + "\n";
}

std::string channel_text(const Link& link) {
    std::string text(link.kind->name);
    if (link.settings.empty()) return text;
    std::string options;
    for (const auto& [name, value] : link.settings) {
        options += options.empty() ? "" : ", ";
        options += name + " = " + option_text(link, name, value);
    }
    return text + " (" + options + ")";
}

class TextRenderer {
  public:
    explicit TextRenderer(const Plan& plan) : plan_(plan) {
        ends_.resize(plan.links.size());
        for (const Process& process : plan.processes) {
            for (const Descriptor& descriptor : process.descriptors) {
                if (descriptor.what == What::link_writer) end(descriptor).writer = &descriptor;
                if (descriptor.what == What::link_reader) end(descriptor).reader = &descriptor;
            }
        }
    }

    std::string run() {
        write_head();
        const std::size_t hosts = std::max<std::size_t>(1, plan_.hosts.size());
        for (std::size_t i = 0; i < hosts; ++i)
            write_host(static_cast<int>(i));
        write_regions();
        write_outputs();
        return std::move(text_);
    }

  private:
    struct Ends {
        const Descriptor* writer = nullptr;
        const Descriptor* reader = nullptr;
    };
    Ends& end(const Descriptor& descriptor) { return ends_[descriptor.index]; }

    void write_head() {
        const std::size_t stages = plan_.last_stage + 1;
        const std::size_t helpers = plan_.processes.size() - stages;
        text_ = one_line(plan_.name) + ": " + count(stages, "stage");
        if (helpers > 0) text_ += ", " + count(helpers, "helper");
        text_ += ", " + count(plan_.links.size(), "channel");
        if (!plan_.hosts.empty()) text_ += ", " + count(plan_.hosts.size(), "host");
        if (!plan_.strict) text_ += ", by the shell's rules";
        if (plan_.timeout) text_ += ", at most " + duration_literal(*plan_.timeout);
        if (plan_.retries > 0) {
            text_ += ", up to " + std::to_string(1 + plan_.retries) +
                     " attempts, the second after " + duration_literal(plan_.retry_delay);
        }
        text_ += '\n';
        if (plan_.lock) text_ += "one run at a time: lock " + quote_word(plan_.lock->path) + "\n";
        if (!plan_.description.empty()) text_ += printable(plan_.description) + "\n";
    }

    static std::string count(std::size_t number, const char* noun) {
        return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
    }

    /// Its processes; where there are several hosts, with what leads there and what leaves it.
    void write_host(int host) {
        const bool several = !plan_.hosts.empty();
        if (several) {
            const Host& of = plan_.hosts[host];
            text_ += "\n== " + one_line(of.name) + ": " + engine_text(of);
            if (!of.dir.empty()) text_ += ", in " + quote_word(of.dir);
            text_ += '\n';
        }
        for (std::size_t i = 0; i < plan_.processes.size(); ++i) {
            if (plan_.processes[i].host != host) continue;
            text_ += '\n';
            write_process(i + 1, plan_.processes[i]);
        }
        if (!several) return;
        std::string leaving;
        for (const Link& link : plan_.links) {
            const int to = plan_.processes[link.reader].host;
            if (plan_.processes[link.writer].host != host || to == host) continue;
            leaving += "   " + channel_text(link) + " to " + one_line(plan_.hosts[to].name) + ": " +
                       one_line(link.name) + "\n";
        }
        if (!leaving.empty())
            text_ += "\nleaves " + one_line(plan_.hosts[host].name) + ":\n" + leaving;
    }

    void write_process(std::size_t number, const Process& process) {
        text_ += std::to_string(number) + "  " + one_line(process.name);
        text_ += "\n   $ " + quote_command(process.shown_argv) + "\n";
        if (process.role == Role::helper) text_ += "   because " + one_line(process.reason) + "\n";
        write_surroundings(process);
        for (const Descriptor& descriptor : process.descriptors) {
            // a stderr that is simply pipectl's own is what everyone expects
            if (descriptor.what == What::inherited && descriptor.number == 2) continue;
            // so are the standard descriptors that a helper has no use for
            if (descriptor.what == What::null && process.role == Role::helper) continue;
            text_ += "   " + std::to_string(descriptor.number) + " " + describe(descriptor) + "\n";
        }
    }

    /// What a process holds while it runs.
    void write_holds(const Process& process) {
        for (const UnitsNeeded& need : process.needs) {
            const SemaphorePlan& semaphore = plan_.semaphores[need.semaphore];
            text_ += "   holds " + std::to_string(need.count) + " of " +
                     std::to_string(semaphore.count) + " of " + one_line(semaphore.name) +
                     (semaphore.of_user ? ", the user's" : "") + "\n";
        }
        if (process.lock) {
            text_ += "   holds lock " + quote_word(process.lock->path) +
                     (process.lock->shared ? ", shared" : "") + "\n";
        }
    }

    void write_surroundings(const Process& process) {
        if (process.replicas) {
            text_ +=
                "   " + replicas_text(*process.replicas) + ", blocks of " +
                format_size(process.replicas->block) +
                (process.replicas->in_order ? ", output in order\n" : ", lines as they come\n");
        }
        if (process.terminal) text_ += "   its stdout is a pseudo-terminal\n";
        write_holds(process);
        std::string before;
        for (const Predecessor& each : process.after) {
            before += (before.empty() ? "" : ", ") + name_of(each.process) +
                      (each.ended ? " however it ended" : "");
        }
        if (!before.empty()) text_ += "   after " + before + "\n";
        if (process.cwd) text_ += "   in " + quote_word(*process.cwd) + "\n";
        std::string set;
        for (const auto& [name, value] : process.env) {
            if (name.rfind("PIPECTL_", 0) == 0) continue;
            const bool secret = std::find(process.secret_env.begin(), process.secret_env.end(),
                                          name) != process.secret_env.end();
            set += (set.empty() ? "" : " ") + one_line(name) + "=" +
                   (secret ? "***" : quote_word(plan_.secrets.masked(value)));
        }
        if (!set.empty()) text_ += "   with " + set + "\n";
        if (!process.user.empty()) text_ += "   as user " + one_line(process.user) + "\n";
        if (process.nice != 0) text_ += "   nice " + std::to_string(process.nice) + "\n";
        for (const NoticeOf& notice : process.notices) {
            text_ += "   gets " + signal_name(notice.signal) + " when " + name_of(notice.process) +
                     (notice.first_byte ? " has begun to write\n" : " has ended\n");
        }
        if (process.timeout) text_ += "   at most " + duration_literal(*process.timeout) + "\n";
        if (process.idle_timeout) {
            text_ += "   idle for at most " + duration_literal(*process.idle_timeout) + "\n";
        }
        text_ += limits_text(process.limits);
        if (process.restart) text_ += restart_text(*process.restart);
    }

    std::string describe(const Descriptor& descriptor) {
        const std::size_t index = descriptor.index;
        switch (descriptor.what) {
            case What::link_reader: {
                const Link& link = plan_.links[index];
                return "<- " + channel_text(link) + " from " +
                       peer(link.writer, end(descriptor).writer) + across(link, link.writer) +
                       both_ways(link);
            }
            case What::link_writer: {
                const Link& link = plan_.links[index];
                return "-> " + channel_text(link) + " to " +
                       peer(link.reader, end(descriptor).reader) + across(link, link.reader) +
                       both_ways(link);
            }
            case What::link_finish: return "<- the end of " + name_of(plan_.links[index].writer);
            case What::inherited: {
                static constexpr const char* kNames[] = {"stdin", "stdout", "stderr"};
                return std::string(descriptor.number == 0 ? "<-" : "->") + " pipectl's own " +
                       kNames[index];
            }
            case What::recording: return "-> the recording";
            case What::tap: return "-> memory for 'pipectl tap'";
            case What::report: return "-> pipectl: which outputs are complete";
            case What::null: return descriptor.number == 0 ? "<- nothing" : "-> nowhere";
            case What::text: return "<- a text of " + count(plan_.texts[index].size(), "byte");
            case What::input_file: return "<- file " + quote_word(plan_.inputs[index].path);
            case What::output_file:
                return "-> file " + quote_word(plan_.outputs[index].path) + file_note(index);
            case What::stream_file: return "-> a file of the cache";
            case What::spool_writer: return "-> a file that " + later_reader(descriptor) + " opens";
            case What::spool_reader: return "<- a file, complete when this one starts";
            case What::same_as: return "-> the same as " + std::to_string(descriptor.index);
        }
        return {};
    }

    std::string later_reader(const Descriptor& writer) const {
        for (const Process& process : plan_.processes) {
            for (const Descriptor& each : process.descriptors) {
                if (each.what == What::spool_reader && each.index == writer.index) {
                    return one_line(process.name);
                }
            }
        }
        return {};
    }

    /// The host of a link's end when it is not that of the other one.
    std::string across(const Link& link, int end) const {
        const int host = plan_.processes[end].host;
        if (plan_.processes[link.writer].host == plan_.processes[link.reader].host) return {};
        return " on " + one_line(plan_.hosts[host].name);
    }

    static std::string both_ways(const Link& link) {
        return link.return_way < 0 ? "" : ", one object for both directions";
    }

    std::string file_note(std::size_t index) const {
        const OutputFile& file = plan_.outputs[index];
        if (file.append) return ", appended";
        if (!file.atomic) return ", written in place";
        return {};
    }

    std::string name_of(int process) const { return one_line(plan_.processes[process].name); }

    /// A peer, with the number of its descriptor when that is not the usual one for data.
    std::string peer(int process, const Descriptor* at) const {
        std::string text = name_of(process);
        const bool stage = plan_.processes[process].role == Role::stage;
        if (stage && at != nullptr && at->number > 1)
            text += " (" + std::to_string(at->number) + ")";
        return text;
    }

    void write_regions() {
        for (const SharedRegion& region : plan_.shared) {
            text_ += (&region == &plan_.shared.front() ? "\n" : "");
            text_ += "shared " + one_line(region.name) + ": " +
                     (region.size < 1024 ? count(region.size, "byte") : format_size(region.size)) +
                     " of " + pipectl::name_of(region.kind);
            if (region.init >= 0) {
                text_ += ", begins as " + quote_word(plan_.inputs[region.init].path);
            }
            text_ += '\n';
        }
    }

    void write_outputs() {
        std::vector<std::string> replaced;
        for (const OutputFile& file : plan_.outputs) {
            if (file.atomic && !file.append) replaced.push_back(quote_word(file.path));
        }
        if (replaced.empty()) return;
        text_ += "\nreplaced when the run has succeeded:";
        for (const std::string& path : replaced) {
            text_ += " " + path;
        }
        text_ += '\n';
    }

    const Plan& plan_;
    std::vector<Ends> ends_;  ///< [link]
    std::string text_;
};

}  // namespace

std::string render_plan_text(const Plan& plan) {
    return TextRenderer(plan).run();
}

}  // namespace pipectl
