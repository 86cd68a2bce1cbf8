#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "stages/base/error.hpp"
#include "stages/base/message_socket.hpp"
#include "stages/channel/ticket.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

struct Pair {
    Pair() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
        one = Fd(ends[0]);
        other = Fd(ends[1]);
    }
    Fd one, other;
};

int error_of_taking(int socket) {
    try {
        (void)channel::take_ticket(socket);
    } catch (const SystemError& error) {
        return error.code();
    }
    return 0;
}

}  // namespace

TEST_CASE("what is no ticket is refused and its descriptors are closed") {
    const Pair pair;
    PipeEnds pipe = make_pipe();
    const int passed = pipe.writer.get();
    for (const std::size_t size : {std::size_t{1}, std::size_t{64}, std::size_t{65536}}) {
        CAPTURE(size);
        REQUIRE(pass_message(pair.one.get(), std::string(size, 'x'), std::span(&passed, 1), 0));
        CHECK(error_of_taking(pair.other.get()) == EPROTO);
    }
    pipe.writer.reset();
    char byte = 0;
    CHECK(::read(pipe.reader.get(), &byte, 1) == 0);  // nobody has the writer's end any more
}

TEST_CASE("a socket without a ticket does not make its owner wait") {
    Pair pair;
    CHECK(error_of_taking(pair.other.get()) == EAGAIN);
    pair.one.reset();
    CHECK(error_of_taking(pair.other.get()) == EPROTO);
}

TEST_CASE("a ticket brings its numbers its text and its descriptors") {
    channel::Ticket ticket;
    ticket.kind = "shm";
    ticket.numbers[7] = 77;
    ticket.text = "/run/x";
    PipeEnds pipe = make_pipe();
    ticket.objects.push_back(std::move(pipe.writer));
    const channel::TicketEnds ends = make_ticket_ends(ticket, {});
    const channel::Ticket taken = channel::take_ticket(ends.writer.get());
    CHECK(taken.kind == "shm");
    CHECK(taken.numbers[7] == 77);
    CHECK(taken.text == "/run/x");
    REQUIRE(taken.objects.size() == 1);
    REQUIRE(::write(taken.objects[0].get(), "!", 1) == 1);
    char byte = 0;
    REQUIRE(::read(pipe.reader.get(), &byte, 1) == 1);
}
