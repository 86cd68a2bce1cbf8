#include "orchestrator/parts/expand.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "orchestrator/definition/parameter_value.hpp"
#include "orchestrator/definition/parse.hpp"
#include "orchestrator/parts/part_names.hpp"
#include "orchestrator/parts/part_ports.hpp"
#include "orchestrator/parts/part_wiring.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "stages/base/error.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

/// Two uses in each of a few files make as many definitions as grains on a chess board.
constexpr std::size_t kMostUsed = 1000;

std::string identity(const std::string& path) {
    std::error_code ignored;
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return ignored ? path : canonical.string();
}

class Expander {
  public:
    Expander(SourceText& source, std::vector<Diagnostic>& diagnostics, const PartTexts* texts)
        : source_(source), diagnostics_(diagnostics), texts_(texts) {}

    bool run(Definition& definition) {
        if (source_.name != "<stdin>") open_.push_back(source_.name);
        (void)expand(definition, source_.name);
        // the planner would only find what follows from them
        whole_ = whole_ && !remarks_.any_errors();
        for (Diagnostic& each : remarks_.take()) {
            diagnostics_.push_back(std::move(each));
        }
        return whole_;
    }

  private:
    /// Returns the ports of the definition, for one that uses it.
    PartPorts expand(Definition& definition, const std::string& path) {
        PartsByName parts;
        const std::string last =
            definition.stages.empty() ? std::string() : definition.stages.back().name.value;
        if (uses_parts(definition)) {
            std::vector<Stage> outer = std::exchange(definition.stages, {});
            for (const Stage& stage : outer) {
                if (!stage.part) {
                    definition.stages.push_back(stage);
                    continue;
                }
                put_in_place(stage, definition, path, parts);
            }
            if (whole_) connect_parts(outer, parts, definition.stages, remarks_);
        }
        if (!whole_) return {};
        return find_ports(definition, parts, last, remarks_);
    }

    void put_in_place(const Stage& user, Definition& definition, const std::string& path,
                      PartsByName& parts) {
        const std::string& word = user.part->file.value;
        const Place place = user.part->file.place;
        const std::size_t length = word.size() + kQuotes;
        const std::string folder = std::filesystem::path(path).parent_path().string();
        const std::string file =
            folder.empty() || word.starts_with('/') ? word : folder + "/" + word;
        if (!may_open(file, place, length)) return;
        Definition inner;
        if (!read(file, place, length, inner)) return;
        open_.push_back(file);
        const std::size_t before = remarks_.errors();
        refuse_of_run(inner, place, length);
        for (Stage& stage : inner.stages) {
            if (!stage.via) stage.via = inner.via;
        }
        PartPorts ports = expand(inner, file);
        give_variables(inner);
        lend_hosts(inner, definition);
        open_.pop_back();
        if (!whole_) return;
        bind(user, inner);
        const std::string prefix = user.name.value + "/";
        put_before_names(inner, prefix);
        for (auto& [name, end] : ports) {
            end.stage.insert(0, prefix);
        }
        // errors of ours would only be followed by others that they cause
        whole_ = whole_ && remarks_.errors() == before;
        std::move(inner.parameters.begin(), inner.parameters.end(),
                  std::back_inserter(definition.parameters));
        std::move(inner.stages.begin(), inner.stages.end(), std::back_inserter(definition.stages));
        parts.emplace(user.name.value, std::move(ports));
    }

    bool may_open(const std::string& file, Place place, std::size_t length) {
        const std::string wanted = identity(file);
        const auto same = [&](const std::string& each) { return identity(each) == wanted; };
        if (std::any_of(open_.begin(), open_.end(), same)) {
            std::string chain;
            for (const std::string& each : open_) {
                chain += "'" + each + "' -> ";
            }
            remarks_.error(place,
                           "'" + file + "' would be a part of itself: " + chain + "'" + file + "'",
                           "a definition cannot use one that uses it", length);
            return whole_ = false;
        }
        if (source_.used.size() >= kMostUsed) {
            remarks_.error(
                place, "there are more than " + std::to_string(kMostUsed) + " definitions as parts",
                {}, length);
            return whole_ = false;
        }
        return true;
    }

    [[nodiscard]] SourceText text_of(const std::string& file) const {
        if (texts_ == nullptr) return read_source(file);
        const auto found = texts_->find(file);
        if (found == texts_->end()) throw SystemError("cannot read '" + file + "'", ENOENT);
        return {file, found->second};
    }

    bool read(const std::string& file, Place place, std::size_t length, Definition& inner) {
        try {
            SourceText text = text_of(file);
            source_.used.push_back({file, std::move(text.text), place});
            const UsedText& used = source_.used.back();
            ParseResult parsed =
                parse_definition({used.name, used.text}, static_cast<int>(source_.used.size()));
            const bool good = !has_errors(parsed.diagnostics);
            std::move(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                      std::back_inserter(diagnostics_));
            inner = std::move(parsed.definition);
            whole_ = whole_ && good;
            return good;
        } catch (const SystemError& error) {
            remarks_.error(place, error.what(),
                           "the path is relative to the folder of the file that says it", length);
            return whole_ = false;
        }
    }

