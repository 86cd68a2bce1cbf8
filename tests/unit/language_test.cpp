// The language from both sides: what is written is read as the same definition, for definitions
// that a random generator makes of every key.

#include <csignal>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

#include "orchestrator/definition/language.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/definition/stage_names.hpp"
#include "orchestrator/definition/write.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;

namespace {

/// Random definitions as the parser could have made them.
class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

  private:
    int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
    bool maybe() { return pick(2) == 0; }
    template <class Make>
    auto optional(Make make) {
        return maybe() ? std::optional(make()) : std::nullopt;
    }
    template <class Make>
    auto several(int least, Make make) {
        std::vector<decltype(make())> made;
        for (int i = least + pick(3); i > 0; --i) {
            made.push_back(make());
        }
        return made;
    }

    /// Whatever strings of TOML and our references could be stumbled over.
    std::string text() {
        static const std::vector<std::string> parts = {
            "a",  "Z 9", "\"", "'",      "'''", "\\", "\n", "\t",  "\r",   "\x7f", "ä",
            "{}", "$",   "$$", "${in.x", "}",   "#",  "=",  "\n'", "${y}", "\x01", "${env.Z}"};
        std::string made;
        for (int i = pick(6); i > 0; --i) {
            made += parts[static_cast<std::size_t>(pick(static_cast<int>(parts.size())))];
        }
        return made;
    }

    std::string word() {
        static const std::vector<std::string> words = {"a", "cat", "x-1", "_", "sort", "sort-2"};
        return words[static_cast<std::size_t>(pick(static_cast<int>(words.size())))];
    }

    using Ports = std::vector<Template::Piece>;
    /// `ports`: what else a text can refer to where it stands.
    Template reference_text(const Ports& ports, bool shell = false) {
        using Kind = Template::Piece::Kind;
        Ports references = ports;
        if (shell) {  // where it is a variable of the shell's
            std::erase_if(references, [](const auto& each) { return each.kind == Kind::replica; });
        } else {
            references.push_back({Kind::parameter, "first"});
            references.push_back({Kind::parameter, "first.stem"});
            references.push_back({Kind::environment, "HOME"});
        }
        Template made;
        for (int i = 1 + pick(3); i > 0; --i) {
            std::string literal = text();
            // no definition can say a dollar in front of a reference
            while (literal.ends_with('$')) {
                literal.pop_back();
            }
            if (!literal.empty()) add(made, {Kind::text, literal});
            if (!references.empty() && maybe()) {
                add(made, references[static_cast<std::size_t>(
                              pick(static_cast<int>(references.size())))]);
            }
        }
        if (made.pieces.empty()) made.pieces.push_back({Kind::text, ""});
        return made;
    }

    static void add(Template& made, const Template::Piece& piece) {
        const bool text = piece.kind == Template::Piece::Kind::text;
        if (text && !made.pieces.empty() && made.pieces.back().kind == piece.kind) {
            made.pieces.back().value += piece.value;
        } else {
            made.pieces.push_back(piece);
        }
    }

    /// A text that is not empty and no word for a stream.
    Template path(const Ports& ports) {
        Template made = reference_text(ports);
        made.pieces.insert(made.pieces.begin(), {Template::Piece::Kind::text, "./"});
        if (made.pieces.size() > 1 && made.pieces[1].kind == Template::Piece::Kind::text) {
            made.pieces[0].value += made.pieces[1].value;
            made.pieces.erase(made.pieces.begin() + 1);
        }
        return made;
    }

