#include "orchestrator/preflight/limit_check.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>

#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/units.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl {
namespace {

using Environment = std::map<std::string, std::string>;

/// MAX_ARG_STRLEN of the kernel, with the byte 0 at the end: 32 pages; execve(2).
constexpr std::size_t kLongestArgument = std::size_t{32} * 4096;

/// What all words and variables may have together; execve(2), "Limits on size of arguments".
std::size_t most_together() {
    constexpr std::size_t kMost = std::size_t{6} << 20;
    constexpr std::size_t kLeast = std::size_t{32} * 4096;
    rlimit stack{};
    if (::getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur == RLIM_INFINITY) return kMost;
    return std::clamp(static_cast<std::size_t>(stack.rlim_cur / 4), kLeast, kMost);
}

/// With the byte 0 and the pointer.
std::size_t cost_of(std::size_t length) {
    return length + 1 + sizeof(char*);
}

class LimitChecker {
  public:
    LimitChecker(const Plan& plan, const Environment& environment)
        : plan_(plan), environment_(environment), most_(most_together()) {
        for (const auto& [name, value] : environment) {
            inherited_ += cost_of(name.size() + 1 + value.size());
        }
    }

    std::vector<PreflightFailure> run() {
        for (current_ = 0; current_ < plan_.processes.size(); ++current_) {
            check_process(plan_.processes[current_]);
        }
        current_ = plan_.processes.size();
        check_links();
        check_regions();
        return std::move(failures_);
    }

  private:
    void fail(Place place, std::string message, std::string hint) {
        Diagnostic diagnostic;
        diagnostic.place = place;
        diagnostic.message = std::move(message);
        diagnostic.hint = std::move(hint);
        const bool link = current_ >= plan_.processes.size();
        failures_.push_back(
            {link ? -1 : static_cast<int>(current_), std::move(diagnostic), kOwnErrorStatus});
    }

    void check_process(const Process& process) {
        constexpr const char* kHint =
            "give it as a file, or by stdin: stdin = { text = \"..\" } has no limit";
        const Place place = process.command_place.known() ? process.command_place : process.place;
        std::size_t together = inherited_;
        for (const std::string& word : process.argv) {
            together += cost_of(word.size());
            if (word.size() < kLongestArgument) continue;
            fail(place,
                 "stage '" + process.name + "': an argument of " + std::to_string(word.size()) +
                     " bytes is too long; the kernel takes " + std::to_string(kLongestArgument - 1),
                 kHint);
            return;
        }
        for (const auto& [name, value] : process.env) {
            const std::size_t length = name.size() + 1 + value.size();
            together += cost_of(length);
            const auto replaced = environment_.find(name);
            if (replaced != environment_.end()) {
                together -= cost_of(name.size() + 1 + replaced->second.size());
            }
            if (length < kLongestArgument) continue;
            fail(place,
                 "stage '" + process.name + "': variable '" + name + "' has " +
                     std::to_string(value.size()) + " bytes, and the kernel takes " +
                     std::to_string(kLongestArgument - 2 - name.size()),
                 kHint);
            return;
        }
        if (together > most_) {
            fail(place,
                 "stage '" + process.name + "': its arguments and environment have " +
                     format_size(together) + ", and this system takes " + format_size(most_) +
                     " (a quarter of 'ulimit -s')",
                 kHint);
        }
    }

    void check_links() {
        std::map<const channel::Kind*, std::uint64_t> siblings;
        for (const Link& link : plan_.links) {
            ++siblings[link.kind];
        }
        for (const Link& link : plan_.links) {
            if (link.kind->check_limits == nullptr) continue;
            channel::Settings settings = link.settings;
            settings[std::string(channel::kSiblingsSetting)] = siblings[link.kind];
            try {
                link.kind->check_limits(settings);
            } catch (const SystemError& error) {
                fail(link.place, "channel '" + std::string(link.kind->name) + "': " + error.what(),
                     {});
            }
        }
    }

    void check_regions() {
        for (const SharedRegion& region : plan_.shared) {
            const auto [room, where] = room_for(region);
            const std::uint64_t wanted = region.size;
            if (wanted <= room) continue;
            fail(region.place,
                 "shared region '" + region.name + "' of " + format_size(wanted) +
                     " is too large: " + where + " " + format_size(room),
                 "a smaller `size`, or another `kind`");
        }
    }

    /// What there is for a region of its kind, and in words what that is.
    static std::pair<std::uint64_t, std::string> room_for(const SharedRegion& region) {
        if (region.kind == SharedRegion::Kind::sysv_shm) {
            return {read_number("/proc/sys/kernel/shmmax"),
                    "a segment has at most (/proc/sys/kernel/shmmax)"};
        }
        const std::string place =
            region.kind == SharedRegion::Kind::shm ? "/dev/shm" : channel::spool_folder();
        struct statvfs room {};
        if (::statvfs(place.c_str(), &room) != 0) {
            return {std::numeric_limits<std::uint64_t>::max(), {}};
        }
        return {static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize, "'" + place + "' has"};
    }

    static std::uint64_t read_number(const char* path) {
        const std::string text = read_small_file(path);
        std::uint64_t number = std::numeric_limits<std::uint64_t>::max();
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }

    const Plan& plan_;
    const Environment& environment_;
    std::size_t most_;
    std::size_t inherited_ = 0;
    std::size_t current_ = 0;
    std::vector<PreflightFailure> failures_;
};

}  // namespace

std::vector<PreflightFailure> check_limits(const Plan& plan, const Environment& environment) {
    return LimitChecker(plan, environment).run();
}

}  // namespace pipectl
