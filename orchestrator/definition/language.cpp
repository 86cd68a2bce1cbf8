// The tables of the language. A new key is a line here and a member of its owner's struct; a key of
// a new type has one more definition in type_*.cpp. In this order keys are shown and written.

#include "orchestrator/definition/language.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/definition/types.hpp"

namespace pipectl {

namespace {

using namespace type;

template <class Member>
struct MemberOf;
template <class Value, class Class>
struct MemberOf<Value Class::*> {
    using Owner = Class;
};
template <auto kMember>
using OwnerOf = typename MemberOf<decltype(kMember)>::Owner;

template <class Value>
const Value& held(const std::optional<Value>& value) {
    return *value;
}
template <class Value>
const Value& held(const Value& value) {
    return value;
}

template <const auto& kType, auto kMember>
void read_member(Reading& reading, const Entry& entry, OwnerOf<kMember>& owner) {
    if (auto value = kType.read(reading, entry)) owner.*kMember = std::move(*value);
}

/// Where the value stands is told even when it cannot be read.
template <const auto& kType, auto kMember, auto kPlace>
void read_placed(Reading& reading, const Entry& entry, Stage& stage) {
    stage.*kPlace = place_of(entry);
    read_member<kType, kMember>(reading, entry, stage);
}

/// Nothing when it is what a new owner has.
template <const auto& kType, auto kMember>
std::string write_member(const OwnerOf<kMember>& owner, std::size_t column) {
    static const OwnerOf<kMember> fresh;
    if (owner.*kMember == fresh.*kMember) return {};
    return kType.write(held(owner.*kMember), column);
}

template <class Owner, void (*kRead)(Reading&, const Entry&, Owner&),
          std::string (*kWrite)(const Owner&, std::size_t)>
constexpr Key made_by(std::string_view name, const AnyType& type, std::string_view help,
                      std::string_view fallback = {}) {
    return {name,
            &type,
            help,
            fallback,
            [](Reading& reading, const Entry& entry, void* owner) {
                kRead(reading, entry, *static_cast<Owner*>(owner));
            },
            [](const void* owner, std::size_t column) {
                return kWrite(*static_cast<const Owner*>(owner), column);
            }};
}

/// A key whose value is a member.
template <const auto& kType, auto kMember>
constexpr Key key(std::string_view name, std::string_view help, std::string_view fallback = {}) {
    return made_by<OwnerOf<kMember>, read_member<kType, kMember>, write_member<kType, kMember>>(
        name, kType, help, fallback);
}
template <const auto& kType, auto kMember, auto kPlace>
constexpr Key placed_key(std::string_view name, std::string_view help) {
    return made_by<Stage, read_placed<kType, kMember, kPlace>, write_member<kType, kMember>>(
        name, kType, help);
}

// what takes more than a line

constexpr std::string_view kStrictHelp =
    "no stage is shown an end of data that is not true; `false`: the shell's rules: ends of data "
    "as they come, nobody is cancelled, the last stage's status";
constexpr std::string_view kPipefailHelp =
    "with `strict = false`: the last stage that failed counts, as in bash";
constexpr std::string_view kPinHelp =
    "`\".\"` pins stages and relative paths to the definition's own folder";
constexpr std::string_view kEnvFileHelp =
    "a file of `NAME=VALUE` lines, quotes as in sh: variables of every stage; `[env]` wins";
constexpr std::string_view kDefaultHelp =
    "the value without `--set`, as the file spells it; of a list its values, or what a pattern "
    "matches";
constexpr std::string_view kHaltHelp =
    "what the first failure does: `soon`: nothing new is started; `now`: what runs is cancelled "
    "too; `never`: nothing";
constexpr TwoWords kOrderWords = {"`\"kept\"` or `\"any\"`", "kept", "any"};
constexpr std::string_view kOrderHelp =
    "what the items write to stdout comes in their order, or as they end";
constexpr std::string_view kEachHelp =
    "the variables, `${file}`, and their values; of several every combination; needed";
constexpr std::string_view kArgsHelp = "the arguments of a native stage";
constexpr std::string_view kSetHelp = "parameters of the definition that is used";
constexpr std::string_view kMockHelp =
    "stages that are not started: what each writes, after reading all of its stdin, and its status";
constexpr std::string_view kExpectHelp =
    "what comes: `stdout`, `file.\"out.txt\"`, `verdict`, `exit`, `stage.NAME.verdict`";
constexpr std::string_view kNameFallback =
    "the program's name, with `-2`, `-3` when it is there more than once";
constexpr std::string_view kFromHelp =
    "what feeds stdin: `stdout`, `stderr` or a port in `outputs` of a stage; without it and "
    "`stdin`, the stage above";
constexpr std::string_view kTalksHelp =
    "asks that stage and reads its answers: stdout to its stdin, its stdout to stdin; neither has "
    "another stdin or stdout";
constexpr std::string_view kFanInHelp =
    "how several inputs become one: in the order listed, or lines as they come, none torn";
constexpr TwoWords kGateWords = {"`\"start\"` or `\"complete\"`", "start", "complete"};
constexpr std::string_view kGateHelp =
    "`complete`: a gate: the bytes wait, in memory, then on disk, and this stage starts when the "
    "producer has ended well";
constexpr TwoWords kAsWords = {"`\"stream\"` or `\"file\"`", "stream", "file"};
constexpr std::string_view kAsHelp =
    "`file`: a gate whose data is a complete file, which can be seeked in and opened twice";
constexpr std::string_view kNeedsHelp =
    "it starts when it gets all of these units of `[semaphores]`, all or none, and gives them back "
    "when it ends, however that is";
constexpr std::string_view kLockHelp =
    "flock(2) on a file for as long as it lives; 125 when that is held";
constexpr std::string_view kScopeHelp =
    "`user`: shared by all runs of this user; it stays until `pipectl ipc rm` removes it";
constexpr std::string_view kAfterHelp =
    "starts when those have ended well, without data of theirs; a stage named there is not read "
    "for standing above";
constexpr TwoWords kEndedWords = {"`\"ok\"` or `\"ended\"`", "ok", "ended"};
constexpr std::string_view kEndedHelp =
    "`ended`: however it ended, as behind the shell's `;`, also when that failed the run";
constexpr std::string_view kInputsHelp =
    "further inputs: `${in.port}` is a path to open (`/dev/fd/N`), also in `PIPECTL_IN_port`";
constexpr std::string_view kOutputsHelp =
    "further outputs: `${out.port}`, `PIPECTL_OUT_port`; each must be read by a stage";
constexpr std::string_view kStdinHelp =
    "instead of `from`: a file, a text, nothing, or an endpoint";
constexpr std::string_view kShellHelp = "instead of `run`; parameters arrive as variables";
constexpr std::string_view kIdleHelp = "124 when it has read and written nothing for that long";
constexpr std::string_view kProcessesHelp =
    "processes and threads that its user has when it starts one more, others' of that user among "
    "them; root has no such limit";
constexpr std::string_view kRestartHelp =
    "starts it again when it has failed, or whenever it has ended before its input; its edges stay "
    "open meanwhile";
constexpr std::string_view kRetriesHelp =
    "how often a run that has failed, or timed out, is tried again from its beginning; nobody sees "
    "what an attempt writes before it has succeeded";
constexpr std::string_view kUseHelp =
    "instead of `run`: `fill` SIZE (that many bytes, the same each time), `pass`, `digest` (XXH3 "
    "and length of what it read), `count` (bytes, lines, records): for trying and comparing "
    "channels; or the path of a definition, from the folder of this one, whose stages stand here";
constexpr std::string_view kOkHelp = "what ends well; `\"any\"`: also by a signal";
constexpr TwoWords kCutWords = {"`\"auto\"` or `\"signal\"`", "auto", "signal"};
constexpr std::string_view kCutHelp =
    "what says that its readers had enough: SIGPIPE or its answer to a broken pipe, or SIGPIPE "
    "alone";
constexpr TwoWords kEndWords = {"`\"judged\"` or `\"closed\"`", "judged", "closed"};
constexpr std::string_view kEndHelp =
    "when its readers see the end: when it has ended well, or when it closes its output";
constexpr TwoWords kUnreadWords = {"`\"wait\"` or `\"stop\"`", "wait", "stop"};
constexpr std::string_view kUnreadHelp = "what becomes of it when nobody reads it any more";
constexpr std::string_view kNotifyHelp =
    "signals that it gets when another stage has ended, or has written its first byte";
constexpr std::string_view kBlockHelp =
    "blocked as it starts: they wait until the program unblocks them, or takes them with "
    "sigwait(3)";
constexpr TwoWords kWhenWords = {"`\"ended\"` or `\"first-byte\"`", "ended", "first-byte"};
constexpr std::string_view kWhenHelp =
    "the stage has ended, however; or something that it wrote was seen, some 20 ms after";
constexpr std::string_view kSharedKindHelp =
    "a file in `/dev/shm`, a System V segment, or a file where spool files are";
constexpr std::string_view kReplicasHelp =
    "so many processes of the stage share its input, block by block of whole lines; `\"cpus\"`: "
    "one "
    "for each processor; `${replica}` is the number of each, from 0";
constexpr std::string_view kReplicaOrderHelp =
    "of what replicas write: as their input stands, each block by a process of its own; `any`: "
    "lines as they come, none torn";
constexpr std::string_view kBlockSizeHelp =
    "what a replica gets at once: so many bytes of whole lines, and at least one line";
constexpr std::string_view kLeaseHelp =
    "several machines: silence after which one is lost, and the run has failed";
constexpr std::string_view kStartTimeoutHelp =
    "several machines: until all have answered, looked at their part and are connected; what Slurm "
    "lets wait is not in it";
constexpr std::string_view kSshHelp =
    "who is there, as on ssh's own command line; keys, ports, jumps: `~/.ssh/config`; several are "
    "a group: `NAME.1`, `NAME.2`";
constexpr std::string_view kLocalHelp = "so many on this machine, to try a definition";
constexpr std::string_view kHostCommandHelp =
    "a program that gets there, and runs what stands behind its words";
constexpr std::string_view kPipectlFallback = "what the shell there finds";
constexpr std::string_view kPushHelp =
    "when it is not there, or is another build: takes a copy of itself there";
constexpr std::string_view kDirHelp = "where stages and relative paths start there";
constexpr std::string_view kEnvPassHelp = "variables that go along, if they are set";
constexpr std::string_view kAddressHelp =
    "which of its addresses data uses: one, or the network that it is in";
constexpr std::string_view kRelayHelp =
    "edges that find no way from machine to machine go over this one; `false`: 125";
constexpr std::string_view kQueueTimeoutHelp =
    "when it still waits in the queue after that, the run fails";
constexpr std::string_view kHostHelp =
    "the machine of `[hosts]` that it runs on: its files, folder and programs are meant; `NAME.2` "
    "is one of a group";
constexpr std::string_view kStdoutHelp =
    "a file, replaced when the run has succeeded; nothing, or an endpoint; readers beside a file "
    "get a copy";
constexpr std::string_view kStderrHelp = "a file here is a log, which a failed run keeps";
constexpr std::string_view kDetachHelp =
    "what it leaves in the background may outlive the run, and is reported (known by "
    "`PIPECTL_DETACH` in its environment, which no other stage has)";
constexpr std::string_view kCacheHelp =
    "what it writes is kept, and played instead when nothing that it depends on has changed";
constexpr std::string_view kTerminalHelp =
    "stdout is a pseudo-terminal, stderr too where it joins it: the program keeps its colours and "
    "its line buffering";
constexpr std::string_view kNativeHelp =
    "linked to the channel library: takes the ends of bridged channels by itself, without a bridge";
constexpr std::string_view kByHelp =
    "`hash` of the field; `type`: to the reader whose channel has the `type` that stands in it";
constexpr std::string_view kAtomicHelp =
    "all or nothing, also after a signal; `false`: written at once, kept when the run fails";
constexpr std::string_view kEmptyHelp =
    "`\"refuse\"` fails a run that would replace the file with nothing";

// [pipeline]

constexpr Key kPipelineKeys[] = {
    key<kPipelineName, &Definition::name>("name", "shown to people", "the file's name"),
    key<kText, &Definition::description>("description", "what it is for"),
    key<kVia, &Definition::via>("via", "the channel of every edge", "`\"pipe\"`"),
    key<kTimeout, &Definition::timeout>("timeout", "of the whole run; 124 when it passes"),
    key<kDuration, &Definition::grace>("grace", "cancelling signal to SIGKILL", "`\"5s\"`"),
    key<kBoolean, &Definition::strict>("strict", kStrictHelp, "`true`"),
    key<kBoolean, &Definition::pipefail>("pipefail", kPipefailHelp, "`false`"),
    key<kFolder, &Definition::cwd>("cwd", kPinHelp, "the caller's folder"),
    key<kPath, &Definition::env_file>("env-file", kEnvFileHelp),
    key<kLock, &Definition::lock>("lock", "flock(2): one run at a time; 125 when it is held"),
    key<kTimeout, &Definition::lock_wait>("lock-wait", "how long the lock is waited for"),
    key<kRetries, &Definition::retries>("retries", kRetriesHelp, "`0`"),
    key<kTimeout, &Definition::retry_delay>("retry-delay", "before the second attempt; doubling",
                                            "`\"1s\"`"),
    key<kTimeout, &Definition::lease>("lease", kLeaseHelp, "`\"10s\"`"),
    key<kTimeout, &Definition::start_timeout>("start-timeout", kStartTimeoutHelp, "`\"60s\"`"),
};

// [semaphores]

constexpr Key kSemaphoreKeys[] = {
    key<kUnits, &Semaphore::count>("count", "how many units there are", "`1`"),
    key<kScope, &Semaphore::of_user>("scope", kScopeHelp, "`\"run\"`"),
    key<kSystemKey, &Semaphore::key>("key", "of the user's: its key in `ipcs -s`",
                                     "made of the name"),
};

constexpr Key kLockKeys[] = {
    key<kPath, &Lock::file>("file", "made when it is not there; needed"),
    key<kBoolean, &Lock::shared>("shared", "with others that share it", "`false`"),
    key<kTimeout, &Lock::wait>("wait", "how long it is waited for", "not at all"),
};

// [params]

constexpr Key kParameterKeys[] = {
    key<kText, &Parameter::help>("help", "what `--set` is told about it"),
    key<kParameterType, &Parameter::type>("type", "what a value has to be", "the default's"),
    key<kChoices, &Parameter::choices>("choices", "a value is one of these"),
    key<kBound, &Parameter::min>("min", "of a number: the least value"),
    key<kBound, &Parameter::max>("max", "of a number: the largest value"),
    key<kBoolean, &Parameter::required>("required", "has to be set", "`true` without `default`"),
    made_by<Parameter, read_default, write_default>("default", kDefault, kDefaultHelp),
    key<kBoolean, &Parameter::secret>("secret", "shown as `***` everywhere", "`false`"),
    key<kVariable, &Parameter::env>("env", "a variable that gives it unless `--set` does"),
};

// [for-each], [[test]]

constexpr Key kForEachKeys[] = {
    key<kJobs, &ForEach::jobs>("jobs", "how many items at a time", "the processors"),
    key<kHalt, &ForEach::halt>("halt", kHaltHelp, "`\"soon\"`"),
    key<kEither<kOrderWords>, &ForEach::any_order>("order", kOrderHelp, "`\"kept\"`"),
    made_by<ForEach, read_each, write_each>("each", kEach, kEachHelp),
};

constexpr Key kTestKeys[] = {
    made_by<Test, read_test_name, write_test_name>("name", kTestName, "unique; needed"),
    made_by<Test, read_test_set, write_test_set>("set", kTestSet, "parameters, as `--set`"),
    made_by<Test, read_test_input, write_test_input>("stdin", kTestInput, "pipectl's own stdin",
                                                     "empty"),
    made_by<Test, read_mocks, write_mocks>("mock", kMocks, kMockHelp),
    made_by<Test, read_expect, write_expect>("expect", kExpect, kExpectHelp),
};

// [shared.NAME]

constexpr Key kSharedKeys[] = {
    key<kSize, &SharedMemory::size>("size", "bytes that stages have of it; needed"),
    key<kSharedKind, &SharedMemory::kind>("kind", kSharedKindHelp, "`\"shm\"`"),
    key<kPath, &SharedMemory::init>("init", "a file whose bytes it begins with; else zeros"),
};

// [hosts.NAME]

constexpr Key kHostKeys[] = {
    made_by<HostSpec, read_ssh, write_ssh>("ssh", kSsh, kSshHelp),
    made_by<HostSpec, read_slurm, write_slurm>("slurm", kSlurm, "nodes of Slurm's"),
    made_by<HostSpec, read_local, write_local>("local", kHostCount, kLocalHelp),
    made_by<HostSpec, read_host_command, write_host_command>("command", kHostCommand,
                                                             kHostCommandHelp),
    key<kPath, &HostSpec::pipectl>("pipectl", "where it is there", kPipectlFallback),
    key<kBoolean, &HostSpec::push>("push", kPushHelp, "`false`"),
    key<kFolder, &HostSpec::dir>("dir", kDirHelp, "the caller's folder, which must exist there"),
    key<kVariables, &HostSpec::env_pass>("env-pass", kEnvPassHelp, "`LANG`, `LC_*` and `TZ`"),
    key<kNetwork, &HostSpec::address>("address", kAddressHelp, "any that others reach"),
    key<kPortRange, &HostSpec::ports>("ports", "where it listens for data", "the kernel's choice"),
    key<kBoolean, &HostSpec::relay>("relay", kRelayHelp, "`true`"),
};

constexpr Key kSshKeys[] = {
    key<kDestinations, &HostSpec::Ssh::to>("to", "as on ssh's own command line; needed"),
    key<kPath, &HostSpec::Ssh::config>("config", "the file for `ssh -F`", "ssh's own"),
    key<kWordList, &HostSpec::Ssh::options>("options", "further words for ssh, before the address"),
};

constexpr Key kSlurmKeys[] = {
    key<kHostCount, &SlurmNeeds::nodes>("nodes", "how many; several are a group", "`1`"),
    key<kLimitCount, &SlurmNeeds::cpus>("cpus", "processors", "the partition's"),
    key<kSize, &SlurmNeeds::memory>("mem", "memory", "the partition's"),
    key<kTimeout, &SlurmNeeds::time>("time", "after which Slurm ends it", "the partition's"),
    key<kSlurmWord, &SlurmNeeds::partition>("partition", "where they are", "Slurm's own"),
    key<kSlurmWord, &SlurmNeeds::gres>("gres", "for instance `gpu:1`"),
    key<kTimeout, &SlurmNeeds::queue_timeout>("queue-timeout", kQueueTimeoutHelp,
                                              "it waits as long as it takes"),
    key<kWordList, &SlurmNeeds::options>("options", "further words for salloc(1)"),
};

// [[stage]]

constexpr Key kStageKeys[] = {
    key<kStageName, &Stage::name>("name", "unique; for reports and signals", kNameFallback),
    placed_key<kFeeds, &Stage::from, &Stage::from_place>("from", kFromHelp),
    key<kTalk, &Stage::talks_to>("talks-to", kTalksHelp),
    key<kVia, &Stage::via>("via", "the channel of the edges that feed this stage"),
    key<kBuffer, &Stage::buffer>("buffer", "room on these edges beyond the channel's own"),
    key<kFanIn, &Stage::fan_in>("fan-in", kFanInHelp),
    key<kInputs, &Stage::inputs>("inputs", kInputsHelp),
    key<kAfter, &Stage::after>("after", kAfterHelp),
    key<kNeeds, &Stage::needs>("needs", kNeedsHelp),
    key<kLock, &Stage::lock>("lock", kLockHelp),
    key<kOutputs, &Stage::outputs>("outputs", kOutputsHelp),
    placed_key<kInput, &Stage::in, &Stage::in_place>("stdin", kStdinHelp),
    made_by<Stage, read_run, write_run>("run", kCommand, "no shell in between"),
    made_by<Stage, read_shell, write_shell>("shell", kShell, kShellHelp),
    made_by<Stage, read_use, write_use>("use", kShipped, kUseHelp),
    made_by<Stage, read_arguments, write_arguments>("args", kArguments, kArgsHelp),
    made_by<Stage, read_part_set, write_part_set>("set", kPartSet, kSetHelp),
    key<kEnvironment, &Stage::env>("env", "variables beside those of `[env]`"),
    key<kFolder, &Stage::cwd>("cwd", "the folder that it works in"),
    key<kMask, &Stage::umask>("umask", "what new files are not permitted"),
    key<kNice, &Stage::nice>("nice", "is added to its niceness"),
    key<kUser, &Stage::user>("user", "whom it runs as, from `/etc/passwd`; for root"),
    key<kHostName, &Stage::host>("host", kHostHelp, "the one that pipectl runs on"),
    key<kReplicas, &Stage::replicas>("replicas", kReplicasHelp),
    key<kEither<kOrderWords>, &Stage::any_order>("order", kReplicaOrderHelp, "`\"kept\"`"),
    key<kBlock, &Stage::block>("block", kBlockSizeHelp, "`\"1MiB\"`"),
    key<kFanOut, &Stage::fan_out>("fan-out", "how several readers share a port", "`\"copy\"`"),
    made_by<Stage, read_statuses, write_statuses>("ok", kStatuses, kOkHelp, "`[0]`"),
    key<kTimeout, &Stage::timeout>("timeout", "of this stage; 124 when it passes"),
    key<kTimeout, &Stage::idle_timeout>("idle-timeout", kIdleHelp),
    key<kLimits, &Stage::limits>("limits", "what it may use; one that it reaches fails it"),
    key<kRestart, &Stage::restart>("restart", kRestartHelp, "`\"never\"`"),
    key<kSignals, &Stage::signals>("signals", "how it starts, and what cancels it"),
    key<kNotify, &Stage::notify>("notify", kNotifyHelp),
    key<kEither<kCutWords>, &Stage::cut_by_signal_only>("cut", kCutHelp, "`\"auto\"`"),
    key<kEither<kEndWords>, &Stage::end_closed>("end", kEndHelp, "`\"judged\"`"),
    key<kEither<kUnreadWords>, &Stage::unread_stop>("unread", kUnreadHelp, "`\"wait\"`"),
    placed_key<kOutput, &Stage::out, &Stage::out_place>("stdout", kStdoutHelp),
    placed_key<kErrorOutput, &Stage::err, &Stage::err_place>("stderr", kStderrHelp),
    made_by<Stage, read_placed<kBoolean, &Stage::terminal, &Stage::terminal_place>,
            write_member<kBoolean, &Stage::terminal>>("tty", kBoolean, kTerminalHelp, "`false`"),
    made_by<Stage, read_placed<kBoolean, &Stage::cache, &Stage::cache_place>,
            write_member<kBoolean, &Stage::cache>>("cache", kBoolean, kCacheHelp, "`false`"),
    key<kBoolean, &Stage::detach>("detach", kDetachHelp, "`false`"),
    made_by<Stage, read_native, write_native>("native", kBoolean, kNativeHelp, "`false`"),
};

// the values of a stage's keys as tables

constexpr Key kFeedKeys[] = {
    key<kProducer, &Feed::stage>("stage", "the producer; needed"),
    key<kProducerPort, &Feed::port>("port", "or one in its `outputs`", "`\"stdout\"`"),
    key<kVia, &Feed::via>("via", "the channel of this edge"),
    key<kBuffer, &Feed::buffer>("buffer", "room on this edge"),
    key<kEither<kGateWords>, &Feed::complete>("when", kGateHelp, "`\"start\"`"),
    key<kEither<kAsWords>, &Feed::as_file>("as", kAsHelp, "`\"stream\"`"),
};

constexpr Key kAfterKeys[] = {
    key<kProducer, &After::stage>("stage", "the stage that comes before; needed"),
    key<kEither<kEndedWords>, &After::ended>("when", kEndedHelp, "`\"ok\"`"),
};

constexpr Key kTalkKeys[] = {
    key<kProducer, &Feed::stage>("stage", "the one that answers; needed"),
    key<kVia, &Feed::via>("via", "the channel, both ways; over `unix` one socket pair"),
};

constexpr Key kBufferKeys[] = {
    key<kSize, &Buffer::memory>("memory", "then disk", "`\"4MiB\"`"),
    key<kSize, &Buffer::disk>("disk", "at most", "what `$TMPDIR` has"),
};

constexpr Key kFanOutKeys[] = {
    key<kSharing, &FanOut::kind>("by", kByHelp),
    key<kField, &FanOut::field>("field", "of `hash` and `type`", "the whole line, or the first"),
};

constexpr Key kSignalKeys[] = {
    key<kDispositions, &SignalSettings::ignore>("ignore", "ignored as it starts"),
    key<kDispositions, &SignalSettings::reset>("default", "not ignored as it starts"),
    key<kBlocked, &SignalSettings::block>("block", kBlockHelp),
    key<kCancelSignal, &SignalSettings::cancel>("cancel", "ends it", "`\"SIGTERM\"`"),
};

constexpr Key kNotifyKeys[] = {
    key<kEither<kWhenWords>, &Notice::first_byte>("when", kWhenHelp, "`\"ended\"`"),
    key<kProducer, &Notice::stage>("stage", "the other stage; needed"),
    key<kAnySignal, &Notice::signal>("signal", "what this one gets; needed"),
};

constexpr Key kLimitKeys[] = {
    key<kTimeout, &Limits::cpu>("cpu", "processor time of each of its processes, in whole seconds"),
    key<kSize, &Limits::memory>("memory", "address space of each of its processes"),
    key<kSize, &Limits::file_size>("file-size", "of any file that it writes"),
    key<kLimitCount, &Limits::files>("files", "descriptors that each of its processes has open"),
    key<kLimitCount, &Limits::processes>("processes", kProcessesHelp),
};

constexpr Key kRestartKeys[] = {
    key<kRestartWhen, &Restart::when>("when", "after which ends; needed"),
    key<kLimitCount, &Restart::max>("max", "how often", "5, without bound for `always`"),
    key<kTimeout, &Restart::delay>("delay", "before the first one; doubling, up to a minute",
                                   "`\"1s\"`"),
};

// what stands at a stage's ports

constexpr Key kFileKeys[] = {
    key<kPath, &FileOutput::path>("file", "what the path alone says"),
    key<kBoolean, &FileOutput::append>("append", "to what is there", "`false`"),
    key<kBoolean, &FileOutput::atomic>("atomic", kAtomicHelp, "`true`; of `stderr` `false`"),
    key<kBoolean, &FileOutput::durable>("durable", "is on the disk when the run ends", "`false`"),
    key<kEmpty, &FileOutput::refuse_empty>("empty", kEmptyHelp, "`\"keep\"`"),
};

constexpr Key kFileEnd = {"file", &kPath, "what the path alone says"};
constexpr Key kTextEnd = {"text", &kTextInput, "the data itself"};
constexpr Key kNullEnd = {"null", &kTrue, "nothing: `/dev/null`"};
constexpr Key kInheritEnd = {"inherit", &kTrue, "pipectl's own"};
constexpr Key kFifoEnd = {"fifo", &kAddress, "path of a FIFO, made when it is not there"};
constexpr Key kListenEnd = {"listen", &kAddress, "`tcp:HOST:PORT`, `unix:PATH`; one connection"};
constexpr Key kConnectEnd = {"connect", &kAddress, "the same, where another listens"};
constexpr Key kQueueEnd = {"mq", &kAddress, "`/name` of a POSIX message queue"};
constexpr Key kSysvQueueEnd = {"sysv-mq", &kAddress, "key of a System V message queue"};
constexpr Key kSharedEnd = {"shm", &kAddress, "`/name` of shared memory"};
constexpr Key kUdpEnd = {"udp", &kAddress, "`HOST:PORT`, with `raw`"};
constexpr Key kUnixDgramEnd = {"unix-dgram", &kAddress, "a path or `@name`, with `raw`"};
constexpr Key kFromUserKey = {"from-user", &kAnybody,
                              "beside an endpoint: not this user and root alone"};
constexpr Key kRaw = {"raw", &kTrue,
                      "beside a queue or a datagram socket: messages of programs that know nothing "
                      "of pipectl"};
constexpr Key kFraming = {"framing", &kRawFraming,
                          "with `raw`: a message is a line, or stands behind its length",
                          "`\"line\"`"};
constexpr Key kWantedType = {
    "type", &kAnyMessageType,
    "with `raw`: of a System V message; `-N`, which only `stdin` takes, is "
    "the lowest type up to N",
    "any; of what is sent 1"};
constexpr Key kSentType = {"type", &kMessageType, kWantedType.help, kWantedType.fallback};
constexpr Key kPriority = {"priority", &kMessagePriority, "with `raw`: in a POSIX queue", "`0`"};
constexpr Key kCount = {"count", &kMessageCount, "with `raw`: so many messages, and waits for them",
                        "what is there"};
constexpr Key kFollow = {"follow", &kTrue, "with `raw`: goes on until the run ends"};
constexpr Key kPeek = {"peek", &kTrue, "with `raw`: takes nothing (System V)"};

constexpr Key kBesideEndpoint[] = {kFromUserKey};
constexpr Key kBesideQueueRead[] = {kFromUserKey, kRaw, kFraming, kCount, kFollow};
constexpr Key kBesideTypedRead[] = {kFromUserKey, kRaw,    kFraming, kWantedType,
                                    kCount,       kFollow, kPeek};
constexpr Key kBesideQueueWritten[] = {kFromUserKey, kRaw, kFraming, kPriority};
constexpr Key kBesideTypedWritten[] = {kFromUserKey, kRaw, kFraming, kSentType};
constexpr Key kBesideSocketWritten[] = {kFromUserKey, kRaw, kFraming};

constexpr End kInputList[] = {
    {&kFileEnd, {}},
    {&kTextEnd, {}},
    {&kNullEnd, {}},
    {&kInheritEnd, {}},
    {&kFifoEnd, kBesideEndpoint},
    {&kListenEnd, kBesideEndpoint},
    {&kConnectEnd, kBesideEndpoint},
    {&kQueueEnd, kBesideQueueRead},
    {&kSysvQueueEnd, kBesideTypedRead},
    {&kUdpEnd, kBesideQueueRead, true},
    {&kUnixDgramEnd, kBesideQueueRead, true},
    {&kSharedEnd, {}},
};
constexpr End kOutputList[] = {
    {&kFileKeys[0], std::span(kFileKeys).subspan(1)},
    {&kNullEnd, {}},
    {&kInheritEnd, {}},
    {&kFifoEnd, kBesideEndpoint},
    {&kListenEnd, kBesideEndpoint},
    {&kConnectEnd, kBesideEndpoint},
    {&kQueueEnd, kBesideQueueWritten},
    {&kSysvQueueEnd, kBesideTypedWritten},
    {&kUdpEnd, kBesideSocketWritten, true},
    {&kUnixDgramEnd, kBesideSocketWritten, true},
    {&kSharedEnd, {}},
};

// the file

constexpr Key kTables[] = {
    {"pipeline", &kPipeline, "the pipeline as a whole"},
    {"params", &kParameters, "set with `--set NAME=VALUE`, used as `${NAME}`"},
    {"env", &kEnvironment, "variables of every stage"},
    {"semaphores", &kSemaphores, "units that stages need to start"},
    {"shared", &kShared, "memory that stages map: `${shared.NAME}`"},
    {"hosts", &kHosts, "machines that stages run on"},
    {"for-each", &kForEach, "the pipeline once for each item"},
    {"ports", &kPorts, "what is outside when another definition uses this one"},
    {"stage", &kStages, "the stages"},
    {"test", &kTests, "what `pipectl test` tries"},
};

}  // namespace

const AnyTable kFileTable = {"a definition", {}, R"("required":["stage"])", kTables};
const Table<Definition> kPipelineTable = {
    {"[pipeline]", "keys of a stage belong under [[stage]]", {}, kPipelineKeys}};
const Table<Parameter> kParameterTable = {
    {"a parameter",
     {},
     // "required" says the opposite of "default"
     R"("oneOf":[{"required":["default"],"properties":{"required":{"const":false}}},)"
     R"({"not":{"required":["default"]},"properties":{"required":{"const":true}}}])",
     kParameterKeys}};
const Table<HostSpec> kHostTable = {
    {"a host",
     {},
     R"("oneOf":[{"required":["ssh"]},{"required":["slurm"]},{"required":["local"]},)"
     R"({"required":["command"]}])",
     kHostKeys}};
const Table<HostSpec::Ssh> kSshTable = {{"'ssh'", {}, R"("required":["to"])", kSshKeys}};
const Table<SlurmNeeds> kSlurmTable = {{"'slurm'", {}, {}, kSlurmKeys}};
const Table<ForEach> kForEachTable = {{"[for-each]", {}, R"("required":["each"])", kForEachKeys}};
const Table<Test> kTestTable = {{"a test", {}, R"("required":["name"])", kTestKeys}};
const Table<SharedMemory> kSharedTable = {
    {"a shared region", {}, R"("required":["size"])", kSharedKeys}};
const Table<Stage> kStageTable = {
    {"a stage",
     {},
     // of these three one is there, and of the other two at most one
     R"("oneOf":[{"required":["run"]},{"required":["shell"]},{"required":["use"]}],)"
     R"("not":{"required":["from","stdin"]},"dependencies":{"args":["use"],"set":["use"],"order":["replicas"],"block":["replicas"],)"
     R"("talks-to":{"not":{"anyOf":[{"required":["from"]},{"required":["stdin"]},)"
     R"({"required":["stdout"]}]}}})",
     kStageKeys}};
const Table<Feed> kFeedTable = {{"an input", "options of a channel: via = { channel = \"..\", .. }",
                                 R"("required":["stage"])", kFeedKeys}};
const Table<Semaphore> kSemaphoreTable = {{"a semaphore", {}, {}, kSemaphoreKeys}};
const Table<Lock> kLockTable = {{"'lock'", {}, R"("required":["file"])", kLockKeys}};
const Table<After> kAfterTable = {{"'after'", {}, R"("required":["stage"])", kAfterKeys}};
const Table<Feed> kTalkTable = {{"'talks-to'",
                                 "options of a channel: via = { channel = \"..\", .. }",
                                 R"("required":["stage"])", kTalkKeys}};
const Table<Buffer> kBufferTable = {{"a buffer", {}, {}, kBufferKeys}};
const Table<FanOut> kFanOutTable = {{"'fan-out'",
                                     {},
                                     R"("required":["by"],"anyOf":[{"not":{"required":["field"]}},)"
                                     R"({"properties":{"by":{"enum":["hash","type"]}}}])",
                                     kFanOutKeys}};
const Table<SignalSettings> kSignalsTable = {{"'signals'", {}, {}, kSignalKeys}};
const Table<Notice> kNotifyTable = {
    {"'notify'", {}, R"("required":["stage","signal"])", kNotifyKeys}};
const Table<Limits> kLimitsTable = {{"'limits'", {}, R"("minProperties":1)", kLimitKeys}};
const Table<Restart> kRestartTable = {{"'restart'", {}, R"("required":["when"])", kRestartKeys}};
const Table<FileOutput> kFileOutputTable = {{"a file", {}, {}, kFileKeys}};
const std::span<const End> kInputEnds = kInputList;
const std::span<const End> kOutputEnds = kOutputList;

std::vector<Key> keys_of(std::span<const End> ends) {
    std::vector<Key> keys;
    const auto add = [&](const Key& key) {
        const auto same = [&](const Key& other) { return other.name == key.name; };
        if (std::none_of(keys.begin(), keys.end(), same)) keys.push_back(key);
    };
    for (const End& end : ends) {
        add(*end.key);
        std::for_each(end.beside.begin(), end.beside.end(), add);
    }
    return keys;
}

}  // namespace pipectl
