#include "orchestrator/parts/flatten.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "orchestrator/parts/part_names.hpp"
#include "orchestrator/plan/resolve.hpp"

namespace pipectl {

namespace {

std::string scope_of(const std::string& name) {
    return name.substr(0, name.rfind('/') + 1);
}

class Flattener {
  public:
    explicit Flattener(const Definition& expanded) : flat_(expanded) {}

    Definition run() {
        flat_.ports.clear();
        flat_.tests.clear();
        for (const Stage& stage : flat_.stages) {
            stages_[stage.name.value] = free_name(stage.name.value, taken_stages_);
        }
        for (const Parameter& parameter : flat_.parameters) {
            const std::string& name = parameter.name.value;
            if (parameter.bound) {
                bound_.emplace(name, *parameter.bound);
            } else {
                parameters_[name] = free_name(name, taken_parameters_);
            }
        }
        for (Stage& stage : flat_.stages) {
            give_variables(stage);
            visit_texts(stage, [this](Template& text) { put_values(text); });
            visit_names(stage, [this](Located<std::string>& name) {
                const auto found = stages_.find(name.value);
                if (found != stages_.end()) name.value = found->second;
            });
        }
        std::erase_if(flat_.parameters, [](const Parameter& each) { return each.bound; });
        for (Parameter& parameter : flat_.parameters) {
            parameter.name.value = parameters_.at(parameter.name.value);
        }
        return std::move(flat_);
    }

  private:
    static std::string free_name(const std::string& name, std::set<std::string>& taken) {
        std::string plain = name;
        std::ranges::replace(plain, '/', '-');
        std::string free = plain;
        for (int i = 2; !taken.insert(free).second; ++i) {
            free = plain + "-" + std::to_string(i);
        }
        return free;
    }

    /// What is given refers to parameters of whoever gives it.
    void put_values(Template& text) {
        std::vector<Template::Piece> pieces;
        for (Template::Piece& piece : text.pieces) {
            const auto given = names_parameter(piece) ? bound_.find(piece.value) : bound_.end();
            if (given != bound_.end()) {
                Template value = given->second;
                put_values(value);
                pieces.insert(pieces.end(), value.pieces.begin(), value.pieces.end());
                continue;
            }
            const auto renamed =
                names_parameter(piece) ? parameters_.find(piece.value) : parameters_.end();
            if (renamed != parameters_.end()) piece.value = renamed->second;
            pieces.push_back(std::move(piece));
        }
        text.pieces = std::move(pieces);
    }

    /// The parameters of a part are variables in its shell texts; those of others are not.
    void give_variables(Stage& stage) {
        const std::string scope = scope_of(stage.name.value);
        if (stage.command != Stage::Command::shell || scope.empty()) return;
        std::map<std::string, Template> variables;
        for (const Parameter& parameter : flat_.parameters) {
            const std::string& name = parameter.name.value;
            const std::string variable = Resolver::variable_name(name);
            if (scope_of(name) == scope) {
                variables[variable] = {{{Template::Piece::Kind::parameter, name}}, {}};
            } else if (name.find('/') == std::string::npos && reads(stage.shell, variable)) {
                variables.try_emplace(variable, Template{});
            }
        }
        for (auto& [variable, value] : variables) {
            const auto same = [&, &wanted = variable](const auto& each) {
                return each.first == wanted;
            };
            if (std::ranges::none_of(stage.env, same)) stage.env.emplace_back(variable, value);
        }
    }

    static bool reads(const Template& script, const std::string& variable) {
        return std::ranges::any_of(script.pieces, [&](const Template::Piece& piece) {
            return piece.value.find("$" + variable) != std::string::npos ||
                   piece.value.find("${" + variable) != std::string::npos;
        });
    }

    Definition flat_;
    std::map<std::string, std::string> stages_;      ///< to what they become
    std::map<std::string, std::string> parameters_;  ///< likewise
    std::map<std::string, Template> bound_;          ///< parameters, to what they are given
    std::set<std::string> taken_stages_;
    std::set<std::string> taken_parameters_;
};

}  // namespace

Definition flattened(const Definition& expanded) {
    return Flattener(expanded).run();
}

}  // namespace pipectl
