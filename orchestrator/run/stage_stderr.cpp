#include "orchestrator/run/stage_stderr.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <iterator>
#include <utility>

#include "orchestrator/run/teller.hpp"
#include "stages/base/error.hpp"

namespace pipectl {

namespace {

/// What is read at once: as much as a pipe holds.
constexpr std::size_t kBlock = 1 << 16;
/// Above so many stages each has a pipe of one page: the kernel grants a user 1,024 whole ones.
/// Words are kept where so many descriptors for each process are no more than the limit.
constexpr std::size_t kShareOfFiles = 4;
constexpr std::size_t kManyStages = 200;
constexpr int kSmallPipe = 4096;
/// A line without an end is shown in pieces of this size.
constexpr std::size_t kLongestLine = 8192;
constexpr std::size_t kTailRoom = 8192;

/// stdout and stderr go to the same place, in an order that the caller may rely on.
bool are_joined() {
    struct stat out {};
    struct stat err {};
    if (::fstat(STDOUT_FILENO, &out) != 0 || ::fstat(STDERR_FILENO, &err) != 0) {
        return false;
    }
    const bool null = S_ISCHR(err.st_mode) && err.st_rdev == makedev(1, 3);
    return !null && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

bool says_something_of_its_own(const Process& process) {
    return process.role == Role::stage && !process.detach &&
           std::ranges::any_of(process.descriptors, [](const Descriptor& descriptor) {
               return descriptor.what == Descriptor::What::inherited &&
                      descriptor.index == STDERR_FILENO;
           });
}

/// "08:15:00.123"
std::string time_of_day() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    ::localtime_r(&now.tv_sec, &parts);
    char text[16];
    const std::size_t length = std::strftime(text, sizeof text, "%H:%M:%S", &parts);
    std::string millis = std::to_string(now.tv_nsec / 1000000);
    return std::string(text, length) + "." + std::string(3 - millis.size(), '0') + millis;
}

}  // namespace

/// A ring of the last bytes. Written by the front; read by the supervisor, who sees from `claimed`
/// what may have been overwritten while it looked.
struct StageStderr::Tail {
    std::atomic<std::size_t> claimed;
    std::atomic<std::size_t> written;
    char bytes[kTailRoom];

    void add(std::string_view text) noexcept {
        const std::size_t all = text.size();
        claimed += all;
        text.remove_prefix(text.size() - std::min(text.size(), kTailRoom));
        std::size_t at = (written + all - text.size()) % kTailRoom;
        for (const char c : text) {
            bytes[at] = c;
            at = at + 1 == kTailRoom ? 0 : at + 1;
        }
        written += all;
    }

    /// The bytes up to `end`, which is set.
    [[nodiscard]] std::string text(std::size_t& end) const {
        end = written;
        std::string all;
        for (std::size_t i = end - std::min(end, kTailRoom); i < end; ++i) {
            all += bytes[i % kTailRoom];
        }
        const std::size_t overwritten = claimed - end;
        const std::size_t spare = kTailRoom - all.size();
        all.erase(0, overwritten - std::min(overwritten, spare));
        return all;
    }
};

StageStderr::StageStderr(const Plan& plan, Prefix prefix) : prefix_(prefix) {
    const bool prefixed = prefix != Prefix::none;
    if (!prefixed && (::isatty(STDERR_FILENO) == 1 || are_joined())) {
        return;
    }
    // The run's own channels need descriptors first; a large run says its words as a shell's does.
    rlimit limit{};
    if (!prefixed && ::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        kShareOfFiles * plan.processes.size() > limit.rlim_cur) {
        return;
    }
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        if (says_something_of_its_own(plan.processes[i])) {
            pipes_.push_back({static_cast<int>(i), plan.processes[i].name, make_pipe(), {}, 0});
        }
    }
    if (pipes_.empty()) {
        return;
    }
    if (pipes_.size() > kManyStages) {
        for (const Pipe& pipe : pipes_) {
            ::fcntl(pipe.ends.writer.get(), F_SETPIPE_SZ, kSmallPipe);
        }
    }
    // zeros, and no memory before something is written to it
    void* const place = ::mmap(nullptr, shared_size(), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) {
        throw SystemError("cannot make memory for what stages say", errno);
    }
    stirred_ = static_cast<std::atomic<bool>*>(place);
    tails_ = reinterpret_cast<Tail*>(static_cast<char*>(place) + sizeof(Tail));
}

/// The flag has a place of its own in front: one page tells that nobody has said anything.
std::size_t StageStderr::shared_size() const noexcept {
    return (1 + pipes_.size()) * sizeof(Tail);
}

StageStderr::~StageStderr() {
    if (stirred_ != nullptr) {
        ::munmap(stirred_, shared_size());
    }
}

StageStderr::StageStderr(StageStderr&& other) noexcept
    : prefix_(other.prefix_),
      pipes_(std::move(other.pipes_)),
      stirred_(std::exchange(other.stirred_, nullptr)),
      tails_(std::exchange(other.tails_, nullptr)) {}

