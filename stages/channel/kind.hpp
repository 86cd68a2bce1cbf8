#pragma once

// The table of channel kinds: what each one is, its options, and how its ends are made.
//
// One kind is one .cpp file in stages/kinds that defines its `Kind`, and a line in the table there.
// Validation, the plan, `pipectl channels` and the contract tests all read this table; nothing
// else switches on the name of a kind. Nothing here starts a process or knows what a stage is.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "stages/base/fd.hpp"
#include "stages/channel/halves.hpp"

namespace pipectl::channel {

/// Whether an unmodified program reads and writes the ends by itself.
enum class Ends { direct, bridged };

/// What makes a writer stop when its reader has gone.
enum class ReaderGone {
    kernel_tells,  ///< SIGPIPE and EPIPE: pipes, and sockets once `reader_left` was called
    we_tell,       ///< the supervisor watches `writer_goes_on` and sends SIGPIPE: files
};

enum class OptionType { size, boolean, text, mode, integer, choice };

/// What an option means to the planner, which knows none by its name.
enum class OptionRole {
    plain,  ///< nothing
    path,   ///< a place in the file system: of one edge alone, found as the stages' files are
    shared_object,  ///< edges with the same name use one object, each by a type of its own
    readers_type,   ///< what the reader takes of it, and of lines that are shared by type
};

/// The option that `KIND:WORD` sets, unless the word is a choice of another one's.
inline constexpr std::string_view kSizeOption = "size";

/// One option of a kind: how it is written in a `via = { .. }` table.
struct Option {
    std::string_view name;
    OptionType type;
    std::string_view default_text;  ///< for people; empty: none
    std::string_view help;
    std::string_view choices = {};  ///< of a choice: "bytes|line"
    OptionRole role = OptionRole::plain;
};

/// Of every bridged kind. The planner tells the sending bridge.
inline constexpr Option kRecordsOption = {
    .name = "records",
    .type = OptionType::choice,
    .default_text = "bytes",
    .help = "'line': each line is a record, with its newline; 'bytes': bounds mean nothing",
    .choices = "bytes|line"};

/// A checked value: size and integer and mode are numbers, in bytes where they are sizes.
using Value = std::variant<std::uint64_t, bool, std::string>;

/// The options that a definition set; those it did not are absent.
using Settings = std::map<std::string, Value, std::less<>>;

/// The setting that the supervisor puts beside the user's own options: how many channels of the
/// same kind the run has, for kinds whose objects share a limit.
inline constexpr std::string_view kSiblingsSetting = "siblings";

/// Typed reading of settings with a default. The type was checked when the settings were made.
std::uint64_t number_of(const Settings& settings, std::string_view name, std::uint64_t otherwise);
bool flag_of(const Settings& settings, std::string_view name, bool otherwise);
std::string text_of(const Settings& settings, std::string_view name, std::string otherwise);

/// Where a kind may put names: a folder of the run, mode 0700, made on the first call.
class PrivateFolder {
  public:
    virtual ~PrivateFolder() = default;
    /// The folder's path. Throws SystemError when it cannot be made.
    virtual const std::string& path() = 0;
    /// A name that must be removed when the run is over, whoever dies. Called before it is made; a
    /// System V object's (sysv_name()), whose id the kernel chooses, right after. Whoever makes one
    /// asks for path() first: between its making and its listing there is then no more than that.
    virtual void will_create(const std::string& path) = 0;
    /// The name is gone again.
    virtual void removed(const std::string& path) = 0;

    /// A number that edges of one run share under a name of their kind's; 0 at first.
    std::uint64_t& shared(const std::string& name) { return shared_[name]; }

