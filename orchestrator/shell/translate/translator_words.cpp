// Words of a command to texts of a definition.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/file_words.hpp"
#include "orchestrator/shell/commands/programs.hpp"
#include "orchestrator/shell/syntax/path_pattern.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

const Variable* Translator::whole_variable(const Piece& piece) const {
    const char first = piece.value.empty() ? '0' : piece.value.front();
    const bool argument = first >= '1' && first <= '9';
    const std::size_t size = argument ? 1 : name_length(piece.value);
    const Variable* found = argument   ? rules_.variable(argument_name(first - '0'))
                            : size > 0 ? rules_.variable(piece.value.substr(0, size))
                                       : nullptr;
    if (found == nullptr || size == piece.value.size()) {
        return found;
    }
    // a default that never counts; anything else changes the value
    const std::size_t sign = piece.value[size] == ':' ? size + 1 : size;
    const bool has_default =
        sign < piece.value.size() &&
        std::string_view("-=?").find(piece.value[sign]) != std::string_view::npos;
    const bool has_value = found->required || found->derived || !found->value.empty();
    return has_default && has_value ? found : nullptr;
}

void Translator::append_variable(Template& made, const Piece& piece) const {
    if (const Variable* known = whole_variable(piece)) {
        append(made, value_of(*known));
    } else {
        append(made, Template::Piece::Kind::environment, piece.value);
    }
}

std::optional<std::pair<std::string, Template>> Translator::assigned_template(
    const Word& word) const {
    if (const auto assigned = literal_assignment(word)) {
        return std::pair(assigned->name, text_template(assigned->value));
    }
    if (!rules_.import || !is_assignment(word)) {
        return std::nullopt;
    }
    Word fixed = word;  // neither split nor a pattern: as if it were quoted
    Template value;
    for (Piece& piece : fixed.pieces) {
        if (piece.kind == Piece::Kind::parameter) {
            const Variable* known = whole_variable(piece);
            const bool dollar = !value.pieces.empty() &&
                                value.pieces.back().kind == Template::Piece::Kind::text &&
                                value.pieces.back().value.ends_with('$');
            if (known == nullptr || dollar) {
                return std::nullopt;
            }
            append(value, value_of(*known));
            piece = {Piece::Kind::text, true, "x", piece.range, nullptr};
        } else {
            append(value, Template::Piece::Kind::text, piece.value);
        }
    }
    const auto assigned = literal_assignment(fixed);
    if (!assigned || value.pieces.front().kind != Template::Piece::Kind::text) {
        return std::nullopt;
    }
    value.pieces.front().value.erase(0, assigned->name.size() + 1);
    return std::pair(assigned->name, std::move(value));
}

int Translator::fifo_of(const Word& word) const {
    if (made_.graph.fifos.empty()) {
        return -1;
    }
    const auto path = path_key(word, rules_.names);
    return path ? made_.graph.find_fifo(*path) : -1;
}

int Translator::fifo_in_option(const Word& word, std::string& option) const {
    const auto value = made_.graph.fifos.empty() ? std::nullopt : option_value(word);
    const int fifo = value ? fifo_of(value->value) : -1;
    option = fifo >= 0 ? value->option : "";
    return fifo;
}

/// A named pipe inside of a word that is not seen to be one: -fPIPE, a list of names.
void Translator::check_inner_fifos(const Command& each) {
    if (made_.graph.fifos.empty()) {
        return;
    }
    const FileUse use = file_use(arguments_of(each, rules_.names));
    const bool opaque = !use.known || use.text;  // a script in a word may open it
    for (const Word& word : each.words) {
        std::string option;
        if (fifo_of(word) >= 0 || fifo_in_option(word, option) >= 0) {
            continue;
        }
        const std::string text = word_pattern(word, rules_.names);
        for (const Fifo& fifo : made_.graph.fifos) {
            const bool ends = text.size() > 2 && text.starts_with('-') && text[1] != '-' &&
                              std::string_view(text).substr(2) == fifo.path;
            if (ends || (opaque && mentions(text, fifo.path)) ||
                (fifo.path.starts_with("${") && text.find(fifo.path) != std::string::npos)) {
                made_.unseen_pipe = true;
                refuse(word.range, "'" + fifo.path + "' stands inside of a longer word",
                       "an edge is a word of its own, or the value of --option=");
            }
        }
    }
}

