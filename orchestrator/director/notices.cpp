#include "orchestrator/director/notices.hpp"

namespace pipectl {

Notices::Notices(const Roster& roster) : roster_(roster) {
    for (std::size_t i = 0; i < roster.entries.size(); ++i) {
        const int to = static_cast<int>(i);
        for (const NoticeOf& notice : roster.process(to).notices) {
            about_[notice.process].push_back({to, notice.signal, notice.first_byte});
        }
    }
}

void Notices::happened(int process, bool first_byte, Actions& actions) {
    const auto found = about_.find(process);
    if (found == about_.end()) return;
    for (Wish& wish : found->second) {
        if (wish.first_byte != first_byte || wish.happened) continue;
        wish.happened = true;
        if (roster_.is_running(wish.to)) {
            actions.push_back(action::SendSignal{wish.to, wish.signal});
        }
    }
}

void Notices::started(int process, Actions& actions) {
    for (const NoticeOf& notice : roster_.process(process).notices) {
        for (const Wish& wish : about_.at(notice.process)) {
            if (wish.to == process && wish.first_byte == notice.first_byte &&
                wish.signal == notice.signal && wish.happened) {
                actions.push_back(action::SendSignal{process, wish.signal});
            }
        }
    }
}

}  // namespace pipectl
