// Pipelines and commands to stages; the ends of a stage are in translator_ends.cpp.

#include "orchestrator/shell/translate/translator.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/commands/builtins.hpp"
#include "orchestrator/shell/commands/command_list.hpp"
#include "orchestrator/shell/commands/file_words.hpp"
#include "orchestrator/shell/syntax/words.hpp"
#include "orchestrator/shell/translate/statuses.hpp"
#include "orchestrator/shell/translate/templates.hpp"

namespace pipectl::shell {

namespace {

/// Programs that read no stdin, or none when they are given files.
bool ignores_stdin(const std::vector<std::string>& argv) {
    const bool file = argv.size() > 1 && !argv.back().starts_with('-') &&
                      argv.back().find_first_not_of("0123456789+") != std::string::npos;
    const bool stdin_too = std::any_of(argv.begin(), argv.end(), [](const std::string& word) {
        return word == "-" || word == "/dev/stdin";
    });
    return !stdin_too && (has_trait(argv.front(), Trait::reads_no_stdin) ||
                          (has_trait(argv.front(), Trait::reads_stdin_or_files) && file));
}

const Pipeline* only_pipeline(const List& list) {
    if (list.chains.size() != 1 || list.chains.front().background ||
        list.chains.front().pipelines.size() != 1) {
        return nullptr;
    }
    const Pipeline& line = list.chains.front().pipelines.front();
    return line.negated || line.timed ? nullptr : &line;
}

bool writes_file(const Command& command) {
    return std::any_of(
        command.redirects.begin(), command.redirects.end(), [](const auto& redirect) {
            const bool opens = redirect->kind == Redirect::Kind::out ||
                               redirect->kind == Redirect::Kind::clobber ||
                               redirect->kind == Redirect::Kind::append ||
                               redirect->kind == Redirect::Kind::both ||
                               redirect->kind == Redirect::Kind::both_append;
            return opens && redirect->descriptor != 2 && literal(redirect->target) != "/dev/null";
        });
}

}  // namespace

int Translator::add(Node node) {
    graph.nodes.push_back(std::move(node));
    return static_cast<int>(graph.nodes.size()) - 1;
}

int Translator::cat(Range range, std::vector<Source> from) {
    Node node;
    node.range = range;
    node.label = "cat";
    node.stage.run = {text_template("cat")};
    node.from = std::move(from);
    return add(std::move(node));
}

Flow Translator::pipeline(const Pipeline& line, Flow in, Line how) {
    if (line.negated) {
        refuse(line.range, "'!' turns the status round",
               "a definition says which statuses are good: ok = [1]");
    } else if (line.timed && !rules_.import) {  // a definition is measured by run --summary
        refuse(line.range, "'time' measures");
    }
    Flow flow = std::move(in);
    for (std::size_t i = 0; i < line.commands.size(); ++i) {
        Context context;
        context.joined = line.joined[i];
        const bool last = i + 1 == line.commands.size();
        context.own = how.main;
        context.main = how.main && last;
        context.piped = how.piped || !last;
        context.loose = how.loose || (!last && !rules_.pipefail);
        flow = command(line.commands[i], flow, context);
    }
    return flow;
}

Flow Translator::command(const Command& each, const Flow& in, const Context& context) {
    const std::size_t first_sink = sinks_.size();
    auto flow = tee(each, in, context);
    if (!flow) {
        flow = plain(each, in, context);
    }
    if (!flow) {
        flow = in_shell(each, in, context);
    }
    // the stages behind >(..) come after their writer
    const auto sinks =
        std::vector(sinks_.begin() + static_cast<std::ptrdiff_t>(first_sink), sinks_.end());
    sinks_.resize(first_sink);
    for (const auto& [piece, source] : sinks) {
        Flow out;
        if (const Pipeline* line = only_pipeline(*piece.body)) {
            out = pipeline(*line, {false, {source}}, {context.piped, false, true});
        } else {
            Node node;
            node.range = piece.range;
            node.label = "sh";
            node.from = {source};
            give_to_shell(node,
                          std::string(text_.substr(piece.range.begin + 2,
                                                   piece.range.end - piece.range.begin - 3)),
                          false);
            out = {false, {{add(std::move(node)), "stdout", -1}}};
        }
        // it writes where its command's stdout goes
        if (context.piped && !out.sources.empty()) {
            flow->sources.insert(flow->sources.end(), out.sources.begin(), out.sources.end());
        }
    }
    return *flow;
}

std::optional<Flow> Translator::plain(const Command& each, const Flow& in, const Context& context) {
    if (each.kind != Command::Kind::simple || each.words.empty() || rules_.all_in_shell ||
        rules_.given_to_shell.contains(each.range.begin)) {
        return std::nullopt;
    }
    const auto program = literal(each.words.front());
    if (!program || program->empty() || is_function(*program)) {
        return std::nullopt;
    }
    std::vector<std::string> argv;
    for (const Word& word : each.words) {
        if (!can_template(word)) {
            return std::nullopt;
        }
        argv.push_back(literal(word).value_or("\\"));  // not literal: not the same as a program
    }
    if (is_builtin(*program) && !programs_only_ && !same_as_program(argv)) {
        return std::nullopt;
    }
    Node node;
    for (const Word& word : each.assignments) {
        auto assigned = assigned_template(word);
        if (!assigned) {
            return std::nullopt;
        }
        node.stage.env.push_back(std::move(*assigned));
    }
    const auto ends = settle(each.redirects, context.joined);
    if (!ends || !expressible(*ends, context)) {
        return std::nullopt;
    }
    node.range = each.range;
    node.label = stage_label(*program);
    check_inner_fifos(each);
    build_inputs(each, in);
    for (std::size_t i = 0; i < each.words.size(); ++i) {
        const Word& word = each.words[i];
        std::string option;
        const int whole = fifo_of(word);
        if (const int fifo = whole >= 0 ? whole : fifo_in_option(word, option); fifo >= 0) {
            if (const auto reason = not_just_read(each, i)) {
                const Fifo& pipe = graph.fifos[static_cast<std::size_t>(fifo)];
                refuse(word.range, "'" + pipe.path + "' " + *reason,
                       "an edge has no name and no size: let the program read it as stdin, with <");
            }
        }
        node.stage.run.push_back(word_template(word, node));
    }
    note_failure(each, context, node);
    // a definition says what people need to know: most programs with inputs of their own, and those
    // that only print, do not look at a stdin that they could have
    const bool first = graph.nodes.empty();
    const bool has_inputs =
        !node.inputs.empty() && std::none_of(argv.begin(), argv.end(), [](const std::string& word) {
            return word == "-" || word == "/dev/stdin";
        });
    const bool unread = rules_.import && !first && (has_inputs || ignores_stdin(argv));
    const int number = add(std::move(node));
    main = context.main ? number : main;
    at(number).main = context.own;
    return connect(number, *ends, unread && in.inherits ? Flow{} : in, context);
}

/// What the shell would not care about: a status that is no failure is made a good one.
void Translator::note_failure(const Command& each, const Context& context, Node& node) {
    if (!rules_.import || !rules_.strict) {
        return;
    }
    const std::set<int> mild = mild_statuses(each, rules_.statements);
    if (context.loose) {
        node.stage.ok.insert(node.stage.ok.end(), mild.begin(), mild.end());
    }
    // where the status is asked for, a shell still keeps the file, and prints what others print
    const bool keeps = context.main && (context.piped || (!mild.empty() && writes_file(each)));
    Command apart = each;  // what is an edge is there
    std::erase_if(apart.redirects,
                  [&](const auto& redirect) { return fifo_of(redirect->target) >= 0; });
    if ((context.loose || keeps) && !never_fails(apart)) {
        const bool hushed =
            std::any_of(each.redirects.begin(), each.redirects.end(), [](const auto& redirect) {
                return redirect->descriptor == 2 && literal(redirect->target) == "/dev/null";
            });
        failures.push_back({node.label, each.range, hushed});
    }
}

Source Translator::process_source(const Piece& piece, const Flow& in) {
    // a command in <(..) has its writer's stdin; that of a pipeline cannot be shared
    Flow head{in.inherits, {}};
    Source made;
    if (const Pipeline* line = only_pipeline(*piece.body)) {
        const Flow out = pipeline(*line, head, {true, false, true});
        if (out.sources.size() == 1) {
            made = out.sources.front();
        } else if (!out.sources.empty()) {
            made.node = cat(piece.range, out.sources);
        } else {
            refuse(piece.range, "nothing is written to this input");
        }
    } else {
        Node node;
        node.range = piece.range;
        node.label = "sh";
        node.inherits = head.inherits;
        give_to_shell(node,
                      std::string(text_.substr(piece.range.begin + 2,
                                               piece.range.end - piece.range.begin - 3)),
                      false);
        made.node = add(std::move(node));
    }
    return made;
}

const Piece* Translator::process_target(const Redirect& redirect) {
    const auto& pieces = redirect.target.pieces;
    if (pieces.size() != 1 || (pieces.front().kind != Piece::Kind::process_in &&
                               pieces.front().kind != Piece::Kind::process_out)) {
        return nullptr;
    }
    return &pieces.front();
}

void Translator::build_inputs(const Command& command, const Flow& in) {
    visit_words(command, [&](const Word& word) {
        for (const Piece& piece : word.pieces) {
            if (piece.kind == Piece::Kind::process_in && piece.body) {
                built_[piece.range.begin] = process_source(piece, in);
            }
        }
    });
}

}  // namespace pipectl::shell
