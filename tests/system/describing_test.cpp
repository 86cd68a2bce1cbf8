// What pipectl says of itself to beginners, editors, shells and man: `init`, `schema`,
// `completions`, the manual page.

#include <filesystem>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/child.hpp"
#include "tests/support/definitions.hpp"
#include "tests/support/leak_check.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

bool is_there(const std::string& program) {
    return run({"/bin/sh", "-c", "command -v " + program}).status == exited(0);
}

/// What the program offers for the last word.
std::string candidates(std::vector<std::string> words, const RunOptions& options = {}) {
    words.insert(words.begin(), "__complete");
    return pipectl_says(words, options).out;
}

}  // namespace

TEST_CASE("init writes a definition that runs and replaces nothing", "[init]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    RunOptions options;
    options.cwd = folder.path();
    CHECK(pipectl_says({"init"}, options).status == exited(0));
    CHECK(pipectl_says({"check", "pipeline.toml"}, options).status == exited(0));
    const RunResult ran = pipectl_says({"run", "pipeline.toml", "--set", "count=1"}, options);
    CHECK(ran.status == exited(0));
    CHECK_THAT(ran.out, ContainsSubstring("2 "));
    (void)folder.write("pipeline.toml", "mine");
    const RunResult again = pipectl_says({"init"}, options);
    CHECK(again.status == exited(125));
    CHECK_THAT(again.err, ContainsSubstring("is there already"));
    CHECK(folder.read("pipeline.toml") == "mine");
}

TEST_CASE("every definition of pipelines is valid by the schema", "[schema]") {
    const LeakCheck leaks;
    if (run({"python3", "-c", "import jsonschema, tomllib"}).status != exited(0)) {
        WARN("SKIPPED: there is no python3-jsonschema");
        return;
    }
    const TemporaryFolder folder;
    (void)folder.write("schema.json", pipectl_says({"schema"}).out);
    (void)folder.write("bad.toml", "[[stage]]\nrun = ['x']\nvia = 'pip'\n");
    const std::string script =
        "import glob, json, jsonschema, tomllib\n"
        "check = jsonschema.Draft7Validator(json.load(open('schema.json')))\n"
        "check.check_schema(check.schema)\n"
        "files = glob.glob('" SOURCE_FOLDER
        "/pipelines/*.toml')\n"
        "bad = [f for f in files if not check.is_valid(tomllib.load(open(f, 'rb')))]\n"
        "assert files and not bad, bad\n"
        "assert not check.is_valid(tomllib.load(open('bad.toml', 'rb')))\n";
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"python3", "-c", script}, options);
    INFO(result.err);
    CHECK(result.status == exited(0));
}

