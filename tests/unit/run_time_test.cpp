#include <csignal>

#include "orchestrator/director/agenda.hpp"
#include "orchestrator/run/run_clock.hpp"
#include "orchestrator/run/signal_relay.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("what is due is taken once, in the order of time", "[R31]") {
    pipectl::Agenda<char> agenda;
    agenda.add(2s, 'b');
    agenda.add(1s, 'a');
    agenda.add(9s, 'z');
    CHECK(agenda.next() == pipectl::RunTime(1s));
    CHECK(agenda.take_due(3s) == 'a');
    CHECK(agenda.take_due(3s) == 'b');
    CHECK_FALSE(agenda.take_due(3s));
    CHECK(agenda.next() == pipectl::RunTime(9s));
}

TEST_CASE("the clock stands still while the run is stopped", "[R31]") {
    const pipectl::RunClock::Time zero{};
    pipectl::RunClock clock(zero);
    clock.stop(zero + 1s);
    clock.stop(zero + 2s);
    CHECK(clock.at(zero + 100s) == pipectl::RunTime(1s));
    CHECK_FALSE(clock.when(5s));
    clock.resume(zero + 101s);
    clock.resume(zero + 102s);
    CHECK(clock.at(zero + 103s) == pipectl::RunTime(3s));
    CHECK(clock.when(5s) == zero + 105s);
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
