#include "orchestrator/definition/template.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "orchestrator/definition/parse.hpp"
#include "stages/base/text.hpp"
#include "stages/base/variable_name.hpp"

namespace pipectl {

namespace {

using Kind = Template::Piece::Kind;

/// Behind the name of a list.
constexpr std::string_view kSpread = "...";

/// "file.stem", "file.name": of a parameter that is a path.
bool is_path_part(std::string_view inside) {
    return inside.ends_with(".stem") || inside.ends_with(".name");
}

/// One "${...}" of a text.
struct Reference {
    std::string_view inside;  ///< without the braces
    std::size_t ordinal = 0;  ///< how many "${" stand before it
    bool closed = true;
};

struct Splitter {
    /// Called for each reference; says what it becomes, or that it stays as it is written.
    std::function<std::optional<Template::Piece>(const Reference&)> resolve;
    TemplateStyle style = TemplateStyle::plain;

    std::vector<Template::Piece> split(std::string_view text) const;
};

void append_text(std::vector<Template::Piece>& pieces, std::string_view text) {
    if (pieces.empty() || pieces.back().kind != Kind::text) {
        pieces.push_back({Kind::text, {}, {}});
    }
    pieces.back().value += text;
}

std::vector<Template::Piece> Splitter::split(std::string_view text) const {
    std::vector<Template::Piece> pieces;
    std::size_t ordinal = 0;
    std::size_t done = 0;
    for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
        if (at > done && text[at - 1] == '$') {
            append_text(pieces, text.substr(done, at - 1 - done));
            append_text(pieces, "${");
            ++ordinal;
            done = at += 2;
            continue;
        }
        const std::string_view rest = text.substr(at + 2);
        if (style == TemplateStyle::shell && !is_ours_in_shell(rest)) {
            ++ordinal;
            at += 2;
            continue;
        }
        const std::size_t size = rest.find('}');
        const bool closed = size != std::string_view::npos;
        const Reference reference{rest.substr(0, size), ordinal++, closed};
        if (at > done) {
            append_text(pieces, text.substr(done, at - done));
        }
        const std::size_t next = closed ? at + 2 + size + 1 : text.size();
        if (auto piece = resolve(reference)) {
            if (piece->kind == Kind::text) {
                append_text(pieces, piece->value);
            } else {
                pieces.push_back(std::move(*piece));
            }
        } else {
            append_text(pieces, text.substr(at, next - at));
        }
        done = at = next;
    }
    if (done < text.size()) {
        append_text(pieces, text.substr(done));
    }
    return pieces;
}

/// "env.HOME" is kind environment, value HOME. Text for what has no known shape.
Template::Piece classify(std::string_view inside) {
    const auto piece = [&](Kind kind, std::size_t prefix) {
        return Template::Piece{kind, std::string(inside.substr(prefix)), {}};
    };
    if (inside.starts_with("env.")) {
        return piece(Kind::environment, 4);
    }
    if (inside.starts_with("in.")) {
        return piece(Kind::input, 3);
    }
    if (inside.starts_with("out.")) {
        return piece(Kind::output, 4);
    }
    if (inside.starts_with("shared.")) {
        return piece(Kind::shared, 7);
    }
    if (inside.ends_with(kSpread)) {
        inside.remove_suffix(kSpread.size());
        return piece(Kind::words, 0);
    }
    const std::string_view name = inside.substr(0, inside.rfind('.'));
    const bool known_part = name.size() == inside.size() || is_path_part(inside);
    return piece(
        known_part && name.find('.') == std::string_view::npos ? Kind::parameter : Kind::text, 0);
}

/// One use of a reference, checked against its scope.
class Checker {
  public:
    Checker(Reader& reader, const Entry& entry, const std::string& text, const TemplateScope& scope,
            TemplateStyle style)
        : reader_(reader), entry_(entry), text_(text), scope_(scope), style_(style) {}

    std::optional<Template::Piece> operator()(const Reference& reference) const {
        if (!reference.closed) {
            complain(reference, "'${' is not closed", "a literal '${' is written '$${'");
            return std::nullopt;
        }
        Template::Piece piece = classify(reference.inside);
        switch (piece.kind) {
            case Kind::environment: return environment(reference, std::move(piece));
            case Kind::input: return port(reference, std::move(piece), scope_.inputs, "input");
            case Kind::output: return port(reference, std::move(piece), scope_.outputs, "output");
            case Kind::shared: return shared(reference, std::move(piece));
            case Kind::parameter: return parameter(reference, std::move(piece));
            case Kind::words: return words(reference, std::move(piece));
            case Kind::replica:
            case Kind::text: break;
        }
        complain(reference, "unknown reference " + shown(reference),
                 "references are ${name}, ${name.stem}, ${env.NAME}, ${in.port}, ${out.port}, "
                 "${shared.name}; a "
                 "literal '${' is written '$${'");
        return std::nullopt;
    }

  private:
    static std::string shown(const Reference& reference) {
        return "'${" + std::string(reference.inside) + "}'";
    }

    void complain(const Reference& reference, std::string message, std::string hint = {}) const {
        int length = 2;
        for (const char c : reference.inside) {
            length += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
        }
        length = reference.closed ? length + 1 : 2;
        reader_.error(reader_.reference_in(*entry_.value, reference.ordinal, length),
                      std::move(message), std::move(hint));
    }

