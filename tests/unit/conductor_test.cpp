// Hosts of a run as a table: what was heard, and what is to be done about it.

#include "orchestrator/hosts/conductor.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace pipectl::hosts;
using namespace std::chrono_literals;

namespace {

std::string word(const Deed& what) {
    struct Namer {
        std::string operator()(const deed::Wire&) const { return "wire"; }
        std::string operator()(const deed::Start&) const { return "start"; }
        std::string operator()(const deed::GiveUp&) const { return "give up"; }
        std::string operator()(const deed::Lose& of) const {
            return "lose " + std::to_string(of.host);
        }
        std::string operator()(const deed::Prepare&) const { return "prepare"; }
        std::string operator()(const deed::Commit&) const { return "commit"; }
        std::string operator()(const deed::RollBack&) const { return "roll back"; }
        std::string operator()(const deed::Bye& of) const {
            return "bye " + std::to_string(of.host);
        }
        std::string operator()(const deed::Finished& of) const {
            std::string text = of.committed ? "new" : "old";
            for (const int host : of.unknown) {
                text += " but " + std::to_string(host);
            }
            return text;
        }
    };
    return std::visit(Namer(), what);
}

struct Table {
    Conductor conductor{{"here", "a", "b"}, 10s, 60s};
    HostTime now{};

    std::string hears(const Heard& what) {
        std::string all;
        for (const Deed& each : conductor.on(now, what)) {
            all += (all.empty() ? "" : ", ") + word(each);
        }
        return all;
    }
    std::string passes(HostTime time) {
        now += time;
        return hears(heard::TimePassed{});
    }
    Table& starts() {
        for (const int host : {1, 2}) {
            hears(heard::Ready{host});
        }
        for (const int host : {1, 2}) {
            hears(heard::Wired{host});
        }
        return *this;
    }
    Table& prepares() {
        starts();
        hears(heard::RunOver{true});
        return *this;
    }
    Table& commits() {
        prepares();
        for (const int host : {0, 1, 2}) {
            hears(heard::Prepared{host, true});
        }
        return *this;
    }
};

}  // namespace

TEST_CASE("nothing starts before all hosts have looked and are wired") {
    Table table;
    CHECK(table.hears(heard::Ready{1}).empty());
    CHECK(table.hears(heard::Ready{2}) == "wire");
    CHECK(table.hears(heard::Wired{2}).empty());
    CHECK_FALSE(table.conductor.started());
    CHECK(table.hears(heard::Wired{1}) == "start");
    CHECK(table.conductor.state(1) == HostState::running);
}

TEST_CASE("a host refuses: the others are heard first, and nothing is started") {
    Table table;
    CHECK(table.hears(heard::Refused{1}).empty());
    CHECK(table.hears(heard::Ready{2}) == "give up");
    CHECK(table.conductor.finished());
    CHECK_FALSE(table.conductor.started());
}

TEST_CASE("a host that is not there in time: it is named, and nothing is started") {
    Table table;
    table.hears(heard::Ready{1});
    CHECK(table.passes(59s).empty());
    CHECK(table.passes(1s) == "lose 2, give up");
}

TEST_CASE("a host that cannot be reached by an edge: nothing is started") {
    Table table;
    table.hears(heard::Ready{1});
    table.hears(heard::Ready{2});
    table.hears(heard::Wired{1});
    CHECK(table.passes(60s) == "lose 2, give up");
}

TEST_CASE("a session ends before the start: nothing is started") {
    Table table;
    table.hears(heard::Ready{2});
    CHECK(table.hears(heard::Gone{1, "ssh ended with status 255"}) == "lose 1, give up");
}

TEST_CASE("silence for a lease loses a host, any word keeps it") {
    Table table;
    table.starts();
    table.passes(9s);
    table.hears(heard::Alive{1});
    CHECK(table.conductor.next() == HostTime(10s));
    CHECK(table.passes(1s) == "lose 2");
    CHECK(table.passes(8s).empty());
    CHECK(table.passes(1s) == "lose 1");
}

TEST_CASE("the late word of a lost host is not heard") {
    Table table;
    table.starts();
    table.hears(heard::Gone{1, "it was killed"});
    CHECK_FALSE(table.conductor.hears(1));
    CHECK(table.hears(heard::Over{1}).empty());
    CHECK(table.conductor.state(1) == HostState::lost);
}

TEST_CASE("while the run is put aside silence means nothing") {
    Table table;
    table.starts();
    table.hears(heard::Stopped{});
    CHECK_FALSE(table.conductor.next());
    CHECK(table.passes(100s).empty());
    table.hears(heard::Continued{});
    CHECK(table.passes(9s).empty());
    CHECK(table.passes(1s) == "lose 1, lose 2");
}

TEST_CASE("files are replaced when all hosts have prepared, and not before") {
    Table table;
    table.starts();
    CHECK(table.hears(heard::RunOver{true}) == "prepare");
    CHECK(table.hears(heard::Prepared{1, true}).empty());
    CHECK(table.hears(heard::Prepared{2, true}).empty());
    CHECK(table.hears(heard::Prepared{0, true}) == "commit");
    CHECK(table.hears(heard::Settled{1}) == "bye 1");
    CHECK(table.hears(heard::Settled{0}).empty());
    CHECK(table.hears(heard::Settled{2}) == "bye 2, new");
}

TEST_CASE("a run that has failed rolls back everywhere") {
    Table table;
    table.starts();
    CHECK(table.hears(heard::RunOver{false}) == "roll back");
    table.hears(heard::Settled{0});
    table.hears(heard::Settled{1});
    CHECK(table.hears(heard::Settled{2}) == "bye 2, old");
}

TEST_CASE("one host cannot prepare: nothing is replaced anywhere") {
    Table table;
    table.prepares();
    table.hears(heard::Prepared{0, true});
    table.hears(heard::Prepared{1, true});
    CHECK(table.hears(heard::Prepared{2, false}) == "roll back");
}

TEST_CASE("a host is lost between prepare and commit: nothing is replaced anywhere") {
    Table table;
    table.prepares();
    table.hears(heard::Prepared{0, true});
    table.hears(heard::Prepared{1, true});
    CHECK(table.hears(heard::Gone{1, "it was killed"}) == "lose 1, roll back");
    CHECK(table.hears(heard::Prepared{2, true}).empty());
}

TEST_CASE("a host is lost after commit was sent: what it did is not known, and said") {
    Table table;
    table.commits();
    table.hears(heard::Settled{0});
    table.hears(heard::Settled{1});
    CHECK(table.hears(heard::Gone{2, "it was killed"}) == "lose 2, new but 2");
}

TEST_CASE("a host was lost while the run went on: no success is believed") {
    Table table;
    table.starts();
    table.hears(heard::Gone{1, "it was killed"});
    CHECK(table.hears(heard::RunOver{true}) == "roll back");
}

TEST_CASE("a session that ends after its host has settled is no loss") {
    Table table;
    table.commits();
    table.hears(heard::Settled{1});
    CHECK(table.hears(heard::Gone{1, "it has ended"}).empty());
    CHECK(table.conductor.state(1) == HostState::settled);
}
