#include "orchestrator/shell/syntax/redirections.hpp"

#include <algorithm>
#include <array>

#include "orchestrator/shell/syntax/words.hpp"

namespace pipectl::shell {

namespace {

/// A here document's lines or a here string, when nothing in it is expanded.
std::optional<std::string> plain_text(const Redirect& redirect) {
    if (redirect.kind == Redirect::Kind::here_string) {
        // neither patterns nor braces are expanded there; a '~' is
        std::string text;
        for (const Piece& piece : redirect.target.pieces) {
            if (piece.kind != Piece::Kind::text) {
                return std::nullopt;
            }
            text += piece.value;
        }
        if (needs(redirect.target) == Need::tilde) {
            return std::nullopt;
        }
        return text + "\n";
    }
    if (redirect.expands && redirect.body.find_first_of("$`\\") != std::string::npos) {
        return std::nullopt;
    }
    return redirect.body;
}

class Settler {
  public:
    bool apply(const Redirect& redirect, int number) {
        if (!redirect.variable.empty()) {
            return false;
        }
        switch (redirect.kind) {
            case Redirect::Kind::in: return open_in(redirect, number);
            case Redirect::Kind::out:
            case Redirect::Kind::clobber:
            case Redirect::Kind::append: return open_out(redirect, number);
            case Redirect::Kind::both:
            case Redirect::Kind::both_append:
                return redirect.descriptor < 0 && open_both(redirect, number);
            case Redirect::Kind::duplicate_out: return duplicate(redirect, number);
            case Redirect::Kind::here_document:
            case Redirect::Kind::here_string: return here(redirect, number);
            case Redirect::Kind::in_out:
            case Redirect::Kind::duplicate_in: break;
        }
        return false;
    }

    std::optional<Ends> result(int opened) const {
        for (int number = 0; number < opened; ++number) {
            const bool used = std::any_of(at_.begin(), at_.end(), [&](const Target& target) {
                return target.opened == number;
            });
            if (!used && !harmless_[number]) {
                return std::nullopt;
            }
        }
        return Ends{at_[0], at_[1], at_[2]};
    }

    void join() { at_[2] = at_[1]; }

    void expect(std::size_t count) { harmless_.assign(count, true); }

  private:
    Target opened_file(const Redirect& redirect, int number) {
        Target target;
        target.opened = number;
        target.kind = Target::Kind::file;
        target.redirect = &redirect;
        if (literal(redirect.target) == "/dev/null") {
            target.kind = Target::Kind::null;
        } else {
            harmless_[number] = false;
        }
        return target;
    }

    bool open_in(const Redirect& redirect, int number) {
        if (redirect.descriptor > 0) {
            return false;
        }
        at_[0] = opened_file(redirect, number);
        return true;
    }

    bool open_out(const Redirect& redirect, int number) {
        const int fd = redirect.descriptor < 0 ? 1 : redirect.descriptor;
        if (fd != 1 && fd != 2) {
            return false;
        }
        at_[fd] = opened_file(redirect, number);
        return true;
    }

    bool open_both(const Redirect& redirect, int number) {
        at_[1] = at_[2] = opened_file(redirect, number);
        return true;
    }

    bool duplicate(const Redirect& redirect, int number) {
        const auto word = literal(redirect.target);
        if (!word || word->empty() || *word == "-") {
            return false;
        }
        if (word->find_first_not_of("0123456789-") != std::string::npos) {
            return redirect.descriptor < 0 && open_both(redirect, number);  // >& file
        }
        const int fd = redirect.descriptor < 0 ? 1 : redirect.descriptor;
        if ((fd != 1 && fd != 2) || (*word != "1" && *word != "2")) {
            return false;
        }
        at_[fd] = at_[*word == "1" ? 1 : 2];
        return true;
    }

    bool here(const Redirect& redirect, int number) {
        const auto text = plain_text(redirect);
        if (redirect.descriptor > 0 || !text) {
            return false;
        }
        at_[0] = {Target::Kind::text, number, &redirect, *text};
        return true;
    }

    std::array<Target, 3> at_ = {Target{Target::Kind::flow_in, -1, nullptr, {}},
                                 Target{Target::Kind::flow_out, -1, nullptr, {}},
                                 Target{Target::Kind::own_error, -1, nullptr, {}}};
    std::vector<bool> harmless_;  ///< by redirection: opening it for nothing changes nothing
};

}  // namespace

std::optional<Ends> settle(const std::vector<std::shared_ptr<Redirect>>& redirects, bool joined) {
    Settler settler;
    settler.expect(redirects.size());
    int number = 0;
    for (const auto& redirect : redirects) {
        if (!settler.apply(*redirect, number++)) {
            return std::nullopt;
        }
    }
    if (joined) {
        settler.join();
    }
    return settler.result(number);
}

bool opens_to_write(const Redirect& redirect) {
    switch (redirect.kind) {
        case Redirect::Kind::out:
        case Redirect::Kind::clobber:
        case Redirect::Kind::append:
        case Redirect::Kind::both:
        case Redirect::Kind::both_append:
        case Redirect::Kind::in_out: break;
        default: return false;
    }
    const auto& pieces = redirect.target.pieces;
    const bool process = pieces.size() == 1 && (pieces.front().kind == Piece::Kind::process_in ||
                                                pieces.front().kind == Piece::Kind::process_out);
    const auto path = literal(redirect.target);
    const bool device = path && path->starts_with("/dev/") && !path->starts_with("/dev/shm/");
    return !process && !device;
}

bool is_special_path(std::string_view path) {
    return path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") ||
           path.starts_with("/dev/fd/") || path.starts_with("/proc/self/") ||
           path == "/dev/stdin" || path == "/dev/stdout" || path == "/dev/stderr" ||
           path == "/dev/tty";
}

}  // namespace pipectl::shell