/// Of each pair the first is right and the second is wrong.
const std::vector<std::pair<std::string, std::string>> kStageKeys = {
    {"name = 'a-1'", "name = 'a b'"},
    {"name = 'x'", "name = ''"},
    {"via = 'shm'", "via = 'smh'"},
    {"via = { channel = 'shm', size = '1MiB' }", "via = { size = '1MiB' }"},
    {"via = { channel = 'pipe', size = '1MiB' }", "via = { channel = 'pipe', sise = 1 }"},
    {"buffer = '64KiB'", "buffer = '64KB'"},
    {"buffer = 4096", "buffer = -1"},
    {"buffer = 'spill'", "buffer = 'spil'"},
    {"buffer = { memory = '1M', disk = '1.5 GiB' }", "buffer = { memry = 1 }"},
    {"fan-in = 'lines'", "fan-in = 'line'"},
    {"fan-out = { by = 'hash', field = 2 }", "fan-out = { by = 'copy', field = 2 }"},
    {"fan-out = 'deal'", "fan-out = 'dael'"},
    {"fan-out = { by = 'type' }", "fan-out = { field = 1 }"},
    {"stdin = { text = 'x' }", "stdin = { txt = 'x' }"},
    {"stdin = { fifo = 'f', from-user = 'any' }", "stdin = { shm = '/f', from-user = 'any' }"},
    {"stdin = { mq = '/j', raw = true, framing = 'length', count = 3 }",
     "stdin = { mq = '/j', framing = 'length' }"},
    {"stdin = { sysv-mq = '7', raw = true, type = -2, peek = true }",
     "stdin = { mq = '/j', raw = true, type = 1 }"},
    {"stdin = { udp = ':9', raw = true, follow = true }", "stdin = { udp = ':9' }"},
    {"stdin = { mq = '/j', raw = true, follow = true }",
     "stdin = { mq = '/j', raw = true, follow = true, count = 1 }"},
    {"stdout = { mq = '/j', raw = true, priority = 9 }",
     "stdout = { mq = '/j', raw = true, priority = 32768 }"},
    {"stdout = { sysv-mq = '7', raw = true, type = 2 }",
     "stdout = { sysv-mq = '7', raw = true, type = 0 }"},
    {"stdout = { unix-dgram = '@x', raw = true }", "stdout = { unix-dgram = '@x', raw = false }"},
    {"stdin = { null = true }", "stdin = { null = false }"},
    {"stdin = './stdin'", "stdin = 'stdin'"},
    {"stdin = { listen = 'tcp:127.0.0.1:9' }", "stdin = { listen = '' }"},
    {"stdout = 'x'", "stdout = ''"},
    {"stdout = { file = 'x', append = true }", "stdout = { null = true, append = true }"},
    {"stdout = { file = 'x', empty = 'refuse' }", "stdout = { file = 'x', empty = 'fail' }"},
    {"stdout = { inherit = true }", "stdout = { inherit = true, null = true }"},
    {"stderr = 'stdout'", "stdout = 'stderr'"},
    {"stderr = { file = 'x', atomic = true }", "stderr = { file = 'x', atomc = true }"},
    {"env = { A = '1' }", "env = { A = 1 }"},
    {"env = { 'a b' = '' }", "env = { PIPECTL_IN_x = '' }"},
    {"cwd = '.'", "cwd = ''"},
    {"umask = '022'", "umask = '8'"},
    {"umask = '0077'", "umask = '1777'"},
    {"nice = 19", "nice = 20"},
    {"ok = [0, 255]", "ok = [256]"},
    {"ok = 'any'", "ok = []"},
    {"timeout = '1h30m'", "timeout = '0s'"},
    {"timeout = '1.5s'", "timeout = '5'"},
    {"timeout = '250ms'", "timeout = '1.5h3s'"},
    {"restart = 'on-failure'", "restart = 'sometimes'"},
    {"restart = { when = 'always', max = 3, delay = '10ms' }", "restart = { max = 3 }"},
    {"idle-timeout = '1s'", "idle-timeout = 1"},
    {"limits = { cpu = '1m', files = 10, processes = 5 }", "limits = { }"},
    {"limits = { memory = '1GiB', file-size = 0 }", "limits = { files = 0 }"},
    {"signals = { ignore = ['HUP', 'SIGINT'] }", "signals = { ignore = ['KILL'] }"},
    {"signals = { default = ['sigterm'] }", "signals = { default = ['SIGHUPP'] }"},
    {"signals = { cancel = 'SIGRTMIN+2' }", "signals = { cancel = 'STOP' }"},
    {"signals = { block = ['USR1'] }", "signals = { block = ['STOP'] }"},
    {"cut = 'signal'", "cut = 'sig'"},
    {"end = 'closed'", "end = 'close'"},
    {"unread = 'stop'", "unread = true"},
    {"cache = true", "cache = 'x'"},
    {"detach = true", "detach = 1"},
    {"native = false", "native = 'x'"},
    {"replicas = 4", "replicas = 0"},
    {"replicas = 'cpus'", "replicas = 'all'"},
    {"replicas = 2\norder = 'any'", "order = 'any'"},
    {"replicas = 2\nblock = '64KiB'", "replicas = 2\nblock = 0"},
    {"inputs = { }", "inputs = { stdin = 'x' }"},
    {"outputs = []", "outputs = ['a.b']"},
};
const std::vector<std::pair<std::string, std::string>> kFiles = {
    {"[pipeline]\nname = 'x'", "[pipeline]\nname = ''"},
    {"[pipeline]\nstrict = false\npipefail = true", "[pipeline]\nstrict = 'no'"},
    {"[pipeline]\ntimeout = '1d'\ngrace = '0'", "[pipeline]\ntimeout = '0'"},
    {"[pipeline]\nvia = 'fifo'", "[pipeline]\nretries = -1"},
    {"[pipeline]\nretry-delay = '5s'", "[pipeline]\nretry-delay = '0s'"},
    {"[params]\na = { default = 1, required = false }",
     "[params]\na = { default = 1, required = true }"},
    {"[params]\na = 1.5", "[params]\n1 = 1"},
    {"[params]\na = { type = 'integer', min = 0, max = 9.5 }", "[params]\na = { type = 'int' }"},
    {"[params]\na = { choices = ['x', 2] }", "[params]\na = { choices = [] }"},
    {"[params]\na = { default = 5, min = 0 }", "[params]\na = { default = 5, min = 'x' }"},
    {"[params]\na = ['x', 'y']", "[params]\na = ['x', 1]"},
    {"[params]\na = { default = { glob = '*.log' } }",
     "[params]\na = { default = { globb = 'x' } }"},
    {"[pipeline]\nenv-file = '/dev/null'", "[pipeline]\nenv-file = ''"},
    {"[params]\na = { default = '', env = 'A' }", "[params]\na = { default = '', env = 'A-' }"},
    {"[params]\na = { default = true, secret = true }", "[params]\na = { required = false }"},
    {"[for-each]\neach = { f = ['a'], g = { glob = '*' } }", "[for-each]\neach = { f = 'a' }"},
    {"[for-each]\njobs = 4\nhalt = 'now'\norder = 'any'\neach = { f = [] }",
     "[for-each]\njobs = 4"},
    {"[for-each]\neach.f = { lines = '/dev/null' }", "[for-each]\neach = { f = { line = 'x' } }"},
    {"[[test]]\nname = 'x'\nset = { a = 1 }\nstdin = { text = '' }", "[[test]]\nset = { a = 1 }"},
    {"[[test]]\nname = 'x'\nmock = { cat = { stdout = 'x', exit = 1 } }",
     "[[test]]\nname = 'x'\nmock = { cat = { stdin = 'x' } }"},
    {"[[test]]\nname = 'x'\nexpect = { stdout = '', file.'o.txt' = '', exit = 0, verdict = 'ok', "
     "stage.cat.verdict = 'cut' }",
     "[[test]]\nname = 'x'\nexpect = { verdict = 'good' }"},
    {"[env]\nA = ''", "[env]\nA = true"},
    {"[shared.a]\nsize = '1MiB'\nkind = 'mmap'", "[shared.a]\nkind = 'mmap'"},
    {"[hosts.a]\nssh = 'u@n'\n[[stage]]\nrun = ['no-such-program']\nhost = 'a'",
     "[hosts.a]\nssh = '-oProxyCommand=x'"},
    {"[hosts.a]\nssh = ['n1', 'n2']\naddress = '10.0.0.0/8'\nports = '40000-40100'",
     "[hosts.a]\nssh = 'n1'\nlocal = 1"},
    {"[hosts.a]\nssh = { to = 'n', config = 'c', options = ['-v'] }\ndir = '/x'\npush = true",
     "[hosts.a]\nssh = { config = 'c' }"},
    {"[hosts.a]\nslurm = { nodes = 4, cpus = 8, mem = '16GiB', time = '2h', partition = 'm', gres "
     "= "
     "'gpu:1', queue-timeout = '10m', options = ['--account=x'] }",
     "[hosts.a]\nslurm = { memory = '16GiB' }"},
    {"[hosts.a]\nlocal = 3\nrelay = false\nenv-pass = ['A']", "[hosts.here]\nlocal = 3"},
    {"[hosts.a]\ncommand = ['docker', 'exec', 'x']\npipectl = '/x'", "[hosts.a]\ncommand = []"},
    {"[pipeline]\nlease = '5s'\nstart-timeout = '1m'", "[pipeline]\nlease = '0s'"},
    {"[shared.a-b]\nsize = 4096", "[shared.a]\nsize = '1MiB'\nkind = 'file'"},
    {"[[stage]]\nuse = 'fill'\nargs = ['1']", "[[stage]]\nuse = 'fil'"},
    {"[[stage]]\nuse = './part'\nset = { a = 1 }", "[[stage]]\nuse = './part'\nset = { a = [1] }"},
    {"[ports]\nbad = 'cat.stderr'", "[ports]\nbad = 'a b'"},
    {"[[stage]]\nshell = 'x'", "[[stage]]\nshell = ' '"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']", "[[stage]]\nname = 'x'"},
    {"[[stage]]\nrun = ['cat', '']", "[[stage]]\nrun = ['']"},
    {"[[stage]]\nrun = ['cat']", "[[stage]]\nrun = ['cat']\nshell = 'x'"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nfrom = { stage = 'x', port = "
     "'stderr' }",
     "[[stage]]\nrun = ['cat']\nargs = ['y']"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nfrom = 'x.stdout'",
     "[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nfrom = 'x.stdin'"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nfrom = ['x', 'x.stderr']",
     "[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nfrom = []"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nnotify = [{ when = "
     "'first-byte', stage = 'x', signal = 'KILL' }]",
     "[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\nnotify = [{ stage = 'x' }]"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\ntalks-to = 'x'",
     "[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\ntalks-to = 'x.stdout'"},
    {"[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\ntalks-to = { stage = 'x', "
     "via "
     "= 'unix' }",
     "[[stage]]\nname = 'x'\nrun = ['cat']\n[[stage]]\nrun = ['cat']\ntalks-to = 'x'\nfrom = 'x'"},
};

TEST_CASE("the schema takes what check takes, and refuses what it refuses", "[schema]") {
    const LeakCheck leaks;
    if (run({"python3", "-c", "import jsonschema, tomllib"}).status != exited(0)) {
        WARN("SKIPPED: there is no python3-jsonschema");
        return;
    }
    const TemporaryFolder folder;
    (void)folder.write("schema.json", pipectl_says({"schema"}).out);
    (void)folder.write("part", "[params]\na = 1\n[[stage]]\nrun = ['cat']\n");
    std::string wanted;
    int number = 0;
    const auto add = [&](const std::string& text, bool good) {
        const std::string name = std::to_string(1000 + number++) + ".toml";
        (void)folder.write(name, text);
        RunOptions options;
        options.cwd = folder.path();
        INFO(text);
        CHECK(pipectl_says({"check", name}, options).status == exited(good ? 0 : 1));
        wanted += name + (good ? " True\n" : " False\n");
    };
    for (const auto& [right, wrong] : kStageKeys) {
        add("[[stage]]\nrun = ['cat']\n" + right + "\n", true);
        add("[[stage]]\nrun = ['cat']\n" + wrong + "\n", false);
    }
    for (const auto& [right, wrong] : kFiles) {
        const auto whole = [](const std::string& text) {
            return text.find("[[stage]]") == std::string::npos
                       ? text + "\n[[stage]]\nrun = ['cat']\n"
                       : text + "\n";
        };
        add(whole(right), true);
        add(whole(wrong), false);
    }
    const std::string script =
        "import glob, json, jsonschema, tomllib\n"
        "check = jsonschema.Draft7Validator(json.load(open('schema.json')))\n"
        "for f in sorted(glob.glob('*.toml')):\n"
        "    print(f, check.is_valid(tomllib.load(open(f, 'rb'))))\n";
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"python3", "-c", script}, options);
    INFO(result.err);
    CHECK(result.out == wanted);
}

TEST_CASE("the words that shells complete are those of --help", "[completions]") {
    const LeakCheck leaks;
    const std::string manual = pipectl_says({"__manual"}).out;
    std::istringstream commands(candidates({""}));
    int count = 0;
    for (std::string command; std::getline(commands, command);) {
        command.resize(command.find('\t'));
        if (command == "help" || command.starts_with("--")) continue;
        ++count;
        INFO(command);
        CHECK_THAT(manual, ContainsSubstring(".SS pipectl " + command + "\n"));
        const std::string help = pipectl_says({command, "--help"}).out;
        REQUIRE_THAT(help, ContainsSubstring("\noptions:\n"));
        const std::string options = candidates({command, "--"});
        std::istringstream lines(help.substr(help.find("\noptions:\n")));
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("  --")) continue;
            const std::string option = line.substr(2, line.find_first_of(" \n", 2) - 2);
            CHECK_THAT(options, ContainsSubstring(option + "\t"));
        }
    }
    CHECK(count >= 22);
}

