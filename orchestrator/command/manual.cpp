#include "orchestrator/command/manual.hpp"

#include "orchestrator/command/help.hpp"
#include "orchestrator/text/roff.hpp"

namespace pipectl {

namespace {

constexpr std::string_view kHead = R"(.SH NAME
pipectl \- run pipelines of unmodified programs over any channel
.SH SYNOPSIS
.B pipectl
.I COMMAND
.RI [ OPTIONS ]
\&...
.SH DESCRIPTION
A pipeline is described by a definition, a TOML file; see
.BR pipectl.toml (5).
Each stage is a process of its own.
Nothing but the data of the pipeline is on the standard output of
.BR "pipectl run" ,
which is a filter in any shell pipeline.
.SH COMMANDS
)";

constexpr std::string_view kTail = R"(.SH EXIT STATUS
Of
.BR "pipectl run" :
.TP
.B 0
all stages have ended well.
.TP
.B 124
a timeout.
.TP
.B 125
an error of pipectl itself: wrong usage, an error in the definition, missing resources.
.TP
.B 126, 127
a program could not be executed, or is not there.
.TP
.I other
the status of the stage that failed first, 128+N for signal N.
A run that was ended by a signal ends by that signal.
.PP
Of the other commands: 0, or 125 for an error; what differs stands with the command.
.SH ENVIRONMENT
.TP
.B PIPECTL_HISTORY
"off": runs are not remembered.
.TP
.B PIPECTL_HELPER
the path of pipectl\-helper, when it does not stand beside pipectl.
.TP
.B XDG_STATE_HOME, XDG_RUNTIME_DIR, TMPDIR
where the history, the sockets and names of runs that go on, and spilled data are kept. Without them, or
where they cannot be written, /tmp, /dev/shm and /var/tmp are tried for runs, and /var/tmp, /tmp and
/dev/shm for data.
.TP
.B NO_COLOR, CLICOLOR_FORCE
no colour, or colour also where there is no terminal.
.SH FILES
.TP
.I ~/.local/state/pipectl
the history of runs.
.TP
.I $XDG_RUNTIME_DIR/pipectl.*, /tmp/pipectl.*
of runs that go on; gone with them.
.SH SEE ALSO
.BR pipectl.toml (5),
.BR bash (1),
.BR pipe (7)
)";

/// What stands above the options, as it is.
std::string body(const Command& command) {
    std::string text = help_without_options(command);
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return ".nf\n" + roff(text) + "\n.fi\n";
}

std::string one_option(const CommandOption& option) {
    std::string text = ".TP\n" +
                       (option.letter.empty() ? "" : "\\fB" + roff(option.letter) + "\\fR, ") +
                       "\\fB" + roff(option.name) + "\\fR";
    if (!option.value.empty()) {
        text += " \\fI" + roff(option.value) + "\\fR";
    }
    return text + "\n" + roff(option.help) + "\n";
}

}  // namespace

std::string manual_page(CommandList commands, const std::string& version) {
    std::string page =
        ".TH PIPECTL 1 2026-11-21 \"pipectl " + version + "\"\n" + std::string(kHead);
    for (const Command* const command : commands) {
        page += ".SS pipectl " + roff(command->name) + "\n" + body(*command);
        for (const CommandOption& option : command->options) {
            page += one_option(option);
        }
        page += one_option(kHelpOption);
    }
    return page + std::string(kTail);
}

}  // namespace pipectl