int StageStderr::writer_for(int process) const noexcept {
    const auto found = std::ranges::lower_bound(pipes_, process, {}, &Pipe::process);
    return found != pipes_.end() && found->process == process ? found->ends.writer.get() : -1;
}

void StageStderr::watch(std::vector<pollfd>& polled) const {
    for (const Pipe& pipe : pipes_) {
        polled.push_back({pipe.ends.reader.get(), POLLIN, 0});
    }
}

void StageStderr::take(const pollfd* polled, Teller& teller) {
    for (std::size_t i = 0; i < pipes_.size(); ++i) {
        if ((polled[i].revents & POLLIN) != 0) {
            take_one(i, teller);
        }
    }
}

void StageStderr::take_all(Teller& teller) {
    std::vector<pollfd> polled;
    watch(polled);
    // a process that was left to itself may go on writing: a few rounds hold what a pipe holds
    constexpr int kRounds = 4;
    for (int round = 0; round<kRounds&& ::poll(polled.data(), polled.size(), 0)> 0; ++round) {
        take(polled.data(), teller);
    }
    for (Pipe& pipe : pipes_) {
        if (!pipe.line.empty()) {
            pass_on_lines(pipe, "\n", teller);
        }
    }
}

bool StageStderr::take_one(std::size_t index, Teller& teller) {
    static char block[kBlock];  // a frame of that size would touch all its pages at entry
    Pipe& pipe = pipes_[index];
    *stirred_ = true;  // before the bytes leave the pipe: see stirred()
    // nobody else reads it, so this does not wait after poll(2) has promised something
    const ssize_t got = ::read(pipe.ends.reader.get(), block, sizeof block);
    if (got <= 0) {
        return false;
    }
    const std::string_view bytes(block, got);
    tails_[index].add(bytes);
    if (prefix_ != Prefix::none) {
        pass_on_lines(pipe, bytes, teller);
    } else {
        teller.pass_on_bytes(bytes);
    }
    return true;
}

/// "08:15:00.123 stage | ". Stages that stand beside each other differ in colour.
std::string StageStderr::head_of(const Pipe& pipe) const {
    if (prefix_ != Prefix::coloured) {
        return time_of_day() + " " + pipe.name + " | ";
    }
    constexpr std::string_view kColours[] = {"36", "35", "33", "32", "34"};
    const std::string_view colour = kColours[pipe.process % std::size(kColours)];
    return "\x1b[2m" + time_of_day() + "\x1b[0m \x1b[" + std::string(colour) + "m" + pipe.name +
           " |\x1b[0m ";
}

void StageStderr::pass_on_lines(Pipe& pipe, std::string_view bytes, Teller& teller) {
    const std::string head = head_of(pipe);
    std::string text;
    for (const char c : bytes) {
        if (c != '\n') {
            pipe.line += c;
        }
        if (c == '\n' || pipe.line.size() == kLongestLine) {
            text += head + pipe.line + "\n";
            pipe.line.clear();
        }
    }
    if (!text.empty()) {
        teller.pass_on_bytes(text);
    }
}

bool StageStderr::stirred() const noexcept {
    std::vector<pollfd> polled;
    watch(polled);
    // first what waits, then what was taken: between the two the front may take, and tell
    if (::poll(polled.data(), polled.size(), 0) > 0) {
        return true;
    }
    return stirred_ != nullptr && stirred_->load();
}

const StageStderr::Tail* StageStderr::tail_of(int process) const noexcept {
    const auto found = std::ranges::lower_bound(pipes_, process, {}, &Pipe::process);
    return found == pipes_.end() || found->process != process ? nullptr
                                                              : tails_ + (found - pipes_.begin());
}

std::optional<StageStderr::Words> StageStderr::words(int process) const {
    const Tail* const tail = tail_of(process);
    if (tail == nullptr) {
        return std::nullopt;
    }
    std::size_t end = 0;
    const std::string text = tail->text(end);
    Words words;
    std::size_t at = 0;
    if (text.size() < end) {
        const std::size_t newline = text.find('\n');  // of a line that begins before what is kept
        at = newline == std::string::npos ? 0 : newline + 1;
    }
    for (std::size_t newline = 0; (newline = text.find('\n', at)) != std::string::npos;
         at = newline + 1) {
        words.lines.push_back({end - text.size() + newline + 1, text.substr(at, newline - at)});
    }
    words.begun = {end, text.substr(at)};
    return words;
}

std::string StageStderr::tail(int process, int lines) const {
    const Tail* const kept = tail_of(process);
    if (kept == nullptr) {
        return {};
    }
    std::size_t end = 0;
    std::string text = kept->text(end);
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    std::size_t start = text.size();
    for (int line = 0; line < lines && start != std::string::npos && start > 0; ++line) {
        start = text.rfind('\n', start - 1);
    }
    return start == std::string::npos || start == 0 ? text : text.substr(start + 1);
}

}  // namespace pipectl
