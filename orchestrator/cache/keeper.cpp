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
        const auto kept = std::ranges::find(plan.streams, stream.process, &KeptStream::stage);
        if (kept == plan.streams.end()) continue;
        stream.helper = kept->helper;
        Fd& file = preflight.streams[static_cast<std::size_t>(kept - plan.streams.begin())];
        file = std::move(wish.file);
        stream.file = file.get();
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
    } else if (const auto* const ended = std::get_if<RunEnded>(&event.what)) {
        const bool well = is_well(ended->verdict);
        if (!well) tell_left(tell);
        for (const Stream& stream : streams_) {
            if (stream.decided || stream.wish.leave) continue;
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
    const std::string changed = choice_.witnesses_of(stream.wish).changed(stream.wish.depends);
    const CacheFolder& folder = choice_.folder_of(stream.wish);
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
        used.reason = folder.keep(stream.file, std::move(kept), bytes);
    }
    if (used.reason.empty()) {
        used.what = CacheUsed::What::kept;
        used.reason = stream.wish.why_run;
        used.bytes = static_cast<std::int64_t>(bytes);
        (void)folder.shrink(choice_.limit);
    }
    if (stream.wish.leave) {
        stream.left = used.what == CacheUsed::What::kept;
        stream.bytes = used.bytes;
        return;
    }
    tell(std::move(used));
}

void StreamKeeper::tell_left(const Tell& tell) const {
    for (const LeftStream& left : choice_.left) {
        const auto own = std::ranges::find(streams_, left.stage,
                                           [](const Stream& each) { return each.wish.stage; });
        if (own != streams_.end() && !own->left) continue;
        // what was left before, and has been played, is left again
        const auto played = std::ranges::find(choice_.notes, left.stage, &CacheUsed::stage);
        const std::int64_t bytes = own != streams_.end()           ? own->bytes
                                   : played != choice_.notes.end() ? played->bytes
                                                                   : 0;
        tell({left.stage, CacheUsed::What::left, bytes, {}});
    }
}

bool StreamKeeper::leaves_anything() const {
    return choice_.left.size() >
               static_cast<std::size_t>(std::ranges::count_if(
                   streams_,
                   [](const Stream& stream) { return stream.wish.leave && !stream.left; })) ||
           std::ranges::any_of(streams_, [](const Stream& each) { return !each.wish.leave; });
}

void StreamKeeper::remove_left() const {
    for (const LeftStream& left : choice_.left) {
        choice_.left_folder.remove(left.entry);
    }
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
