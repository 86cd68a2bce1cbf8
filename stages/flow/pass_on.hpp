#pragma once

// Standard input to an output, with somebody who looks at what passes: a recording, a tap,
// a stream that is kept.
//
// From pipe to pipe the bytes are doubled by tee(2) before they are read, so that the reader gets
// them without a copy; where nobody wants to see them they are only moved, by splice(2).

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <string_view>
#include <vector>

#include "stages/flow/output.hpp"

namespace pipectl::helper {

/// Who looks.
class Onlooker {
  public:
    /// Asked before each piece.
    virtual bool wants_bytes() = 0;
    virtual void see(std::string_view bytes) = 0;
    /// So many have passed unseen.
    virtual void miss(std::size_t bytes) = 0;

  protected:
    ~Onlooker() = default;
};

class PassOn {
  public:
    enum class End { ended, left, signalled };

    explicit PassOn(Onlooker& onlooker, int output = STDOUT_FILENO);

    /// Until the input ends, the reader leaves, or a signal asks for the end: signals come while it
    /// waits and at no other time. Throws SystemError.
    End run();

    /// As the signal does that was the end.
    [[noreturn]] static void die_of_signal();

  private:
    bool pass_some();
    bool double_some();
    bool move_some();
    bool copy_some();
    std::size_t read_some(std::size_t most);
    void wait(int in, short events);
    bool pause_after(int error);

    Onlooker& onlooker_;
    Output out_;
    bool between_pipes_;
    std::vector<char> block_;
    sigset_t waiting_mask_{};
};

}  // namespace pipectl::helper
