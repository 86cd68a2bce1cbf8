#include "orchestrator/report/marks.hpp"

#include "orchestrator/report/wording.hpp"

namespace pipectl {

std::string marked(const std::string& number, Exactness exactness) {
    switch (exactness) {
        case Exactness::counted: return number;
        case Exactness::sampled: return "~" + number;
        case Exactness::at_most: return "<= " + number;
    }
    return number;
}

std::string format_seen(long bytes) {
    return marked(format_memory(bytes), Exactness::sampled);
}

}  // namespace pipectl
