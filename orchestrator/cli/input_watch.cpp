#include "orchestrator/cli/input_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "stages/base/error.hpp"

namespace pipectl {

namespace {

constexpr std::uint32_t kChanges = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                   IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

bool is_folder(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

InputWatch::InputWatch() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!inotify_) throw SystemError("cannot watch files", errno);
}

void InputWatch::watch(const std::set<std::string>& paths) {
    old_ = std::move(places_);
    places_.clear();
    for (const std::string& path : paths) {
        add(path);
    }
    for (const auto& [number, place] : old_) {
        if (!places_.contains(number)) ::inotify_rm_watch(inotify_.get(), number);
    }
    old_.clear();
}

void InputWatch::add(const std::string& path) {
    const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
    if (is_folder(absolute.string())) add_place(absolute.string(), {});
    std::filesystem::path above = absolute.parent_path();
    std::filesystem::path name = absolute.filename();
    while (!is_folder(above.string()) && above.has_relative_path()) {
        name = above.filename();
        above = above.parent_path();
    }
    add_place(above.string(), name.string());
    char real[PATH_MAX];  // what a link leads to changes elsewhere
    if (::realpath(absolute.c_str(), real) == nullptr || absolute == real) return;
    const std::filesystem::path target(real);
    add_place(target.parent_path().string(), target.filename().string());
}

void InputWatch::add_place(const std::string& folder, const std::string& name) {
    const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), kChanges | IN_ONLYDIR);
    if (number < 0) {
        throw SystemError("cannot watch '" + folder + "'", errno,
                          errno == ENOSPC ? "see fs.inotify.max_user_watches, sysctl(8)" : "");
    }
    Place& place = places_[number];
    place.folder = folder;
    place.all = place.all || name.empty();
    place.names.insert(name);
}

std::string InputWatch::take() {
    std::string changed;
    alignas(inotify_event) char events[16384];
    for (;;) {
        const ssize_t got = ::read(inotify_.get(), events, sizeof events);
        if (got <= 0) return changed;
        for (ssize_t at = 0; at < got;) {
            inotify_event event{};
            std::memcpy(&event, events + at, sizeof event);
            const std::string name = event.len > 0 ? events + at + sizeof event : "";
            at += static_cast<ssize_t>(sizeof event + event.len);
            if ((event.mask & IN_Q_OVERFLOW) != 0) changed = "more than can be told";
            const auto place = places_.find(event.wd);
            if (place == places_.end() || (event.mask & IN_IGNORED) != 0) continue;
            const bool itself = name.empty();
            if (place->second.all || itself || place->second.names.contains(name)) {
                changed = itself ? place->second.folder : name;
            }
        }
    }
}

}  // namespace pipectl
