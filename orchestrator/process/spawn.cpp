#include "orchestrator/process/spawn.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/detail/throw_error.hpp>  // which the next one uses
#include <boost/process/v2/posix/default_launcher.hpp>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <thread>

#include "orchestrator/process/child.hpp"
#include "orchestrator/process/clone.hpp"
#include "orchestrator/process/ferry.hpp"

namespace pipectl {

namespace {

namespace process = boost::process::v2;
using process::error_code;
using process::filesystem::path;

error_code system_error(int code) {
    return {code, boost::system::system_category()};
}

std::vector<const char*> pointers(const std::vector<std::string>& strings,
                                  const std::vector<std::string>* before = nullptr) {
    std::vector<const char*> result;
    result.reserve((before != nullptr ? before->size() : 0) + strings.size() + 1);
    for (const std::vector<std::string>* const part : {before, &strings}) {
        if (part == nullptr) continue;
        for (const std::string& string : *part) {
            result.push_back(string.c_str());
        }
    }
    result.push_back(nullptr);
    return result;
}

/// Starts a child as Boost.Process's launchers do, with their initialisers, but by a clone that
/// shares our memory, and with the failed step and errno coming back through that memory. What it
/// returns is our own handle: the library's is registered with an executor, which costs ten system
/// calls at first and four for each child, and nobody here would wait by it.
class Launcher : public process::posix::default_launcher {
  public:
    explicit Launcher(ChildPlan& plan) : plan_(plan) {}

    /// The child, or `ec` and none.
    template <class... Initialisers>
    ChildProcess operator()(error_code& ec, const path& executable, const char** arguments,
                            Initialisers&&... initialisers) {
        namespace detail = process::posix::detail;
        const char* const* argv = build_argv_(executable, arguments);
        ec = detail::on_setup(*this, executable, argv, initialisers...);
        if (ec) {
            detail::on_error(*this, executable, argv, ec, initialisers...);
            return {};
        }
        auto in_child = [&] {
            return detail::on_exec_setup(*this, executable, argv, initialisers...).value();
        };
        plan_.program = executable.c_str();
        plan_.argv = argv;
        plan_.environment = env;
        plan_.initialise = [](void* context) {
            return (*static_cast<decltype(in_child)*>(context))();
        };
        plan_.context = &in_child;
        plan_.failed_step = nullptr;
        int pidfd = -1;
        const auto way = plan_.leave_from > 0 ? Descriptors::shared : Descriptors::copied;
        pid = clone_and_wait(&child_main, &plan_, way, wants_pidfd ? &pidfd : nullptr);
        if (pid < 0) {
            ec = fail("clone", errno);
            detail::on_fork_error(*this, executable, argv, ec, initialisers...);
            return {};
        }
        ChildProcess child{pid, Fd(pidfd)};
        if (plan_.failed_step != nullptr) {
            child.wait();
            ec = system_error(plan_.error);
            detail::on_exec_error(*this, executable, argv, ec, initialisers...);
            return {};
        }
        detail::on_success(*this, executable, argv, ec, initialisers...);
        return child;
    }

    bool wants_pidfd = true;

  private:
    error_code fail(const char* step, int error) {
        plan_.failed_step = step;
        plan_.error = error;
        return system_error(error);
    }

    ChildPlan& plan_;
};

/// The initialiser that gives the child its surroundings, in the order that child.cpp explains.
struct Surroundings {
    ChildPlan& plan;