    std::chrono::milliseconds duration() {
        static const std::vector<std::int64_t> units = {1,      250,       1000,
                                                        60'000, 3'600'000, 86'400'000};
        const std::int64_t unit = units[static_cast<std::size_t>(pick(6))];
        return std::chrono::milliseconds((1 + pick(100)) * unit);
    }

    std::uint64_t size() { return (1 + static_cast<unsigned>(pick(2000))) * (1ULL << pick(40)); }

    Scalar scalar() {
        switch (pick(5)) {
            case 0: return maybe();
            case 1: return std::int64_t{pick(1000)} - 500;
            case 2: return pick(1000) / 8.0;
            case 3: return 1e300 * (pick(9) - 4);
            default: return text();
        }
    }

    Via via() {
        Via made;
        made.channel.value = maybe() ? "pipe" : text() + "c";
        if (maybe()) made.options.push_back({{"size", {}}, scalar(), {}});
        if (maybe()) made.options.push_back({{"an option", {}}, scalar(), {}});
        return made;
    }

    Buffer buffer() {
        Buffer made;
        made.kind = static_cast<Buffer::Kind>(pick(3));
        if (made.kind == Buffer::Kind::bounded) made.room = size();
        if (made.kind == Buffer::Kind::spill) {
            made.memory = optional([&] { return size(); });
            made.disk = optional([&] { return size(); });
        }
        return made;
    }

    Feed feed() {
        static const std::vector<std::string> ports = {"stdout", "stderr", "left"};
        Feed made;
        made.stage.value = word();
        made.port = ports[static_cast<std::size_t>(pick(3))];
        made.via = optional([&] { return via(); });
        made.buffer = optional([&] { return buffer(); });
        made.complete = maybe();
        made.as_file = maybe();
        return made;
    }

    Lock lock(const Ports& ports) {
        Lock made;
        made.file = path(ports);
        made.shared = maybe();
        made.wait = optional([&] { return duration(); });
        return made;
    }

    Parameter parameter(const std::string& name) {
        Parameter made;
        made.name.value = name;
        made.help = maybe() ? text() : "";
        made.required = maybe();
        made.secret = maybe();
        made.env = optional([&] {
            return Located<std::string>{"A_" + std::to_string(pick(9)), {}};
        });
        if (made.required) {
            made.type = optional([&] { return static_cast<ParameterType>(pick(6)); });
            if (maybe()) made.choices = {text(), std::int64_t{5}, 2.5};
            if (made.type == ParameterType::integer || made.type == ParameterType::number) {
                made.min = optional([&] { return Scalar(std::int64_t{pick(9)}); });
                made.max = optional([&] { return Scalar(pick(9) / 8.0); });
            }
            return made;
        }
        switch (pick(6)) {
            case 4: made.default_list = several(0, [&] { return text(); }); break;
            case 5:
                made.default_glob = Located<std::string>{text() + "*", {}};
                made.type = ParameterType::list;
                break;
            case 0: made.default_value = text(); break;
            case 1:
                made.default_value = std::int64_t{0755};
                made.spelling = "0o755";
                break;
            case 2:
                made.default_value = "2026-11-29";
                made.spelling = "2026-11-29";
                break;
            default:
                made.default_value = maybe();
                made.spelling = std::get<bool>(*made.default_value) ? "true" : "false";
        }
        return made;
    }

    std::vector<std::pair<std::string, Template>> environment(const Ports& ports) {
        std::map<std::string, Template> made;
        for (int i = pick(3); i > 0; --i) {
            made.emplace(word() + text(), reference_text(ports));
        }
        std::erase_if(made,
                      [](const auto& each) { return each.first.find('=') != std::string::npos; });
        return {made.begin(), made.end()};
    }

    Endpoint endpoint(bool input) {
        static const std::vector<std::string> kinds = {"shm", "fifo",    "listen", "connect",
                                                       "mq",  "sysv-mq", "udp",    "unix-dgram"};
        constexpr std::size_t kFirstRaw = 4;
        constexpr std::size_t kAlwaysRaw = 6;
        const auto kind = static_cast<std::size_t>(pick(8));
        Endpoint made{kinds[kind], path({}), kind > 0 && maybe()};
        if (kind >= kAlwaysRaw || (kind >= kFirstRaw && maybe())) {
            made.raw = raw_messages(input, kinds[kind]);
        }
        return made;
    }

    RawMessages raw_messages(bool input, const std::string& kind) {
        RawMessages made;
        made.with_length = maybe();
        if (kind == "sysv-mq" && maybe()) made.type = input ? pick(9) - 4 : 1 + pick(9);
        if (kind == "mq" && !input && maybe()) made.priority = pick(9);
        if (!input) return made;
        if (maybe()) {
            made.count = 1 + pick(9);
        } else if (maybe()) {
            made.follow = true;
            return made;
        }
        made.peek = kind == "sysv-mq" && maybe();
        return made;
    }

    InputSpec input() {
        switch (pick(6)) {
            case 0: return FileInput{path({})};
            case 1: return TextInput{reference_text({})};
            case 2: return Null{};
            case 3: return Inherit{};
            case 4: return endpoint(true);
            default: return {};
        }
    }

    OutputSpec output(bool error) {
        switch (pick(6)) {
            case 0: return Null{};
            case 1: return Inherit{};
            case 2: return endpoint(false);
            case 3: return error ? OutputSpec(JoinStdout{}) : OutputSpec();
            case 4: return {};
            default: break;
        }
        FileOutput file;
        file.path = path({});
        file.append = maybe();
        file.atomic = maybe() ? std::optional(maybe()) : std::nullopt;
        if (error) file.atomic = file.atomic.value_or(false);
        file.durable = maybe();
        file.refuse_empty = maybe();
        return file;
    }

    static Template a_list() { return {{{Template::Piece::Kind::words, "with-dash"}}, {}}; }

    void add_command(Stage& made, const Ports& ports) {
        made.command = static_cast<Stage::Command>(pick(3));
        switch (made.command) {
            case Stage::Command::run:
                made.run = several(1, [&] { return path(ports); });
                if (maybe()) made.run.push_back(a_list());
                made.native = maybe();
                break;
            case Stage::Command::shell:
                made.shell = reference_text(ports, true);
                made.shell.pieces.insert(made.shell.pieces.begin(),
                                         {Template::Piece::Kind::text, "true "});
                if (made.shell.pieces[1].kind == Template::Piece::Kind::text) {
                    made.shell.pieces[0].value += made.shell.pieces[1].value;
                    made.shell.pieces.erase(made.shell.pieces.begin() + 1);
                }
                made.native = maybe();
                break;
            case Stage::Command::use:
                made.run = several(0, [&] { return reference_text(ports); });
                made.run.insert(made.run.begin(),
                                Template{{{Template::Piece::Kind::text, "fill"}}, {}});
                made.native = true;
        }
    }

    Limits limits() {
        Limits made;
        made.cpu = optional([&] { return duration(); });
        made.memory =
            optional([&] { return (std::uint64_t{1} << 20) + std::uint64_t(pick(1'000'000)); });
        made.file_size = optional([&] { return std::uint64_t(pick(1'000'000)); });
        made.files = optional([&] { return std::int64_t(1 + pick(1'000)); });
        made.processes = 1 + pick(1'000);
        return made;
    }

    void add_process(Stage& made, const Ports& ports) {
        made.env = environment(ports);
        made.cwd = optional([&] { return path({}); });
        made.umask = optional([&] { return static_cast<unsigned>(pick(01000)); });
        made.nice = optional([&] { return Located<int>{pick(40) - 20, {}}; });
        made.user = optional([&] { return Located<std::string>{maybe() ? "1000" : "nobody", {}}; });
        if (maybe()) made.ok = several(1, [&] { return pick(256); });
        made.any_ok = maybe();
        if (made.any_ok) made.ok = {0};
        made.timeout = optional([&] { return duration(); });
        made.idle_timeout = optional([&] { return duration(); });
        made.limits = optional([&] { return limits(); });
        made.restart.when = static_cast<Restart::When>(pick(3));
        made.restart.max = optional([&] { return std::int64_t(1 + pick(9)); });
        if (maybe()) made.restart.delay = duration();
        if (maybe()) made.signals.ignore = {SIGHUP, SIGUSR1};
        if (maybe()) made.signals.reset = {SIGINT, SIGRTMIN + 2};
        if (maybe()) made.signals.cancel = SIGQUIT;
        if (maybe()) made.signals.block = {SIGUSR2, SIGRTMIN};
        if (maybe()) {
            made.notify = several(1, [&] { return Notice{maybe(), {word(), {}}, 1 + pick(31)}; });
        }
        made.cut_by_signal_only = maybe();
        made.end_closed = maybe();
        made.unread_stop = maybe();
        made.terminal = maybe();
        made.cache = maybe();
        made.detach = maybe();
    }

    Stage stage(const Definition& before) {
        Stage made;
        Ports ports;
        const auto feeds = [&] { return several(1, [&] { return feed(); }); };
        if (maybe()) {
            made.inputs = {{{"left", {}}, feeds()}, {{"in-2", {}}, feeds()}};
            ports.push_back({Template::Piece::Kind::input, "in-2"});
        }
        if (maybe()) {
            made.outputs = {{"bad", {}}, {"worse", {}}};
            ports.push_back({Template::Piece::Kind::output, "bad"});
        }
        if (maybe()) {
            made.from = feeds();
        } else {
            made.in = input();
        }
        made.host = optional([&] { return Located<std::string>{maybe() ? "w-2.10" : "a", {}}; });
        if (maybe()) {
            made.replicas = {pick(1001), {}};
            made.any_order = maybe();
            made.block = 1 + static_cast<unsigned>(pick(1 << 30));
            ports.push_back({Template::Piece::Kind::replica, "replica"});
        }
        made.talks_to = optional([&] {
            Feed talk;
            talk.stage.value = word();
            talk.via = optional([&] { return via(); });
            return talk;
        });
        if (maybe()) {
            for (const char* name : {"first", "second"}) {
                made.after.push_back({{name, {}}, maybe()});
            }
        }
        if (maybe()) {
            for (const char* name : {"gpu", "memory-2"}) {
                made.needs.push_back({{name, {}}, 1 + pick(32767)});
            }
        }
        made.lock = optional([&] { return lock({}); });
        made.out = output(false);
        made.err = output(true);
        made.via = optional([&] { return via(); });
        made.buffer = optional([&] { return buffer(); });
        made.fan_out = optional([&] {
            FanOut way;
            way.kind = static_cast<FanOut::Kind>(pick(4));
            if (way.kind == FanOut::Kind::hash || way.kind == FanOut::Kind::type)
                way.field = pick(3);
            return way;
        });
        made.fan_in = optional([&] {
            return Located<FanInKind>{maybe() ? FanInKind::lines : FanInKind::concat, {}};
        });
        add_command(made, ports);
        add_process(made, ports);
        made.name.value = maybe() ? word() : "";
        for (const Stage& other : before.stages) {
            if (other.name.value == made.name.value) made.name.value.clear();
        }
        return made;
    }

    Stage part() {
        Stage made;
        made.name.value = "the-part";
        made.command = Stage::Command::use;
        made.part.emplace();
        made.part->file.value = maybe() ? "a/b.toml" : "./b";
        made.run = {Template{{{Template::Piece::Kind::text, made.part->file.value}}, {}}};
        if (maybe()) made.part->set = {{{"a", {}}, path({})}, {{"with-dash", {}}, path({})}};
        if (maybe()) made.inputs = {{{"left", {}}, {}, true}, {{"right", {}}, {feed()}}};
        made.via = optional([&] { return via(); });
        return made;
    }

    std::vector<std::string> words(int least) {
        return several(least, [&] { return "w" + text(); });
    }

    SlurmNeeds slurm() {
        SlurmNeeds made;
        made.nodes = 1 + pick(1000);
        made.cpus = optional([&] { return std::int64_t{1 + pick(256)}; });
        made.memory = optional([&] { return size(); });
        made.time = optional([&] { return duration(); });
        if (maybe()) made.partition = "p" + text();
        if (maybe()) made.gres = "gpu:1";
        made.queue_timeout = optional([&] { return duration(); });
        if (maybe()) made.options = words(0);
        return made;
    }

    HostSpec host(const std::string& name) {
        HostSpec made;
        made.name.value = name;
        switch (pick(4)) {
            case 0: {
                HostSpec::Ssh ssh;
                ssh.to = several(1, [&] {
                    return Located<std::string>{maybe() ? "u@node-1" : "ssh://x:22", {}};
                });
                ssh.config = optional([&] { return path({}); });
                if (maybe()) ssh.options = words(0);
                made.engine = ssh;
                break;
            }
            case 1: made.engine = slurm(); break;
            case 2: made.engine = HostSpec::Local{1 + pick(1000)}; break;
            default: made.engine = HostSpec::Command{words(1)}; break;
        }
        made.pipectl = optional([&] { return path({}); });
        made.push = maybe();
        made.dir = optional([&] { return path({}); });
        if (maybe()) made.env_pass = {"A", "OMP_NUM_THREADS"};
        made.address = optional([&] { return std::string(maybe() ? "10.0.0.0/8" : "fd00::1"); });
        made.ports = optional([&] {
            return HostSpec::Ports{40000, static_cast<std::uint16_t>(40000 + pick(2))};
        });
        made.relay = maybe();
        return made;
    }

    ForEach for_each() {
        ForEach made;
        made.jobs = optional([&] { return std::int64_t{1 + pick(9999)}; });
        made.halt = static_cast<ForEach::Halt>(pick(3));
        made.any_order = maybe();
        for (const char* name : {"file", "level"}) {
            Each each;
            each.name.value = name;
            each.source = static_cast<Each::Source>(pick(4));
            switch (each.source) {
                case Each::Source::list: each.list = several(0, [&] { return text(); }); break;
                case Each::Source::parameter: each.parameter.value = "with-dash"; break;
                case Each::Source::glob:
                case Each::Source::lines: each.text = path({}); break;
            }
            made.each.push_back(each);
        }
        return made;
    }

    Test test(const std::string& name) {
        using What = Expectation::What;
        Test made;
        made.name.value = name;
        if (maybe()) made.set = {{{"first", {}}, {text()}}, {{"with-dash", {}}, {text(), "b"}}};
        if (maybe()) {
            made.input_text = text();
        } else if (maybe()) {
            made.input_file = Located<std::string>{text(), {}};
        }
        if (maybe()) made.mocks = {{{"fetch", {}}, text(), pick(256)}, {{"b-2", {}}, "", 0}};
        if (maybe()) made.expect.push_back({What::out, "", text()});
        if (maybe()) made.expect.push_back({What::verdict, "", "not started"});
        if (maybe()) made.expect.push_back({What::exit, "", std::to_string(pick(256))});
        if (maybe()) made.expect.push_back({What::file, "out.txt", text()});
        if (maybe()) made.expect.push_back({What::stage_verdict, "sort", "cut"});
        return made;
    }

    std::mt19937 random_;

  public:
    Definition definition() {
        Definition made;
        made.name = text() + "x";
        made.description = maybe() ? text() : "";
        made.via = optional([&] { return via(); });
        made.timeout = optional([&] { return duration(); });
        if (maybe()) made.grace = duration() - std::chrono::milliseconds(1);
        made.strict = maybe();
        made.pipefail = maybe();
        made.parameters = {parameter("first"), parameter("with-dash"), parameter("_third")};
        made.cwd = optional([&] { return path({}); });
        made.env_file = optional([&] { return path({}); });
        made.lock = optional([&] { return lock({}); });
        made.lock_wait = optional([&] { return duration(); });
        made.retries.value = pick(20);
        if (maybe()) made.retry_delay = duration();
        for (const char* name : {"gpu", "memory-2"}) {
            if (maybe()) continue;
            Semaphore semaphore;
            semaphore.name.value = name;
            semaphore.count = 1 + pick(32767);
            semaphore.of_user = maybe();
            if (semaphore.of_user && maybe()) semaphore.key = 1 + pick(100000);
            made.semaphores.push_back(semaphore);
        }
        for (const char* name : {"table", "other-one"}) {
            if (maybe()) continue;
            SharedMemory region;
            region.name.value = name;
            region.kind = static_cast<SharedMemory::Kind>(pick(3));
            region.size = size();
            region.init = optional([&] { return path({}); });
            made.shared.push_back(region);
        }
        for (const char* name : {"a", "w-2"}) {
            if (maybe()) made.hosts.push_back(host(name));
        }
        if (maybe()) made.lease = duration();
        if (maybe()) made.start_timeout = duration();
        made.for_each = optional([&] { return for_each(); });
        made.env = environment({});
        for (const char* name : {"one", "the other"}) {
            if (maybe()) made.tests.push_back(test(name));
        }
        const int stages = 1 + pick(4);
        for (int i = 0; i < stages; ++i) {
            made.stages.push_back(stage(made));
        }
        if (maybe()) made.stages.push_back(part());
        if (maybe()) made.ports = {{{"stdin", {}}, {"one", {}}}, {{"bad", {}}, {"x.err", {}}}};
        std::vector<std::string> given;
        for (const Stage& each : made.stages) {
            given.push_back(each.name.value);
        }
        given = complete_names(made.stages, std::move(given));
        for (std::size_t i = 0; i < given.size(); ++i) {
            made.stages[i].name.value = given[i];
        }
        return made;
    }
};

/// Keys of the sections of a written definition: "[pipeline] name".
void add_keys(const std::string& written, std::set<std::string>& keys) {
    std::string section;
    std::size_t begin = 0;
    for (std::size_t end = 0; end < written.size(); begin = end + 1) {
        end = std::min(written.find('\n', begin), written.size());
        const std::string line = written.substr(begin, end - begin);
        if (line.starts_with('[') && line.ends_with(']')) section = line;
        keys.insert(section + " " + line.substr(0, line.find(" = ")));
    }
}

}  // namespace

TEST_CASE("what is written is read as the same definition", "[language]") {
    const unsigned first = std::random_device{}();
    std::set<std::string> keys;
    for (unsigned seed = first; seed != first + 1000; ++seed) {
        const Definition definition = Generator(seed).definition();
        const std::string written = write_definition(definition);
        add_keys(written, keys);
        const SourceText source{"written", written};
        const ParseResult read = parse_definition(source);
        INFO("seed " << seed << "\n"
                     << written << render_diagnostics(source, read.diagnostics, false));
        REQUIRE_FALSE(has_errors(read.diagnostics));
        REQUIRE(write_definition(read.definition) == written);
        REQUIRE(read.definition == definition);
    }
    // a key that the generator does not know has not been tried
    for (const Key& key : kPipelineTable.keys) {
        CHECK(keys.contains("[pipeline] " + std::string(key.name)));
    }
    CHECK(keys.contains("[ports] bad"));
    for (const Key& key : kForEachTable.keys) {
        CHECK(keys.contains("[for-each] " + std::string(key.name)));
    }
    for (const Key& key : kHostTable.keys) {
        CHECK(keys.contains("[hosts.w-2] " + std::string(key.name)));
    }
    for (const Key& key : kTestTable.keys) {
        CHECK(keys.contains("[[test]] " + std::string(key.name)));
    }
    for (const Key& key : kStageTable.keys) {
        CHECK(keys.contains("[[stage]] " + std::string(key.name)));
    }
}

TEST_CASE("two definitions that say the same are equal wherever their parts stand", "[language]") {
    const auto read = [](const std::string& text) {
        return parse_definition({"same", text}).definition;
    };
    const Definition one = read("[[stage]]\nrun = ['cat']\nvia = 'shm'\n");
    CHECK(one == read("# above\n\n[[stage]]\nvia   =   \"shm\"\nrun = [\n 'cat' ]\n"));
    CHECK_FALSE(one == read("[[stage]]\nrun = ['cat']\nvia = 'fifo'\n"));
}

TEST_CASE("a stage is written with its name where it would get another one", "[language]") {
    Definition definition;
    for (const char* name : {"sort-2", "sort"}) {
        Stage stage;
        stage.run = {Template{{{Template::Piece::Kind::text, "sort"}}, {}}};
        stage.name.value = name;
        definition.stages.push_back(stage);
    }
    const std::string written = write_definition(definition);
    CHECK(parse_definition({"x", written}).definition.stages == definition.stages);
    CHECK(written.find("name = \"sort-2\"") != std::string::npos);
}
