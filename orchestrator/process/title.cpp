#include "orchestrator/process/title.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace pipectl {

namespace {

char* room = nullptr;
std::size_t room_size = 0;

}  // namespace

void keep_title_room(int argc, char** argv) noexcept {
    if (argc > 0) {
        room = argv[0];
        room_size = argv[argc - 1] - argv[0] + std::strlen(argv[argc - 1]);
    }
}

void set_shown_arguments(const std::vector<std::string>& words) noexcept {
    std::size_t used = room == nullptr ? 0 : std::min(std::strlen(room) + 1, room_size);
    for (const std::string& word : words) {
        const std::size_t length = std::min(word.size(), room_size - used);
        std::copy_n(word.data(), length, room + used);
        used += length;
        if (used < room_size) room[used++] = '\0';
    }
    std::fill(room + used, room + room_size, '\0');
}

void set_title(const std::string& title) noexcept {
    ::prctl(PR_SET_NAME, title.substr(0, 15).c_str());
    // The kernel shows what lies there, proc_pid_cmdline(5). The last byte stays 0: otherwise it
    // would read on into the environment.
    const std::size_t length = std::min(title.size(), room_size);
    std::copy_n(title.data(), length, room);
    std::fill(room + length, room + room_size, '\0');
}

}  // namespace pipectl
