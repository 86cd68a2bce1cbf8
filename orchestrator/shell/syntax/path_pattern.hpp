#pragma once

// Words of a text as paths of which not everything is known.
//
// Two words that are not the same text may still be the same file: "$d/x" and "y/x", "./x" and
// "$PWD/x". Whoever has to know asks whether they *may* be the same: what is not known is any
// bytes.

#include <string>
#include <string_view>

#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

/// Stands for any bytes, also for none.
constexpr char kAny = '\x01';

/// The word's text with kAny for what only a shell can tell. Not a path yet: it may be an option.
std::string word_pattern(const Word& word, const PathNames& names);

/// The same of some pieces, as in NAME=VALUE.
std::string pieces_pattern(const std::vector<Piece>& pieces, const PathNames& names);

/// As a path: without "./", "//" and a '/' at its end. What stands before ".." can be anywhere.
std::string path_pattern(std::string text);

/// True unless the two are certainly different files. Both as path_pattern() makes them.
bool may_be_same(std::string_view one, std::string_view other);

/// True when `path` may be `folder` or lie below it.
bool may_be_below(std::string_view folder, std::string_view path);

/// For people: kAny as "*".
std::string shown_pattern(std::string_view pattern);

}  // namespace pipectl::shell
