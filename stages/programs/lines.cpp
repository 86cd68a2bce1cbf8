// lines: the lines of several inputs to standard output as they come, none of them torn.

#include <algorithm>

#include "stages/flow/jobs.hpp"
#include "stages/flow/line_input.hpp"
#include "stages/flow/line_queue.hpp"
#include "stages/flow/readers.hpp"
#include "stages/flow/waiting.hpp"

namespace pipectl::helper {

namespace {

class Merger {
  public:
    explicit Merger(const std::vector<int>& inputs) {
        for (const int fd : inputs) {
            inputs_.emplace_back(fd);
        }
    }

    void run() {
        while (!inputs_.empty() || !out_.empty()) {
            bool moved = false;
            for (LineInput& in : inputs_) {
                moved = take(in) || moved;
            }
            // closed at once: a writer that goes on regardless is told so by SIGPIPE
            std::erase_if(inputs_, [](const LineInput& in) {
                const bool done = in.ended() && in.lines().empty();
                if (done) Fd(in.fd()).reset();
                return done;
            });
            moved = out_.flush() || moved;
            look(0);
            if (!moved && !(inputs_.empty() && out_.empty())) wait();
        }
    }

  private:
    bool take(LineInput& in) {
        if (out_.full()) return false;
        const bool moved = in.read_some();
        const std::string_view lines = in.lines();
        out_.add(lines);
        in.consume(lines.size());
        return moved;
    }

    void look(short events) {
        out_.look(events);
        if (out_.out().gone()) end_without_readers();
    }

    void wait() {
        waiting_.clear();
        waiting_.add(out_.out().fd(), out_.empty() ? 0 : POLLOUT);
        if (!out_.full()) {
            for (const LineInput& in : inputs_) {
                waiting_.add(in.fd(), POLLIN);
            }
        }
        waiting_.wait();
        look(waiting_.events(0));
    }

    std::vector<LineInput> inputs_;
    LineQueue out_{1};
    Waiting waiting_;
};

}  // namespace

int run(const job::Lines& what) {
    watch_readers();
    Merger(what.inputs).run();
    return 0;
}

}  // namespace pipectl::helper