    /// What is of a whole run.
    void refuse_of_run(const Definition& inner, Place place, std::size_t length) {
        const auto refuse = [&](bool there, const char* what, const char* hint) {
            if (!there) return;
            remarks_.error(place,
                           std::string("a definition that is used as a stage cannot have ") + what,
                           hint, length);
        };
        refuse(inner.for_each.has_value(), "[for-each]",
               "run it by itself: run = [\"pipectl\", \"run\", \"FILE\"]");
        refuse(!inner.semaphores.empty(), "[semaphores]",
               "declare them in the definition that is run; stages of all its parts may need them");
        refuse(!inner.shared.empty(), "[shared]", "give it the path of a file as a parameter");
        refuse(inner.cwd.has_value(), "'cwd' in [pipeline]",
               "'cwd' of its stages, or of the definition that is run");
        refuse(inner.env_file.has_value(), "'env-file'", "the definition that is run may have one");
        refuse(inner.lock.has_value(), "'lock' in [pipeline]", "a stage of it may have one");
        refuse(!inner.strict, "'strict = false'", "how a run fails is said where it is run");
        const Definition usual;
        std::vector<std::string> ignored;
        if (inner.timeout) ignored.emplace_back("timeout");
        if (inner.grace != usual.grace) ignored.emplace_back("grace");
        if (inner.retries.value != 0) ignored.emplace_back("retries");
        if (ignored.empty()) return;
        remarks_.warning(place,
                         quoted_list(ignored) + " of '" + source_.used.back().name +
                             "' is of a run, and has no meaning here",
                         "what holds for the run is said where it is run", length);
    }

    /// Those of the definition that is run hold, where both name one.
    static void lend_hosts(Definition& inner, Definition& definition) {
        for (HostSpec& host : inner.hosts) {
            const auto same = [&](const HostSpec& own) {
                return own.name.value == host.name.value;
            };
            if (std::ranges::any_of(definition.hosts, same)) continue;
            definition.hosts.push_back(std::move(host));
        }
    }

    /// [env] is that of its own stages.
    static void give_variables(Definition& inner) {
        for (Stage& stage : inner.stages) {
            std::vector<std::pair<std::string, Template>> env;
            for (const auto& each : inner.env) {
                const auto same = [&](const auto& own) { return own.first == each.first; };
                if (std::none_of(stage.env.begin(), stage.env.end(), same)) env.push_back(each);
            }
            stage.env.insert(stage.env.begin(), env.begin(), env.end());
        }
    }

    /// Its parameters are what `set` says.
    void bind(const Stage& user, Definition& inner) {
        std::vector<std::string> known;
        std::set<std::string> given;
        for (const Parameter& parameter : inner.parameters) {
            const std::string& name = parameter.name.value;
            if (name.find('/') == std::string::npos) known.push_back(name);
        }
        for (const auto& [name, value] : user.part->set) {
            const auto of = [&, &wanted = name.value](const Parameter& each) {
                return each.name.value == wanted;
            };
            const auto found = std::find_if(inner.parameters.begin(), inner.parameters.end(), of);
            if (found == inner.parameters.end() || name.value.find('/') != std::string::npos) {
                remarks_.error(
                    name.place,
                    "'" + user.part->file.value + "' has no parameter '" + name.value + "'" +
                        did_you_mean(name.value, known),
                    known.empty() ? "it has no [params]" : "it has " + quoted_list(known),
                    name.value.size());
                continue;
            }
            found->bound = value;
            given.insert(name.value);
        }
        std::vector<std::string> missing;
        for (const Parameter& parameter : inner.parameters) {
            const std::string& name = parameter.name.value;
            if (name.find('/') != std::string::npos || parameter.bound || parameter.env ||
                has_default(parameter)) {
                continue;
            }
            missing.push_back(name);
        }
        if (missing.empty()) return;
        remarks_.error(user.part->file.place,
                       "'" + user.part->file.value + "' needs " + quoted_list(missing),
                       "set = { " + missing.front() + " = \"value\" }",
                       user.part->file.value.size() + kQuotes);
    }

    SourceText& source_;
    std::vector<Diagnostic>& diagnostics_;
    const PartTexts* texts_;  ///< in place of files; null: these are read
    Remarks remarks_;
    std::vector<std::string> open_;  ///< the files that are being expanded, from the outermost
    bool whole_ = true;
};

}  // namespace

bool uses_parts(const Definition& definition) {
    return std::any_of(definition.stages.begin(), definition.stages.end(),
                       [](const Stage& stage) { return stage.part.has_value(); });
}

bool expand_parts(Definition& definition, SourceText& source, std::vector<Diagnostic>& diagnostics,
                  const PartTexts* texts) {
    return !uses_parts(definition) || Expander(source, diagnostics, texts).run(definition);
}

PartTexts texts_of_parts(const SourceText& source) {
    PartTexts texts;
    for (const UsedText& used : source.used) {
        if (!used.user.known()) continue;  // a file of hosts, which the caller named
        texts.emplace(used.name, used.text);
    }
    return texts;
}

}  // namespace pipectl
