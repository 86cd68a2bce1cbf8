#pragma once

// What a run says while it goes on: texts on stderr, and a line for each event in a file.
//
// Either may have a reader that does not read, and the supervisor keeps the deadlines: it hands
// both to the front, which has nothing else to do, and never waits. Before the fork, in the front,
// and in a supervisor whose front was killed the words go straight to their outlets, which do not
// wait either.

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/process/outlet.hpp"
#include "orchestrator/run/front_words.hpp"
#include "stages/base/fd.hpp"

namespace pipectl {

class Teller {
  public:
    Teller();

    /// Lines of events go to this file, which is ours alone; `path` is for messages.
    void send_events_to(Fd file, std::string path);

    /// For people, on stderr. Ends with a newline unless it draws.
    void say(std::string_view text) noexcept;
    /// `pipectl: MESSAGE` and a newline.
    void complain(std::string_view message) noexcept;
    /// A line of the stream of events, where there is one.
    void tell_event(std::string_view line) noexcept;
    [[nodiscard]] bool has_events() const noexcept { return events_ != nullptr; }

    /// In the supervisor: from now on the front says it. `front_end` is the other end of the
    /// socket.
    void use_front(int socket, int front_end, int front_pidfd) noexcept;
    /// In the supervisor: the front was killed. Says what it has not taken.
    void replace_front() noexcept;
    /// In the supervisor: hands over what the front had no room for yet, and the last word. Waits
    /// for a front that was stopped.
    void finish(std::string_view result) noexcept;

    /// In the front: a word of the supervisor's for one of the two outlets.
    void pass_on(const FrontWord& word) noexcept;
    /// What stages say on their stderr.
    void pass_on_bytes(std::string_view bytes) noexcept;
    /// The outlets, to be waited for when they are stuck; the second may be null.
    [[nodiscard]] Outlet& on_stderr() noexcept { return *stderr_; }
    [[nodiscard]] Outlet* on_events() noexcept { return events_.get(); }
    /// Tries again to write what waits, and says what was lost.
    void push() noexcept;

    /// Gives what waits a last time, see Outlet::drain(), and drops the rest.
    void drain(std::chrono::milliseconds patience, const std::function<bool()>& enough) noexcept;

    /// The file of events has a gap, or no end.
    [[nodiscard]] bool has_lost_events() const noexcept { return events_lost_; }

  private:
    void hand_over(FrontWord::Kind kind, std::string_view payload) noexcept;
    bool send_kept() noexcept;
    void write_event(std::string_view line) noexcept;
    void lose_events(const std::string& why) noexcept;

    std::unique_ptr<Outlet> stderr_;
    Fd events_file_;
    std::string events_path_;
    std::unique_ptr<Outlet> events_;
    bool events_lost_ = false;
    int socket_ = -1;  ///< the supervisor's end; -1: words go straight to the outlets
    int front_end_ = -1;
    int front_pidfd_ = -1;
    std::deque<FrontWord> kept_;  ///< what the front, being stopped, had no room for
    std::size_t kept_bytes_ = 0;
};

}  // namespace pipectl
