#include "orchestrator/export/script_notes.hpp"

#include <algorithm>
#include <string>

#include "orchestrator/definition/parameter_value.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

class Noter {
  public:
    Noter(const Definition& definition, const Plan& plan, const ScriptGraph& graph,
          Remarks& remarks)
        : definition_(definition), plan_(plan), graph_(graph), remarks_(remarks) {}

    void run() {
        if (definition_.timeout) remarks_.warning({}, "the timeout of the pipeline is left out");
        note_via(definition_.via, "every edge");
        bool files = false;
        for (const Stage& stage : definition_.stages) {
            note_stage(stage);
            files = files || std::holds_alternative<FileOutput>(stage.out) ||
                    std::holds_alternative<FileOutput>(stage.err);
        }
        note_helpers();
        if (definition_.strict && definition_.stages.size() > 1) {
            remarks_.warning({},
                             "when a stage fails the others are not cancelled: their readers "
                             "see an end of data");
        }
        if (files) {
            remarks_.warning({},
                             "files are replaced one by one, and get the mode and the owner of "
                             "a new file");
        }
        for (const Parameter& parameter : definition_.parameters) {
            if (parameter.secret) {
                remarks_.warning(parameter.name.place,
                                 "the script asks for the secret parameter '" +
                                     parameter.name.value + "', which stands nowhere in it");
            }
        }
    }

  private:
    void note_via(const std::optional<Via>& via, const std::string& where) {
        if (!via || (via->channel.value == "pipe" && via->options.empty())) return;
        remarks_.warning(via->channel.place,
                         "channel '" + via->channel.value + "' of " + where + " becomes a pipe");
    }

    void note_buffer(const std::optional<Buffer>& buffer, const std::string& name) {
        if (!buffer || buffer->kind == Buffer::Kind::none) return;
        remarks_.warning(buffer->place, "the buffer before stage '" + name +
                                            "' holds all data in a file before the first byte "
                                            "goes on");
    }

    void note_stage(const Stage& stage) {
        const std::string& name = stage.name.value;
        const auto warn = [&](const std::string& what) {
            remarks_.warning(stage.place, what + " of stage '" + name + "' is left out");
        };
        note_via(stage.via, "stage '" + name + "'");
        note_buffer(stage.buffer, name);
        const auto cannot_wait = [&](Place place, const std::string& other, const char* hint) {
            remarks_.error(place,
                           "a script cannot start stage '" + name + "' after '" + other +
                               "': it starts all of its stages at once",
                           hint);
        };
        if (!stage.after.empty()) {
            const auto& first = stage.after.front().stage;
            cannot_wait(first.place, first.value, "export what comes before and after apart");
        }
        if (!stage.needs.empty()) warn("`needs`");
        if (stage.lock) warn("the lock");
        const auto note_feeds = [&](const std::vector<Feed>& feeds) {
            for (const Feed& feed : feeds) {
                if (feed.complete || feed.as_file) {
                    cannot_wait(feed.stage.place, feed.stage.value,
                                "an edge without a gate streams");
                }
                note_via(feed.via, "the edge to stage '" + name + "'");
                note_buffer(feed.buffer, name);
            }
        };
        note_feeds(stage.from);
        for (const InputPort& port : stage.inputs) {
            note_feeds(port.feeds);
        }
        if (stage.timeout || stage.idle_timeout) warn("the timeout");
        if (stage.limits) warn("`limits`");
        if (stage.restart.when != Restart::When::never) warn("`restart`");
        if (stage.signals.cancel) warn("the cancelling signal");
        if (!stage.signals.reset.empty()) warn("the reset of signals");
        if (!stage.signals.block.empty()) warn("the mask of signals");
        if (!stage.notify.empty()) warn("`notify`");
        if (stage.cache) warn("`cache`");
        if (stage.detach) warn("`detach`");
        if (stage.command == Stage::Command::use) {
            remarks_.warning(stage.place,
                             "stage '" + name + "' needs pipectl where the script runs");
        }
        if (stage.user) {
            remarks_.error(stage.user->place,
                           "a script cannot start stage '" + name + "' as another user",
                           "export it without `user`, and run the script as that user",
                           stage.user->value.size() + 2);
        }
        if (const auto* file = std::get_if<FileOutput>(&stage.out); file && definition_.strict) {
            if (file->append) {
                remarks_.warning(file->path.place, "what stage '" + name +
                                                       "' appends is not cut back when the run "
                                                       "fails");
            }
            if (file->durable) warn("`durable`");
            if (file->refuse_empty) warn("`empty`");
        }
    }

