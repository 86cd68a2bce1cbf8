// The manual page pipectl(1): made from what the subcommands say of themselves when the program is
// built (orchestrator/CMakeLists.txt), so that it is never behind.

#include <sstream>

#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/command_options.hpp"
#include "orchestrator/cli/commands.hpp"

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

/// Text for roff: no character of it is a request or an escape.
std::string roff(std::string_view text) {
    std::string safe;
    bool at_start = true;
    for (const char c : text) {
        if (at_start && (c == '.' || c == '\'')) safe += "\\&";
        switch (c) {
            case '\\': safe += "\\e"; break;
            case '-': safe += "\\-"; break;
            case '\'': safe += "\\(aq"; break;
            case '`': safe += "\\(ga"; break;
            case '^': safe += "\\(ha"; break;
            case '~': safe += "\\(ti"; break;
            default: safe += c;
        }
        at_start = c == '\n';
    }
    return safe;
}

/// The help without its options, as it stands.
std::string body(const std::string& help) {
    const std::size_t options = help.find("\noptions:\n");
    std::string text = help.substr(0, options);
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return ".nf\n" + roff(text) + "\n.fi\n";
}

std::string one_option(const CommandOption& option) {
    std::string text = ".TP\n\\fB" + roff(option.name) + "\\fR";
    if (!option.value.empty()) {
        text += " \\fI" + roff(option.value) + "\\fR";
    }
    return text + "\n" + roff(option.help) + "\n";
}

}  // namespace

int manual_command(std::span<const Command> commands) {
    std::string page =
        ".TH PIPECTL 1 2026-11-21 \"pipectl " PIPECTL_VERSION "\"\n" + std::string(kHead);
    for (const Command& command : commands) {
        if (command.run == nullptr) continue;
        page += ".SS pipectl " + roff(command.name) + "\n" + body(help_of(command.name));
        for (const CommandOption& option : options_of(command.name)) {
            page += one_option(option);
        }
    }
    return print(page + std::string(kTail));
}

}  // namespace pipectl
