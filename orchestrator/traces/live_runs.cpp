#include "orchestrator/traces/live_runs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "orchestrator/traces/control_wire.hpp"
#include "orchestrator/traces/run_folder.hpp"
#include "stages/base/error.hpp"
#include "stages/objects/object_name.hpp"

namespace pipectl {

namespace {

constexpr int kPatienceMs = 1000;
/// A run that has no room for one more asker makes some, and hangs up.
constexpr int kTries = 5;
constexpr std::size_t kLongestRecord = 64 << 20;

/// Where this user's runs put their folders, also those of other sessions; see run_folder.hpp.
std::set<std::string> places() {
    std::set<std::string> found = {"/run/user/" + std::to_string(::geteuid())};
    for (const std::string& place : shared_run_places()) {
        found.insert(place);
    }
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && runtime[0] == '/') found.insert(runtime);
    return found;
}

Fd connect_to_conductor(const LiveRun& run) {
    for (const std::string& place : places()) {
        Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        unsigned size = 0;
        const sockaddr_un address = control::items_address(run.run, place, size);
        if (socket &&
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) {
            return control::is_trusted_peer(socket.get()) ? std::move(socket) : Fd();
        }
    }
    return {};
}

Fd connect_to(const LiveRun& run) {
    if (run.folder.empty()) return connect_to_conductor(run);
    const Fd folder(::open(run.folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!folder || ::fstat(folder.get(), &info) != 0 || info.st_uid != ::geteuid()) return {};
    Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = control::address_in(folder.get());
    // of a local socket: done at once, or refused (EAGAIN: too many at the moment)
    if (!socket ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return control::is_trusted_peer(socket.get()) ? std::move(socket) : Fd();
}

bool has_answered(int socket) {
    pollfd watched{socket, POLLIN, 0};
    return ::poll(&watched, 1, kPatienceMs) > 0;
}

/// One packet with what came with it. False when the run hung up.
bool receive(int socket, std::string& text, Fd& descriptor) {
    char buffer[control::kLongestPacket];
    iovec data{buffer, sizeof buffer};
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = static_cast<char*>(space);
    message.msg_controllen = sizeof space;
    const ssize_t got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got <= 0) return false;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int))) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(header), sizeof number);
        descriptor.reset(number);
    }
    text.assign(static_cast<const char*>(buffer), got);
    return true;
}

}  // namespace

std::vector<LiveRun> find_live_runs() {
    struct Found {
        LiveRun run;
        time_t since;
    };
    std::vector<Found> found;
    for (const std::string& place : places()) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(place, error)) {
            const std::string name = entry.path().filename().string();
            struct stat info {};
            if (!channel::is_object_name(name) || ::lstat(entry.path().c_str(), &info) != 0 ||
                !S_ISDIR(info.st_mode)) {
                continue;
            }
            const std::string socket = entry.path().string() + "/" + control::kSocketName;
            const bool own = info.st_uid == ::geteuid();
            if (own && ::access(socket.c_str(), F_OK) != 0) continue;  // not yet, or no longer
            found.push_back({{name.substr(name.rfind('.') + 1), entry.path().string(), info.st_uid},
                             info.st_mtime});
        }
    }
    std::ranges::sort(found, [](const Found& left, const Found& right) {
        const bool left_own = left.run.owner == ::geteuid();
        const bool right_own = right.run.owner == ::geteuid();
        return left_own != right_own ? left_own : left.since > right.since;
    });
    std::vector<LiveRun> runs;
    for (const std::string& place : places()) {
        for (std::string& run : control::find_conducted(place)) {
            LiveRun whole{std::move(run), "", ::geteuid()};
            if (connect_to(whole)) runs.push_back(std::move(whole));
        }
    }
    for (Found& one : found) {
        runs.push_back(std::move(one.run));
    }
    return runs;
}

std::optional<ControlAnswer> ask_run(const LiveRun& run, const std::string& request) {
    return RunConversation(run).ask(request);
}

std::optional<ControlAnswer> RunConversation::ask(const std::string& request) {
    for (int i = 0; i < kTries; ++i) {
        if (!socket_) socket_ = connect_to(run_);
        // what cannot be sent any more may have been answered all the same: its last words
        if (!socket_ || (!control::send_packet(socket_.get(), request, -1) && errno != EPIPE)) {
            socket_.reset();
            if (::access(run_.folder.c_str(), F_OK) != 0) break;
            continue;
        }
        if (!has_answered(socket_.get())) break;
        std::string text;
        ControlAnswer answer;
        if (!receive(socket_.get(), text, answer.descriptor)) {
            socket_.reset();
            continue;
        }
        constexpr std::string_view kError = "error ";
        if (text.starts_with(kError)) {
            answer.error = text.substr(kError.size());
        } else if (text == "end") {
            answer.last = true;
        } else if (text != "ok") {
            answer.error = "it speaks another version of pipectl";
        }
        return answer;
    }
    return std::nullopt;
}

std::optional<std::string> text_of(const ControlAnswer& answer) {
    struct stat info {};
    const int file = answer.descriptor.get();
    if (file < 0 || ::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        return std::nullopt;
    }
    ::lseek(file, 0, SEEK_SET);
    return read_all(file, kLongestRecord, "what a run said");
}

std::optional<std::string> ask_record(const LiveRun& run) {
    const auto answer = ask_run(run, "record");
    return answer && answer->error.empty() ? text_of(*answer) : std::nullopt;
}

}  // namespace pipectl
