#include "orchestrator/cli/test_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>
#include <variant>

#include "orchestrator/cli/run_options.hpp"
#include "orchestrator/compare/sinks.hpp"
#include "orchestrator/definition/template.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/child_process.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/report/read_record.hpp"
#include "stages/base/error.hpp"
#include "stages/base/pidfd.hpp"
#include "stages/base/text.hpp"
#include "stages/objects/spool.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestText = std::size_t{64} << 20U;
/// Of a definition without a timeout of its own.
constexpr std::chrono::milliseconds kUsualTimeout{60000};
constexpr const char* kMockScript = R"(cat > /dev/null; printf %s "$1"; exit "$2")";

Fd memory_file() {
    Fd file(::memfd_create("pipectl.test", MFD_CLOEXEC));
    if (!file) throw SystemError("cannot create a file in memory", errno);
    return file;
}

std::string all_of(const Fd& file, const std::string& name) {
    ::lseek(file.get(), 0, SEEK_SET);
    return read_all(file.get(), kLargestText, name);
}

/// The stage writes what the mock says, after reading all that it is given.
void apply_mocks(Definition& definition, const Test& test, Remarks& remarks) {
    std::vector<std::string> names;
    for (const Stage& stage : definition.stages) {
        names.push_back(stage.name.value);
    }
    for (const Mock& mock : test.mocks) {
        const auto stage =
            std::find_if(definition.stages.begin(), definition.stages.end(),
                         [&](const Stage& each) { return each.name.value == mock.stage.value; });
        if (stage == definition.stages.end()) {
            remarks.error(mock.stage.place,
                          "there is no stage '" + mock.stage.value + "'" +
                              did_you_mean(mock.stage.value, names),
                          {}, mock.stage.value.size());
            continue;
        }
        stage->command = Stage::Command::run;
        stage->native = false;
        stage->terminal = false;
        // a file or an endpoint that it would have read need not be there
        const bool given = !std::holds_alternative<std::monostate>(stage->in) &&
                           !std::holds_alternative<Inherit>(stage->in);
        if (given) stage->in = Null{};
        stage->run.clear();
        for (const std::string& word :
             {std::string("/bin/sh"), std::string("-c"), std::string(kMockScript),
              std::string("mock"), mock.out, std::to_string(mock.exit)}) {
            stage->run.push_back(literal_template(word, mock.stage.place));
        }
    }
}

/// Names in `expect` that the definition does not have.
void check_names(const Plan& plan, const Test& test, Remarks& remarks) {
    std::vector<std::string> files;
    std::vector<std::string> stages;
    for (const OutputFile& output : plan.outputs) {
        files.push_back(output.path);
    }
    for (const Process& process : plan.processes) {
        if (process.role == Role::stage) stages.push_back(process.name);
    }
    const auto check = [&](const Expectation& each, const std::vector<std::string>& known,
                           const std::string& what) {
        if (std::find(known.begin(), known.end(), each.of) != known.end()) return;
        remarks.error(each.begin, what + " '" + each.of + "'" + did_you_mean(each.of, known));
    };
    for (const Expectation& each : test.expect) {
        if (each.what == Expectation::What::file) check(each, files, "no stage writes the file");
        if (each.what == Expectation::What::stage_verdict) check(each, stages, "there is no stage");
    }
}

/// What a test leaves alone: endpoints are outside, and locks are other runs' business.
void keep_inside(Plan& plan, Remarks& remarks) {
    for (Process& process : plan.processes) {
        process.lock.reset();
        if (process.does<job::Get>() != nullptr || process.does<job::Put>() != nullptr) {
            remarks.error(process.place, "a test has no endpoint outside: '" + process.name + "'",
                          "it can give data by stdin, or by a mock of the stage");
        }
    }
    plan.lock.reset();
    if (!plan.timeout) plan.timeout = kUsualTimeout;
}

