#pragma once

// The words that stand for enumerators in machine-readable reports. Programs rely on them.

#include <optional>
#include <string_view>

#include "orchestrator/event/event.hpp"

namespace pipectl {

inline const char* word_of(Verdict verdict) {
    return verdict_name(verdict);
}
inline const char* word_of(Exactness exactness) {
    return exactness_name(exactness);
}
inline const char* word_of(Activity activity) {
    return activity_name(activity);
}
inline const char* word_of(CacheUsed::What what) {
    return cache_name(what);
}
/// "failure", "run-timeout", "stage-timeout", "idle-timeout", "signal", "internal".
const char* word_of(CancelBegan::Why why);

/// The first enumerator that `matches`. They are numbered from 0 on, and the word of a number
/// behind the last one is "?": so there is no second list of them that could part from the first.
template <class Enum, class Test>
std::optional<Enum> enumerator_that(Test matches) {
    for (int number = 0; std::string_view(word_of(Enum{number})) != "?"; ++number) {
        if (matches(Enum{number})) return Enum{number};
    }
    return std::nullopt;
}

}  // namespace pipectl
