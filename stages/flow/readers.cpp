#include "stages/flow/readers.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "stages/base/die_of.hpp"
#include "stages/base/signals.hpp"
#include "stages/job/protocol.hpp"

namespace pipectl::helper {

namespace {

// written by the signal handler alone; one bit for each descriptor number that can be told of
constexpr int kDescriptors = 1024;
constexpr int kBits = 8;
volatile unsigned char told_bits[kDescriptors / kBits];
volatile std::sig_atomic_t told_of_all;
int finished_pipe = -1;

void on_told(int /*signal*/, siginfo_t* info, void* /*context*/) {
    const int fd = info->si_code == SI_QUEUE ? info->si_value.sival_int : -1;
    if (fd < 0 || fd >= kDescriptors) return;
    told_bits[fd / kBits] = static_cast<unsigned char>(told_bits[fd / kBits] | 1U << fd % kBits);
}

void on_sigpipe(int /*signal*/, siginfo_t* info, void* /*context*/) {
    // with our own pid it is the kernel's, for a write that says EPIPE as well
    if (info->si_pid != ::getpid()) told_of_all = 1;
}

void unblock(int signal) {
    const sigset_t set = signal_set({signal});
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void handle(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

void watch_readers() {
    handle(SIGPIPE, on_sigpipe);
    handle(job::reader_gone_signal(), on_told);
    unblock(job::reader_gone_signal());  // whoever runs us may have told already
}

bool was_told(int fd) {
    if (told_of_all != 0) return true;
    return fd < kDescriptors && (told_bits[fd / kBits] >> fd % kBits & 1) != 0;
}

bool is_reader_gone(int error) {
    return error == EPIPE || error == ECONNRESET;
}

void tell_of_finished(int fd) {
    finished_pipe = fd;
}

void tell_finished(int number) {
    if (finished_pipe < 0) return;
    const job::OutputComplete message{::getpid(), number};
    // who has gone need not be told
    [[maybe_unused]] const ssize_t written = ::write(finished_pipe, &message, sizeof message);
}

void end_without_readers() {
    die_of(SIGPIPE);
}

}  // namespace pipectl::helper
