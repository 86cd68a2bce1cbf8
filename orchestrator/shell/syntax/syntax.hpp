#pragma once

// What a text in the shell's language says: plain structs, made by the parser.
//
// Nothing is expanded and nothing is looked up. Every part knows which bytes of the text it is, so
// that a part can be given to a shell exactly as it was written. Compound commands (loops,
// conditionals, functions) are parsed for their extent; of their inside only the commands and the
// words are kept, for whoever has to know what occurs in them.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pipectl::shell {

/// Bytes [begin, end) of the text.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    bool operator==(const Range&) const = default;
};

struct List;

/// A part of a word that is treated as one.
struct Piece {
    enum class Kind {
        text,         ///< `value`: with quotes and escapes resolved
        parameter,    ///< $name, ${..}; `value`: what is between the braces
        command,      ///< $(..), `..`; `body` for the first form
        arithmetic,   ///< $((..))
        process_in,   ///< <(..): read as a file; `body`
        process_out,  ///< >(..): written as a file; `body`
        array,        ///< (..) behind NAME=
        locale,       ///< $"..": translated by the shell
        ansi,         ///< $'..' with an escape whose bytes depend on the shell or the locale
    };
    Kind kind = Kind::text;
    bool quoted = false;
    std::string value;
    Range range;
    std::shared_ptr<List> body;
};

struct Word {
    std::vector<Piece> pieces;  ///< '' has one that is empty and quoted
    Range range;
};

struct Redirect {
    enum class Kind {
        in,             ///< <
        out,            ///< >
        clobber,        ///< >|
        append,         ///< >>
        in_out,         ///< <>
        duplicate_in,   ///< <&
        duplicate_out,  ///< >&
        both,           ///< &>
        both_append,    ///< &>>
        here_document,  ///< << and <<-
        here_string,    ///< <<<
    };
    Kind kind = Kind::in;
    int descriptor = -1;   ///< -1: not given
    std::string variable;  ///< {name}> instead of a number
    Word target;           ///< here document: its delimiter
    Range range;           ///< with the target, without the body
    bool expands = false;  ///< here document: the delimiter was not quoted
    bool strips = false;   ///< here document: <<-
    std::string body;      ///< here document: its lines; tabs are stripped
    Range body_range;      ///< here document: the lines in the text, with the delimiter's
};

struct Command {
    enum class Kind {
        simple,
        group,        ///< { ..; }
        subshell,     ///< ( .. )
        loop,         ///< for, while, until, select
        conditional,  ///< if, case
        test,         ///< [[ .. ]]
        arithmetic,   ///< (( .. ))
        function,     ///< a definition; `name`
        coprocess,
    };
    Kind kind = Kind::simple;
    std::vector<Word> assignments;  ///< NAME=value before the command
    std::vector<Word> words;        ///< of the others: whatever words occur in them
    std::vector<std::shared_ptr<Redirect>> redirects;  ///< in their order; never null
    std::vector<List> bodies;
    std::string name;
    Range range;  ///< with the redirections
    Range core;   ///< of a compound command without them
};

struct Pipeline {
    std::vector<Command> commands;
    std::vector<bool> joined;       ///< by command: |& behind it
    std::vector<std::size_t> bars;  ///< where the | behind each command but the last stands
    bool negated = false;           ///< !
    bool timed = false;             ///< time
    Range range;
};

/// Pipelines joined by && and ||.
struct Chain {
    std::vector<Pipeline> pipelines;
    std::vector<Range> operators;  ///< between them
    std::vector<bool> otherwise;   ///< by operator: it is ||
    bool background = false;       ///< ended by &
    Range range;                   ///< without the & or ;
    /// Of a chain that was taken apart at its && (import/gather.cpp): that && before it.
    std::optional<Range> behind_and{};
};

struct List {
    std::vector<Chain> chains;
};

struct Comment {
    Range range;      ///< from the '#' to the line's end
    bool own = true;  ///< nothing but blanks before it on its line
};

/// A whole text.
struct Script {
    List list;
    std::vector<Comment> comments;
};

}  // namespace pipectl::shell
