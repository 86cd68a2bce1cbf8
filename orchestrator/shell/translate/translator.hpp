#pragma once

// Pipelines of a shell's text to stages of a graph. Internal to this folder.
//
// A command becomes a stage with an argument list when its words and redirections mean the same
// without a shell; otherwise a stage that is a shell with the command's text. Where neither keeps
// the meaning, that is noted as a refusal, and the caller decides.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/redirections.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/graph.hpp"
#include "orchestrator/shell/translate/machine.hpp"
#include "orchestrator/shell/translate/statements.hpp"

namespace pipectl::shell {

/// A function that the text defines.
struct Function {
    std::string name;
    std::string text;
    bool posix = false;
};

/// A variable of the text that becomes a parameter.
struct Variable {
    std::string name;
    std::string value;      ///< what it has unless it is set from outside
    bool required = false;  ///< ${name:?help}
    std::string help;
    bool one_word = true;  ///< unquoted it is one word as well
    /// It is made of others and of the environment, and no parameter of its own.
    std::optional<Template> derived;
};

/// How the text is translated.
struct Rules {
    bool import = false;        ///< for people to read; else to be run at once as bash would
    bool strict = false;        ///< files are replaced at the end of the run
    bool wrap = false;          ///< import: what would be refused becomes a stage of a shell
    bool pipefail = false;      ///< any failed stage counts, as the text asks for
    std::string prelude;        ///< run: what comes before the pipeline, for every shell
    bool all_in_shell = false;  ///< run: the prelude changes what programs are given
    std::string zero;           ///< run: $0; empty: bash's own
    std::set<std::size_t> given_to_shell;  ///< run: commands, by place, that need a shell
    std::vector<Function> functions;
    std::vector<Variable> variables;
    PathNames names;                    ///< variables that stand for paths
    std::set<std::string> exported;     ///< import: variables that programs are given too
    std::vector<Statement> statements;  ///< import: all of the text
    std::set<const Redirect*> renamed;  ///< import: a `mv` below puts the file in place
    const Machine* machine = nullptr;   ///< never null once in use
};

/// What is wrong with translating a part of the text.
struct Refusal {
    Range range;
    std::string message;
    std::string hint;
};

/// What a command reads.
struct Flow {
    bool inherits = false;        ///< the caller's stdin
    std::vector<Source> sources;  ///< none, and not inherited: nothing
};

/// The parameter that the script's argument $NUMBER becomes.
std::string argument_name(int number);

/// What a stage of a shell is called: the first program in it.
std::string shell_label(const Command& command);

class Translator {
  public:
    /// Borrows the text.
    Translator(std::string_view text, Rules rules) : text_(text), rules_(std::move(rules)) {}

    /// Adds the pipeline's stages. Returns what its last one writes, for whoever reads on.
    struct Line {
        bool piped = false;  ///< somebody does
        bool main = false;   ///< the text's status is that of its last command
        bool loose = true;   ///< nobody asks for the status of its last command
    };
    Flow pipeline(const Pipeline& line, Flow in, Line how);

    /// A named pipe that is to become an edge. `written`: a redirection or a `tee` writes it.
    /// `shared`: it stands for a temporary file, which any number may read.
    void add_fifo(const std::string& path, Range where, bool written, bool shared = false);

    /// What can only be said when everything has been translated.
    void check_fifos();

    void refuse(Range range, std::string message, std::string hint = {}) {
        refusals.push_back({range, std::move(message), std::move(hint)});
    }

    Graph graph;
    int main = -1;  ///< the stage whose status is the text's; -1: none, it is 0
    std::vector<Refusal> refusals;
    bool unseen_pipe = false;  ///< some command uses a named pipe in a way that is not understood
    /// Whether the text names the file more than once: then it is written in place.
    std::function<bool(const Word& target)> is_shared = [](const Word&) { return false; };
    /// Stages that could fail where the shell would not care; hushed: their stderr goes nowhere.
    struct Failure {
        std::string program;
        Range range;
        bool hushed = false;
    };
    std::vector<Failure> failures;

  private:
    struct Context {
        bool joined = false;  ///< |& behind it
        bool piped = false;   ///< something reads its stdout
        bool main = false;    ///< its status is the text's
        bool own = false;     ///< it is in the same pipeline as that one
        bool loose = false;   ///< nobody asks for its status
    };

    Flow command(const Command& each, const Flow& in, const Context& context);
    std::optional<Flow> tee(const Command& command, const Flow& in, const Context& context);
    std::optional<Flow> plain(const Command& each, const Flow& in, const Context& context);
    Flow in_shell(const Command& each, const Flow& in, const Context& context);
    /// A command's text without what was taken out of it; how it is run is decided here.
    void give_to_shell(Node& node, std::string text, bool posix);
    /// import: the variables that the text may use, which its shell has to be given.
    std::vector<const Variable*> variables_for(const std::string& text) const;
    /// import: what takes these out of the environment of what the text starts; nothing: that
    /// cannot be seen. Only bash can.
    std::optional<std::string> unexported(const std::string& text) const;
    /// The functions that occur in the text, and those that occur in these.
    std::string functions_for(const std::string& text, bool& posix) const;
    std::vector<const Variable*> arguments_for(Range range, const std::string& text);
    void note_failure(const Command& each, const Context& context, Node& node);
    void refuse_temporaries(Range range, const std::string& text);

    // words
    Template word_template(const Word& word, Node& node);
    bool can_template(const Word& word) const;
    /// The number of the named pipe that the word is, or -1.
    int fifo_of(const Word& word) const;
    /// The same for --option=PATH: what stands before the path; -1: it is none.
    int fifo_in_option(const Word& word, std::string& option) const;
    void check_inner_fifos(const Command& each);
    const Variable* variable(const std::string& name) const;
    /// The variable that the expansion is the whole and unchanged value of, or null.
    const Variable* whole_variable(const Piece& piece) const;
    static Template value_of(const Variable& variable);
    /// Appends what an expansion stands for: a variable's value, or the environment's.
    void append_variable(Template& made, const Piece& piece) const;
    /// NAME=value in front of a command; nothing when only a shell can tell.
    std::optional<std::pair<std::string, Template>> assigned_template(const Word& word) const;
    bool is_function(const std::string& name) const;

    // ends
    bool expressible(const Ends& ends, const Context& context) const;
    bool good_input(const Target& target) const;
    bool good_output(const Target& target) const;
    std::optional<Template> path_of(const Redirect& redirect) const;
    /// Sets the stage's ends; returns what is read from it, by the next stage. `number`: the node.
    Flow connect(int number, const Ends& ends, const Flow& in, const Context& context);
    OutputSpec file_output(const Redirect& redirect) const;

    // process substitution
    /// Makes the stages behind each <(..) of the command, before the command's own.
    void build_inputs(const Command& command, const Flow& in);
    Source process_source(const Piece& piece, const Flow& in);
    /// The target when it is nothing but <(..) or >(..).
    static const Piece* process_target(const Redirect& redirect);
    std::string next_port(Node& node, bool input);

    int add(Node node);
    Node& at(int number) { return graph.nodes[static_cast<std::size_t>(number)]; }
    int cat(Range range, std::vector<Source> from);

    std::string_view text_;
    Rules rules_;
    std::vector<std::pair<Piece, Source>> sinks_;  ///< >(..) whose stages are still to be made
    bool programs_only_ = false;                   ///< no name is that of a builtin
    std::map<std::size_t, Source> built_;          ///< by place: what is behind a <(..)
};

}  // namespace pipectl::shell
