#pragma once

// A process that gets blocks of lines on its standard input and writes to us: one of several that
// run the same program.
//
// Its ends are pipes, as in a shell's pipeline. It is killed when we are (PR_SET_PDEATHSIG), and
// has nothing of ours open beside its ends.

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "stages/base/fd.hpp"

namespace pipectl::helper {

/// What is executed, made ready before anything is started: after that no memory is allocated.
class ReplicaCommand {
  public:
    /// `ignored`: the signals that it starts with ignored, of those that we have changed.
    ReplicaCommand(std::string file, std::vector<std::string> words,
                   std::vector<std::string> environment, bool join_stderr,
                   std::vector<int> ignored);
    ReplicaCommand(const ReplicaCommand&) = delete;  // it has pointers into itself
    ReplicaCommand& operator=(const ReplicaCommand&) = delete;

    /// The process's standard descriptors are `in` and `out`, borrowed; its signal mask is `mask`.
    /// Throws SystemError when it cannot be executed.
    [[nodiscard]] pid_t start(int in, int out, const sigset_t& mask) const;

  private:
    struct Ends {
        int in;
        int out;
        const sigset_t* mask;
    };
    pid_t execute(const char* file, const std::vector<char*>& words, const Ends& ends,
                  int& failed) const;

    std::string file_;
    std::vector<std::string> words_;
    std::vector<std::string> environment_;
    std::vector<char*> argv_;         ///< of `words_`, with a null at the end
    std::vector<char*> script_argv_;  ///< of a script without a first line: a shell's
    std::vector<char*> envp_;
    bool join_stderr_;
    std::vector<int> ignored_;
};

class Replica {
  public:
    explicit Replica(const ReplicaCommand& command) : command_(&command) {}

    /// Starts a process. There is none. Throws SystemError.
    void start(const sigset_t& mask, std::size_t pipe_size);

    [[nodiscard]] bool runs() const { return pid_ > 0; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// -1: closed. For poll(2).
    [[nodiscard]] int in() const { return in_.get(); }
    [[nodiscard]] int out() const { return out_.get(); }

    /// Lines for its input; what it had is gone.
    void give(std::string_view lines);
    [[nodiscard]] bool has_all() const { return given_.size() == sent_; }
    /// Writes what goes without waiting; true when something went. Closes the input when the
    /// process has closed it. Throws SystemError.
    bool feed();
    /// The end of its data.
    void end_input() { in_.reset(); }
    /// The lines of which it has seen nothing; they are taken away.
    std::string take_unseen();

    /// Reads what is there, at most `room` bytes; nothing when that would wait, and at the end,
    /// which closes the output. Valid until the next call. Throws SystemError.
    std::string_view take_output(std::size_t room);

    /// It has ended and was waited for.
    void ended() { pid_ = -1; }

  private:
    const ReplicaCommand* command_;
    pid_t pid_ = -1;
    Fd in_;
    Fd out_;
    std::string given_;
    std::size_t sent_ = 0;
    std::vector<char> buffer_;
};

}  // namespace pipectl::helper
