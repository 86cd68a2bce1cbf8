#pragma once

// Texts with their references replaced: parameters from `--set` and defaults, the environment, and
// the paths of ports.
//
// Reports parameters that are unknown, missing or of the wrong type when it is made, and variables
// of the environment that are not set when a text asks for them. A text that holds a secret comes
// with a second form for people, in which the secret is "***".

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/plan/make_plan.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "stages/base/secrets.hpp"
#include "stages/base/suggestions.hpp"

namespace pipectl {

struct ResolvedText {
    std::string value;
    std::string shown;  ///< secrets replaced
    bool secret = false;
    /// Where paths of shared regions go, from the left: the byte of `value`, and the name; without
    /// a name it is the number of a replica.
    std::vector<std::pair<std::size_t, std::string>> regions;
};

struct ParameterValue {
    std::string name;
    std::string value;  ///< of a list its values, one a line
    bool secret = false;
    ParameterType type = ParameterType::string;
    std::vector<std::string> values;  ///< of a list

    [[nodiscard]] bool is_list() const { return type == ParameterType::list; }
};

class Resolver {
  public:
    /// All three must outlive it.
    Resolver(const Definition& definition, const PlanRequest& request, Remarks& remarks);

    /// `stage`: whose ports ${in.x} and ${out.x} mean; null where there are none.
    ResolvedText text(const Template& of, const Stage* stage) const;

    /// A word of a command: the values of a list, a word each, where it is "${list...}".
    std::vector<ResolvedText> words(const Template& of, const Stage* stage) const;

    /// A text that will be shown as it is, like a path: a secret in it is an error.
    std::string public_text(const Template& of, const Stage* stage) const;

    /// The script of a `shell` stage: references become references to the shell's variables, so
    /// that no value is ever read as a piece of script.
    static std::string script(const Template& of, const Stage& stage);

    /// The values of secret parameters.
    [[nodiscard]] const Secrets& secrets() const { return secrets_; }

    /// In the order of the definition.
    [[nodiscard]] const std::vector<ParameterValue>& parameters() const { return parameters_; }

    /// The folder that `cwd` of the pipeline pins everything to, or empty: "." is the definition's
    /// own.
    [[nodiscard]] std::string folder() const;

    /// Of `env-file`, in its order.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& file_variables() const {
        return request_.env_file;
    }

    /// Whether a stage has the parameter: those of a part have its name before theirs, `clean/`.
    static bool is_of(const ParameterValue& parameter, const Stage& stage);

    /// A parameter's or port's name as the name of a variable: without the name of the part that
    /// it is of, '-' and '.' turned to '_'.
    static std::string variable_name(const std::string& name);

  private:
    using Given = std::unordered_map<std::string, std::vector<std::string>>;

    void set_parameters();
    void add_item();
    void add_bound();
    std::optional<std::vector<std::string>> values_of(const Parameter& parameter,
                                                      const Given& given);
    void check_values(const Parameter& parameter, const std::vector<std::string>& values,
                      const char* source);
    const std::string* variable(const std::string& name) const;
    const ParameterValue* find(const std::string& name) const;
    static std::string part_of(const ParameterValue& parameter, const std::string& reference_name);
    const std::string* variable_of(const Parameter& parameter) const;
    bool names_secret(const Template& of) const;
    std::string environment_value(const std::string& name, Place place) const;

    const Definition& definition_;
    const PlanRequest& request_;
    Remarks& remarks_;
    std::vector<ParameterValue> parameters_;
    Secrets secrets_;
    mutable Suggestions suggestions_;
    std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace pipectl
