#pragma once

// Pipelines of a shell's text to stages of a graph. Internal to this folder and to import.
//
// A command becomes a stage with an argument list when its words and redirections mean the same
// without a shell; otherwise a stage that is a shell with the command's text. Where neither keeps
// the meaning, that is noted as a refusal, and the caller decides.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/shell/syntax/fragment.hpp"
#include "orchestrator/shell/syntax/redirections.hpp"
#include "orchestrator/shell/syntax/syntax.hpp"
#include "orchestrator/shell/translate/graph.hpp"
#include "orchestrator/shell/translate/refusal.hpp"
#include "orchestrator/shell/translate/rules.hpp"

namespace pipectl::shell {

/// What a command reads.
struct Flow {
    bool inherits = false;        ///< the caller's stdin
    std::vector<Source> sources;  ///< none, and not inherited: nothing
};

/// A stage that could fail where the shell would not care.
struct Failure {
    std::string program;
    Range range;
    bool hushed = false;  ///< its stderr goes nowhere
};

/// What has become of the pipelines so far.
struct Translation {
    Graph graph;
    int main = -1;  ///< the stage whose status is the text's; -1: none, it is 0
    std::vector<Refusal> refusals;
    std::vector<Failure> failures;
    bool unseen_pipe = false;  ///< some command uses a named pipe in a way that is not understood

    /// Null when there is none.
    [[nodiscard]] Node* main_node();
};

/// What a stage of a shell is called: the first program in it.
std::string shell_label(const Command& command);

class Translator {
  public:
    /// Borrows the text. `pipes`: named pipes and temporary files that are to become edges.
    Translator(std::string_view text, Rules rules, std::vector<Fifo> pipes);

    /// Adds the pipeline's stages. Returns what its last one writes, for whoever reads on.
    struct Line {
        bool piped = false;  ///< somebody does
        bool main = false;   ///< the text's status is that of its last command
        bool loose = true;   ///< nobody asks for the status of its last command
    };
    Flow pipeline(const Pipeline& line, Flow in, Line how);

    /// However the pipeline's last command ends, the text goes on as if it had ended well.
    void forgive(const Pipeline& line);

    [[nodiscard]] const Translation& made() const { return made_; }
    Translation take() { return std::move(made_); }

  private:
    struct Context {
        bool joined = false;  ///< |& behind it
        bool piped = false;   ///< something reads its stdout
        bool main = false;    ///< its status is the text's
        bool own = false;     ///< it is in the same pipeline as that one
        bool loose = false;   ///< nobody asks for its status
    };

    Flow command(const Command& each, const Flow& in, const Context& context);
    std::optional<Flow> plain(const Command& each, const Flow& in, const Context& context);
    void note_failure(const Command& each, const Context& context, Node& node);

    // words
    /// The program and its arguments, "\\" for those that a definition says by references; nothing:
    /// only a shell can tell.
    std::optional<std::vector<std::string>> fixed_words(const Command& each) const;
    bool add_assignments(const Command& each, Node& node) const;
    void add_words(const Command& each, Node& node);
    Template word_template(const Word& word, Node& node);
    Template pipe_template(const Word& word, int fifo, Node& node);
    bool can_template(const Word& word) const;
    /// The number of the named pipe that the word is, or -1.
    int fifo_of(const Word& word) const;
    /// The same for --option=PATH: what stands before the path; -1: it is none.
    int fifo_in_option(const Word& word, std::string& option) const;
    void check_inner_fifos(const Command& each);
    /// The variable that the expansion is the whole and unchanged value of, or null.
    const Variable* whole_variable(const Piece& piece) const;
    /// Appends what an expansion stands for: a variable's value, or the environment's.
    void append_variable(Template& made, const Piece& piece) const;
    /// NAME=value in front of a command; nothing when only a shell can tell.
    std::optional<std::pair<std::string, Template>> assigned_template(const Word& word) const;

    // ends
    bool expressible(const Ends& ends, const Context& context) const;
    bool good_input(const Target& target) const;
    bool good_output(const Target& target) const;
    bool is_good_path(const Redirect& redirect) const;
    std::optional<Template> path_of(const Redirect& redirect) const;
    /// Sets the stage's ends; returns what is read from it, by the next stage. `number`: the node.
    Flow connect(int number, const Ends& ends, const Flow& in, const Context& context);
    void connect_input(int number, const Target& target, const Flow& in);
    OutputSpec connect_output(const Target& target, const Source& port, const Context& context,
                              Flow& out);
    OutputSpec file_output(const Redirect& redirect) const;

    // several readers: `tee`
    std::optional<Flow> tee(const Command& command, const Flow& in, const Context& context);
    struct Copies {
        std::vector<const Word*> targets;
        bool append = false;
    };
    std::optional<Copies> copies_of(const Command& command) const;
    std::optional<Source> tee_source(const Command& command, const Ends& ends, const Flow& in,
                                     const Context& context);
    void add_copy(const Word& target, bool append, const Source& source);

    // a shell
    Flow in_shell(const Command& each, const Flow& in, const Context& context);
    Flow whole_in_shell(const Command& each, const Flow& in, const Context& context);
    /// The command's ends that a definition can have; what remains is the shell's.
    std::optional<Ends> take_ends(const Command& each, const Context& context,
                                  std::vector<Replacement>& replaced);
    bool is_replaced(const Redirect& redirect) const;
    void refuse_kept(const std::vector<std::shared_ptr<Redirect>>& redirects);
    /// <(..) among the words become ports, named in the text. True: there are some.
    bool name_inputs_of(const Command& each, Node& node, std::vector<Replacement>& replaced);
    void give_to_bash(Node& node, std::string text) const;
    /// A command's text without what was taken out of it; how it is run is decided here.
    void give_to_shell(Node& node, std::string text, bool posix);

    // process substitution
    /// Makes the stages behind each <(..) of the command, before the command's own.
    void build_inputs(const Command& command, const Flow& in);
    Source process_source(const Piece& piece, const Flow& in);
    Flow process_sink(const Piece& piece, const Source& source, const Context& context);
    int body_in_shell(const Piece& piece, Node node);
    /// The target when it is nothing but <(..) or >(..).
    static const Piece* process_target(const Redirect& redirect);
    static std::string next_port(const Node& node, bool input);

    void refuse(Range range, std::string message, std::string hint = {}) {
        made_.refusals.push_back({range, std::move(message), std::move(hint)});
    }
    void refuse(const std::vector<Refusal>& reasons) {
        made_.refusals.insert(made_.refusals.end(), reasons.begin(), reasons.end());
    }
    int add(Node node);
    Node& at(int number) { return made_.graph.nodes[number]; }
    Fifo& pipe(int number) { return made_.graph.fifos[number]; }
    int add_main(Node node, const Context& context);
    int cat(Range range, std::vector<Source> from);

    std::string_view text_;
    Rules rules_;
    Translation made_;
    std::vector<std::pair<Piece, Source>> sinks_;  ///< >(..) whose stages are still to be made
    std::map<std::size_t, Source> built_;          ///< by place: what is behind a <(..)
};

}  // namespace pipectl::shell
