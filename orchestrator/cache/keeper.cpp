#include "orchestrator/cache/keeper.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "stages/base/error.hpp"

namespace pipectl {

StreamKeeper::StreamKeeper(const Plan& plan, CacheChoice choice, Preflight& preflight)
    : choice_(std::move(choice)), verdicts_(plan.processes.size()) {
    const auto index_of = [&](const std::string& name) {
        const auto found = std::ranges::find(plan.processes, name, &Process::name);
        return static_cast<int>(found - plan.processes.begin());
    };
    preflight.streams.resize(plan.streams.size());
    for (StreamWish& wish : choice_.wishes) {
        Stream stream;
        stream.process = index_of(wish.stage);
        for (std::size_t i = 0; i < plan.streams.size(); ++i) {
            if (plan.processes[static_cast<std::size_t>(plan.streams[i])].name !=
                "cache:" + wish.stage + ".stdout") {
                continue;
            }
            stream.helper = plan.streams[i];
            preflight.streams[i] = std::move(wish.file);
            stream.file = preflight.streams[i].get();
        }
        for (const std::string& name : wish.above) {
            const int above = index_of(name);  // what is played has been judged before
            if (above < static_cast<int>(plan.processes.size())) stream.above.push_back(above);
        }
        stream.wish = std::move(wish);
        streams_.push_back(std::move(stream));
    }
}

void StreamKeeper::take(const Event& event, const Tell& tell) {
    if (std::holds_alternative<RunStarted>(event.what)) {
        for (const CacheUsed& note : choice_.notes) {
            tell(note);
        }
    } else if (const auto* const judged = std::get_if<ProcessJudged>(&event.what)) {
        verdicts_[static_cast<std::size_t>(judged->process)] = judged->verdict;
        for (Stream& stream : streams_) {
            if (!stream.decided) try_to_keep(stream, tell);
        }
    } else if (std::holds_alternative<RunEnded>(event.what)) {
        for (const Stream& stream : streams_) {
            if (stream.decided) continue;
            tell({stream.wish.stage, CacheUsed::What::not_kept, 0, reason(stream)});
        }
    }
}

void StreamKeeper::try_to_keep(Stream& stream, const Tell& tell) {
    const auto verdict = [&](int process) { return verdicts_[static_cast<std::size_t>(process)]; };
    if (verdict(stream.process) != Verdict::ok || verdict(stream.helper) != Verdict::ok) return;
    const bool above = std::ranges::all_of(
        stream.above, [&](int process) { return verdict(process) && is_well(*verdict(process)); });
    if (!above) return;
    stream.decided = true;
    CacheUsed used{stream.wish.stage, CacheUsed::What::not_kept, 0, {}};
    std::uint64_t bytes = 0;
    const std::string changed = choice_.witnesses.changed(stream.wish.depends);
    const auto head = channel::read_head(stream.file);
    if (head && head->error == 0 && head->length == 0 && !stream.wish.asked) {
        used.reason = "it wrote nothing: what it is for may be elsewhere";
    } else if (!changed.empty()) {
        used.reason = "'" + changed + "' has changed since the run began";
    } else {
        channel::StreamHead kept;
        kept.key = stream.wish.key;
        kept.parts = stream.wish.parts;
        kept.about = stream.wish.about;
        used.reason = choice_.folder.keep(stream.file, std::move(kept), bytes);
    }
    if (used.reason.empty()) {
        used.what = CacheUsed::What::kept;
        used.reason = stream.wish.why_run;
        used.bytes = static_cast<std::int64_t>(bytes);
        (void)choice_.folder.shrink(choice_.limit);
    }
    tell(std::move(used));
}

std::string StreamKeeper::reason(const Stream& stream) const {
    const auto verdict = verdicts_[static_cast<std::size_t>(stream.process)];
    if (!verdict || *verdict == Verdict::not_started) return "it was not run";
    if (*verdict == Verdict::ok) {
        const auto helper = verdicts_[static_cast<std::size_t>(stream.helper)];
        return helper == Verdict::ok ? "a stage that it reads did not end well"
                                     : "its readers left before its end";
    }
    return *verdict == Verdict::cut ? "its readers left before its end"
                                    : std::string("it ended as ") + verdict_name(*verdict);
}

}  // namespace pipectl
