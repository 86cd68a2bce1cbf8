// Tells which functions of a program are entered, in the order of the first time: the addresses of
// functions come in, those that were entered go out.
//
//   entered PROGRAM ARGUMENT... < addresses > addresses
//
// A breakpoint stands at each function until it is reached. The program and what it forks are
// followed, other programs that they execute are not; ptrace(2). For x86-64.

#include <fcntl.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

namespace {

constexpr unsigned char kBreakpoint = 0xcc;

struct Function {
    unsigned char byte = 0;  ///< what stands there without the breakpoint
    bool entered = false;
};
std::map<unsigned long, Function> functions;  // by address in the file
unsigned long base = 0;

int memory_of(pid_t pid) {
    return ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
}

unsigned long base_of(pid_t pid) {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    std::string first;
    std::getline(maps, first, '-');
    return std::stoul(first, nullptr, 16);
}

void set_breakpoints(pid_t pid) {
    const int memory = memory_of(pid);
    for (auto& [address, function] : functions) {
        const auto at = static_cast<off_t>(base + address);
        if (::pread(memory, &function.byte, 1, at) != 1 ||
            ::pwrite(memory, &kBreakpoint, 1, at) != 1) {
            std::perror("entered: breakpoint");
            std::exit(1);
        }
    }
    ::close(memory);
}

/// False: it was no breakpoint of ours.
bool take_away_breakpoint(pid_t pid) {
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
    const auto found = functions.find(registers.rip - 1 - base);
    if (found == functions.end()) return false;
    const int memory = memory_of(pid);
    (void)!::pwrite(memory, &found->second.byte, 1, static_cast<off_t>(base + found->first));
    ::close(memory);
    --registers.rip;
    ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
    if (!found->second.entered) std::cout << std::hex << found->first << "\n";
    found->second.entered = true;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    unsigned long address = 0;
    while (std::cin >> std::hex >> address)
        functions[address];
    if (argc < 2 || functions.empty()) return 2;
    const pid_t child = ::fork();
    if (child == 0) {
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, 0);
        ::dup2(null, 1);
        ::personality(ADDR_NO_RANDOMIZE);
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::execv(argv[1], argv + 1);
        ::_exit(127);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 1;
    base = base_of(child);
    set_breakpoints(child);
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr,
             PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                 PTRACE_O_EXITKILL);
    ::ptrace(PTRACE_CONT, child, nullptr, nullptr);
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) continue;
        const int event = status >> 16;
        if (event == PTRACE_EVENT_EXEC) {
            ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
            continue;
        }
        int signal = WSTOPSIG(status);
        if (event != 0 || signal == SIGSTOP || (signal == SIGTRAP && take_away_breakpoint(pid))) {
            signal = 0;
        }
        ::ptrace(PTRACE_CONT, pid, nullptr, signal);
    }
    return 0;
}
