#include "orchestrator/export/script_functions.hpp"

#include <algorithm>
#include <string_view>

namespace pipectl {
namespace {

/// ksh93 joins commands with sockets: a writer whose reader leaves gets ECONNRESET instead of
/// SIGPIPE, and fails.
constexpr std::string_view kRestart =
    "[ -z \"${KSH_VERSION-}\" ] || [ -n \"${EXPORT_RESTARTED-}\" ] ||\n"
    "    EXPORT_RESTARTED=1 exec /bin/sh \"$0\" \"$@\" # its pipes know no SIGPIPE\n";

constexpr std::string_view kOpening =
    "[ -z \"${ZSH_VERSION-}\" ] || emulate sh\n"
    "unset CDPATH\n"
    "work=$(mktemp -d) || exit 125\n"
    ": >\"$work/ended\"\n"
    "\n";

constexpr std::string_view kTraps =
    "trap tidy EXIT\n"
    "trap 'exit 129' HUP\n"
    "trap 'exit 130' INT\n"
    "trap 'exit 131' QUIT\n"
    "trap 'exit 143' TERM\n"
    "\n";

/// Jobs in the background ignore SIGINT, and only their last process has a number that the shell
/// tells. ps(1) knows the others.
constexpr std::string_view kStop =
    "stop() { # STATUS: ends all that was started, and the script\n"
    "    trap '' HUP INT QUIT TERM\n"
    "    kill $(ps -A -o pid= -o ppid= | awk -v script=$$ '\n"
    "        { parent[$1] = $2 }\n"
    "        END {\n"
    "            for (each in parent) {\n"
    "                for (i = parent[each]; i > 1 && i != script;) i = parent[i]\n"
    "                if (i == script) print each\n"
    "            }\n"
    "        }') 2>/dev/null\n"
    "    exit \"$1\"\n"
    "}\n"
    "trap tidy EXIT\n"
    "trap 'stop 129' HUP\n"
    "trap 'stop 130' INT\n"
    "trap 'stop 131' QUIT\n"
    "trap 'stop 143' TERM\n"
    "\n";

/// A program may end without having opened a FIFO that it was given. Opening it for both ways,
/// which never waits, wakes whoever waits at the other end; the empty file is for who comes later.
constexpr std::string_view kCloseFifos =
    "close_fifos() { # FILE...: lets go whoever still waits at the other end of a FIFO\n"
    "    for file; do\n"
    "        [ -p \"$file\" ] || continue\n"
    "        : >\"$file.end\"\n"
    "        mv -f \"$file.end\" \"$file\" <>\"$file\" 2>/dev/null\n"
    "    done\n"
    "}\n"
    "\n";

constexpr std::string_view kNeed =
    "need() { # FILE...: ends the script when one cannot be read\n"
    "    for file; do\n"
    "        [ -r \"$file\" ] && continue\n"
    "        printf '%s\\n' \"$0: cannot read '$file'\" >&2\n"
    "        exit 125\n"
    "    done\n"
    "}\n"
    "\n";

/// ksh93 says 256 + N for signal N. 141 is SIGPIPE: the reader had enough.
constexpr std::string_view kStage =
    "stage() { # NAME[:ok=STATUS,...|any] COMMAND...: runs it and notes how it ended\n"
    "    stage_name=${1%%:*} stage_ok=0\n"
    "    case $1 in *:ok=*) stage_ok=${1#*:ok=} ;; esac\n"
    "    shift\n"
    "    \"$@\"\n"
    "    stage_status=$?\n"
    "    [ \"$stage_status\" -le 256 ] || stage_status=$((stage_status - 128))\n"
    "    case ,$stage_ok,141, in\n"
    "        *,\"$stage_status\",* | *,any,*) echo \"$stage_name $stage_status ok\" ;;\n"
    "        *) echo \"$stage_name $stage_status failed\" ;;\n"
    "    esac >>\"$work/ended\"\n";

constexpr std::string_view kStageFifos =
    "    close_fifos \"$work/$stage_name\".* \"$work\"/*.\"$stage_name\"\n";

constexpr std::string_view kCopy =
    "copy() { # FILE...: a tee that goes on when a reader has left\n"
    "    (trap '' PIPE && exec tee \"$@\" 2>/dev/null)\n"
    "}\n"
    "\n";

constexpr std::string_view kConcat =
    "concat() { # FILE...: one after the other\n"
    "    cat \"$@\"\n"
    "    close_fifos \"$@\"\n"
    "}\n"
    "\n";

/// Where ways meet again that have parted, a reader may want all of one before it looks at the
/// other. A shell has no room without bounds but a file.
constexpr std::string_view kSpool =
    "spool() { # [FIFO]: gives nothing before it has got everything, so that nobody waits for it\n"
    "    file=$(mktemp \"$work/spool.XXXXXX\") && cat >\"$file\" || return\n"
    "    if [ \"$#\" -gt 0 ]; then cat \"$file\" >\"$1\"; else cat \"$file\"; fi\n"
    "    rm -f \"$file\"\n"
    "}\n"
    "\n";

constexpr std::string_view kDeal =
    "deal_lines() { # FIFO...: lines in turn to stdout and to each of these\n"
    "    awk 'BEGIN { n = ARGC; ARGC = 1; for (i = 1; i < n; i++) printf \"\" >ARGV[i] }\n"
    "        { i = (NR - 1) % n; if (i) print >ARGV[i]; else print }' \"$@\"\n"
    "}\n"
    "\n";

constexpr std::string_view kHash =
    "hash_lines() { # FIELD FIFO...: lines with the same field (0: the line) to the same one\n"
    "    awk 'BEGIN { field = ARGV[1]; n = ARGC - 1; ARGC = 1\n"
    "            for (i = 2; i <= n; i++) printf \"\" >ARGV[i]\n"
    "            for (i = 1; i < 256; i++) code[sprintf(\"%c\", i)] = i }\n"
    "        { key = $field; hash = 7\n"
    "            for (i = length(key); i; i--) hash = (hash * 31 + code[substr(key, i, 1)]) % "
    "65521\n"
    "            i = hash % n; if (i) print >ARGV[i + 1]; else print }' \"$@\"\n"
    "}\n"
    "\n";

/// `wait` first: a background job may still write.
constexpr std::string_view kFinish =
    "finish() { # FOLDER FILE ..: ends the script, as the first stage that failed; else the files "
    "are put in place\n"
    "    wait\n"
    "    while read -r stage_name stage_status stage_ok; do\n"
    "        [ \"$stage_ok\" = failed ] || continue\n"
    "        echo \"$0: stage '$stage_name' ended with status $stage_status\" >&2\n"
    "        exit \"$stage_status\"\n"
    "    done <\"$work/ended\"\n";

constexpr std::string_view kFinishAs =
    "finish_as() { # STAGE FOLDER FILE ..: ends the script as that stage did; puts the files in "
    "place\n"
    "    wait\n"
    "    last=$1\n"
    "    shift\n"
    "    while read -r stage_name stage_status stage_ok; do\n"
    "        [ \"$stage_name\" != \"$last\" ] || last_status=$stage_status last_ok=$stage_ok\n"
    "    done <\"$work/ended\"\n"
    "    [ \"${last_ok-failed}\" = ok ] || exit \"${last_status:-125}\"\n";

/// A link is replaced, never followed: somebody else may have put it there.
constexpr std::string_view kPutInPlace =
    "    while [ \"$#\" -gt 0 ]; do\n"
    "        if [ -d \"$2\" ]; then\n"
    "            printf '%s\\n' \"$0: '$2' is a folder\" >&2\n"
    "            exit 125\n"
    "        elif [ -h \"$2\" ] || [ -f \"$2\" ] || [ ! -e \"$2\" ]; then\n"
    "            mv -f -- \"$1/new\" \"$2\" || exit 125\n"
    "        else\n"
    "            cat -- \"$1/new\" >\"$2\" || exit 125 # a device\n"
    "        fi\n"
    "        shift 2\n"
    "    done\n";

/// Beside the file, so that mv(1) is one rename(2); a folder that nobody else may enter, so that no
/// name in it can be guessed and taken.
constexpr std::string_view kBeside =
    "beside() { # FILE: prints a new folder for what becomes FILE\n"
    "    case $1 in */*) file=${1%/*}/ ;; *) file=./ ;; esac\n"
    "    if [ -e \"$1\" ] && [ ! -f \"$1\" ]; then file=$work/; fi # a device\n"
    "    mktemp -d -- \"$file.new.XXXXXX\"\n"
    "}\n"
    "\n";

/// The terminal does not show what is typed, and does so again when that is interrupted.
constexpr std::string_view kAsk =
    "ask() { # NAME HELP: a secret that is in no variable: from the terminal, or a line of stdin\n"
    "    if eval \"[ -n \\\"\\${$1+set}\\\" ]\"; then return; fi\n"
    "    if (: </dev/tty) 2>/dev/null; then\n"
    "        printf '%s: ' \"$2\" >/dev/tty\n"
    "        trap 'stty echo </dev/tty; exit 130' INT\n"
    "        stty -echo </dev/tty\n"
    "        IFS= read -r answer </dev/tty || answer=\n"
    "        stty echo </dev/tty\n"
    "        trap - INT\n"
    "        echo >/dev/tty\n"
    "    else\n"
    "        IFS= read -r answer || answer=\n"
    "    fi\n"
    "    if [ -z \"$answer\" ]; then\n"
    "        printf '%s\\n' \"$0: '$1' must be set: it is a secret, which no script holds\" >&2\n"
    "        exit 125\n"
    "    fi\n"
    "    eval \"$1=\\$answer\"\n"
    "}\n";

constexpr std::string_view kClosing = "# --- end of functions\n";

bool has(const ScriptGraph& graph, ScriptNode::Kind kind) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [kind](const ScriptNode& node) { return node.kind == kind; });
}

