// What a bridge promises of the bytes that went through messages: all of them, unchanged, or an
// error.

#include "stages/channel/message.hpp"

#include <algorithm>
#include <deque>
#include <string>

#include "stages/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace pipectl::channel;
using Catch::Matchers::ContainsSubstring;

namespace {

using Messages = std::deque<std::string>;

/// A queue in memory that both ends hold.
class MemoryPort : public MessagePort {
  public:
    explicit MemoryPort(Messages& queue) : queue_(queue) {}
    [[nodiscard]] std::size_t room() const override { return 64; }
    void send(std::span<const char> message) override {
        queue_.emplace_back(message.begin(), message.end());
    }
    std::size_t receive(std::span<char> room) override {
        const std::string message = queue_.front();
        queue_.pop_front();
        std::copy(message.begin(), message.end(), room.begin());
        return message.size();
    }

  private:
    Messages& queue_;
};

/// "first" and "second" as two messages, and the end.
Messages sent() {
    Messages queue;
    MessageSender sender(std::make_unique<MemoryPort>(queue));
    for (const std::string text : {"first", "second"}) {
        std::copy(text.begin(), text.end(), sender.reserve(text.size()).begin());
        sender.commit(text.size(), false);
    }
    sender.finish();
    return queue;
}

std::string received(Messages queue) {
    MessageReceiver receiver(std::make_unique<MemoryPort>(queue));
    std::string all;
    for (;;) {
        const Piece piece = receiver.peek();
        if (piece.bytes.empty()) return all;
        all.append(piece.bytes.begin(), piece.bytes.end());
        receiver.release(piece.bytes.size());
    }
}

}  // namespace

TEST_CASE("bytes that messages have lost or changed are found at the end", "[R16]") {
    CHECK(received(sent()) == "firstsecond");
    Messages changed = sent();
    changed[1].back() = '?';
    CHECK_THROWS_WITH(received(changed), ContainsSubstring("has lost data"));
    Messages lost = sent();
    lost.erase(lost.begin() + 1);
    CHECK_THROWS_WITH(received(lost), ContainsSubstring("11 bytes were sent and 5 arrived"));
    Messages swapped = sent();
    std::swap(swapped[0], swapped[1]);
    CHECK_THROWS_AS(received(swapped), SystemError);
}