  private:
    std::map<std::string, std::uint64_t> shared_;
};

/// The ends of one edge, all close-on-exec. The supervisor hands `writer`, `reader` and `finish` to
/// the processes that the plan names and closes its own copies of them after the start.
///
/// Those of a bridged kind are sockets with a ticket each (ticket.hpp), and nothing else is there:
/// the end of data is a mark that a receiver never takes a death for.
struct EdgeEnds {
    Fd writer;
    Fd reader;
    /// Only for kinds with `follower`: the reader sees end of file here when the writer has ended.
    Fd finish;
    /// Held by the supervisor; the reader is shown the end of data only after it is closed.
    Fd hold;
    /// Of sockets, held by the supervisor: keeps the reader's end open after the reader has gone. A
    /// socket that is closed with data in it makes its writer fail with ECONNRESET, for which no
    /// program is prepared; see Kind::reader_left.
    Fd reader_copy;
    /// The object is another edge's too, in the other direction: `reader_copy` would keep that
    /// edge's end of data back.
    bool two_way = false;
    /// For `we_tell` kinds: what `writer_goes_on` looks at. It may keep the writer's end open, so
    /// it is closed no later than `hold`.
    Fd writer_copy;
    /// Of kinds whose object counts by itself: bytes of data that its reader has taken so far.
    /// Nothing when that cannot be told. Keeps the object until it is dropped.
    std::function<std::optional<std::uint64_t>()> taken;
};

/// What is wrong with an address, and what would be right.
struct AddressProblem {
    std::string message;
    std::string hint;
};

/// How two programs that know only an address meet there, outside a run.
enum class Meeting {
    none,
    file,    ///< at a FIFO, which either side opens; plain bytes
    socket,  ///< one listens, the other connects; plain bytes
    queue,   ///< at an object that stays: filled now, read later
    name,    ///< whoever comes first waits for the other; both are ours
};

/// How the messages of programs that know nothing of pipectl are taken and left there.
enum class Foreign {
    none,
    posix_queue,
    system_v_queue,
    datagrams,        ///< at HOST:PORT
    local_datagrams,  ///< at a path or an abstract name
};

struct EndpointTraits {
    Meeting meeting = Meeting::none;
    /// Nothing when there can be an endpoint with this address. Null: any name of letters, digits,
    /// '.', '_' and '-' is one.
    std::optional<AddressProblem> (*problem)(std::string_view address) = nullptr;
    /// The address is a path. Null: no address of the kind is.
    bool (*is_path)(std::string_view address) = nullptr;
    /// For a name that cannot be one: who can be there at all. Empty: what names are made of is
    /// said.
    std::string_view who = {};
    Foreign foreign = Foreign::none;
    /// As `problem`, where messages of other programs are meant; never null when `foreign` is.
    std::optional<AddressProblem> (*foreign_problem)(std::string_view address) = nullptr;
    /// As `is_path`.
    bool (*foreign_is_path)(std::string_view address) = nullptr;
};

struct Kind {
    std::string_view name;
    std::string_view summary;        ///< one line for people
    std::string_view kernel_object;  ///< "anonymous pipe"
    Ends ends = Ends::direct;
    bool keeps_records = false;
    /// The ends can be opened again through /dev/fd/N at any time (a socket's cannot: ENXIO, see
    /// unix(7); a FIFO's waits for ever once the other side has gone), so that named ports work
    /// without a copier in between.
    bool reopenable = false;
    /// The reader's end is a growing file: the planner puts a follower process in front of it.
    bool follower = false;
    ReaderGone reader_gone = ReaderGone::kernel_tells;
    /// The program of ours that speaks a bridged kind; it stands beside pipectl-helper, and does
    /// all that the helper does. Another one where the kind's libraries would make every helper
    /// slow.
    std::string_view program = "pipectl-helper";
    /// The two ends may be on two machines.
    bool between_hosts = false;
    std::span<const Option> options = {};

    /// Makes the ends. Throws SystemError.
    EdgeEnds (*create)(const Settings&, PrivateFolder&) = nullptr;

    /// Makes the ends of two edges, there and back, over one object: each of the two processes has
    /// one descriptor of it, as writer of the one and reader of the other. Throws SystemError. Null
    /// for kinds whose object has one direction.
    void (*create_two_way)(const Settings&, PrivateFolder&, EdgeEnds& there,
                           EdgeEnds& back) = nullptr;

    /// After the reader has gone: makes the kernel tell the writer so by SIGPIPE and EPIPE, as a
    /// pipe does by itself. Null where nothing has to be done.
    void (*reader_left)(EdgeEnds&) = nullptr;

    /// For `we_tell` kinds, after the reader has gone: true when the writer has gone on to write
    /// since the last call; `mark` is a number that this function owns and keeps, 0 at first, when
    /// it takes note of where the writer stands. Never blocks. Null for `kernel_tells`.
    bool (*writer_goes_on)(int writer_copy, std::uint64_t& mark) = nullptr;

    /// Bridged kinds: the halves, opened with the ticket that create() made; the line must outlive
    /// them. Throw SystemError. Null for direct kinds.
    std::unique_ptr<Sender> (*open_sender)(Ticket, Line&) = nullptr;
    std::unique_ptr<Receiver> (*open_receiver)(Ticket, Line&) = nullptr;

    /// A limit of the machine's or the user's beyond descriptors, or a place in a file system, may
    /// refuse the ends: a run makes them before it starts its first process.
    bool limited = false;

    /// Whether the machine's and the user's limits let the ends be; makes nothing. Throws
    /// SystemError where create() would. Null where there are none, or where only trying tells.
    void (*check_limits)(const Settings&) = nullptr;

    /// Outside a run.
    EndpointTraits endpoint = {};
};

/// The option with this role, or null.
const Option* find_option(const Kind& kind, OptionRole role);

/// What all bridged kinds have: the rest of the struct is what tells one from the other. Its
/// endpoints are met by name unless it says otherwise.
constexpr Kind bridged(Kind kind) {
    kind.ends = Ends::bridged;
    kind.keeps_records = true;
    if (kind.endpoint.meeting == Meeting::none) kind.endpoint.meeting = Meeting::name;
    return kind;
}

/// All kinds, in the order in which they are shown.
std::span<const Kind* const> kinds();

/// The kind of that name, or null.
const Kind* find_kind(std::string_view name);

/// The program that speaks at `endpoint`, KIND:ADDRESS.
std::string_view program_for_endpoint(std::string_view endpoint);

}  // namespace pipectl::channel
