// Pipelines and commands to stages; the ends of a stage are in translator_ends.cpp.

#include "orchestrator/shell/translator.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "orchestrator/shell/words.hpp"

namespace pipectl::shell {

namespace {

Template text_template(std::string text) {
    Template made;
    made.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
    return made;
}

void append(Template& made, Template::Piece::Kind kind, const std::string& value) {
    if (kind == Template::Piece::Kind::text && !made.pieces.empty() &&
        made.pieces.back().kind == kind) {
        made.pieces.back().value += value;
    } else {
        made.pieces.push_back({kind, value});
    }
}

/// Programs that read no stdin, or none when they are given files.
bool ignores_stdin(const std::vector<std::string>& argv) {
    constexpr auto kGenerators = std::to_array<std::string_view>(
        {"date", "df", "du", "echo", "false", "find", "ls", "printf", "ps", "seq", "true", "yes"});
    constexpr auto kReaders = std::to_array<std::string_view>(
        {"cat", "head", "nl", "rev", "sort", "tac", "tail", "uniq", "wc", "zcat"});
    const auto is_one_of = [&](const auto& names) {
        return std::find(names.begin(), names.end(), argv.front()) != names.end();
    };
    const bool file = argv.size() > 1 && !argv.back().starts_with('-') &&
                      argv.back().find_first_not_of("0123456789+") != std::string::npos;
    const bool stdin_too = std::any_of(argv.begin(), argv.end(), [](const std::string& word) {
        return word == "-" || word == "/dev/stdin";
    });
    return !stdin_too && (is_one_of(kGenerators) || (is_one_of(kReaders) && file));
}

const Pipeline* only_pipeline(const List& list) {
    if (list.chains.size() != 1 || list.chains.front().background ||
        list.chains.front().pipelines.size() != 1) {
        return nullptr;
    }
    const Pipeline& line = list.chains.front().pipelines.front();
    return line.negated || line.timed ? nullptr : &line;
}

/// What a stage of a shell is called: the first program in it.
std::string label_of(const Command& command) {
    std::string label;
    visit_commands(command, [&](const Command& each) {
        if (label.empty() && each.kind == Command::Kind::simple && !each.words.empty()) {
            if (const auto name = literal(each.words.front())) {
                label = stage_label(*name);
            }
        }
    });
    return label.empty() ? "sh" : label;
}

/// Programs that end with 1 to say that there was nothing, which is no failure in mid-pipeline.
bool ends_with_one(std::string_view program) {
    constexpr auto kPrograms = std::to_array<std::string_view>(
        {"cmp", "diff", "egrep", "fgrep", "grep", "zcmp", "zdiff", "zgrep"});
    program.remove_prefix(program.rfind('/') + 1);
    return std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end();
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

Flow Translator::pipeline(const Pipeline& line, Flow in, bool piped, bool is_main) {
    if (line.negated || line.timed) {
        refuse(line.range, line.negated ? "'!' turns the status round" : "'time' measures",
               line.negated ? "a definition says which statuses are good: ok = [1]"
                            : "pipectl run --summary measures every stage");
    }
    Flow flow = std::move(in);
    for (std::size_t i = 0; i < line.commands.size(); ++i) {
        Context context;
        context.joined = line.joined[i];
        context.own = is_main;
        context.main = is_main && i + 1 == line.commands.size();
        context.piped = piped || i + 1 < line.commands.size();
        flow = command(line.commands[i], flow, context);
    }
    return flow;
}

Flow Translator::whole(const Chain& chain, const Flow& in) {
    const Command& first = chain.pipelines.front().commands.front();
    Node node;
    node.range = chain.range;
    node.label = label_of(first);
    node.inherits = in.inherits;
    node.from = in.sources;
    give_to_shell(node, fragment(text_, chain), false);
    return {false, {{add(std::move(node)), "stdout", -1}}};
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
            out = pipeline(*line, {false, {source}}, context.piped);
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

const Variable* Translator::variable(const std::string& name) const {
    const auto found = std::find_if(rules_.variables.begin(), rules_.variables.end(),
                                    [&](const Variable& each) { return each.name == name; });
    return found == rules_.variables.end() ? nullptr : &*found;
}

bool Translator::is_function(const std::string& name) const {
    return std::any_of(rules_.functions.begin(), rules_.functions.end(),
                       [&](const Function& each) { return each.name == name; });
}

int Translator::fifo_of(const Word& word) const {
    if (graph.fifos.empty()) {
        return -1;
    }
    const auto path = path_key(word, rules_.temporaries);
    return path ? graph.find_fifo(*path) : -1;
}

/// Whether the word is a fixed text but for ports and parameters.
bool Translator::can_template(const Word& word) const {
    if (fifo_of(word) >= 0) {
        return true;
    }
    Word fixed = word;  // without the pieces that a definition can say
    bool dollar = false;
    for (Piece& piece : fixed.pieces) {
        const bool process =
            piece.kind == Piece::Kind::process_in || piece.kind == Piece::Kind::process_out;
        bool known = false;
        if (piece.kind == Piece::Kind::parameter && rules_.import) {
            const std::string name = piece.value.substr(0, piece.value.find(':'));
            const Variable* found = variable(name);
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

std::string Translator::next_port(Node& node, bool input) {
    if (input) {
        constexpr std::string_view kNames[] = {"left", "right", "third", "fourth"};
        const std::size_t index = node.inputs.size();
        return index < std::size(kNames) ? std::string(kNames[index])
                                         : "in" + std::to_string(index + 1);
    }
    return "out" + std::to_string(node.stage.outputs.size() + 1);
}

/// The word as a text of the definition; the ports it names are added to the node, which is the
/// next that will be added to the graph.
Template Translator::word_template(const Word& word, Node& node) {
    using To = Template::Piece::Kind;
    const int number = static_cast<int>(graph.nodes.size());
    Template made;
    if (const int fifo = fifo_of(word); fifo >= 0) {
        Fifo& pipe = graph.fifos[static_cast<std::size_t>(fifo)];
        const std::string port = next_port(node, pipe.written);
        if (pipe.written) {
            pipe.readers.push_back(word.range);
            node.inputs.push_back({port, {{-1, "stdout", fifo}}});
            append(made, To::input, port);
        } else {
            node.stage.outputs.push_back({port, {}});
            pipe.writers.push_back({number, port, -1});
            append(made, To::output, port);
        }
        return made;
    }
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
            const std::string name = piece.value.substr(0, piece.value.find(':'));
            append(made, variable(name) != nullptr ? To::parameter : To::environment, name);
        } else {
            append(made, To::text, piece.value);
        }
    }
    return made;
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
        const auto assigned = literal_assignment(word);
        if (!assigned) {
            return std::nullopt;
        }
        node.stage.env.emplace_back(assigned->name, text_template(assigned->value));
    }
    const auto ends = settle(each.redirects, context.joined);
    if (!ends || !expressible(*ends, context)) {
        return std::nullopt;
    }
    node.range = each.range;
    node.label = stage_label(*program);
    build_inputs(each, in);
    for (const Word& word : each.words) {
        node.stage.run.push_back(word_template(word, node));
    }
    if (rules_.import && context.piped && !rules_.pipefail && ends_with_one(*program)) {
        node.stage.ok = {0, 1};
    }
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

Flow Translator::in_shell(const Command& each, const Flow& in, const Context& context) {
    Node node;
    node.range = each.range;
    node.label = label_of(each);
    for (const Word& word : each.words) {
        if (rules_.import && !rules_.wrap && each.kind == Command::Kind::simple &&
            needs(word) == Need::command) {
            refuse(word.range, "a command's output as an argument",
                   "pass it with --set as a parameter, or let a shell run this stage: --wrap");
        }
    }
    if (each.kind == Command::Kind::function) {
        refuse(each.range, "a function is defined inside of a pipeline");
    }
    if (!rules_.import) {
        std::vector<Replacement> added;
        if (context.joined) {
            added.push_back({{each.range.end, each.range.end}, " 2>&1"});
        }
        give_to_shell(node, fragment(text_, each.range, each, added), false);
        node.from = in.sources;
        node.inherits = in.inherits;
        const int number = add(std::move(node));
        main = context.main ? number : main;
        at(number).main = context.own;
        return {false, {{number, "stdout", -1}}};
    }
    auto ends = settle(each.redirects, context.joined);
    if (ends && !expressible(*ends, context)) {
        ends.reset();
    }
    std::vector<Replacement> replaced;
    Range range = each.range;
    if (ends) {
        for (const auto& redirect : each.redirects) {
            Range cut = redirect->range;
            while (cut.begin > range.begin && text_[cut.begin - 1] == ' ') {
                --cut.begin;
            }
            replaced.push_back({cut, ""});
            if (redirect->kind == Redirect::Kind::here_document) {
                replaced.push_back({redirect->body_range, ""});
            }
        }
        if (each.kind != Command::Kind::simple) {
            range = each.core;
        }
    } else {
        ends = settle({}, context.joined);
    }
    build_inputs(each, in);
    // <(..) among the words become ports, named in the text
    bool ports = false;
    if (each.kind == Command::Kind::simple) {
        for (const Word& word : each.words) {
            for (const Piece& piece : word.pieces) {
                if (piece.kind == Piece::Kind::process_in) {
                    const std::string port = next_port(node, true);
                    node.inputs.push_back({port, {built_[piece.range.begin]}});
                    replaced.push_back({piece.range, "\"${in." + port + "}\""});
                    ports = true;
                }
            }
        }
    }
    const bool posix = is_posix(text_, each) && !ports;
    give_to_shell(node, fragment(text_, range, each, replaced), posix);
    const int number = add(std::move(node));
    main = context.main ? number : main;
    at(number).main = context.own;
    return connect(number, *ends, in, context);
}

void Translator::give_to_shell(Node& node, std::string text, bool posix) {
    for (const Fifo& fifo : graph.fifos) {
        if (mentions(text, fifo.path)) {
            refuse(node.range,
                   "this command needs a shell, and uses the named pipe '" + fifo.path + "'",
                   "read or write it by a redirection of a simple command");
        }
    }
    if (depends_on_shell(text)) {
        refuse(node.range, "this depends on which process of the shell runs it");
    }
    if (!rules_.import) {
        if (!rules_.prelude.empty()) {
            text = rules_.prelude + "\n" + text;
        }
        node.stage.run = {text_template("bash"), text_template("-c"),
                          text_template(std::move(text))};
        if (!rules_.zero.empty()) {
            node.stage.run.push_back(text_template(rules_.zero));
        }
        return;
    }
    // the functions that occur in it, and those that occur in these
    std::vector<bool> used(rules_.functions.size(), false);
    std::string all = text;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < rules_.functions.size(); ++i) {
            const Function& function = rules_.functions[i];
            if (!used[i] && mentions(all, function.name)) {
                used[i] = more = true;
                all += "\n" + function.text;
                posix = posix && function.posix;
            }
        }
    }
    std::string before;
    for (std::size_t i = 0; i < used.size(); ++i) {
        before += used[i] ? rules_.functions[i].text + "\n" : "";
    }
    text = before + text;
    if (posix) {
        node.stage.command = Stage::Command::shell;
        Template& shell = node.stage.shell;
        // ports are the only thing in it that is not the shell's
        shell.pieces.push_back({Template::Piece::Kind::text, std::move(text)});
        return;
    }
    Template script;
    std::size_t done = 0;
    for (const Node::Input& input : node.inputs) {
        const std::string reference = "${in." + input.port + "}";
        const std::size_t at = text.find(reference, done);
        if (at != std::string::npos) {
            append(script, Template::Piece::Kind::text, text.substr(done, at - done));
            append(script, Template::Piece::Kind::input, input.port);
            done = at + reference.size();
        }
    }
    append(script, Template::Piece::Kind::text, text.substr(done));
    node.stage.run = {text_template("bash"), text_template("-c"), std::move(script)};
    for (const Variable& each : rules_.variables) {
        if (mentions(text, each.name)) {
            Template value;
            append(value, Template::Piece::Kind::parameter, each.name);
            node.stage.env.emplace_back(each.name, std::move(value));
        }
    }
}

Source Translator::process_source(const Piece& piece, const Flow& in) {
    // a command in <(..) has its writer's stdin; that of a pipeline cannot be shared
    Flow head{in.inherits, {}};
    Source made;
    if (const Pipeline* line = only_pipeline(*piece.body)) {
        const Flow out = pipeline(*line, head, true);
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