    template <class Arguments>
    error_code on_exec_setup(Launcher&, const path&, const Arguments&) const {
        return system_error(set_up_child(plan));
    }
};

std::vector<DescriptorMove> make_moves(const std::vector<std::pair<int, int>>& descriptors) {
    std::vector<DescriptorMove> moves;
    moves.reserve(descriptors.size());
    for (const auto& [target, source] : descriptors) {
        moves.push_back({target, source, false, -1});
    }
    const auto by_target = [](const DescriptorMove& a, const DescriptorMove& b) {
        return a.target < b.target;
    };
    std::sort(moves.begin(), moves.end(), by_target);
    for (std::size_t i = 0; i < moves.size(); ++i) {
        assert(moves[i].target >= 0 && (i == 0 || moves[i - 1].target < moves[i].target));
        moves[i].in_the_way = moves[i].source != moves[i].target &&
                              std::binary_search(moves.begin(), moves.end(),
                                                 DescriptorMove{moves[i].source}, by_target);
    }
    return moves;
}

int above_all(const std::vector<DescriptorMove>& moves) {
    int highest = STDERR_FILENO;
    for (const DescriptorMove& move : moves) {
        highest = std::max({highest, move.source, move.target});
    }
    return highest + 1;
}

/// Only root can take another identity; one's own needs no system call that would be refused.
bool is_own_identity(const SpawnRequest& request) {
    return request.uid && ::geteuid() != 0 && *request.uid == ::geteuid() &&
           ::getuid() == ::geteuid() && (!request.gid || *request.gid == ::getegid());
}

void set_identity(ChildPlan& plan, const SpawnRequest& request) {
    if (is_own_identity(request)) {
        return;
    }
    plan.sets_uid = request.uid.has_value();
    plan.uid = request.uid.value_or(0);
    plan.filters_terminal = plan.sets_uid && plan.uid != ::geteuid();
    plan.sets_gid = request.gid.has_value();
    plan.gid = request.gid.value_or(0);
    plan.sets_groups = plan.sets_uid;
    plan.groups = request.groups.data();
    plan.group_count = request.groups.size();
}

ChildPlan make_plan(const SpawnRequest& request) {
    ChildPlan plan;
    plan.cwd = request.cwd ? request.cwd->c_str() : nullptr;
    plan.ignored_signals = request.ignored_signals.data();
    plan.ignored_count = request.ignored_signals.size();
    plan.default_signals = request.default_signals.data();
    plan.default_count = request.default_signals.size();
    plan.knows_handled = request.handled_signals.has_value();
    if (plan.knows_handled) {
        plan.handled_signals = request.handled_signals->data();
        plan.handled_count = request.handled_signals->size();
    }
    for (const int signal : request.blocked_signals) {
        plan.blocked_signals |= 1UL << (signal - 1);
    }
    plan.parent_death_signal = request.parent_death_signal;
    plan.parent = ::getpid();
    plan.sets_umask = request.umask.has_value();
    plan.umask = request.umask.value_or(0);
    plan.nice = request.nice;
    set_identity(plan, request);
    plan.sets_open_files = request.open_files.has_value();
    plan.open_files = request.open_files.value_or(0);
    plan.limits = request.limits.data();
    plan.limit_count = request.limits.size();
    return plan;
}

}  // namespace

SpawnResult spawn(const SpawnRequest& request) {
    const Ferry ferry(request.descriptors);
    std::vector<DescriptorMove> moves = make_moves(ferry.descriptors());
    std::vector<const char*> argv = pointers(request.argv);
    const std::vector<const char*> environment =
        pointers(request.environment, request.common_environment);
    // a leading dash would be taken for an option of the shell
    const std::string script =
        request.program.starts_with('-') ? "./" + request.program : request.program;
    std::vector<const char*> script_argv = {"/bin/sh", script.c_str()};
    script_argv.insert(script_argv.end(), argv.begin() + (request.argv.empty() ? 0 : 1),
                       argv.end());

    ChildPlan plan = make_plan(request);
    plan.moves = moves.data();
    plan.move_count = moves.size();
    plan.above_all = above_all(moves);
    plan.leave_from = ferry.leave_from();
    plan.script_argv = script_argv.data();

    using namespace std::chrono_literals;
    auto pause = 1ms;
    auto patience = 500ms;
    for (;;) {
        Launcher launcher(plan);
        launcher.env = environment.data();
        launcher.wants_pidfd = request.wants_pidfd;
        error_code ec;
        ChildProcess started = launcher(ec, path(request.program), argv.data(), Surroundings{plan});
        if (!ec) {
            return {std::move(started), {}};
        }
        if (ec.value() != EAGAIN || patience <= 0ms) {
            return {std::nullopt, {plan.failed_step, plan.error}};
        }
        // too many processes: some may end soon; fork(2), execve(2)
        std::this_thread::sleep_for(std::min(pause, patience));
        patience -= pause;
        pause *= 2;
    }
}

std::vector<int> handled_signals() {
    std::vector<int> handled;
    for (int signal = 1; signal <= kLastStandardSignal; ++signal) {
        if (has_handler(signal)) {
            handled.push_back(signal);
        }
    }
    return handled;
}

}  // namespace pipectl
