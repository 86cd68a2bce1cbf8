#include "orchestrator/cli/live_display.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "orchestrator/command/colour.hpp"
#include "orchestrator/text/width.hpp"

namespace pipectl {

namespace {

/// Runs that are over by then show nothing.
constexpr double kFirst = 0.25;  // seconds
constexpr double kBetweenBlocks = 0.1;
constexpr double kBetweenOthers = 1.0;
constexpr std::size_t kLongestTitle = 120;

bool takes_text() {
    pollfd end{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&end, 1, 0) > 0 && (end.revents & POLLOUT) != 0;
}

/// No other job has it.
bool has_terminal() {
    const pid_t in_front = ::tcgetpgrp(STDERR_FILENO);  // none: it is not our controlling one
    return in_front < 0 || in_front == ::getpgrp();
}

/// No program has it for itself: an editor, a pager, a question for a password.
bool is_in_usual_mode() {
    termios modes{};
    return ::tcgetattr(STDERR_FILENO, &modes) == 0 && (modes.c_lflag & ICANON) != 0 &&
           (modes.c_lflag & ECHO) != 0;
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

}  // namespace

LiveDisplay::LiveDisplay(const std::string& choice, bool quiet, bool shared, Teller& teller)
    : teller_(teller), skills_(own_terminal_skills()), owner_(::getpid()) {
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    if (choice == "never" || (choice == "auto" && (!terminal || quiet))) {
        return;
    }
    if (terminal && skills_.moves) {
        form_ = !shared ? Form::block : skills_.title ? Form::title : Form::none;
        drawn_ = shared_flag();
        form_ = drawn_ ? form_ : Form::none;
    } else if (choice == "always") {
        form_ = Form::lines;
    }
}

double LiveDisplay::between_s() const {
    return form_ == Form::block ? kBetweenBlocks : kBetweenOthers;
}

bool LiveDisplay::due(double time_s) const {
    return on() && time_s >= kFirst && (shown_s_ < 0 || time_s - shown_s_ >= between_s());
}

void LiveDisplay::show(const Picture& picture, double time_s) {
    if (!takes_text()) {
        return;
    }
    shown_s_ = time_s;
    if (form_ == Form::lines) {
        teller_.say(picture.line() + "\n");
    } else if (has_terminal() && is_in_usual_mode() && (!picture.allowed || picture.allowed())) {
        const std::string text = drawn(picture);
        *drawn_ = true;  // before it is: whoever is killed in between leaves it to the other one
        teller_.say(text);
    }
}

std::string LiveDisplay::drawn(const Picture& picture) const {
    if (form_ == Form::title) {
        return set_title(cut_to_width(picture.title(), kLongestTitle), picture.percent,
                         skills_.mark, *drawn_);
    }
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const std::size_t columns = known ? size.ws_col : 80;
    const std::size_t rows = known && size.ws_row > 0 ? size.ws_row : 24;
    return draw_block(picture.block(columns - 1, std::max<std::size_t>(rows, 3) - 2), *drawn_);
}

void LiveDisplay::clear() {
    if (!drawn_ || !*drawn_ || !takes_text()) {
        return;
    }
    // when the front was killed the shell has the terminal, and there is nobody else to do it
    const bool orphan = ::getpid() != owner_ && ::getppid() != owner_;
    if ((orphan || has_terminal()) && drawn_->exchange(false)) {
        teller_.say(form_ == Form::title ? restore_title(skills_.mark) : erase_block());
    }
}

}  // namespace pipectl
