#pragma once

// What the supervisor tells the front over the socket that both hold: packets of a kind and a
// payload. The other way go RelayedSignals; see front.hpp.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pipectl {

struct FrontWord {
    enum class Kind : char {
        text,    ///< for stderr
        event,   ///< a line for the stream of events
        settle,  ///< all stages have ended: pass on what they have said, and answer
        here,    ///< the supervisor was asked whether it is there
        result,  ///< its last word: a RunResult
    };
    Kind kind = Kind::text;
    std::string payload;
};

/// What fits into one packet.
constexpr std::size_t kLongestWord = 32768;

/// Does not wait: EAGAIN when the front has not read what was sent before. Returns 0 or errno.
int send_word(int socket, FrontWord::Kind kind, std::string_view payload) noexcept;

/// The next one that is there; does not wait.
std::optional<FrontWord> take_word(int socket);

}  // namespace pipectl