TEST_CASE("values are completed from the definition and the machine", "[completions]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write("x.toml", "[params]\nlog = { help = 'the log', default = 'x' }\n" +
                                     stage("reader", {"cat"}));
    RunOptions options;
    options.cwd = folder.path();
    CHECK(candidates({"run", "x.toml", "--set", ""}, options) == "log=\tthe log\n");
    CHECK_THAT(candidates({"run", "x.toml", "--via", "re"}, options),
               ContainsSubstring("reader=\t"));
    CHECK_THAT(candidates({"run", "x.toml", "--via", "reader=unix-d"}, options),
               ContainsSubstring("reader=unix-dgram\t"));
    CHECK_THAT(candidates({"signal", "x", "SIGHU"}), ContainsSubstring("SIGHUP\t"));
    CHECK(candidates({"graph", "x.toml", "--format", "d"}) == "dot\t\n");
    CHECK(candidates({"run", ""}) == "FILE\n");
    CHECK(candidates({"nonsense", ""}).empty());
}

TEST_CASE("bash completes pipectl", "[completions]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    (void)folder.write("pipectl.bash", pipectl_says({"completions", "bash"}).out);
    const std::string script =
        "source pipectl.bash; complete -p pipectl >/dev/null || exit 1; "
        "COMP_WORDS=(" PIPECTL_BINARY
        " hist); COMP_CWORD=1; _pipectl; echo \"${COMPREPLY[*]}\"; "
        "COMP_WORDS=(" PIPECTL_BINARY
        " check pip); COMP_CWORD=2; _pipectl; "
        "echo \"${COMPREPLY[*]}\"";
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"bash", "--norc", "-c", script}, options);
    INFO(result.err);
    CHECK(result.out == "history\npipectl.bash\n");
}

