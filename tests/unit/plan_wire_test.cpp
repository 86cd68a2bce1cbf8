// A plan as text and back, and as another machine may see it.

#include "orchestrator/plan/plan_wire.hpp"

#include <random>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/plan/check_wire.hpp"
#include "orchestrator/plan/plan_fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/planned.hpp"

using namespace pipectl;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Plans with random values in all members, whether they make sense or not.
class PlanFiller {
  public:
    explicit PlanFiller(unsigned seed) : random_(seed) {}

    Plan plan() {
        Plan made;
        fill(made);
        return made;
    }

  private:
    std::uint64_t pick(std::uint64_t below) {
        return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
    }

    void fill(std::string& text) {
        static const std::string parts[] = {
            "a",    "\"",          "\\",   "\n", std::string(1, '\0'), "ä", "\xff",
            "\x1b", "u2028\u2028", "${x}", "7"};
        for (std::uint64_t i = pick(4); i > 0; --i)
            text += parts[pick(std::size(parts))];
    }
    void fill(bool& flag) { flag = pick(2) == 0; }
    template <class Number>
    requires std::integral<Number>
    void fill(Number& number) {
        using Limits = std::numeric_limits<Number>;
        const std::uint64_t bits = random_();
        number = pick(8) == 0 ? Limits::max() : pick(8) == 0 ? Limits::min() : Number(bits % 9);
    }
    template <class Value>
    requires std::is_enum_v<Value>
    void fill(Value& value) {
        value = static_cast<Value>(pick(1 + static_cast<unsigned>(plan_wire::last_of(Value{}))));
    }
    template <class Count, class Unit>
    void fill(std::chrono::duration<Count, Unit>& time) {
        time = std::chrono::duration<Count, Unit>(pick(1'000'000'000));
    }
    template <class Value>
    void fill(std::optional<Value>& value) {
        if (pick(2) == 0) return;
        Value there{};
        fill(there);
        value = std::move(there);
    }
    template <class Value>
    void fill(std::vector<Value>& values) {
        values.clear();
        for (std::uint64_t i = pick(3); i > 0; --i)
            fill(values.emplace_back());
    }
    void fill(std::pair<std::string, std::string>& both) {
        fill(both.first);
        fill(both.second);
    }
    void fill(job::Job& job) {
        const job::Outputs outputs{.tell = 5, .numbers = {3, 4}};
        const job::Job jobs[] = {
            job::Copy{.memory = 4096, .disk = 7, .room = {}, .outputs = outputs}, job::Receive{3},
            job::Hash{.field = 2, .outputs = outputs}, job::Send{.lines = true, .channel = 9}};
        job = jobs[pick(std::size(jobs))];
    }
    void fill(Secrets& secrets) {
        std::string value;
        fill(value);
        secrets.add(value + "\nand a longer line");
    }
    void fill(const channel::Kind*& kind) {
        kind = channel::kinds()[pick(channel::kinds().size())];
    }
    void fill(channel::Settings& settings) {
        std::string text = "\xff";
        if (pick(2) == 0) settings["size"] = std::uint64_t{pick(9)};
        if (pick(2) == 0) settings["nodelay"] = true;
        if (pick(2) == 0) settings["path"] = text;
    }
    void fill(Host::Engine& engine) {
        switch (pick(5)) {
            case 0: engine = Host::ThisMachine{}; break;
            case 1: fill(engine.emplace<Host::Ssh>()); break;
            case 2: fill(engine.emplace<Host::Slurm>()); break;
            case 3: engine = Host::Local{}; break;
            default: fill(engine.emplace<Host::Command>());
        }
    }
    template <plan_wire::Listed Struct>
    void fill(Struct& of) {
        const auto visit = [&](const char* /*name*/, auto member) { fill(of.*member); };
        plan_wire::list_members(visit, &of);
    }

    std::mt19937_64 random_;
};

/// Definitions without errors, over hosts, of most that a plan can have.
class DefinitionMaker {
  public:
    explicit DefinitionMaker(unsigned seed) : random_(seed) {}

    std::string text() {
        std::string made =
            "[params]\nkey = { default = \"s3cret\", secret = true }\n[pipeline]\ntimeout = "
            "\"9s\"\n"
            "lock = \"l\"\n[hosts.a]\nssh = \"n\"\n[hosts.w]\nlocal = 3\n";
        const int stages = 2 + pick(5);
        for (int i = 0; i < stages; ++i)
            made += one(i);
        return made;
    }

  private:
    int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
    bool maybe() { return pick(2) == 0; }

    std::string one(int number) {
        std::string keys = "run = [\"p\", \"${key}\", \"\\u0001\"]\n";
        const char* const hosts[] = {"a", "w.1", "w.3"};
        const bool far = maybe();
        if (far) keys += "host = \"" + std::string(hosts[pick(3)]) + "\"\n";
        const int from = pick(number + 1);
        if (number > 0 && from < number) {
            keys += "from = [{ stage = \"s" + std::to_string(from) + "\"" +
                    (maybe() ? ", when = \"complete\"" : "") + " }";
            if (from > 0 && maybe()) keys += ", \"s" + std::to_string(from - 1) + ".stderr\"";
            keys += "]\n";
        } else {
            const char* const ends[] = {"{ text = \"x ${key}\" }", "\"in\"", "{ null = true }",
                                        "{ inherit = true }"};
            keys += "stdin = " + std::string(ends[pick(4)]) + "\n";
        }
        if (maybe()) keys += "stdout = \"out" + std::to_string(number) + "\"\n";
        if (maybe()) keys += "env = { A = \"${key}\" }\ncwd = \"/x\"\numask = \"022\"\nnice = 3\n";
        if (maybe()) keys += "timeout = \"1s\"\nlimits = { cpu = \"3s\", files = 9 }\n";
        keys +=
            maybe() ? "restart = { when = \"always\", max = 2 }\nok = [0, 3]\n" : "replicas = 2\n";
        if (maybe()) keys += "signals = { ignore = [\"HUP\"], cancel = \"INT\" }\n";
        return "[[stage]]\nname = \"s" + std::to_string(number) + "\"\n" + keys;
    }

    std::mt19937 random_;
};

Plan random_plan(unsigned seed) {
    const std::string text = DefinitionMaker(seed).text();
    Planned made = planned(text);
    INFO(text << made.messages());
    REQUIRE_FALSE(has_errors(made.diagnostics));
    return std::move(made.plan);
}

std::string refusal_of(const std::string& text, int host = 0) {
    try {
        (void)read_wire(text, host);
        return "";
    } catch (const JsonError& error) {
        return error.what();
    }
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    INFO(text);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a plan comes back from its text, whatever is in it", "[hosts]") {
    const unsigned first = std::random_device{}();
    for (unsigned seed = first; seed != first + 300; ++seed) {
        const Plan plan = PlanFiller(seed).plan();
        const std::string text = wire_text(plan);
        INFO("seed " << seed << "\n" << text);
        REQUIRE(text.find('\n') == std::string::npos);
        REQUIRE(plan_wire::parse(text) == plan);
    }
}

TEST_CASE("the plan of a definition comes back from its text, whole and as each host sees it",
          "[hosts]") {
    const unsigned first = std::random_device{}();
    for (unsigned seed = first; seed != first + 200; ++seed) {
        const Plan plan = random_plan(seed);
        INFO("seed " << seed << "\n" << wire_text(plan));
        REQUIRE(read_wire(wire_text(plan)) == plan);
        for (int host = 0; host < static_cast<int>(plan.hosts.size()); ++host) {
            const Plan part = plan_for(plan, host);
            INFO(wire_text(part));
            REQUIRE(read_wire(wire_text(part), host) == part);
            REQUIRE(part.links == plan.links);
            REQUIRE(part.edges == plan.edges);
            REQUIRE(part.processes.size() == plan.processes.size());
            for (std::size_t i = 0; i < plan.processes.size(); ++i) {
                REQUIRE(part.processes[i].name == plan.processes[i].name);
                REQUIRE(part.processes[i].host == plan.processes[i].host);
                if (plan.processes[i].host == host) {
                    REQUIRE(part.processes[i].argv == plan.processes[i].argv);
                }
            }
        }
    }
}

TEST_CASE("a host is told nothing of what others run", "[hosts]") {
    const Planned p = planned_well(
        "[params]\nkey = { default = \"s3cret\", secret = true }\n"
        "other = { default = \"pa55word\", secret = true }\n"
        "[pipeline]\nlock = \"l\"\n[hosts.a]\nlocal = 1\n[hosts.b]\nlocal = 1\n" +
        stage("x",
              "host = \"a\"\nstdin = { text = \"${key}\" }\nenv = { K = \"${key}\" }\n"
              "stdout = \"secret-file\"") +
        stage("y",
              "host = \"b\"\nstdin = { text = \"hello\" }\nenv = { O = \"${other}\" }\n"
              "stdout = \"out\""));
    const Plan b = plan_for(p.plan, 2);
    const std::string text = wire_text(b);
    CHECK_THAT(text, !ContainsSubstring("s3cret"));
    CHECK_THAT(text, !ContainsSubstring("secret-file"));
    CHECK_THAT(text, ContainsSubstring("hello"));
    CHECK_THAT(text, ContainsSubstring("pa55word"));
    CHECK(b.secrets.values() == std::vector<std::string>{"pa55word"});
    CHECK(b.texts.size() == 1);
    CHECK(b.outputs.size() == 1);
    CHECK_FALSE(b.lock);
    CHECK(b.processes[0] == [] {
        Process far;
        far.name = "x";
        far.host = 1;
        return far;
    }());
    const Plan a = plan_for(p.plan, 1);
    CHECK_THAT(wire_text(a), !ContainsSubstring("pa55word"));
    CHECK(a.texts == std::vector<std::string>{"s3cret"});
    const Plan here = plan_for(p.plan, 0);
    CHECK(here.lock);
    CHECK(here.texts.empty());
    CHECK(here.secrets.empty());
}

TEST_CASE("a plan without hosts is its own part", "[hosts]") {
    const Planned p = planned_well(stage("a", "stdin = \"in\"") + stage("b", "stdout = \"out\""));
    CHECK(plan_for(p.plan, 0) == p.plan);
}

TEST_CASE("a text that is no plan is refused with the place in it", "[hosts]") {
    const Planned p = planned_well("[hosts.w]\nlocal = 1\n" + stage("a", "stdin = \"in\"") +
                                   stage("b", "host = \"w\"\nstdout = \"out\""));
    const std::string good = wire_text(p.plan);
    REQUIRE(refusal_of(good).empty());
    CHECK_THAT(refusal_of(""), ContainsSubstring("it is not JSON"));
    CHECK_THAT(refusal_of("[]"), ContainsSubstring("expected an object, found an array"));
    CHECK_THAT(refusal_of(std::string(1000, '[')), ContainsSubstring("nested more than"));
    CHECK_THAT(refusal_of("{}", 1), ContainsSubstring("hosts: there is none of that number"));
    CHECK_THAT(refusal_of(changed(good, "\"name\"", "\"nmae\"")),
               ContainsSubstring("nothing is called 'nmae' there"));
    CHECK_THAT(refusal_of(changed(good, "\"engine\":{\"local\"", "\"engine\":{\"rsh\"")),
               ContainsSubstring("hosts[1].engine: this build has no such engine"));
    CHECK_THAT(refusal_of(changed(good, "\"kind\":\"net\"", "\"kind\":\"nat\"")),
               ContainsSubstring("kind: this build has no such kind of channel"));
    CHECK_THAT(refusal_of(changed(good, "\"job\":[\"send\"", "\"job\":[\"sent\"")),
               ContainsSubstring("job: this build has no such job"));
    CHECK_THAT(refusal_of(changed(good, "\"host\":1", "\"host\":2")),
               ContainsSubstring("processes[1].host: it refers to nothing"));
    CHECK_THAT(refusal_of(changed(good, "\"reader\":", "\"reader\":9")),
               ContainsSubstring("it is the end of another process"));
    CHECK_THAT(refusal_of(changed(good, "\"argv\":[\"a\"]", "\"argv\":[]")),
               ContainsSubstring("processes[0].argv: the command is empty"));
    CHECK_THAT(refusal_of(changed(good, "\"what\":6", "\"what\":99")),
               ContainsSubstring("is out of range"));
    CHECK_THAT(refusal_of(std::string(kLongestWire + 1, ' ')), ContainsSubstring("too long"));
}

TEST_CASE("no damage to the text of a plan does harm", "[hosts]") {
    std::mt19937 random(std::random_device{}());
    const auto pick = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    static const std::string kPieces[] = {"0",  "-1", "99999999999", "\"",  "{",    "}",
                                          "[]", "{}", "null",        "1e9", "\xff", ","};
    std::size_t refused = 0;
    for (int i = 0; i < 2000; ++i) {
        std::string text = wire_text(random_plan(static_cast<unsigned>(i / 100)));
        for (std::size_t k = 1 + pick(3); k > 0; --k)
            text.replace(pick(text.size()), pick(4), kPieces[pick(std::size(kPieces))]);
        try {
            const Plan plan = read_wire(text);
            for (std::size_t host = 0; host < std::max<std::size_t>(1, plan.hosts.size()); ++host)
                (void)plan_for(plan, static_cast<int>(host));
        } catch (const JsonError&) {
            ++refused;
        }
    }
    CHECK(refused > 1000);
}
