// What stands at a command's stdin, stdout and stderr: files, edges, and `tee`.

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/templates.hpp"
#include "orchestrator/shell/translate/translator.hpp"

namespace pipectl::shell {

namespace {

/// A path that bash does not open as a file, or that names one of its own descriptors.
bool is_special(const std::string& path) {
    return path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") ||
           path.starts_with("/dev/fd/") || path.starts_with("/proc/self/") ||
           path == "/dev/stdin" || path == "/dev/stdout" || path == "/dev/stderr" ||
           path == "/dev/tty";
}

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

}  // namespace

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
    const auto path = literal(target.redirect->target);
    if (!path_of(*target.redirect) || (path && is_special(*path))) {
        return false;
    }
    // what is not there is bash's to say; other kinds of files may wait when they are opened
    return rules_.import || (path && rules_.machine->look(*path) == FileKind::regular);
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
    const auto path = literal(target.redirect->target);
    if (!path_of(*target.redirect) || (path && is_special(*path))) {
        return false;
    }
    if (rules_.import) {
        return true;
    }
    const FileKind kind = rules_.machine->look(*path);
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
    const bool whole = rules_.strict && !is_shared(redirect.target);
    if (!whole && !rules_.renamed.contains(&redirect)) {
        file.atomic = false;
    }
    return file;
}

Flow Translator::connect(int number, const Ends& ends, const Flow& in, const Context& context) {
    Flow out;
    // stdin
    switch (ends.in.kind) {
        case Target::Kind::flow_in:
            at(number).from = in.sources;
            at(number).inherits = in.inherits;
            break;
        case Target::Kind::null: at(number).stage.in = Null{}; break;
        case Target::Kind::text: {
            TextInput text;
            text.text.pieces.push_back({Template::Piece::Kind::text, ends.in.text});
            at(number).stage.in = std::move(text);
            break;
        }
        default: {
            const Redirect& redirect = *ends.in.redirect;
            const int fifo = fifo_of(redirect.target);
            if (const Piece* piece = process_target(redirect)) {
                at(number).from = {built_[piece->range.begin]};
            } else if (fifo >= 0) {
                graph.fifos[static_cast<std::size_t>(fifo)].readers.push_back(redirect.range);
                at(number).from = {{-1, "stdout", fifo}};
            } else {
                at(number).stage.in = FileInput{*path_of(redirect)};
            }
        }
    }
    if (ends.in.kind != Target::Kind::flow_in && !in.sources.empty()) {
        refuse(at(number).range, "nobody reads what the command before this one writes",
               "leave it away, or send it to a file");
    }
    // stdout and stderr
    const bool joined = ends.err.opened == ends.out.opened && ends.err.kind == ends.out.kind &&
                        ends.err.kind != Target::Kind::own_error;
    const auto place = [&](const Target& target, const char* port) -> OutputSpec {
        switch (target.kind) {
            case Target::Kind::null: return Null{};
            case Target::Kind::flow_out:
                if (context.piped) {
                    out.sources.push_back({number, port, -1});
                }
                return std::monostate{};
            case Target::Kind::file: break;
            default: return std::monostate{};
        }
        if (const Piece* piece = process_target(*target.redirect)) {
            sinks_.emplace_back(*piece, Source{number, port, -1});
            return std::monostate{};
        }
        if (const int fifo = fifo_of(target.redirect->target); fifo >= 0) {
            graph.fifos[static_cast<std::size_t>(fifo)].writers.push_back({number, port, -1});
            return std::monostate{};
        }
        return file_output(*target.redirect);
    };
    at(number).stage.out = place(ends.out, "stdout");
    at(number).stage.err = joined ? OutputSpec(JoinStdout{}) : place(ends.err, "stderr");
    return out;
}

void Translator::add_fifo(const std::string& path, Range where, bool written, bool shared) {
    if (graph.find_fifo(path) >= 0) {
        return;
    }
    Fifo fifo;
    fifo.path = path;
    fifo.place = where;
    fifo.written = written;
    fifo.shared = shared;
    graph.fifos.push_back(std::move(fifo));
}

