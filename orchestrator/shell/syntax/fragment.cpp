#include "orchestrator/shell/syntax/fragment.hpp"

#include <algorithm>

namespace pipectl::shell {

namespace {

void collect_bodies(const Command& command, Range range, std::vector<Range>& bodies) {
    visit_commands(command, [&](const Command& each) {
        for (const auto& redirect : each.redirects) {
            if (redirect->kind == Redirect::Kind::here_document &&
                redirect->range.begin >= range.begin && redirect->range.begin < range.end &&
                redirect->body_range.begin >= range.end) {
                bodies.push_back(redirect->body_range);
            }
        }
    });
}

std::string with_bodies(std::string_view text, std::string part, std::vector<Range> bodies) {
    std::sort(bodies.begin(), bodies.end(), [](Range a, Range b) { return a.begin < b.begin; });
    for (const Range body : bodies) {
        if (!part.ends_with('\n')) {
            part += '\n';
        }
        part += text.substr(body.begin, body.end - body.begin);
    }
    return part;
}

}  // namespace

std::string fragment(std::string_view text, Range range, const Command& command,
                     std::vector<Replacement> replacements) {
    std::sort(
        replacements.begin(), replacements.end(),
        [](const Replacement& a, const Replacement& b) { return a.range.begin < b.range.begin; });
    std::string part;
    std::size_t done = range.begin;
    for (const Replacement& each : replacements) {
        if (each.range.begin >= range.end && each.text.empty()) {
            continue;  // a body below, see there
        }
        part += text.substr(done, each.range.begin - done);
        part += each.text;
        done = each.range.end;
    }
    part += text.substr(done, range.end - done);
    // what was cut out at the ends leaves blanks
    const std::size_t last = part.find_last_not_of(" \t");
    if (!replacements.empty() && (last == std::string::npos || part[last] != '\\')) {
        part.erase(last + 1);
    }
    std::vector<Range> bodies;
    collect_bodies(command, range, bodies);
    std::erase_if(bodies, [&](Range body) {
        return std::any_of(replacements.begin(), replacements.end(),
                           [&](const Replacement& each) { return each.range == body; });
    });
    return with_bodies(text, std::move(part), std::move(bodies));
}

std::string fragment(std::string_view text, const Chain& chain) {
    std::vector<Range> bodies;
    for (const Pipeline& pipeline : chain.pipelines) {
        for (const Command& command : pipeline.commands) {
            collect_bodies(command, chain.range, bodies);
        }
    }
    return with_bodies(
        text, std::string(text.substr(chain.range.begin, chain.range.end - chain.range.begin)),
        std::move(bodies));
}

bool mentions(std::string_view text, std::string_view name) {
    const auto joins = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-' || c == '/';
    };
    for (std::size_t at = text.find(name); at != std::string_view::npos && !name.empty();
         at = text.find(name, at + 1)) {
        const std::size_t behind = at + name.size();
        if ((at == 0 || !joins(text[at - 1])) && (behind == text.size() || !joins(text[behind]))) {
            return true;
        }
    }
    return false;
}

}  // namespace pipectl::shell
