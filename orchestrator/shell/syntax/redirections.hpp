#pragma once

// Where a command's three descriptors lead when all its redirections are done, in their order.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/shell/syntax/syntax.hpp"

namespace pipectl::shell {

/// What a descriptor leads to.
struct Target {
    enum class Kind {
        flow_in,    ///< what feeds the command
        flow_out,   ///< what reads it
        own_error,  ///< the caller's stderr
        file,       ///< `redirect` says which
        null,       ///< /dev/null
        text,       ///< a here document or string that needs no shell: `text`
    };
    Kind kind = Kind::flow_in;
    int opened = -1;                     ///< which redirection opened it
    const Redirect* redirect = nullptr;  ///< file
    std::string text;
};

struct Ends {
    Target in, out, err;
};

/// Nothing when only a shell can do what the redirections ask for: other descriptors, closed ones,
/// files that are opened and not used, names that need expanding in here documents.
/// `joined`: |& follows.
std::optional<Ends> settle(const std::vector<std::shared_ptr<Redirect>>& redirects, bool joined);

/// It opens a file to write it: no process, no other descriptor, nothing that is a device.
bool opens_to_write(const Redirect& redirect);

/// A path that bash does not open as a file, or that names one of its own descriptors.
bool is_special_path(std::string_view path);

}  // namespace pipectl::shell
