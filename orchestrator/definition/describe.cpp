#include "orchestrator/definition/describe.hpp"

#include <algorithm>
#include <string_view>

#include "orchestrator/definition/language.hpp"
#include "orchestrator/text/roff.hpp"

namespace pipectl {

namespace {

struct Section {
    std::string_view title;
    std::string_view what;  ///< stands above its keys
    std::vector<Key> keys;
};

std::vector<Key> all(const AnyTable& table) {
    return {table.keys.begin(), table.keys.end()};
}

std::vector<Section> sections() {
    return {
        {"`[pipeline]`", "The pipeline as a whole.", all(kPipelineTable)},
        {"`[params]`", "An entry is a default value, or a table of these.", all(kParameterTable)},
        {"`[semaphores]`", "An entry is a number of units, or a table of these.",
         all(kSemaphoreTable)},
        {"`[shared.NAME]`", "Memory that any number of stages map.", all(kSharedTable)},
        {"`[hosts.NAME]`",
         "A machine, or several: exactly one of `ssh`, `slurm`, `local`, `command` is there.",
         all(kHostTable)},
        {"`ssh`", "As a table.", all(kSshTable)},
        {"`slurm`", "As a table; what is asked of it is asked for each node.", all(kSlurmTable)},
        {"`[for-each]`", "The pipeline once for each item.", all(kForEachTable)},
        {"`[[stage]]`", "`run`, `shell` or `use` is there, and no two of them.", all(kStageTable)},
        {"`from`", "As a table, also in `inputs` and in an array.", all(kFeedTable)},
        {"`after`", "As a table, also in an array.", all(kAfterTable)},
        {"`lock`", "As a table.", all(kLockTable)},
        {"`talks-to`", "As a table.", all(kTalkTable)},
        {"`stdin`", "One of these as a table.", keys_of(kInputEnds)},
        {"`stdout`, `stderr`",
         "One of these as a table; `append`, `atomic`, `durable` and `empty` stand beside `file`.",
         keys_of(kOutputEnds)},
        {"`buffer`", "A table is memory, and then a file without a name.", all(kBufferTable)},
        {"`fan-out`", "As a table.", all(kFanOutTable)},
        {"`limits`", "Each is of the stage's process and of any that it starts, by itself.",
         all(kLimitsTable)},
        {"`restart`", "As a table.", all(kRestartTable)},
        {"`signals`", "As a table.", all(kSignalsTable)},
        {"`notify`", "An entry.", all(kNotifyTable)},
        {"`[[test]]`", "What `pipectl test` tries.", all(kTestTable)},
    };
}

std::string markdown(const Section& section) {
    std::string text = "## " + std::string(section.title) + "\n\n" + std::string(section.what) +
                       "\n\n| key | value | meaning | default |\n| --- | --- | --- | --- |\n";
    for (const Key& key : section.keys) {
        text += "| `" + std::string(key.name) + "` | " + std::string(key.type->name) + " | " +
                std::string(key.help) + " | " + std::string(key.fallback) + " |\n";
    }
    return text;
}

/// Words in backticks are bold.
std::string roff_of(std::string_view text) {
    std::string made;
    bool bold = false;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('`', at), text.size());
        made += roff(text.substr(at, end - at));
        at = end + 1;
        if (end == text.size()) break;
        bold = !bold;
        made += bold ? "\\fB" : "\\fR";
    }
    return made;
}

std::string manual(const Section& section) {
    std::string text = ".SS " + roff_of(section.title) + "\n" + roff_of(section.what) + "\n";
    for (const Key& key : section.keys) {
        text += ".TP\n\\fB" + roff(key.name) + "\\fR (" + roff_of(key.type->name) + ")\n" +
                roff_of(key.help);
        if (!key.fallback.empty()) text += " (default: " + roff_of(key.fallback) + ")";
        text += "\n";
    }
    return text;
}

constexpr std::string_view kHead = R"(.TH PIPECTL.TOML 5 2026-11-21 pipectl
.SH NAME
pipectl.toml \- definition of a pipeline
.SH DESCRIPTION
A definition is a TOML file that describes one pipeline.
Each
.B [[stage]]
is a process; without
.B from
or
.B stdin
it reads the stage above it, and the first one reads the standard input of pipectl.
An output that nobody reads is that of pipectl.
.PP
.nf
[params]
log = { help = "the access log", required = true }

[[stage]]
run = ["zcat", "\-f", "${log}"]

[[stage]]
shell = "sort | uniq \-c | sort \-rn"

[[stage]]
run = ["head", "\-n", "20"]
stdout = "top.txt"
.fi
.PP
.B ${name}
in a text is a parameter,
.B ${env.HOME}
the environment,
.B ${in.x}
and
.B ${out.x}
the path of a port;
.B $${
is a literal one.
Durations are written "250ms", "5s", "10m", "2h"; sizes "64KiB", "1MB".
.B pipectl check
finds all errors of a file,
.B pipectl schema
describes it for editors.
.SH TABLES
Beside these there is
.BR [env] ,
variables of the environment of every stage.
)";

constexpr std::string_view kTail = R"(.SH SEE ALSO
.BR pipectl (1)
)";

}  // namespace

std::vector<std::string> language_tables() {
    std::vector<std::string> tables;
    for (const Section& section : sections()) {
        tables.push_back(markdown(section));
    }
    return tables;
}

std::string language_manual() {
    std::string page(kHead);
    for (const Section& section : sections()) {
        page += manual(section);
    }
    return page + std::string(kTail);
}

}  // namespace pipectl
