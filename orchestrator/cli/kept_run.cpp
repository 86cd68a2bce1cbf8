#include "orchestrator/cli/kept_run.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include "orchestrator/history/spool.hpp"
#include "orchestrator/json/json_value.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/clock.hpp"
#include "stages/base/error.hpp"
#include "stages/base/json.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kEnding = ".run";
/// The oldest go when there are more.
constexpr std::size_t kMostKeptRuns = 50;
constexpr std::size_t kLargestKeptRun = std::size_t{64} << 20;
constexpr int kKeptRunVersion = 1;

std::string kept_run_file(const std::string& run) {
    return run + std::string(kEnding);
}

void write_pairs(JsonWriter& json, const char* name,
                 const std::vector<std::pair<std::string, std::string>>& pairs) {
    json.key(name).begin_array();
    for (const auto& [key, value] : pairs) {
        json.begin_array().value(key).value(value).end_array();
    }
    json.end_array();
}

std::vector<std::pair<std::string, std::string>> read_pairs(const JsonValue& value) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const JsonValue& each : value.elements()) {
        const std::vector<JsonValue> both = each.elements();
        if (both.size() != 2) each.refuse("no pair");
        pairs.emplace_back(both[0].text(), both[1].text());
    }
    return pairs;
}

void write_parts(JsonWriter& json, const std::vector<KeyPart>& parts) {
    json.key("parts").begin_array();
    for (const KeyPart& part : parts) {
        json.begin_array().value(part.name).value(std::to_string(part.digest)).end_array();
    }
    json.end_array();
}

std::vector<KeyPart> read_parts(const JsonValue& of) {
    std::vector<KeyPart> parts;
    for (const auto& [name, digest] : read_pairs(of.at("parts"))) {
        parts.push_back({name, std::stoull(digest)});
    }
    return parts;
}

/// A line for the run, and later one for each item.
std::string render_kept_run(const KeptRun& run) {
    JsonWriter json;
    json.begin_object().member("version", kKeptRunVersion).member("run", run.run);
    json.member("pipeline", run.pipeline).member("source", run.source).member("cwd", run.cwd);
    json.member("pwd", run.pwd);
    json.member("started_at", run.started_at).member("secrets", run.secrets);
    json.member("via", run.via).member("cached", run.cached).member("input", run.input);
    json.member("timeout_ms", run.timeout ? run.timeout->count() : -1);
    write_pairs(json, "set", run.set);
    write_pairs(json, "stage_via", run.stage_via);
    json.key("streams").begin_array();
    for (const LeftStream& stream : run.streams) {
        json.begin_object().member("stage", stream.stage).member("entry", stream.entry);
        write_parts(json, stream.parts);
        json.end_object();
    }
    json.end_array();
    write_parts(json, run.parts);
    json.end_object();
    return json.take() + "\n";
}

std::string render_done_item(const DoneItem& item) {
    JsonWriter json;
    json.begin_object().member("run", item.run).member("stamp", item.stamp);
    write_pairs(json, "values", item.values);
    json.end_object();
    return json.take() + "\n";
}

KeptRun read_kept_head(const std::string& line) {
    const JsonDocument document = parse_json(line);
    const JsonValue head(*document, "");
    if (head.at("version").whole(1) != kKeptRunVersion) head.refuse("of another pipectl");
    KeptRun run;
    run.run = head.at("run").text();
    run.pipeline = head.at("pipeline").text();
    run.source = head.at("source").text();
    run.cwd = head.at("cwd").text();
    run.pwd = head.at("pwd").text();
    run.started_at = head.at("started_at").text();
    for (const JsonValue& name : head.at("secrets").elements()) {
        run.secrets.push_back(name.text());
    }
    run.via = head.at("via").text();
    run.cached = head.at("cached").flag();
    run.input = head.at("input").text();
    if (const auto timeout = head.at("timeout_ms").whole(-1); timeout >= 0) {
        run.timeout = std::chrono::milliseconds(timeout);
    }
    run.set = read_pairs(head.at("set"));
    run.stage_via = read_pairs(head.at("stage_via"));
    for (const JsonValue& stream : head.at("streams").elements()) {
        run.streams.push_back(
            {stream.at("stage").text(), stream.at("entry").text(), read_parts(stream)});
    }
    run.parts = read_parts(head);
    return run;
}

DoneItem read_done_item(const std::string& line) {
    const JsonDocument document = parse_json(line);
    const JsonValue item(*document, "");
    return {read_pairs(item.at("values")), item.at("run").text(), item.at("stamp").text()};
}

}  // namespace

void refuse_resuming(const KeptRun& run, const std::string& why) {
    throw std::runtime_error("run " + run.run.substr(0, kShortId) + " ('" + one_line(run.pipeline) +
                             "') cannot be resumed: " + why + " ('pipectl run " +
                             quote_word(run.source) + "' runs all of it)");
}

