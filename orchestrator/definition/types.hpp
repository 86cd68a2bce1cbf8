#pragma once

// The types of the definition language: each with one reader, one writer and one schema.
//
// Readers leave what they do not understand out and an error in the Reader. Internal to this
// folder. type_*.cpp define them; language.cpp says which key is of which.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/definition/language.hpp"

namespace pipectl::type {

/// Of the entry's value.
SourcePlace place_of(const Entry& entry);

using Environment = std::vector<std::pair<std::string, Template>>;

// type_plain.cpp: what has no parts
extern const Type<std::string> kText;
extern const Type<std::string> kPipelineName;
extern const Type<Located<std::string>> kStageName;
extern const Type<bool> kBoolean;
extern const AnyType kTrue;
extern const Type<std::chrono::milliseconds> kDuration;
extern const Type<std::chrono::milliseconds> kTimeout;
extern const Type<std::uint64_t> kSize;
extern const AnyType kScalar;
extern const Type<Located<std::string>> kVariable;
extern const Type<Template> kFolder;
extern const Type<Located<int>> kNice;
extern const Type<unsigned> kMask;
extern const Type<Located<std::string>> kUser;

// type_edge.cpp: what an edge is
extern const Type<Via> kVia;
extern const Type<Buffer> kBuffer;
extern const Type<FanOut> kFanOut;
extern const Type<FanOut::Kind> kSharing;
extern const Type<int> kField;
extern const Type<Located<FanInKind>> kFanIn;

// type_ports.cpp: ports and what feeds them
extern const Type<Located<std::string>> kProducer;
extern const Type<std::string> kProducerPort;
extern const AnyType kFeed;
extern const Type<std::vector<Feed>> kFeeds;
extern const Type<std::vector<After>> kAfter;
extern const Type<std::vector<InputPort>> kInputs;
extern const Type<std::vector<Located<std::string>>> kOutputs;

// type_talk.cpp: an edge that goes both ways
extern const Type<Feed> kTalk;

// type_ends.cpp: what stands at a stage's ports when it is no edge
extern const Type<InputSpec> kInput;
extern const Type<OutputSpec> kOutput;
extern const Type<OutputSpec> kErrorOutput;
extern const Type<Template> kPath;
extern const Type<bool> kEmpty;
extern const AnyType kTextInput;
extern const AnyType kAddress;
extern const AnyType kAnybody;
extern const AnyType kRawFraming;
extern const AnyType kMessageType;
extern const AnyType kAnyMessageType;
extern const AnyType kMessagePriority;
extern const AnyType kMessageCount;

// type_process.cpp: what a process is given
extern const Type<Environment> kEnvironment;
extern const Type<SignalSettings> kSignals;
extern const Type<std::vector<int>> kDispositions;
extern const Type<std::vector<int>> kBlocked;
extern const Type<int> kCancelSignal;
extern const Type<int> kAnySignal;

// type_trying.cpp: what a stage may use, and what becomes of it when it has failed
extern const Type<Limits> kLimits;
extern const Type<std::int64_t> kLimitCount;
extern const Type<Located<std::int64_t>> kRetries;
extern const Type<Restart> kRestart;
extern const Type<Restart::When> kRestartWhen;

// type_notify.cpp: signals that stages get about each other
extern const Type<std::vector<Notice>> kNotify;

// type_stage.cpp: a stage and its command
extern const AnyType kCommand;
extern const AnyType kShell;
extern const AnyType kShipped;
extern const AnyType kArguments;
extern const AnyType kStatuses;
extern const AnyType kStages;
void read_run(Reading& reading, const Entry& entry, Stage& stage);
void read_shell(Reading& reading, const Entry& entry, Stage& stage);
void read_use(Reading& reading, const Entry& entry, Stage& stage);
void read_arguments(Reading& reading, const Entry& entry, Stage& stage);
void read_statuses(Reading& reading, const Entry& entry, Stage& stage);
void read_native(Reading& reading, const Entry& entry, Stage& stage);
std::string write_run(const Stage& stage, std::size_t column);
std::string write_shell(const Stage& stage, std::size_t column);
std::string write_use(const Stage& stage, std::size_t column);
std::string write_arguments(const Stage& stage, std::size_t column);
std::string write_statuses(const Stage& stage, std::size_t column);
std::string write_native(const Stage& stage, std::size_t column);

// type_holds.cpp: what a stage has to hold: units of semaphores, locks
extern const AnyType kSemaphores;
std::optional<std::vector<Semaphore>> read_semaphores(Reading& reading, const Entry& entry);
std::vector<std::string> semaphore_entries(const std::vector<Semaphore>& all);
extern const Type<std::int64_t> kUnits;
extern const Type<bool> kScope;
extern const Type<std::int64_t> kSystemKey;
extern const Type<std::vector<Need>> kNeeds;
extern const Type<Lock> kLock;

// type_replicas.cpp: several processes of one stage
extern const Type<Located<int>> kReplicas;
extern const Type<std::uint64_t> kBlock;

// type_shared.cpp: memory that stages share
extern const AnyType kShared;
extern const Type<SharedMemory::Kind> kSharedKind;

// type_host.cpp: machines
extern const AnyType kHosts;
extern const Type<Located<std::string>> kHostName;
extern const AnyType kSsh;
extern const AnyType kSlurm;
extern const Type<std::int64_t> kHostCount;
extern const AnyType kHostCommand;
extern const Type<std::vector<Located<std::string>>> kDestinations;
extern const Type<std::vector<std::string>> kWordList;
extern const Type<std::vector<std::string>> kVariables;
extern const Type<std::string> kSlurmWord;
extern const Type<std::string> kNetwork;
extern const Type<HostSpec::Ports> kPortRange;
void read_ssh(Reading& reading, const Entry& entry, HostSpec& host);
void read_slurm(Reading& reading, const Entry& entry, HostSpec& host);
void read_local(Reading& reading, const Entry& entry, HostSpec& host);
void read_host_command(Reading& reading, const Entry& entry, HostSpec& host);
std::string write_ssh(const HostSpec& host, std::size_t column);
std::string write_slurm(const HostSpec& host, std::size_t column);
std::string write_local(const HostSpec& host, std::size_t column);
std::string write_host_command(const HostSpec& host, std::size_t column);

// type_parameter.cpp
extern const AnyType kPipeline;
extern const AnyType kParameters;
extern const Type<ParameterType> kParameterType;
extern const Type<std::vector<Scalar>> kChoices;
extern const Type<Scalar> kBound;
extern const AnyType kDefault;
void read_default(Reading& reading, const Entry& entry, Parameter& parameter);
std::string write_default(const Parameter& parameter, std::size_t column);

// type_each.cpp: the pipeline once for each item
extern const AnyType kForEach;
extern const Type<std::int64_t> kJobs;
extern const Type<ForEach::Halt> kHalt;
extern const AnyType kEach;
void read_each(Reading& reading, const Entry& entry, ForEach& of);
std::string write_each(const ForEach& of, std::size_t column);

// type_part.cpp: another definition in the place of a stage
extern const AnyType kPorts;
extern const AnyType kPartSet;
std::vector<std::string> port_entries(const std::vector<PartPort>& ports);
void read_part_set(Reading& reading, const Entry& entry, Stage& stage);
std::string write_part_set(const Stage& stage, std::size_t column);

// type_test.cpp: tests of the definition
extern const AnyType kTests;
extern const AnyType kTestName;
extern const AnyType kTestSet;
extern const AnyType kTestInput;
extern const AnyType kMocks;
extern const AnyType kExpect;
void read_test_name(Reading& reading, const Entry& entry, Test& test);
std::string write_test_name(const Test& test, std::size_t column);
void read_test_set(Reading& reading, const Entry& entry, Test& test);
std::string write_test_set(const Test& test, std::size_t column);
void read_test_input(Reading& reading, const Entry& entry, Test& test);
std::string write_test_input(const Test& test, std::size_t column);
void read_mocks(Reading& reading, const Entry& entry, Test& test);
std::string write_mocks(const Test& test, std::size_t column);
void read_expect(Reading& reading, const Entry& entry, Test& test);
std::string write_expect(const Test& test, std::size_t column);

/// Two words, of which one holds without the key.
struct TwoWords {
    std::string_view name;
    std::string_view usual;
    std::string_view other;
};
std::optional<bool> read_two_words(Reading& reading, const Entry& entry, const TwoWords& words);
std::string two_words_schema(const TwoWords& words);

/// True for the word that is not the usual one.
template <const TwoWords& kWords>
inline constexpr Type<bool> kEither = {
    {.name = kWords.name,
     .make_schema = [](Schema& /*schema*/) { return two_words_schema(kWords); }},
    [](Reading& reading, const Entry& entry) { return read_two_words(reading, entry, kWords); },
    [](const bool& other, std::size_t /*column*/) {
        return '"' + std::string(other ? kWords.other : kWords.usual) + '"';
    }};

}  // namespace pipectl::type
