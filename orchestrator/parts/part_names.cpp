#include "orchestrator/parts/part_names.hpp"

namespace pipectl {

void put_before_names(Definition& definition, const std::string& prefix) {
    const auto put_before = [&](Located<std::string>& name) { name.value.insert(0, prefix); };
    const auto put_into = [&](Template& text) {
        for (Template::Piece& piece : text.pieces) {
            if (names_parameter(piece)) piece.value.insert(0, prefix);
        }
    };
    for (Stage& stage : definition.stages) {
        visit_names(stage, put_before);
        visit_texts(stage, put_into);
    }
    for (Parameter& parameter : definition.parameters) {
        put_before(parameter.name);
        // what a part of the part is given refers to this one's parameters
        if (parameter.bound && parameter.name.value.find('/', prefix.size()) != std::string::npos) {
            put_into(*parameter.bound);
        }
    }
}

}  // namespace pipectl
