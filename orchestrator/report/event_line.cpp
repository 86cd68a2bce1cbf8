#include "orchestrator/report/event_line.hpp"

#include "orchestrator/report/words.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {
namespace {

/// Adds an event's members to an object that was begun; one function for each kind.
class Members {
  public:
    Members(JsonWriter& json, const std::vector<std::string>& names) : json_(json), names_(names) {}

    void operator()(const RunStarted& start) {
        event("run-started");
        json_.member("run", start.run).member("pipeline", start.pipeline);
        json_.member("source", start.source).member("started_at", start.started_at);
        json_.key("stages").begin_array();
        for (const auto& process : start.processes) {
            json_.begin_object();
            json_.member("name", process.name).member("helper", process.helper);
            json_.member("argv", process.argv).member("line", process.line);
            json_.end_object();
        }
        json_.end_array();
        json_.key("edges").begin_array();
        for (const auto& edge : start.edges) {
            json_.begin_object();
            json_.member("from", edge.from).member("to", edge.to).member("via", edge.via);
            json_.end_object();
        }
        json_.end_array();
        json_.key("params").begin_object();
        for (const RunParameter& parameter : start.params) {
            json_.member(parameter.name, parameter.value);
        }
        json_.end_object();
    }

    void operator()(const ProcessStarted& start) {
        event("process-started");
        stage(start.process);
        json_.member("pid", start.pid);
    }

    void operator()(const StartFailed& failure) {
        event("start-failed");
        stage(failure.process);
        json_.member("reason", failure.reason).member("status", failure.status);
    }

    void operator()(const ProcessEnded& end) {
        event("process-ended");
        stage(end.process);
        json_.key("exit");
        if (end.status.signal == 0) {
            json_.value(end.status.code);
        } else {
            json_.null();
        }
        signal(end.status.signal);
        json_.member("user_s", end.use.user_s).member("sys_s", end.use.system_s);
        json_.member("max_rss_bytes", end.use.max_rss_bytes);
    }

    void operator()(const ProcessJudged& judged) {
        event("process-judged");
        stage(judged.process);
        json_.member("verdict", verdict_name(judged.verdict));
    }

    void operator()(const CancelBegan& cancel) {
        event("cancel-began");
        json_.member("why", cancel_word(cancel.why));
        stage(cancel.process);
        signal(cancel.signal);
        json_.member("message", cancel.message);
    }

    void operator()(const EndHeldBack& held) {
        event("end-held-back");
        stage(held.process);
    }

    void operator()(const SignalSent& sent) {
        event("signal-sent");
        stage(sent.process);
        signal(sent.signal);
    }

    void operator()(const LeftoverFound& leftover) {
        event("leftover-found");
        json_.member("pid", leftover.pid).member("command", leftover.command);
        json_.member("stage", leftover.stage).member("kept", leftover.kept);
    }

    void operator()(const StderrTail& tail) {
        event("stderr-tail");
        stage(tail.process);
        json_.member("text", tail.text).member("shown", tail.shown);
    }

    void operator()(const OutputDecided& output) {
        event("output-decided");
        json_.member("path", output.path).member("replaced", output.replaced);
        json_.member("error", output.error);
    }

    void operator()(const ProcessAccounted& accounted) {
        const Account& account = accounted.account;
        event("process-accounted");
        stage(accounted.process);
        number("bytes_in", account.bytes_in);
        json_.member("bytes_in_are", exactness_name(account.in_is));
        number("bytes_out", account.bytes_out);
        json_.member("bytes_out_are", exactness_name(account.out_is));
        json_.member("samples", account.samples);
        json_.member("running_s", account.running_s).member("blocked_in_s", account.input_s);
        json_.member("blocked_out_s", account.output_s).member("disk_s", account.disk_s);
        json_.member("sleeping_s", account.sleeping_s);
        number("first_byte_s", account.first_byte_s);
    }

    void operator()(const EdgeAccounted& accounted) {
        event("edge-accounted");
        json_.member("edge", accounted.edge);
        number("bytes", accounted.bytes);
        json_.member("bytes_are", exactness_name(accounted.bytes_are));
        json_.member("samples", accounted.samples);
        json_.member("empty", accounted.empty).member("full", accounted.full);
        json_.member("room", accounted.room);
    }

    void operator()(const Sampled& sampled) {
        event("sampled");
        json_.key("stages").begin_array();
        for (const auto& process : sampled.processes) {
            json_.begin_object();
            json_.member("activity", activity_name(process.activity));
            json_.member("bytes_in", process.bytes_in).member("bytes_out", process.bytes_out);
            json_.member("cpu_s", process.cpu_s).member("rss_bytes", process.rss_bytes);
            if (process.holds_end_back) json_.member("holds_end_back", true);
            json_.end_object();
        }
        json_.end_array();
        json_.key("filled").begin_array();
        for (const std::int64_t bytes : sampled.filled) {
            json_.value(bytes);
        }
        json_.end_array();
        json_.member("input_read", sampled.input_read).member("input_size", sampled.input_size);
    }

    void operator()(const RunEnded& end) {
        event("run-ended");
        json_.member("verdict", verdict_name(end.verdict)).member("exit", end.exit);
        signal(end.signal);
        json_.member("message", end.message).member("cleanup", end.cleanup);
    }

  private:
    void event(const char* name) { json_.member("event", name); }

    void stage(int process) {
        json_.key("stage");
        const auto index = static_cast<std::size_t>(process);
        if (process >= 0 && index < names_.size()) {
            json_.value(names_[index]);
        } else {
            json_.null();
        }
    }

    template <class Number>
    void number(const char* name, const std::optional<Number>& value) {
        json_.key(name);
        if (value) {
            json_.value(*value);
        } else {
            json_.null();
        }
    }

    void signal(int number) {
        json_.key("signal");
        if (number != 0) {
            json_.value(signal_name(number));
        } else {
            json_.null();
        }
    }

    JsonWriter& json_;
    const std::vector<std::string>& names_;
};

}  // namespace

std::string EventLines::line(const Event& event) {
    if (const auto* start = std::get_if<RunStarted>(&event.what)) {
        names_.clear();
        for (const auto& process : start->processes) {
            names_.push_back(process.name);
        }
    }
    JsonWriter json;
    json.begin_object();
    json.member("t", event.time_s);
    std::visit(Members(json, names_), event.what);
    json.end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