/// Whether the word is a fixed text but for ports and parameters.
bool Translator::can_template(const Word& word) const {
    std::string option;
    if (fifo_of(word) >= 0 || fifo_in_option(word, option) >= 0) {
        return true;
    }
    Word fixed = word;  // without the pieces that a definition can say
    bool dollar = false;
    for (Piece& piece : fixed.pieces) {
        const bool process =
            piece.kind == Piece::Kind::process_in || piece.kind == Piece::Kind::process_out;
        bool known = false;
        if (piece.kind == Piece::Kind::parameter && rules_.import) {
            const Variable* found = whole_variable(piece);
            known = found != nullptr && (piece.quoted || found->one_word);
            known = known || (piece.quoted && (piece.value == "HOME" || piece.value == "USER"));
            known = known && !dollar;  // "$" right before "${" would be a literal one
        }
        if (process || known) {
            piece.kind = Piece::Kind::text;
            piece.quoted = true;
            piece.value = "x";
        }
        dollar = piece.kind == Piece::Kind::text && piece.value.ends_with('$');
    }
    return needs(fixed) == Need::none;
}

std::string Translator::next_port(const Node& node, bool input) {
    // named after its writer when all are known
    if (input) {
        return "in" + std::to_string(node.inputs.size() + 1);
    }
    return "out" + std::to_string(node.stage.outputs.size() + 1);
}

std::optional<std::vector<std::string>> Translator::fixed_words(const Command& each) const {
    if (each.kind != Command::Kind::simple || each.words.empty() || rules_.all_in_shell ||
        rules_.given_to_shell.contains(each.range.begin)) {
        return std::nullopt;
    }
    const auto program = literal(each.words.front());
    if (!program || program->empty() || rules_.is_function(*program)) {
        return std::nullopt;
    }
    std::vector<std::string> argv;
    for (const Word& word : each.words) {
        if (!can_template(word)) {
            return std::nullopt;
        }
        argv.push_back(literal(word).value_or("\\"));  // not literal: not the same as a program
    }
    if (is_builtin(*program) && !same_as_program(argv)) {
        return std::nullopt;
    }
    return argv;
}

/// False: only a shell can tell.
bool Translator::add_assignments(const Command& each, Node& node) const {
    for (const Word& word : each.assignments) {
        auto assigned = assigned_template(word);
        if (!assigned) {
            return false;
        }
        node.stage.env.push_back(std::move(*assigned));
    }
    return true;
}

void Translator::add_words(const Command& each, Node& node) {
    for (std::size_t i = 0; i < each.words.size(); ++i) {
        const Word& word = each.words[i];
        std::string option;
        const int whole = fifo_of(word);
        if (const int fifo = whole >= 0 ? whole : fifo_in_option(word, option); fifo >= 0) {
            if (const auto reason = not_just_read(each, i)) {
                const bool moves = literal(each.words.front()) == "mv";
                refuse(word.range, "'" + pipe(fifo).path + "' " + *reason,
                       moves ? "what is read below has to be there by then: write > FILE.tmp; mv "
                               "FILE.tmp FILE"
                             : "an edge has no name and no size: let the program read it as stdin, "
                               "with <");
            }
        }
        node.stage.run.push_back(word_template(word, node));
    }
}

/// The end of an edge that the word, or an option's value in it, names.
Template Translator::pipe_template(const Word& word, int fifo, Node& node) {
    using To = Template::Piece::Kind;
    const int number = static_cast<int>(made_.graph.nodes.size());
    Template made;
    std::string option;
    if (fifo_of(word) < 0 && fifo_in_option(word, option) >= 0) {
        append(made, To::text, option);
    }
    const std::string port = next_port(node, pipe(fifo).written);
    if (pipe(fifo).written) {
        pipe(fifo).readers.push_back(word.range);
        node.inputs.push_back({port, {{-1, "stdout", fifo}}});
        append(made, To::input, port);
    } else {
        node.stage.outputs.push_back({port, {}});
        pipe(fifo).writers.push_back({number, port, -1});
        append(made, To::output, port);
    }
    return made;
}

/// The word as a text of the definition; the ports it names are added to the node, which is the
/// next that will be added to the graph.
Template Translator::word_template(const Word& word, Node& node) {
    using To = Template::Piece::Kind;
    const int number = static_cast<int>(made_.graph.nodes.size());
    std::string option;
    const int whole = fifo_of(word);
    if (const int fifo = whole >= 0 ? whole : fifo_in_option(word, option); fifo >= 0) {
        return pipe_template(word, fifo, node);
    }
    Template made;
    for (const Piece& piece : word.pieces) {
        if (piece.kind == Piece::Kind::process_in) {
            const std::string port = next_port(node, true);
            node.inputs.push_back({port, {built_[piece.range.begin]}});
            append(made, To::input, port);
        } else if (piece.kind == Piece::Kind::process_out) {
            const std::string port = next_port(node, false);
            node.stage.outputs.push_back({port, {}});
            sinks_.emplace_back(piece, Source{number, port, -1});
            append(made, To::output, port);
        } else if (piece.kind == Piece::Kind::parameter) {
            append_variable(made, piece);
        } else {
            append(made, To::text, piece.value);
        }
    }
    return made;
}

}  // namespace pipectl::shell
