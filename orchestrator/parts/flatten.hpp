#pragma once

// A definition whose parts have been put in place (expand.hpp) as one that anybody could have
// written: for who needs a text of it, or knows nothing of parts.
//
// `clean/awk` becomes `clean-awk`, and what a part is given stands where its parameters stood. What
// a shell's text of a part reads as variables becomes `env` of its stage. [ports] and [[test]] go.

#include "orchestrator/definition/definition.hpp"

namespace pipectl {

Definition flattened(const Definition& expanded);

}  // namespace pipectl