Fd input_of(const Test& test) {
    if (test.input_text) {
        Fd file = memory_file();
        if (const int error = write_all(file.get(), *test.input_text); error != 0) {
            throw SystemError("cannot keep the input of a test", error);
        }
        ::lseek(file.get(), 0, SEEK_SET);
        return file;
    }
    if (!test.input_file) return open_null_device();
    Fd file(::open(test.input_file->value.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) throw SystemError("cannot open '" + test.input_file->value + "'", errno);
    return file;
}

/// The child, in the place of `pipectl run`.
class Inside {
  public:
    Inside(Loaded& loaded, const std::vector<Fd>& sinks, const Fd& errors, const Fd& record)
        : loaded_(loaded), sinks_(sinks), errors_(errors), record_(record) {}

    int run(const Fd& input) {
        for (std::size_t i = 0; i < sinks_.size(); ++i) {
            // an output that names a descriptor must be the caller's, not close-on-exec
            Fd sink = channel::open_again(sinks_[i].get(), O_WRONLY);
            ::fcntl(sink.get(), F_SETFD, 0);
            loaded_.plan.outputs[i].path = "/proc/self/fd/" + std::to_string(sink.release());
        }
        const Fd null = open_null_device();
        if (::dup2(input.get(), STDIN_FILENO) < 0 || ::dup2(null.get(), STDOUT_FILENO) < 0 ||
            ::dup2(errors_.get(), STDERR_FILENO) < 0) {
            throw SystemError("cannot set up a test", errno);
        }
        RunOptions options;
        options.progress = "never";
        options.quiet = true;
        options.item.record = record_.get();
        return run_loaded(options, loaded_, check_plan(loaded_.plan, own_environment()));
    }

  private:
    Loaded& loaded_;
    const std::vector<Fd>& sinks_;
    const Fd& errors_;
    const Fd& record_;
};

void wait_for(ChildProcess& child, Interrupts& interrupts) {
    pollfd polled[] = {{child.pidfd.get(), POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}};
    while (::poll(polled, 2, -1) >= 0 || errno == EINTR) {
        while (const int number = interrupts.take()) {
            signal_process(child.pidfd.get(), number);
        }
        if (polled[0].revents != 0) break;
    }
    child.wait();
}

/// What stands in the sinks, as a run would have left it.
void take_sinks(const compare::Redirected& redirected, const std::vector<OutputFile>& outputs,
                const std::vector<Fd>& sinks, TestRun& run) {
    const bool well = run.summary && run.summary->end && run.summary->end->exit == 0;
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        std::string text = all_of(sinks[i], redirected.sinks[i]);
        if (redirected.files[i] < 0) {
            run.out += text;
            continue;
        }
        const OutputFile& file = outputs[static_cast<std::size_t>(redirected.files[i])];
        auto& left = run.files[file.path];
        if (well || !file.atomic) left = std::move(text);
    }
}

}  // namespace

TestRun run_test(const SourceText& source, const Definition& definition, const Test& test,
                 Interrupts& interrupts) {
    TestRun run;
    Remarks remarks;
    Loaded loaded;
    loaded.source = source;
    loaded.definition = definition;
    apply_mocks(loaded.definition, test, remarks);
    PlanRequest request;
    for (const Test::Setting& setting : test.set) {
        for (const std::string& value : setting.values) {
            request.set.emplace_back(setting.name.value, value);
        }
    }
    plan_loaded(loaded, std::move(request));
    run.secrets = loaded.plan.secrets;
    check_names(loaded.plan, test, remarks);
    keep_inside(loaded.plan, remarks);
    run.diagnostics = std::move(loaded.diagnostics);
    for (Diagnostic& each : remarks.take()) {
        run.diagnostics.push_back(std::move(each));
    }
    if (has_errors(run.diagnostics)) return run;

    const std::vector<OutputFile> outputs = loaded.plan.outputs;
    compare::Redirected redirected = compare::redirect(std::move(loaded.plan));
    std::vector<Fd> sinks;
    for (std::size_t i = 0; i < redirected.sinks.size(); ++i) {
        sinks.push_back(channel::open_nameless(channel::spool_folder(), O_RDWR));
    }
    loaded.plan = redirected.plan;
    const Fd errors = memory_file();
    const Fd record = memory_file();
    const Fd input = input_of(test);
    ChildProcess child = fork_child([&] {
        interrupts.restore_mask();
        // a stage that would talk to the terminal is to fail, not to be stopped as a background job
        ::setsid();
        return Inside(loaded, sinks, errors, record).run(input);
    });
    wait_for(child, interrupts);
    run.said = all_of(errors, "stderr");
    const std::string text = all_of(record, "record");
    if (!text.empty()) run.summary = read_record(text);
    take_sinks(redirected, outputs, sinks, run);
    return run;
}

}  // namespace pipectl
