#include "stages/kinds/limits.hpp"

#include "stages/kinds/kind_list.hpp"

namespace pipectl::channel {

namespace {

struct Limited {
    const Kind* kind;
    void (*check)(const Settings&);
};

constexpr Limited kLimited[] = {{&kMq, check_mq_limits}, {&kSysvMq, check_sysv_mq_limits}};

}  // namespace

void check_limits(const Kind& kind, const Settings& settings) {
    for (const Limited& limited : kLimited) {
        if (limited.kind == &kind) limited.check(settings);
    }
}

}  // namespace pipectl::channel
