#include "orchestrator/plan/replicas.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/plan/ports.hpp"

namespace pipectl {
namespace {

using namespace std::string_view_literals;

/// What they say of an input depends on all of its lines, or on where a line stands.
constexpr std::array kOfTheWhole = {
    "sort"sv,  "uniq"sv,     "wc"sv,        "head"sv,      "tail"sv,      "tac"sv,
    "nl"sv,    "shuf"sv,     "tsort"sv,     "sum"sv,       "cksum"sv,     "md5sum"sv,
    "b2sum"sv, "sha1sum"sv,  "sha224sum"sv, "sha256sum"sv, "sha384sum"sv, "sha512sum"sv,
    "paste"sv, "split"sv,    "csplit"sv,    "comm"sv,      "join"sv,      "diff"sv,
    "cmp"sv,   "datamash"sv, "ts"sv,        "pr"sv,        "column"sv};

/// What reads no lines: a block that ends at a newline tears it.
constexpr std::array kOfBytes = {"zcat"sv, "gunzip"sv,  "bzcat"sv,  "bunzip2"sv, "xzcat"sv,
                                 "unxz"sv, "zstdcat"sv, "unzstd"sv, "tar"sv,     "cpio"sv,
                                 "gpg"sv,  "unlz4"sv,   "lz4cat"sv, "base64"sv};

/// Their status is 1 when nothing was found.
constexpr std::array kOfMatches = {"grep"sv, "egrep"sv, "fgrep"sv, "zgrep"sv, "rg"sv};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// The program's name; empty when a parameter says it.
std::string program_of(const Stage& stage) {
    const bool shell = stage.command == Stage::Command::shell;
    if (!shell && stage.run.empty()) return {};
    const Template& text = shell ? stage.shell : stage.run.front();
    if (text.pieces.empty() || text.pieces.front().kind != Template::Piece::Kind::text) return {};
    std::string name = text.pieces.front().value;
    if (shell) name = name.substr(0, name.find_first_of(" \t\n;|&"));
    return name.substr(name.rfind('/') + 1);
}

/// awk sums up in END, and its kin.
bool sums_up(const std::string& program, const Stage& stage) {
    if (!program.ends_with("awk") || stage.command != Stage::Command::run) return false;
    return std::ranges::any_of(stage.run, [](const Template& word) {
        return std::ranges::any_of(word.pieces, [](const Template::Piece& piece) {
            return piece.value.find("END") != std::string::npos;
        });
    });
}

class ReplicaChecker {
  public:
    ReplicaChecker(const Stage& stage, Remarks& remarks) : stage_(stage), remarks_(remarks) {}

    void refuse(const Definition& definition) const {
        if (stage_.talks_to || is_talked_to(definition.stages, stage_.name.value)) {
            error("a two-way edge has one process at each end",
                  "leave `replicas` away, or `talks-to`");
        }
        if (stage_.restart.when != Restart::When::never) {
            error("what replicas had read when one of them failed would be gone: blocks of it",
                  "leave `restart` away, or `replicas`; `retries` tries the whole run again");
        }
        if (stage_.native) {
            error("a native stage takes the ends of its channels by itself, so it is one process",
                  stage_.command == Stage::Command::use
                      ? "`replicas` is for programs: run = [..]"
                      : "without `native` its lines are shared by replicas");
        }
        if (stage_.detach) {
            error("what replicas leave in the background ends with them",
                  "leave `detach` away, or `replicas`");
        }
        if (!stage_.outputs.empty()) {
            error("replicas have no outputs of their own: their lines would be torn",
                  "leave `outputs` away; `stdout` and `stderr` are there");
        }
        const bool streams = std::ranges::any_of(stage_.inputs, [](const InputPort& port) {
            return std::ranges::any_of(port.feeds, [](const Feed& feed) { return !feed.as_file; });
        });
        if (streams) {
            error("replicas would tear what comes by a further input: each reads all of it",
                  "an input that is a file can be read by all: { stage = \"..\", as = \"file\" }");
        }
    }

    void advise() const {
        const std::string program = program_of(stage_);
        if (is_one_of(kOfTheWhole, program) || sums_up(program, stage_)) {
            warn("'" + program + "' speaks of its input as a whole, and a replica has only " +
                     (stage_.any_order ? "a part of the lines" : "one block of lines") +
                     ": there will be several answers",
                 "leave `replicas` away, or make one of the answers in a stage behind this one");
        } else if (is_one_of(kOfBytes, program)) {
            warn("'" + program + "' reads no lines: blocks that end at newlines tear its data",
                 "leave `replicas` away");
        } else if (is_one_of(kOfMatches, program) && !stage_.any_ok &&
                   std::ranges::find(stage_.ok, 1) == stage_.ok.end()) {
            warn("'" + program + "' ends with 1 where a block has no match, which fails the stage",
                 "ok = [0, 1]");
        }
    }

  private:
    void error(std::string message, std::string hint) const {
        remarks_.error(stage_.replicas->place, std::move(message), std::move(hint), length());
    }
    void warn(std::string message, std::string hint) const {
        remarks_.warning(stage_.replicas->place, std::move(message), std::move(hint), length());
    }
    [[nodiscard]] std::size_t length() const {
        return stage_.replicas->value == kForEachProcessor
                   ? std::string_view("\"cpus\"").size()
                   : std::to_string(stage_.replicas->value).size();
    }

    const Stage& stage_;
    Remarks& remarks_;
};

}  // namespace

void check_replicas(const Definition& definition, bool advise, Remarks& remarks) {
    for (const Stage& stage : definition.stages) {
        if (!stage.replicas) continue;
        const ReplicaChecker checker(stage, remarks);
        checker.refuse(definition);
        if (advise) checker.advise();
    }
}

}  // namespace pipectl
