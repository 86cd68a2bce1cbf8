#include "orchestrator/shell/import/find_pipes.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/shell/syntax/fragment.hpp"

namespace pipectl::shell {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Finder {
  public:
    Finder(const std::vector<Statement>& all, const PathNames& names, const Machine& machine,
           const std::set<std::string>& moved, Translator& translator,
           std::vector<Refusal>& refusals)
        : all_(all),
          names_(names),
          machine_(machine),
          moved_(moved),
          translator_(translator),
          refusals_(refusals) {}

    void find(const List& list) {
        const Paths paths = paths_of(list, names_);
        std::vector<std::string> removed;  // behind what writes them
        std::vector<std::string> written;
        for (const Statement& each : all_) {
            if (each.kind == Statement::Kind::pipeline) {
                List one;
                one.chains.push_back(*each.chain);
                const Paths here = paths_of(one, names_);
                written.insert(written.end(), here.written.begin(), here.written.end());
            }
            const bool makes = each.kind == Statement::Kind::make_fifo;
            if (!makes && each.kind != Statement::Kind::remove) {
                continue;
            }
            const auto names = file_arguments(each.command(), names_);
            if (!names) {
                refuse(each.chain->range, makes ? "named pipes whose names only the shell can tell"
                                                : "files whose names only the shell can tell");
                continue;
            }
            for (const std::string& name : *names) {
                if (makes) {
                    translator_.add_fifo(name, each.chain->range, has(paths.written, name));
                } else if (has(written, name) || !has(paths.written, name)) {
                    removed.push_back(name);
                    removals_.emplace_back(name, each.chain->range);
                }  // else it is written anew below
            }
        }
        for (const std::string& name : paths.written) {
            const bool read = has(paths.read, name) || has(paths.named, name);
            const bool temporary = name.find("${") != std::string::npos ||
                                   (has(removed, name) && machine_.look(name) != FileKind::regular);
            if (read && (temporary || machine_.look(name) == FileKind::fifo)) {
                translator_.add_fifo(name, all_.front().chain->range, true, temporary);
                const int number = translator_.graph.find_fifo(name);
                if (translator_.graph.fifos[static_cast<std::size_t>(number)].shared) {
                    check_writes(name);
                }
            }
        }
        for (const auto& [name, range] : removals_) {
            const bool temporary = name.find("${") != std::string::npos || moved_.contains(name);
            if (translator_.graph.find_fifo(name) < 0 && !temporary) {
                refuse(range, "'" + name + "' is removed, and nothing in the text makes it",
                       "a definition removes nothing; do it before or after the run");
            }
        }
    }

  private:
    void refuse(Range range, std::string message, std::string hint = {}) {
        refusals_.push_back({range, std::move(message), std::move(hint)});
    }

    /// A temporary file becomes an edge when all that is in it is written before it is read.
    void check_writes(const std::string& name) {
        bool written = false;
        bool read = false;
        for (const Statement& each : all_) {
            if (each.kind != Statement::Kind::pipeline) {
                continue;
            }
            List one;
            one.chains.push_back(*each.chain);
            const Paths paths = paths_of(one, names_);
            if (has(paths.written, name)) {
                if (read || (written && truncates(one, name))) {
                    refuse(each.chain->range,
                           "the temporary file '" + name + "' is written again" +
                               (read ? ", after it was read" : ""),
                           "give the second one a name of its own");
                    return;
                }
                written = true;
            }
            read = read || has(paths.read, name) || has(paths.named, name);
        }
    }

    bool truncates(const List& list, const std::string& name) const {
        bool found = false;
        visit_commands(list, [&](const Command& command) {
            for (const auto& redirect : command.redirects) {
                const bool whole = redirect->kind == Redirect::Kind::out ||
                                   redirect->kind == Redirect::Kind::clobber ||
                                   redirect->kind == Redirect::Kind::both;
                found = found || (whole && path_key(redirect->target, names_) == name);
            }
        });
        return found;
    }

    const std::vector<Statement>& all_;
    const PathNames& names_;
    const Machine& machine_;
    const std::set<std::string>& moved_;
    Translator& translator_;
    std::vector<Refusal>& refusals_;
    std::vector<std::pair<std::string, Range>> removals_;
};

}  // namespace

void find_pipes(const List& list, const std::vector<Statement>& all, const PathNames& names,
                const Machine& machine, const std::set<std::string>& moved, Translator& translator,
                std::vector<Refusal>& refusals) {
    Finder(all, names, machine, moved, translator, refusals).find(list);
}

}  // namespace pipectl::shell
