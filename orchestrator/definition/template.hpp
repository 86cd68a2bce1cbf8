#pragma once

// Texts with references, as a definition writes them: ${name}, ${env.NAME}, ${in.port},
// ${out.port}, and $${ for a literal ${.
//
// Splits and checks them; what a reference stands for is the planner's question. In the text of a
// shell only ports and ${env.NAME} are ours: the rest, ${name} too, is the shell's own language.

#include <functional>
#include <string>
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
};

enum class TemplateStyle { plain, shell };

/// A string's references, split and checked. `text` is the string's value as Reader::text gave it.
Template read_template(Reader& reader, const Entry& entry, const std::string& text,
                       const TemplateScope& scope, TemplateStyle style = TemplateStyle::plain);

/// Both steps for a plain text.
std::optional<Template> read_template(Reader& reader, const Entry& entry,
                                      const TemplateScope& scope);

/// A text without references, as a template.
Template literal_template(std::string text, Place place);

}  // namespace pipectl