TEST_CASE("zsh takes the completions", "[completions]") {
    const LeakCheck leaks;
    if (!is_there("zsh")) {
        WARN("SKIPPED: there is no zsh");
        return;
    }
    const TemporaryFolder folder;
    (void)folder.write("_pipectl", pipectl_says({"completions", "zsh"}).out);
    const std::string script =
        "fpath=(. $fpath); autoload -Uz compinit; compinit -u -D; "
        "_describe() { print -rl -- \"${(@P)3}\" }; words=(" PIPECTL_BINARY
        " comple); CURRENT=2; "
        "autoload -Uz _pipectl; source ./_pipectl; _pipectl";
    RunOptions options;
    options.cwd = folder.path();
    const RunResult result = run({"zsh", "-f", "-c", script}, options);
    INFO(result.err);
    CHECK_THAT(result.out, ContainsSubstring("completions:for bash"));
}

TEST_CASE("fish completes pipectl", "[completions]") {
    const LeakCheck leaks;
    if (!is_there("fish")) {
        WARN("SKIPPED: there is no fish");
        return;
    }
    const TemporaryFolder folder;
    (void)folder.write("pipectl.fish", pipectl_says({"completions", "fish"}).out);
    RunOptions options;
    options.cwd = folder.path();
    options.environment = {
        "HOME=" + folder.path(),
        "PATH=" + std::filesystem::path(PIPECTL_BINARY).parent_path().string() + ":/usr/bin:/bin"};
    const RunResult result =
        run({"fish", "-c", "source pipectl.fish; complete -C 'pipectl hist'"}, options);
    INFO(result.err);
    CHECK_THAT(result.out, ContainsSubstring("history\t"));
}

TEST_CASE("the manual pages have no error and all options", "[manual]") {
    const LeakCheck leaks;
    const TemporaryFolder folder;
    const RunResult page = pipectl_says({"__manual"});
    REQUIRE(page.status == exited(0));
    (void)folder.write("pipectl.1", page.out);
    (void)folder.write("pipectl.toml.5", pipectl_says({"schema", "--man"}).out);
    for (const char* option : {"\\-\\-summary", "\\-\\-now", "\\-\\-limit", "\\-\\-dry\\-run"}) {
        CHECK_THAT(page.out, ContainsSubstring(std::string("\\fB") + option));
    }
    if (!is_there("groff")) {
        WARN("SKIPPED: there is no groff");
        return;
    }
    for (const std::string& path : {folder.path("pipectl.1"), folder.path("pipectl.toml.5")}) {
        const RunResult result = run({"groff", "-ww", "-man", "-Tascii", "-z", path});
        CHECK(result.status == exited(0));
        CHECK(result.err.empty());
    }
}
