#pragma once

// What `pipectl run` was asked for, after the command line has been taken apart.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/diagnostic/diagnostic.hpp"
#include "orchestrator/plan/make_plan.hpp"

namespace pipectl {

struct KeptRun;

struct RunOptions {
    std::string file;     ///< "-": stdin
    std::string command;  ///< -c: a shell pipeline instead of a file; or empty
    std::string script;   ///< --script: a file with one, "-": stdin; or empty
    bool strict = false;  ///< with these two: not the shell's rules
    PlanRequest request;  ///< --set, --via, --timeout
    std::string colour = "auto";
    std::string progress = "auto";
    std::string json;    ///< the run's record goes to this file; or empty
    std::string html;    ///< the same as a page
    std::string events;  ///< the events go to this file as they happen; or empty
    std::string joblog;  ///< the stages in GNU parallel's columns go to this file; or empty
    std::string trace;   ///< the same for chrome://tracing; or empty
    std::string record;  ///< every edge goes to this file, to be replayed; or empty
    bool quiet = false;
    /// A part of a shell's text: nothing is said when the last stage ended with a status, or the
    /// first one is the shell's; a file that cannot be opened is status 1.
    bool in_shell = false;
    bool hands_on = false;  ///< of these: a stage of the shell's reads it, so its last one is not
    bool summary = false;
    bool dry_run = false;
    bool cached = false;        ///< every stage that can be has `cache`
    bool prefix = false;        ///< what stages say on stderr: as lines with time and stage
    bool ends_program = false;  ///< see RunObserver
    /// Puts hints that speak of a definition's keys into the words of the command line; may be
    /// empty.
    void (*reword)(std::vector<Diagnostic>&) = nullptr;
    /// In the front, before it ends by a signal as the run did. May be empty.
    std::function<void(int)> on_death{};
    /// Of a run that is an item of a [for-each]: where its record goes, and its events; its id; the
    /// process that passes signals on to it; and whether somebody wants to see much of it.
    struct Item {
        int record = -1;
        int events = -1;
        std::string run{};
        pid_t conductor = 0;
        bool watched = false;
    } item{};
    const KeptRun* resume = nullptr;  ///< the run that this one goes on with
};

/// Loads, plans, looks up and runs. Returns the exit status.
int run_command(const RunOptions& options);

/// The same for a shell pipeline. What is not there is told as a warning, and left to bash, which
/// runs the others all the same; with `strict` nothing is run.
int run_shell_command(const RunOptions& options);

struct Loaded;
struct Preflight;
struct CachedRun;

/// The same for a definition that is there already.
int run_planned(const RunOptions& options, const Loaded& loaded);

/// The same for a plan without errors that is one run: what is in the cache is left out of it.
int run_looked_up(const RunOptions& options, const Loaded& loaded);

/// What is left to do for a plan without errors. With `tries` there may be another try: outputs
/// that cannot be opened are then not shown but thrown, as OutputError. `cached`: what it
/// leaves out and keeps, if that was asked for.
int run_loaded(const RunOptions& options, const Loaded& loaded, const Preflight& preflight,
               bool tries = false, CachedRun* cached = nullptr);

}  // namespace pipectl