void Translator::check_fifos() {
    bool wired = true;
    for (const Fifo& fifo : graph.fifos) {
        if (fifo.writers.empty() || fifo.readers.empty()) {
            refuse(fifo.place,
                   "nothing " + std::string(fifo.writers.empty() ? "writes" : "reads") + " the " +
                       (fifo.shared ? "temporary file '" : "named pipe '") + fifo.path + "'",
                   "an edge has a writer and a reader");
            wired = false;
        } else if (fifo.readers.size() > 1 && !fifo.shared) {
            refuse(fifo.readers[1], "the named pipe '" + fifo.path + "' has several readers",
                   "each byte would go to one of them, whichever is first");
        }
    }
    if (!wired) {
        return;
    }
    if (const int node = graph.cycle(); node >= 0) {
        refuse(at(node).range, "this command waits for its own output, through a named pipe",
               "a pipeline must not have a cycle");
    }
}

std::optional<Flow> Translator::tee(const Command& command, const Flow& in,
                                    const Context& context) {
    if (command.kind != Command::Kind::simple || command.words.empty() || is_function("tee") ||
        !command.assignments.empty() || literal(command.words.front()) != "tee" ||
        rules_.all_in_shell || rules_.given_to_shell.contains(command.range.begin)) {
        return std::nullopt;
    }
    const auto ends = settle(command.redirects, context.joined);
    if (!ends || !expressible(*ends, context) || ends->err.kind != Target::Kind::own_error) {
        return std::nullopt;
    }
    bool append = false;
    bool fans_out = rules_.import;
    std::vector<const Word*> targets;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const Word& word = command.words[i];
        const auto value = literal(word);
        if (value == "-a" && targets.empty()) {
            append = true;
            continue;
        }
        Redirect as_redirect;
        as_redirect.target = word;
        const Piece* process = process_target(as_redirect);
        const bool fifo = fifo_of(word) >= 0;
        const bool out = process != nullptr && process->kind == Piece::Kind::process_out;
        fans_out = fans_out || fifo || out;
        const bool file = value
                              ? !value->starts_with('-') && !is_special(*value) && !is_shared(word)
                              : path_of(as_redirect).has_value();
        if (!fifo && !out && !file) {
            return std::nullopt;
        }
        if (!fifo && !out && !rules_.import) {
            const FileKind kind = rules_.machine->look(value.value_or(""));
            if (!value || (kind != FileKind::regular && kind != FileKind::missing)) {
                return std::nullopt;
            }
        }
        targets.push_back(&word);
    }
    if (!fans_out || targets.empty()) {
        return std::nullopt;
    }
    // one producer, which all the readers share
    build_inputs(command, in);
    Source source;
    const bool direct = ends->in.kind == Target::Kind::flow_in && in.sources.size() == 1;
    if (direct) {
        source = in.sources.front();
        // with no end in sight, the first reader that leaves has to end the others, as it does
        // there
        if (!rules_.import && source.node >= 0 && is_endless(at(source.node))) {
            return std::nullopt;
        }
    } else {
        Ends only_in = *ends;
        only_in.out = {Target::Kind::flow_out, -1, nullptr, {}};
        Node node;
        node.range = command.range;
        node.label = "tee";
        node.stage.run = {{{{Template::Piece::Kind::text, "cat"}}, {}}};
        source.node = add(std::move(node));
        Context inner = context;
        inner.piped = true;
        connect(source.node, only_in, in, inner);
    }
    for (const Word* word : targets) {
        Redirect redirect;
        redirect.target = *word;
        redirect.kind = append ? Redirect::Kind::append : Redirect::Kind::out;
        if (const Piece* piece = process_target(redirect)) {
            sinks_.emplace_back(*piece, source);
            continue;
        }
        if (const int fifo = fifo_of(*word); fifo >= 0) {
            graph.fifos[static_cast<std::size_t>(fifo)].writers.push_back(source);
            continue;
        }
        const auto path = literal(*word);
        const int number = cat(word->range, {source});
        at(number).label = path ? stage_label(*path) : "copy";
        at(number).stage.out = file_output(redirect);
    }
    // and its own stdout
    if (ends->out.kind == Target::Kind::null) {
        return Flow{};
    }
    if (ends->out.kind == Target::Kind::flow_out && context.piped) {
        return Flow{false, {source}};
    }
    const int number = cat(command.range, {source});
    at(number).label = "tee";
    main = context.main ? number : main;
    Ends only_out = *ends;
    only_out.in = {Target::Kind::flow_in, -1, nullptr, {}};
    return connect(number, only_out, {false, {source}}, context);
}

}  // namespace pipectl::shell
