// `tee`: one stage whose output several read.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

namespace {

/// Programs whose output has no end: what reads on for ever needs the shell's end of it.
bool is_endless(const Node& node) {
    const auto& pieces =
        node.stage.run.empty() ? node.stage.shell.pieces : node.stage.run.front().pieces;
    if (!pieces.empty() && has_trait(pieces.front().value, Trait::endless)) {
        return true;
    }
    return std::any_of(node.stage.run.begin(), node.stage.run.end(), [](const Template& word) {
        return word.pieces.size() == 1 &&
               (word.pieces.front().value.find("/dev/zero") != std::string::npos ||
                word.pieces.front().value.find("/dev/urandom") != std::string::npos ||
                word.pieces.front().value == "-f");
    });
}

Redirect redirect_to(const Word& target, bool append) {
    Redirect redirect;
    redirect.target = target;
    redirect.kind = append ? Redirect::Kind::append : Redirect::Kind::out;
    return redirect;
}

}  // namespace

/// What it writes beside its stdout. Nothing: it stays a program, or the shell's.
std::optional<Translator::Copies> Translator::copies_of(const Command& command) const {
    Copies copies;
    bool fans_out = rules_.import;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const Word& word = command.words[i];
        const auto value = literal(word);
        if (value == "-a" && copies.targets.empty()) {
            copies.append = true;
            continue;
        }
        const Redirect as_redirect = redirect_to(word, false);
        const Piece* process = process_target(as_redirect);
        const bool out = process != nullptr && process->kind == Piece::Kind::process_out;
        const bool edge = out || fifo_of(word) >= 0;
        fans_out = fans_out || edge;
        const bool file =
            value ? !value->starts_with('-') && !is_special_path(*value) && !rules_.is_shared(word)
                  : path_of(as_redirect).has_value();
        if (!edge && !file) {
            return std::nullopt;
        }
        if (!edge && !rules_.import) {
            const FileKind kind = rules_.machine->look(value.value_or(""));
            if (!value || (kind != FileKind::regular && kind != FileKind::missing)) {
                return std::nullopt;
            }
        }
        copies.targets.push_back(&word);
    }
    return fans_out && !copies.targets.empty() ? std::optional(copies) : std::nullopt;
}

/// The one producer that all the readers share. Nothing: it has to stay `tee`.
std::optional<Source> Translator::tee_source(const Command& command, const Ends& ends,
                                             const Flow& in, const Context& context) {
    if (ends.in.kind == Target::Kind::flow_in && in.sources.size() == 1) {
        const Source& source = in.sources.front();
        // with no end in sight, the first reader that leaves has to end the others, as it does
        // there
        const bool endless = !rules_.import && source.node >= 0 && is_endless(at(source.node));
        return endless ? std::nullopt : std::optional(source);
    }
    Ends only_in = ends;
    only_in.out = {Target::Kind::flow_out, -1, nullptr, {}};
    const int number = cat(command.range, {});
    at(number).label = "tee";
    Context inner = context;
    inner.piped = true;
    connect(number, only_in, in, inner);
    return Source{number, "stdout", -1};
}

void Translator::add_copy(const Word& target, bool append, const Source& source) {
    const Redirect redirect = redirect_to(target, append);
    if (const Piece* piece = process_target(redirect)) {
        sinks_.emplace_back(*piece, source);
        return;
    }
    if (const int fifo = fifo_of(target); fifo >= 0) {
        pipe(fifo).writers.push_back(source);
        return;
    }
    const auto path = literal(target);
    const int number = cat(target.range, {source});
    at(number).label = path ? stage_label(*path) : "copy";
    at(number).stage.out = file_output(redirect);
}

std::optional<Flow> Translator::tee(const Command& command, const Flow& in,
                                    const Context& context) {
    if (command.kind != Command::Kind::simple || command.words.empty() ||
        rules_.is_function("tee") || !command.assignments.empty() ||
        literal(command.words.front()) != "tee" || rules_.all_in_shell ||
        rules_.given_to_shell.contains(command.range.begin)) {
        return std::nullopt;
    }
    const auto ends = settle(command.redirects, context.joined);
    if (!ends || !expressible(*ends, context) || ends->err.kind != Target::Kind::own_error) {
        return std::nullopt;
    }
    const auto copies = copies_of(command);
    if (!copies) {
        return std::nullopt;
    }
    build_inputs(command, in);
    const auto source = tee_source(command, *ends, in, context);
    if (!source) {
        return std::nullopt;
    }
    for (const Word* word : copies->targets) {
        add_copy(*word, copies->append, *source);
    }
    // and its own stdout
    if (ends->out.kind == Target::Kind::null) {
        return Flow{};
    }
    if (ends->out.kind == Target::Kind::flow_out && context.piped) {
        return Flow{false, {*source}};
    }
    const int number = cat(command.range, {*source});
    at(number).label = "tee";
    made_.main = context.main ? number : made_.main;
    Ends only_out = *ends;
    only_out.in = {Target::Kind::flow_in, -1, nullptr, {}};
    return connect(number, only_out, {false, {*source}}, context);
}

}  // namespace pipectl::shell
