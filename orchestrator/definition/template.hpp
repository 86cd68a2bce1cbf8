#pragma once

// Texts with references, as a definition writes them: ${name}, ${env.NAME}, ${in.port},
// ${out.port}, ${shared.name}, and $${ for a literal ${.
//
// Splits and checks them; what a reference stands for is the planner's question. In the text of a
// shell only ports, shared regions and ${env.NAME} are ours: the rest, ${name} too, is the shell's
// own language.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/definition/definition.hpp"
#include "orchestrator/definition/toml_reader.hpp"

namespace pipectl {

/// What a text may refer to at the place where it stands. Borrows everything.
struct TemplateScope {
    /// Sorted names of the parameters.
    const std::vector<std::string>* parameters = nullptr;
    /// The stage's ports, sorted; null where a text cannot name them.
    const std::vector<std::string>* inputs = nullptr;
    const std::vector<std::string>* outputs = nullptr;
    /// Sorted names of shared regions; null where a text cannot name them.
    const std::vector<std::string>* shared = nullptr;
    /// The stage has replicas: ${replica} is the number of one.
    bool replica = false;
};

/// Where values of the language are read.
struct Reading {
    Reader& reader;
    TemplateScope process;         ///< for texts of the stage's process: its ports can be named
    TemplateScope file;            ///< for texts outside of it
    std::string_view stream = {};  ///< the key of the end that is being read: "stdout"
};

enum class TemplateStyle { plain, shell };

/// A string's references, split and checked. `text` is the string's value as Reader::text gave it.
Template read_template(Reader& reader, const Entry& entry, const std::string& text,
                       const TemplateScope& scope, TemplateStyle style = TemplateStyle::plain);

/// Both steps for a plain text.
std::optional<Template> read_template(Reader& reader, const Entry& entry,
                                      const TemplateScope& scope);

/// In a shell's text: does pipectl, rather than the shell, own what stands behind this "${"?
bool is_ours_in_shell(std::string_view inside);

/// A text without references, as a template.
Template literal_template(std::string text, Place place);

}  // namespace pipectl
