// What stands at a command's stdin, stdout and stderr: files and edges.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

std::optional<Template> Translator::path_of(const Redirect& redirect) const {
    if (!can_template(redirect.target) || process_target(redirect) != nullptr) {
        return std::nullopt;
    }
    Template path;
    for (const Piece& piece : redirect.target.pieces) {
        using To = Template::Piece::Kind;
        if (piece.kind == Piece::Kind::text) {
            append(path, To::text, piece.value);
        } else if (piece.kind == Piece::Kind::parameter) {
            append_variable(path, piece);
        } else {
            return std::nullopt;
        }
    }
    const bool empty = std::all_of(path.pieces.begin(), path.pieces.end(),
                                   [](const auto& piece) { return piece.value.empty(); });
    return empty ? std::nullopt : std::optional(std::move(path));
}

bool Translator::is_good_path(const Redirect& redirect) const {
    const auto path = literal(redirect.target);
    return path_of(redirect) && !(path && is_special_path(*path));
}

bool Translator::good_input(const Target& target) const {
    if (target.kind != Target::Kind::file) {
        return true;
    }
    if (const Piece* piece = process_target(*target.redirect)) {
        return piece->kind == Piece::Kind::process_in;
    }
    if (fifo_of(target.redirect->target) >= 0) {
        return true;
    }
    if (!is_good_path(*target.redirect) || rules_.import) {
        return is_good_path(*target.redirect);
    }
    // what is not there is bash's to say; other kinds of files may wait when they are opened
    const auto path = literal(target.redirect->target);
    return path && rules_.machine->look(*path) == FileKind::regular;
}

bool Translator::good_output(const Target& target) const {
    if (target.kind != Target::Kind::file) {
        return true;
    }
    if (const Piece* piece = process_target(*target.redirect)) {
        return piece->kind == Piece::Kind::process_out;
    }
    if (fifo_of(target.redirect->target) >= 0) {
        return true;
    }
    if (!is_good_path(*target.redirect) || rules_.import) {
        return is_good_path(*target.redirect);
    }
    const FileKind kind = rules_.machine->look(literal(target.redirect->target).value_or(""));
    return kind == FileKind::regular || kind == FileKind::missing;
}

bool Translator::expressible(const Ends& ends, const Context& context) const {
    if (!good_input(ends.in) || !good_output(ends.out) || !good_output(ends.err)) {
        return false;
    }
    if (ends.in.kind == Target::Kind::own_error || ends.out.kind == Target::Kind::own_error) {
        return false;
    }
    const bool joined = ends.err.opened == ends.out.opened && ends.err.kind == ends.out.kind;
    if (joined) {
        return true;
    }
    if (ends.err.kind == Target::Kind::flow_out) {
        return context.piped;  // 2>&1 >file: the next one reads the stderr
    }
    if (ends.out.kind == Target::Kind::file && ends.err.kind == Target::Kind::file) {
        const auto out = literal(ends.out.redirect->target);
        return !out || out != literal(ends.err.redirect->target);
    }
    return true;
}

OutputSpec Translator::file_output(const Redirect& redirect) const {
    FileOutput file;
    file.path = *path_of(redirect);
    file.append =
        redirect.kind == Redirect::Kind::append || redirect.kind == Redirect::Kind::both_append;
    const bool whole = rules_.strict && !rules_.is_shared(redirect.target);
    if (!whole && !rules_.renamed.contains(&redirect)) {
        file.atomic = false;
    }
    return file;
}

/// A file, an edge, or what the command before this one writes.
void Translator::connect_input(int number, const Target& target, const Flow& in) {
    switch (target.kind) {
        case Target::Kind::flow_in:
            at(number).from = in.sources;
            at(number).inherits = in.inherits;
            return;
        case Target::Kind::null: at(number).stage.in = Null{}; return;
        case Target::Kind::text: {
            TextInput text;
            text.text.pieces.push_back({Template::Piece::Kind::text, target.text});
            at(number).stage.in = std::move(text);
            return;
        }
        default: break;
    }
    const Redirect& redirect = *target.redirect;
    const int fifo = fifo_of(redirect.target);
    if (const Piece* piece = process_target(redirect)) {
        at(number).from = {built_[piece->range.begin]};
    } else if (fifo >= 0) {
        pipe(fifo).readers.push_back(redirect.range);
        at(number).from = {{-1, "stdout", fifo}};
    } else {
        at(number).stage.in = FileInput{*path_of(redirect)};
    }
}

/// `out`: what the next stage reads.
OutputSpec Translator::connect_output(const Target& target, const Source& port,
                                      const Context& context, Flow& out) {
    switch (target.kind) {
        case Target::Kind::null: return Null{};
        case Target::Kind::flow_out:
            if (context.piped) {
                out.sources.push_back(port);
            }
            return std::monostate{};
        case Target::Kind::file: break;
        default: return std::monostate{};
    }
    if (const Piece* piece = process_target(*target.redirect)) {
        sinks_.emplace_back(*piece, port);
        return std::monostate{};
    }
    if (const int fifo = fifo_of(target.redirect->target); fifo >= 0) {
        pipe(fifo).writers.push_back(port);
        return std::monostate{};
    }
    return file_output(*target.redirect);
}

Flow Translator::connect(int number, const Ends& ends, const Flow& in, const Context& context) {
    connect_input(number, ends.in, in);
    if (ends.in.kind != Target::Kind::flow_in && !in.sources.empty()) {
        refuse(at(number).range, "nobody reads what the command before this one writes",
               "leave it away, or send it to a file");
    }
    Flow out;
    const bool joined = ends.err.opened == ends.out.opened && ends.err.kind == ends.out.kind &&
                        ends.err.kind != Target::Kind::own_error;
    at(number).stage.out = connect_output(ends.out, {number, "stdout", -1}, context, out);
    at(number).stage.err = joined ? OutputSpec(JoinStdout{})
                                  : connect_output(ends.err, {number, "stderr", -1}, context, out);
    return out;
}

}  // namespace pipectl::shell