void refuse_what_differs(const KeptRun& run, const std::set<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ", ") + one_line(name);
    }
    if (!list.empty()) refuse_resuming(run, "not what it was: " + list);
}

std::string own_input() {
    struct stat status {};
    if (::fstat(STDIN_FILENO, &status) != 0) return "nothing";
    if (::isatty(STDIN_FILENO) == 1) return "terminal";
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) return "pipe";
    Witnesses witnesses(Witnesses::Look::stamps);
    const int seen = witnesses.look_at_open(STDIN_FILENO);
    if (seen < 0 || !witnesses.at(seen).why_not.empty()) return "pipe";
    if (S_ISCHR(status.st_mode)) return witnesses.at(seen).content;
    return witnesses.at(seen).content + " " +
           std::to_string(static_cast<long long>(::lseek(STDIN_FILENO, 0, SEEK_CUR)));
}

KeptRun kept_run_of(const RunOptions& options, const Loaded& loaded) {
    KeptRun run;
    run.pipeline = loaded.plan.name;
    run.source = options.file;
    run.cwd = std::filesystem::current_path().string();
    const char* const pwd = std::getenv("PWD");
    run.pwd = pwd != nullptr ? pwd : "";
    run.started_at = utc_now();
    for (const auto& [name, value] : options.request.set) {
        const bool secret = std::ranges::any_of(loaded.definition.parameters,
                                                [&, &wanted = name](const Parameter& each) {
                                                    return each.secret && each.name.value == wanted;
                                                });
        if (secret) {
            run.secrets.push_back(name);
        } else {
            run.set.emplace_back(name, loaded.plan.secrets.masked(value));
        }
    }
    run.via = options.request.via;
    run.stage_via = options.request.stage_via;
    run.timeout = options.request.timeout;
    run.cached = options.cached;
    run.input = own_input();
    return run;
}

bool may_be_resumed(const RunOptions& options) {
    return !options.file.empty() && options.file != "-" && options.item.record < 0 &&
           !options.dry_run && !history::folder().empty();
}

KeptRuns::KeptRuns() : folder_(CacheFolder::open_left(history::folder())) {}

Fd KeptRuns::write(const KeptRun& run) const {
    if (!usable()) return {};
    const std::vector<std::string> all = ids();
    for (std::size_t i = kMostKeptRuns; i < all.size(); ++i) {
        const Fd locked = lock(all[i]);
        const auto old = locked ? read(all[i]) : std::nullopt;
        if (old) forget(*old);
        if (locked) remove(all[i]);
    }
    const std::string name = kept_run_file(run.run);
    Fd file(::openat(folder_.fd(), name.c_str(),
                     O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     S_IRUSR | S_IWUSR));
    if (!file) return file;
    (void)::flock(file.get(), LOCK_EX | LOCK_NB);
    if (write_all(file.get(), render_kept_run(run)) != 0) {
        remove(run.run);
        file.reset();
    }
    return file;
}

void KeptRuns::add(int file, const DoneItem& item) const {
    (void)write_all(file, render_done_item(item));
}

void KeptRuns::remove(const std::string& run) const {
    folder_.remove(kept_run_file(run));
}

std::vector<std::string> KeptRuns::ids() const {
    std::vector<std::tuple<std::time_t, long, std::string>> found;
    const int listing =
        usable() ? ::openat(folder_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const std::unique_ptr<DIR, int (*)(DIR*)> names(listing < 0 ? nullptr : ::fdopendir(listing),
                                                    &::closedir);
    if (!names) return {};
    while (const dirent* const entry = ::readdir(names.get())) {
        const std::string name = static_cast<const char*>(entry->d_name);
        struct stat status {};
        if (!name.ends_with(kEnding) ||
            ::fstatat(folder_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        found.emplace_back(status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                           name.substr(0, name.size() - kEnding.size()));
    }
    std::ranges::sort(found, std::greater{});
    std::vector<std::string> all;
    for (auto& [seconds, rest, id] : found) {
        all.push_back(std::move(id));
    }
    return all;
}

std::optional<KeptRun> KeptRuns::read(const std::string& run) const {
    const std::string name = kept_run_file(run);
    const Fd file(
        ::openat(folder_.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return std::nullopt;
    try {
        const std::string text = read_all(file.get(), kLargestKeptRun, name);
        std::size_t end = text.find('\n');
        if (end == std::string::npos) return std::nullopt;
        KeptRun kept = read_kept_head(text.substr(0, end));
        for (std::size_t at = end + 1; (end = text.find('\n', at)) != std::string::npos;
             at = end + 1) {
            kept.items.push_back(read_done_item(text.substr(at, end - at)));
        }
        return kept;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

Fd KeptRuns::lock(const std::string& run) const {
    Fd file(::openat(folder_.fd(), kept_run_file(run).c_str(),
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.reset();
    return file;
}

void KeptRuns::forget(const KeptRun& run) const {
    for (const LeftStream& stream : run.streams) {
        folder_.remove(stream.entry);
    }
    remove(run.run);
}

}  // namespace pipectl