bool has_fifos(const ScriptGraph& graph) {
    return std::any_of(graph.wires.begin(), graph.wires.end(),
                       [](const Wire& wire) { return !wire.pipe; });
}

std::string tidy(const FunctionNeeds& needs, bool fifos, bool background) {
    std::string text = "tidy() { # nothing is left\n";
    if (fifos) text += "    close_fifos \"$work\"/*\n";
    text += "    rm -rf -- \"$work\"";
    for (std::size_t i = 1; i <= needs.new_files; ++i) {
        const std::string name = "new_" + std::to_string(i);
        text += " ${" + name + ":+\"$" + name + "\"}";
    }
    text += "\n}\n";
    text += background ? kStop : kTraps;
    return text;
}

}  // namespace

std::string ask_function(bool managed) {
    return (managed ? std::string(kRestart) : std::string()) + std::string(kAsk);
}

std::string script_functions(const ScriptGraph& graph, const FunctionNeeds& needs) {
    const bool fifos = has_fifos(graph);
    std::string text("# --- functions of pipectl export\n");
    text += kRestart;
    text += kOpening;
    for (std::size_t i = 1; i <= needs.new_files; ++i) {
        text += "new_" + std::to_string(i) + (i < needs.new_files ? "= " : "=\n\n");
    }
    if (fifos) text += kCloseFifos;
    text += tidy(needs, fifos, graph.jobs.size() > 1);
    if (needs.reads_files) text += kNeed;
    if (needs.new_files > 0) text += kBeside;
    text += kStage;
    if (fifos) text += kStageFifos;
    text += "}\n\n";
    if (has(graph, ScriptNode::Kind::copy)) text += kCopy;
    if (has(graph, ScriptNode::Kind::merge)) text += fifos ? kConcat : std::string_view{};
    if (has(graph, ScriptNode::Kind::spool)) text += kSpool;
    if (has(graph, ScriptNode::Kind::deal)) text += kDeal;
    if (has(graph, ScriptNode::Kind::hash)) text += kHash;
    text += needs.strict ? kFinish : kFinishAs;
    if (needs.new_files > 0) text += kPutInPlace;
    // non-strict: a status in `ok` that is not 0 is success all the same
    text += "    exit 0\n}\n";
    text += kClosing;
    return text;
}

}  // namespace pipectl
