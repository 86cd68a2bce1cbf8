// Pipelines and commands to stages; words, ends, tee and shells have files of their own.

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

bool names_stdin(const std::vector<std::string>& argv) {
    return std::any_of(argv.begin(), argv.end(),
                       [](const std::string& word) { return word == "-" || word == "/dev/stdin"; });
}

/// Programs that read no stdin, or none when they are given files.
bool ignores_stdin(const std::vector<std::string>& argv) {
    const bool file = argv.size() > 1 && !argv.back().starts_with('-') &&
                      argv.back().find_first_not_of("0123456789+") != std::string::npos;
    return !names_stdin(argv) && (has_trait(argv.front(), Trait::reads_no_stdin) ||
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

Node* Translation::main_node() {
    return main < 0 ? nullptr : &graph.nodes[main];
}

Translator::Translator(std::string_view text, Rules rules, std::vector<Fifo> pipes)
    : text_(text), rules_(std::move(rules)) {
    made_.graph.fifos = std::move(pipes);
}

void Translator::forgive(const Pipeline& line) {
    if (Node* const main = made_.main_node()) {
        main->stage.any_ok = true;
        std::erase_if(made_.failures, [&](const Failure& each) {
            return each.range == line.commands.back().range;
        });
    }
}

int Translator::add(Node node) {
    made_.graph.nodes.push_back(std::move(node));
    return static_cast<int>(made_.graph.nodes.size()) - 1;
}

/// A stage of the text's own.
int Translator::add_main(Node node, const Context& context) {
    const int number = add(std::move(node));
    made_.main = context.main ? number : made_.main;
    at(number).main = context.own;
    return number;
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
        const Flow out = process_sink(piece, source, context);
        // it writes where its command's stdout goes
        if (context.piped) {
            flow->sources.insert(flow->sources.end(), out.sources.begin(), out.sources.end());
        }
    }
    return *flow;
}

std::optional<Flow> Translator::plain(const Command& each, const Flow& in, const Context& context) {
    const auto argv = fixed_words(each);
    Node node;
    if (!argv || !add_assignments(each, node)) {
        return std::nullopt;
    }
    const auto ends = settle(each.redirects, context.joined);
    if (!ends || !expressible(*ends, context)) {
        return std::nullopt;
    }
    node.range = each.range;
    node.label = stage_label(argv->front());
    check_inner_fifos(each);
    build_inputs(each, in);
    add_words(each, node);
    note_failure(each, context, node);
    // a definition says what people need to know: most programs with inputs of their own, and those
    // that only print, do not look at a stdin that they could have
    const bool first = made_.graph.nodes.empty();
    const bool has_inputs = !node.inputs.empty() && !names_stdin(*argv);
    const bool unread = rules_.import && !first && (has_inputs || ignores_stdin(*argv));
    const int number = add_main(std::move(node), context);
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
        made_.failures.push_back({node.label, each.range, hushed});
    }
}

/// The stage that is a shell with what stands between the parentheses.
int Translator::body_in_shell(const Piece& piece, Node node) {
    node.range = piece.range;
    node.label = "sh";
    const std::size_t begin = piece.range.begin + 2;
    give_to_shell(node, std::string(text_.substr(begin, piece.range.end - 1 - begin)), false);
    return add(std::move(node));
}

Source Translator::process_source(const Piece& piece, const Flow& in) {
    // a command in <(..) has its writer's stdin; that of a pipeline cannot be shared
    Source made;
    const Pipeline* line = only_pipeline(*piece.body);
    if (line == nullptr) {
        Node node;
        node.inherits = in.inherits;
        made.node = body_in_shell(piece, std::move(node));
        return made;
    }
    const Flow out = pipeline(*line, {in.inherits, {}}, {true, false, true});
    if (out.sources.size() == 1) {
        made = out.sources.front();
    } else if (!out.sources.empty()) {
        made.node = cat(piece.range, out.sources);
    } else {
        refuse(piece.range, "nothing is written to this input");
    }
    return made;
}

Flow Translator::process_sink(const Piece& piece, const Source& source, const Context& context) {
    if (const Pipeline* line = only_pipeline(*piece.body)) {
        return pipeline(*line, {false, {source}}, {context.piped, false, true});
    }
    Node node;
    node.from = {source};
    return {false, {{body_in_shell(piece, std::move(node)), "stdout", -1}}};
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