    std::optional<Template::Piece> environment(const Reference& reference,
                                               Template::Piece piece) const {
        if (!is_variable_name(piece.value)) {
            complain(reference, shown(reference) + " does not name an environment variable",
                     "a name has letters, digits and '_'");
            return std::nullopt;
        }
        if (style_ == TemplateStyle::shell) {
            return Template::Piece{Kind::text, "${" + piece.value + "}", {}};
        }
        piece.place = reader_.reference_in(*entry_.value, reference.ordinal, 1).place;
        return piece;
    }

    std::optional<Template::Piece> port(const Reference& reference, Template::Piece piece,
                                        const std::vector<std::string>* known,
                                        const std::string& direction) const {
        if (known == nullptr) {
            complain(reference, shown(reference) + " cannot be used here",
                     "ports are paths for the stage's own program, in 'run', 'shell' and 'env'");
            return std::nullopt;
        }
        if (!std::binary_search(known->begin(), known->end(), piece.value)) {
            std::string hint;
            if (known->empty()) {
                hint = direction == "input"
                           ? "declare it: inputs = { " + piece.value + " = \"STAGE\" }"
                           : "declare it: outputs = [\"" + piece.value + "\"]";
            }
            complain(reference,
                     "this stage has no " + direction + " '" + piece.value + "'" +
                         reader_.suggestion(piece.value, *known),
                     std::move(hint));
            return std::nullopt;
        }
        return piece;
    }

    std::optional<Template::Piece> shared(const Reference& reference, Template::Piece piece) const {
        if (scope_.shared == nullptr) {
            complain(reference, shown(reference) + " cannot be used here",
                     "a shared region is for a stage's own program, in 'run', 'shell' and 'env'");
            return std::nullopt;
        }
        if (!std::binary_search(scope_.shared->begin(), scope_.shared->end(), piece.value)) {
            complain(reference,
                     "there is no shared region '" + piece.value + "'" +
                         reader_.suggestion(piece.value, *scope_.shared),
                     "declare it: [shared." + piece.value + "] with size = \"1MiB\"");
            return std::nullopt;
        }
        return piece;
    }

    std::optional<Template::Piece> parameter(const Reference& reference,
                                             Template::Piece piece) const {
        const std::vector<std::string>& known = *scope_.parameters;
        const std::string name = piece.value.substr(0, piece.value.find('.'));
        const bool declared = std::binary_search(known.begin(), known.end(), name);
        if (piece.value == "replica" && scope_.replica) {
            if (declared) {
                complain(reference,
                         "'${replica}' is a parameter, and in a stage with `replicas` the "
                         "number of one",
                         "give the parameter another name");
            }
            piece.kind = Kind::replica;
            return piece;
        }
        if (!declared && piece.value == "replica") {
            complain(reference, "'${replica}' is the number of a replica, and there is none here",
                     "it is for 'run' and 'env' of a stage with 'replicas'");
            return std::nullopt;
        }
        if (!declared) {
            const std::string near = reader_.suggestion(name, known);
            std::string hint = near.empty() ? "a literal '${' is written '$${'" : "";
            if (near.empty() && is_variable_name(piece.value)) {
                hint = "declare it under [params]; an environment variable is ${env." +
                       piece.value + "}; " + hint;
            }
            complain(
                reference,
                name.empty() ? "'${}' names nothing" : "unknown parameter '" + name + "'" + near,
                std::move(hint));
            return std::nullopt;
        }
        return piece;
    }

    /// The values of a list are words of a command, so nothing may stand beside them in their word.
    std::optional<Template::Piece> words(const Reference& reference, Template::Piece piece) const {
        const bool command = entry_.is_element && (entry_.name == "run" || entry_.name == "args");
        const std::size_t size = reference.inside.size() + std::string_view("${}").size();
        if (!command || text_.size() != size) {
            complain(
                reference,
                shown(reference) + " is a word of its own in 'run' or 'args', and nothing else",
                "in a text ${" + piece.value + "} is its values, one a line");
            return std::nullopt;
        }
        return parameter(reference, std::move(piece));
    }

    Reader& reader_;
    const Entry& entry_;
    const std::string& text_;
    const TemplateScope& scope_;
    TemplateStyle style_;
};

}  // namespace

Template split_template(const std::string& text, Place place, std::string& error) {
    Splitter splitter;
    splitter.resolve = [&](const Reference& reference) -> std::optional<Template::Piece> {
        if (!reference.closed) {
            error = "'${' is not closed";
            return std::nullopt;
        }
        return classify(reference.inside);
    };
    return {splitter.split(text), place};
}

bool is_ours_in_shell(std::string_view inside) {
    return inside.starts_with("in.") || inside.starts_with("out.") || inside.starts_with("env.") ||
           inside.starts_with("shared.") || is_path_part(inside.substr(0, inside.find('}')));
}

Template literal_template(std::string text, Place place) {
    Template made;
    made.pieces.push_back({Kind::text, std::move(text), {}});
    made.place = place;
    return made;
}

Template read_template(Reader& reader, const Entry& entry, const std::string& text,
                       const TemplateScope& scope, TemplateStyle style) {
    const Place place = span_of(*entry.value).place;
    if (text.find("${") == std::string::npos) {
        return literal_template(text, place);
    }
    return {Splitter{Checker(reader, entry, text, scope, style), style}.split(text), place};
}

std::optional<Template> read_template(Reader& reader, const Entry& entry,
                                      const TemplateScope& scope) {
    const auto text = reader.text(entry);
    return text ? std::optional(read_template(reader, entry, *text, scope)) : std::nullopt;
}

}  // namespace pipectl
