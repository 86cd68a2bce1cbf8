#include "orchestrator/report/trace.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "orchestrator/report/wording.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"
#include "stages/base/text.hpp"

namespace pipectl {
namespace {

/// The rows of a run belong to one process of the trace; the first number of these.
constexpr int kFirstRun = 1;

/// How a state is called, and one of the colours that both viewers know by name.
struct TraceState {
    const char* name;
    const char* colour;
};

std::optional<TraceState> state_of(const Sampled::Process& seen) {
    if (seen.holds_end_back) return TraceState{"holds its readers' end back", "terrible"};
    switch (seen.activity) {
        case Activity::absent: return std::nullopt;
        case Activity::running: return TraceState{"busy", "thread_state_running"};
        case Activity::input: return TraceState{"waits for input", "thread_state_runnable"};
        case Activity::output: return TraceState{"waits for output", "thread_state_iowait"};
        case Activity::disk: return TraceState{"waits for a disk", "bad"};
        case Activity::sleeping: return TraceState{"sleeps", "thread_state_sleeping"};
        case Activity::stopped: return TraceState{"stopped", "grey"};
    }
    return std::nullopt;
}

std::int64_t microseconds(double seconds) {
    return std::llround(seconds * 1e6);
}

/// One run's rows, into a trace that several may share.
class TraceWriter {
  public:
    TraceWriter(JsonWriter& json, const Summary& summary, const std::vector<Moment>& moments,
                int number, double from_s)
        : json_(json), summary_(summary), moments_(moments), number_(number), from_s_(from_s) {}

    void run(const std::string& name) {
        name_row("process_name", 0, name);
        for (std::size_t i = 0; i < summary_.stages.size(); ++i) {
            write_stage(i);
        }
        for (std::size_t i = 0; i < summary_.edges.size(); ++i) {
            write_edge(i);
        }
        write_cancel();
    }

  private:
    /// Begins an event; its arguments, and end(), come after.
    JsonWriter& begin(std::string_view phase, std::string_view name, int row) {
        json_.begin_object();
        json_.member("ph", phase);
        json_.member("name", name);
        json_.member("pid", number_);
        return json_.member("tid", row);
    }
    void end() { json_.end_object(); }

    void name_row(std::string_view what, int row, const std::string& name) {
        begin("M", what, row);
        json_.key("args").begin_object().member("name", name).end_object();
        end();
    }

    void slice(std::string_view name, std::string_view category, int row, double from, double to,
               const char* colour, const std::function<void()>& arguments = {}) {
        begin("X", name, row);
        json_.member("cat", category);
        json_.member("ts", microseconds(from_s_ + from));
        json_.member("dur", std::max<std::int64_t>(0, microseconds(to) - microseconds(from)));
        if (colour != nullptr) json_.member("cname", colour);
        if (arguments) {
            json_.key("args").begin_object();
            arguments();
            json_.end_object();
        }
        end();
    }

    void instant(const std::string& name, int row, double at) {
        begin("i", name, row);
        json_.member("cat", "event");
        json_.member("ts", microseconds(from_s_ + at));
        json_.member("s", row == 0 ? "p" : "t");
        end();
    }

    void counter(const std::string& name, double at, const std::function<void()>& arguments) {
        begin("C", name, 0);
        json_.member("cat", "counter");
        json_.member("ts", microseconds(from_s_ + at));
        json_.key("args").begin_object();
        arguments();
        json_.end_object();
        end();
    }

    void write_stage(std::size_t index) {
        const StageSummary& stage = summary_.stages[index];
        const int row = static_cast<int>(index) + 1;
        name_row("thread_name", row, stage.name);
        begin("M", "thread_sort_index", row);
        json_.key("args").begin_object().member("sort_index", row).end_object();
        end();
        if (stage.waits_from_s) {
            slice("waits for " + stage.waited_for, "state", row, *stage.waits_from_s,
                  stage.start_s.value_or(summary_.wall_s), "thread_state_unknown");
        }
        for (const SentSignal& sent : stage.signals) {
            instant("got " + signal_name(sent.signal), row, sent.at_s);
        }
        if (!stage.start_s) return;
        const double end_s = stage.end_s.value_or(summary_.wall_s);
        slice(stage.name, stage.helper ? "helper" : "stage", row, *stage.start_s, end_s, nullptr,
              [&] { write_stage_facts(stage); });
        write_states(index, row, *stage.start_s, end_s);
        write_counters(index, stage);
    }

    void write_stage_facts(const StageSummary& stage) {
        json_.member("command", quote_command(stage.argv));
        if (stage.pid) json_.member("pid", *stage.pid);
        if (stage.verdict) json_.member("verdict", verdict_name(*stage.verdict));
        if (stage.status) json_.member("status", short_status(*stage.status));
        if (!stage.account) return;
        const Account& account = *stage.account;
        if (account.bytes_in) {
            json_.member("bytes_in", *account.bytes_in);
            json_.member("bytes_in_are", exactness_name(account.in_is));
        }
        if (account.bytes_out) {
            json_.member("bytes_out", *account.bytes_out);
            json_.member("bytes_out_are", exactness_name(account.out_is));
        }
    }

