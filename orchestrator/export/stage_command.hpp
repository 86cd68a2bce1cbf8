#pragma once

// One stage's command line in the shell's language: the program's words, what must be in front of
// them (`env`, `nice`, a shell that changes the folder), and the redirections to files.
//
// Pipes and FIFOs are the caller's business, but for the paths of named ports, which it tells.

#include <map>
#include <string>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/export/shell_word.hpp"

namespace pipectl {

/// The words that start the stage's program.
std::string stage_words(const Definition& definition, const Stage& stage, const PortWord& port);

/// The words of outputs that are written under another name and put in place at the end.
using NewNames = std::map<const OutputSpec*, std::string>;

/// `<file`, `>file`, `2>&1` and so on, each with a blank before it; empty when there are none.
std::string file_redirections(const Stage& stage, const PortWord& port, const NewNames& new_names);

/// The text that stands at stdin, as the command that prints it (`text |`) or as a here-document.
struct StdinText {
    std::string command;    ///< "printf %s 'abc'"; empty: there is none
    std::string operation;  ///< "<<'END'"; empty: there is none
    std::string body;       ///< the lines of the here-document, with the last one
};
StdinText stdin_text(const Stage& stage, const PortWord& port);

/// A file that is put in place at the end, and has another name until then.
bool is_new_file(const OutputSpec& output);

/// "grep:ok=0,1", "grep:ok=any", "grep"
std::string stage_label(const Stage& stage);

}  // namespace pipectl
