#include "orchestrator/cli/progress.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string_view>

#include "orchestrator/report/progress.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

namespace {

/// Runs that are over by then show nothing.
constexpr double kFirst = 0.25;  // seconds
constexpr double kBetweenBlocks = 0.1;
constexpr double kBetweenLines = 1.0;
constexpr double kWindow = 1.5;

bool takes_text() {
    pollfd end{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&end, 1, 0) > 0 && (end.revents & POLLOUT) != 0;
}

/// Neither another job nor a program in a mode of its own has the terminal.
bool terminal_is_ours() {
    termios modes{};
    const pid_t in_front = ::tcgetpgrp(STDERR_FILENO);  // none: it is not our controlling one
    return (in_front < 0 || in_front == ::getpgrp()) && ::tcgetattr(STDERR_FILENO, &modes) == 0 &&
           (modes.c_lflag & ICANON) != 0;
}

/// Null when there is no memory.
std::shared_ptr<std::atomic<bool>> shared_flag() {
    using Flag = std::atomic<bool>;
    static_assert(Flag::is_always_lock_free);
    void* const place =
        ::mmap(nullptr, sizeof(Flag), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) {
        return nullptr;
    }
    return {new (place) Flag(false), [](Flag* flag) { ::munmap(flag, sizeof(Flag)); }};
}

bool can_move_its_cursor() {
    const char* const name = std::getenv("TERM");
    return name == nullptr || std::string_view(name) != "dumb";
}

}  // namespace

Progress::Progress(const std::string& choice, bool quiet) : owner_(::getpid()) {
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && can_move_its_cursor();
    if (choice == "always" || (choice == "auto" && terminal && !quiet)) {
        form_ = terminal ? Form::block : Form::lines;
    }
    if (form_ == Form::block) {
        drawn_ = shared_flag();
        form_ = drawn_ ? form_ : Form::lines;
    }
}

bool Progress::due(double time_s) const {
    const double between = form_ == Form::block ? kBetweenBlocks : kBetweenLines;
    return on() && time_s >= kFirst && (shown_s_ < 0 || time_s - shown_s_ >= between);
}

void Progress::show(Summary summary, double time_s, const Sampled& seen) {
    window_.push_back({time_s, seen});
    while (window_.size() > 2 && window_[1].at_s <= time_s - kWindow) {
        window_.pop_front();
    }
    if (!due(time_s) || !takes_text()) {
        return;
    }
    shown_s_ = time_s;
    summary.wall_s = time_s;
    summary.moments = {window_.front(), window_.back()};
    if (form_ == Form::lines) {
        write_all(STDERR_FILENO, progress_line(summary) + "\n");
    } else if (terminal_is_ours()) {
        draw(summary);
    }
}

/// One write, so that nothing of a stage's comes in between. The cursor goes back to the line above
/// the block: what a stage writes meanwhile starts there, on an empty line.
void Progress::draw(const Summary& summary) {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const std::size_t columns = known ? size.ws_col : 80;
    const std::size_t rows = known && size.ws_row > 0 ? size.ws_row : 24;
    const auto lines = progress_block(summary, columns - 1, std::max<std::size_t>(rows, 3) - 2);
    std::string text = "\r\x1b[J";
    for (const std::string& line : lines) {
        text += "\n" + line;
    }
    text += "\r\x1b[" + std::to_string(lines.size()) + "A";
    write_all(STDERR_FILENO, text);
    *drawn_ = true;
}

void Progress::clear() {
    if (!drawn_ || !drawn_->exchange(false) || !takes_text()) {
        return;
    }
    // The front was killed: the shell has the terminal, and its prompt stands above the block.
    const bool orphan = ::getpid() != owner_ && ::getppid() != owner_;
    if (orphan) {
        write_all(STDERR_FILENO, "\x1b[J");
    } else if (terminal_is_ours()) {
        write_all(STDERR_FILENO, "\r\x1b[J");
    }
}

}  // namespace pipectl