    /// One slice for each stretch in which nothing else was seen.
    void write_states(std::size_t index, int row, double start_s, double end_s) {
        std::optional<TraceState> state;
        double since = start_s;
        const auto close = [&](double at) {
            if (state && at > since) slice(state->name, "state", row, since, at, state->colour);
        };
        for (const Moment& moment : moments_) {
            if (moment.at_s < start_s) continue;
            if (moment.at_s >= end_s) break;
            const auto seen = state_of(moment.seen.processes[index]);
            if (!seen || (state && state->name == seen->name)) continue;
            if (state) {
                close(moment.at_s);
                since = moment.at_s;
            }
            state = seen;
        }
        close(end_s);
    }

    void write_counters(std::size_t index, const StageSummary& stage) {
        const Moment* before = nullptr;
        for (const Moment& moment : moments_) {
            const Sampled::Process& now = moment.seen.processes[index];
            if (now.activity == Activity::absent) continue;
            counter("memory of " + stage.name, moment.at_s,
                    [&] { json_.member("bytes", now.rss_bytes); });
            if (before != nullptr && moment.at_s > before->at_s) {
                const double used = now.cpu_s - before->seen.processes[index].cpu_s;
                const double share = std::max(0.0, used / (moment.at_s - before->at_s));
                counter("processors of " + stage.name, before->at_s,
                        [&] { json_.member("used", share); });
            }
            before = &moment;
        }
        if (before == nullptr) return;
        const double end_s = stage.end_s.value_or(summary_.wall_s);
        counter("memory of " + stage.name, end_s, [&] { json_.member("bytes", 0); });
        counter("processors of " + stage.name, end_s, [&] { json_.member("used", 0); });
    }

    /// The process that alone has this edge at that side, whose bytes are the edge's; or -1.
    [[nodiscard]] int only_end(std::size_t index, std::string EdgeSummary::*side) const {
        const std::string& port = summary_.edges[index].*side;
        const std::string name = port.substr(0, port.rfind('.'));
        const auto same = std::ranges::count_if(summary_.edges, [&](const EdgeSummary& each) {
            return (each.*side).substr(0, (each.*side).rfind('.')) == name;
        });
        const auto stage = std::ranges::find(summary_.stages, name, &StageSummary::name);
        return same != 1 || stage == summary_.stages.end()
                   ? -1
                   : static_cast<int>(stage - summary_.stages.begin());
    }

    void write_edge(std::size_t index) {
        const EdgeSummary& edge = summary_.edges[index];
        const std::string name = edge.from + "->" + edge.to;
        const int reader = only_end(index, &EdgeSummary::to);
        const int writer = only_end(index, &EdgeSummary::from);
        std::int64_t moved = 0;
        for (const Moment& moment : moments_) {
            if (reader >= 0) {
                moved = std::max(moved, moment.seen.processes[reader].bytes_in);
            } else if (writer >= 0) {
                moved = std::max(moved, moment.seen.processes[writer].bytes_out);
            }
            if (reader >= 0 || writer >= 0) {
                counter("bytes over " + name, moment.at_s, [&] { json_.member("bytes", moved); });
            }
            if (moment.seen.filled[index] >= 0) {
                counter("bytes in " + name, moment.at_s,
                        [&] { json_.member("waiting", moment.seen.filled[index]); });
            }
        }
        if (edge.account && edge.account->bytes) {
            counter("bytes over " + name, summary_.wall_s,
                    [&] { json_.member("bytes", *edge.account->bytes); });
        }
    }

    void write_cancel() {
        if (!summary_.cancel) return;
        const CancelBegan& cancel = summary_.cancel->what;
        std::string why = "the run is cancelled";
        switch (cancel.why) {
            case CancelBegan::Why::failure:
            case CancelBegan::Why::stage_timeout:
            case CancelBegan::Why::idle_timeout:
                if (cancel.process >= 0) {
                    why += ": '" + summary_.stages[cancel.process].name +
                           (cancel.why == CancelBegan::Why::failure ? "' failed" : "' timed out");
                }
                break;
            case CancelBegan::Why::run_timeout: why += ": timeout"; break;
            case CancelBegan::Why::signal: why += ": " + signal_name(cancel.signal); break;
            case CancelBegan::Why::internal: why += ": " + cancel.message; break;
        }
        instant(why, 0, summary_.cancel->at_s);
    }

    JsonWriter& json_;
    const Summary& summary_;
    const std::vector<Moment>& moments_;
    int number_;
    double from_s_;
};

std::string render(const Summary& whole, const std::function<void(JsonWriter&)>& rows) {
    JsonWriter json(2);
    json.begin_object();
    json.member("displayTimeUnit", "ms");
    json.key("otherData").begin_object();
    json.member("run", whole.run);
    json.member("pipeline", whole.pipeline);
    json.member("started_at", whole.started_at);
    json.member("verdict", whole.end ? verdict_name(whole.end->verdict) : "running");
    json.end_object();
    json.key("traceEvents").begin_array();
    rows(json);
    json.end_array();
    json.end_object();
    return json.take() + "\n";
}

}  // namespace

std::string render_trace(const Summary& summary, const std::vector<Moment>& moments) {
    return render(summary, [&](JsonWriter& json) {
        TraceWriter(json, summary, moments, kFirstRun, 0).run("pipectl run " + summary.pipeline);
    });
}

std::string render_items_trace(const Summary& whole, const std::vector<TracedRun>& runs) {
    return render(whole, [&](JsonWriter& json) {
        int number = kFirstRun;
        for (const TracedRun& each : runs) {
            TraceWriter(json, each.summary, each.summary.moments, number++, each.from_s)
                .run(each.summary.pipeline);
        }
    });
}

}  // namespace pipectl
