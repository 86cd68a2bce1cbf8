#pragma once

// Who gets which signal because another stage has ended, or has begun to write (`notify`). Pure;
// part of the director.
//
// What has happened before a stage was started is told as it starts. Nothing is told to a stage
// that has ended.

#include <unordered_map>
#include <vector>

#include "orchestrator/director/occurrence.hpp"
#include "orchestrator/director/roster.hpp"

namespace pipectl {

class Notices {
  public:
    /// The roster must outlive this.
    explicit Notices(const Roster& roster);

    /// It has ended, or (`first_byte`) its output has begun.
    void happened(int process, bool first_byte, Actions& actions);
    void started(int process, Actions& actions);

  private:
    struct Wish {
        int to = 0;
        int signal = 0;
        bool first_byte = false;
        bool happened = false;
    };

    const Roster& roster_;
    std::unordered_map<int, std::vector<Wish>> about_;  ///< by the process that it is about
};

}  // namespace pipectl