    void note_helpers() {
        bool spools = false;
        for (const ScriptNode& node : graph_.nodes) {
            const Process& process = plan_.processes[node.process];
            spools = spools || node.kind == ScriptNode::Kind::spool;
            if (process.does<job::Route>()) {
                remarks_.error(process.place, "a script cannot share lines by their type");
            } else if (process.does<job::Lines>()) {
                remarks_.warning(process.place,
                                 "'" + process.name.substr(process.name.find(':') + 1) +
                                     "' reads its feeds one after the other, not as they come");
            } else if (node.kind == ScriptNode::Kind::hash) {
                remarks_.warning(process.place,
                                 "lines are shared by another hash: the same key meets other keys");
            } else if (node.kind == ScriptNode::Kind::recv || node.kind == ScriptNode::Kind::send) {
                remarks_.warning(process.place,
                                 "the endpoint " +
                                     quote_word(job::meeting_of(*process.job)->endpoint) +
                                     " needs pipectl where the script runs");
            }
        }
        if (spools) {
            remarks_.warning({},
                             "where ways meet again, spool holds all data in a file before the "
                             "first byte goes on");
        }
    }

    const Definition& definition_;
    const Plan& plan_;
    const ScriptGraph& graph_;
    Remarks& remarks_;
};

}  // namespace

void refuse_what_no_script_can(const Definition& definition, Remarks& remarks) {
    for (const SharedMemory& region : definition.shared) {
        remarks.error(region.name.place,
                      "a script cannot make the shared region '" + region.name.value + "'",
                      "`pipectl run` can; nothing would remove it after a kill");
    }
    if (definition.for_each) {
        remarks.error(definition.for_each->place,
                      "a script runs the pipeline once, not for each item",
                      "a loop around `pipectl run --set` does, or [for-each] itself");
    }
    if (definition.env_file) {
        for (const Template::Piece& piece : definition.env_file->pieces) {
            if (piece.kind != Template::Piece::Kind::parameter) continue;
            remarks.error(definition.env_file->place,
                          "a script reads `env-file` before its parameters are known",
                          "name the file without '${" + piece.value + "}'");
        }
    }
    for (const Parameter& parameter : definition.parameters) {
        if (type_of(parameter) != ParameterType::list) continue;
        remarks.error(parameter.name.place,
                      "a script cannot hold the list '" + parameter.name.value + "'",
                      "a POSIX shell has no lists but its arguments", parameter.name.value.size());
    }
    for (const Stage& stage : definition.stages) {
        if (stage.host) {
            remarks.error(stage.host->place,
                          "a script cannot run stage '" + stage.name.value + "' on another machine",
                          "export it without `host`; ssh in its place has its own rules for "
                          "failures, and for ends of data",
                          stage.host->value.size() + kQuotes);
        }
        if (stage.replicas) {
            remarks.error(stage.replicas->place,
                          "a script cannot share the lines of stage '" + stage.name.value +
                              "' among replicas",
                          "without `replicas` it is one process; GNU parallel --pipe -k starts one "
                          "for each block, under its own rules for failures");
        }
        if (stage.terminal) {
            remarks.error(stage.terminal_place,
                          "a script cannot give stage '" + stage.name.value + "' a pseudo-terminal",
                          "export it without `tty`; an option of the program may keep colours and "
                          "lines: --color=always, --line-buffered",
                          4);
        }
        if (!stage.talks_to) continue;
        const std::string& other = stage.talks_to->stage.value;
        remarks.error(stage.talks_to->stage.place,
                      "a script cannot connect stage '" + stage.name.value + "' and stage '" +
                          other + "' in both directions",
                      "FIFOs of a shell would wait for each other when they are opened; bash has "
                      "`coproc` for two programs",
                      other.size() + kQuotes);
    }
}

void note_losses(const Definition& definition, const Plan& plan, const ScriptGraph& graph,
                 Remarks& remarks) {
    Noter(definition, plan, graph, remarks).run();
}

}  // namespace pipectl
