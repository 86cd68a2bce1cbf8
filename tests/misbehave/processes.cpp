#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "stages/base/signal_name.hpp"
#include "tests/misbehave/misbehave.hpp"

namespace pipectl::test {

namespace {

void announce_pid(const Arguments& arguments, std::size_t index) {
    if (index < arguments.size()) {
        announce(arguments[index], std::to_string(::getpid()) + "\n");
    }
}

int ignore_signals(const Arguments& arguments) {
    std::size_t index = 0;
    for (; index < arguments.size() && arguments[index].find('/') == std::string::npos; ++index) {
        ::signal(signal_in(arguments, index), SIG_IGN);
    }
    announce_pid(arguments, index);
    sleep_long();
}

int announce_and_sleep(const Arguments& arguments) {
    announce_pid(arguments, 0);
    sleep_ms(number(arguments, 1, 1000) * 1000);
    return static_cast<int>(number(arguments, 2, 0));
}

int daemonise(const Arguments& arguments) {
    if (::fork() == 0) {
        ::setsid();
        if (::fork() != 0) {
            ::_exit(0);
        }
        for (int fd = 0; fd < 3; ++fd) {
            ::close(fd);
        }
        announce(text(arguments, 0), std::to_string(::getpid()) + "\n");
        sleep_long();
    }
    ::wait(nullptr);
    // the daemon's file is there before its starter ends
    while (::access(text(arguments, 0).c_str(), F_OK) != 0) {
        sleep_ms(1);
    }
    sleep_ms(number(arguments, 1, 0) * 1000);
    return 0;
}

int background(const Arguments& arguments) {
    if (::fork() == 0) {
        announce_pid(arguments, 0);
        sleep_long();
    }
    while (!arguments.empty() && ::access(arguments[0].c_str(), F_OK) != 0) {
        sleep_ms(1);
    }
    return static_cast<int>(number(arguments, 1, 0));
}

int die_by(const Arguments& arguments) {
    const int number = signal_in(arguments, 0);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::raise(number);
    return 65;
}

int exit_with(const Arguments& arguments) {
    return static_cast<int>(number(arguments, 0));
}

int stop_self(const Arguments&) {
    ::raise(SIGSTOP);
    return 0;
}

// A number of lines of processes, each of which lives for a moment, forks the next and ends. The
// moment is not zero, as the machine's pids would come round within seconds.
int fork_storm(const Arguments& arguments) {
    const long long lines = number(arguments, 0, 4);
    const time_t end = ::time(nullptr) + static_cast<time_t>(number(arguments, 1, 2));
    const auto life_us = static_cast<useconds_t>(number(arguments, 2, 500));
    for (long long i = 1; i < lines; ++i) {
        if (::fork() == 0) {
            break;
        }
    }
    while (::time(nullptr) < end) {
        ::usleep(life_us);
        if (::fork() > 0) {
            ::_exit(0);
        }
    }
    return 0;
}

volatile sig_atomic_t terminated = 0;

int trap_term(const Arguments& arguments) {
    struct sigaction action {};
    action.sa_handler = [](int) { terminated = 1; };
    ::sigaction(SIGTERM, &action, nullptr);
    announce_pid(arguments, 1);
    sigset_t term;
    sigset_t before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &term, &before);
    while (terminated == 0) {
        ::sigsuspend(&before);
    }
    say(2, "misbehave: got SIGTERM\n");
    return static_cast<int>(number(arguments, 0));
}

int wait_for_file(const Arguments& arguments) {
    while (::access(text(arguments, 0).c_str(), F_OK) != 0) {
        sleep_ms(2);
    }
    return static_cast<int>(number(arguments, 1, 0));
}

// All but those that come from the program's own faults; stop signals are counted, not followed.
int count_signals(const Arguments& arguments) {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        sigdelset(&all, fault);
    }
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    const int file =
        ::open(text(arguments, 0).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    say(file, "ready " + std::to_string(::getpid()) + "\n");
    bool ending = false;
    for (;;) {
        siginfo_t info{};
        // the lowest number comes first: what else waits is written before the end
        const timespec limit{ending ? 0 : 1000, 0};
        const int got = ::sigtimedwait(&all, &info, &limit);
        if (got < 0 && errno == EAGAIN) {
            return ending ? 0 : 1;
        }
        if (got > 0) {
            say(file, signal_name(got) + (info.si_code > 0 ? " from the kernel\n" : "\n"));
        }
        ending = ending || got == SIGUSR2;
    }
}

// Sets what a careless parent leaves behind, and becomes another program.
int with_signals(const Arguments& arguments) {
    sigset_t blocked;
    sigemptyset(&blocked);
    std::size_t index = 0;
    for (; index < arguments.size() && arguments[index] != "--"; ++index) {
        const bool block = arguments[index].starts_with("block:");
        const Arguments name = {arguments[index].substr(arguments[index].find(':') + 1)};
        if (block) {
            sigaddset(&blocked, signal_in(name, 0));
        } else {
            ::signal(signal_in(name, 0), SIG_IGN);
        }
    }
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    std::vector<char*> argv;
    for (++index; index < arguments.size(); ++index) {
        argv.push_back(const_cast<char*>(arguments[index].c_str()));
    }
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    std::perror("misbehave: execute");
    return 127;
}

int spin(const Arguments& arguments) {
    const time_t end = ::time(nullptr) + static_cast<time_t>(number(arguments, 0, 10));
    while (::time(nullptr) < end) {
    }
    return 0;
}

// Says which signals come, in the order in which the kernel gives them out.
int take_signals(const Arguments& arguments) {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    for (long long left = number(arguments, 0); left > 0;) {
        siginfo_t info{};
        if (::sigwaitinfo(&all, &info) < 0) continue;
        say(1, "got " + std::to_string(info.si_signo) + "\n");
        --left;
    }
    return 0;
}

constexpr Misbehaviour kTable[] = {
    {"take-signals", "COUNT", "blocks all signals, and says which come", take_signals},
    {"ignore-signals", "SIG... [/FILE]", "ignores them, writes its pid to FILE, sleeps",
     ignore_signals},
    {"announce", "FILE [SECONDS] [STATUS]", "writes its pid to FILE and sleeps",
     announce_and_sleep},
    {"daemonise", "FILE [SECONDS]", "leaves a daemon (pid in FILE), then lives on for SECONDS",
     daemonise},
    {"background", "[FILE] [STATUS]", "leaves a child that keeps its descriptors", background},
    {"die-by", "SIG", "is ended by that signal", die_by},
    {"exit", "N", "exits with that status", exit_with},
    {"stop-self", "", "stops until it is continued", stop_self},
    {"fork-storm", "[LINES] [SECONDS] [US]", "processes that fork and end at once, again and again",
     fork_storm},
    {"trap-term-exit", "N [FILE]", "at SIGTERM writes a line to stderr and exits with N",
     trap_term},
    {"wait-for-file", "FILE [STATUS]", "ends when the file is there", wait_for_file},
    {"count-signals", "FILE", "appends the name of each signal to FILE, ends at SIGUSR2",
     count_signals},
    {"with-signals", "block:SIG|ignore:SIG... -- CMD", "becomes CMD in that state", with_signals},
    {"spin", "[SECONDS]", "uses a processor", spin},
};

}  // namespace

std::span<const Misbehaviour> processes() {
    return kTable;
}

}  // namespace pipectl::test
