#include "orchestrator/run/deadlines.hpp"

#include <csignal>
#include <string>

#include "orchestrator/run/signal_relay.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("what is due is done once, in the order of time", "[R31]") {
    const pipectl::Deadlines::Time zero{};
    pipectl::Deadlines deadlines;
    std::string done;
    deadlines.add(zero + 2s, [&] { done += 'b'; });
    deadlines.add(zero + 1s, [&] { done += 'a'; });
    deadlines.add(zero + 9s, [&] { done += 'z'; });
    CHECK(deadlines.next() == zero + 1s);
    deadlines.run_due(zero + 3s);
    deadlines.run_due(zero + 3s);
    CHECK(done == "ab");
    CHECK(deadlines.next() == zero + 9s);
}

TEST_CASE("the clock stands still while the run is stopped", "[R31]") {
    const pipectl::Deadlines::Time zero{};
    pipectl::Deadlines deadlines;
    bool done = false;
    deadlines.add(zero + 5s, [&] { done = true; });
    deadlines.stop(zero + 1s);
    deadlines.stop(zero + 2s);
    CHECK_FALSE(deadlines.next());
    deadlines.run_due(zero + 100s);
    CHECK_FALSE(done);
    deadlines.resume(zero + 101s);
    CHECK(deadlines.next() == zero + 105s);
}

TEST_CASE("an action may set a new deadline") {
    const pipectl::Deadlines::Time zero{};
    pipectl::Deadlines deadlines;
    deadlines.add(zero, [&] { deadlines.add(zero + 1s, [] {}); });
    deadlines.run_due(zero);
    CHECK(deadlines.next() == zero + 1s);
}

TEST_CASE("a signal to the whole group is not news when the front passes it on, once") {
    const pipectl::SignalRelay::Time now = pipectl::SignalRelay::Time{} + 1h;
    pipectl::SignalRelay relay;
    CHECK(relay.is_news(2, 0, now));
    CHECK(relay.own_copy(2, 0, now));
    CHECK(relay.is_news(15, 0, now));
    CHECK_FALSE(relay.is_confirmed(2));
    CHECK_FALSE(relay.is_news(2, 0, now + 1ms));
    CHECK(relay.is_confirmed(2));
    CHECK(relay.is_news(2, 0, now + 2ms));
    CHECK(relay.own_copy(2, 0, now));
    CHECK(relay.is_news(2, 0, now + 10s));
}

TEST_CASE("a signal to pipectl that its sender then sends to the group is one signal") {
    const pipectl::SignalRelay::Time now = pipectl::SignalRelay::Time{} + 1h;
    pipectl::SignalRelay relay;
    CHECK(relay.is_news(2, 77, now));
    CHECK_FALSE(relay.own_copy(2, 77, now + 1ms));
    CHECK_FALSE(relay.is_news(2, 77, now + 2ms));
    CHECK(relay.own_copy(2, 77, now + 3ms));
    // from another sender it is a second one
    CHECK_FALSE(relay.is_news(2, 77, now + 4ms));
    CHECK(relay.is_news(2, 77, now + 5ms));
    CHECK(relay.own_copy(2, 78, now + 6ms));
    CHECK(relay.own_copy(2, 0, now + 7ms));
}

TEST_CASE("a continue that a stop of the group has overtaken is not news, a second one is") {
    const pipectl::SignalRelay::Time now = pipectl::SignalRelay::Time{} + 1h;
    for (const bool stop_first : {false, true}) {
        const int first = stop_first ? SIGTSTP : SIGCONT;
        const int second = stop_first ? SIGCONT : SIGTSTP;
        pipectl::SignalRelay relay;
        CHECK(relay.own_copy(second, 0, now));  // it has discarded the own copy of the first
        CHECK_FALSE(relay.is_news(first, 77, now));
        CHECK_FALSE(relay.is_news(second, 0, now));
        CHECK(relay.is_news(first, 77, now));
        CHECK(relay.own_copy(second, 0, now));
        CHECK_FALSE(relay.is_news(first, 77, now));
        CHECK(relay.is_news(first, 77, now));
        CHECK(relay.is_news(second, 77, now));
    }
}
