// How the hosts of a run come together. Their edges are in company_wire.cpp, what they say to each
// other afterwards in company_run.cpp.

#include "orchestrator/hosts/company.hpp"

#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "orchestrator/hosts/build_id.hpp"
#include "orchestrator/hosts/edge_end.hpp"
#include "orchestrator/hosts/hex.hpp"
#include "orchestrator/hosts/node.hpp"
#include "orchestrator/hosts/push.hpp"
#include "orchestrator/plan/plan_wire.hpp"
#include "stages/base/error.hpp"
#include "stages/base/own_status.hpp"
#include "stages/base/units.hpp"

namespace pipectl::hosts {

namespace {

std::vector<std::string> names_of(const std::vector<Host>& hosts) {
    std::vector<std::string> names;
    for (const Host& each : hosts) {
        names.push_back(each.name);
    }
    return names;
}

std::vector<std::string> names_of(const std::vector<Process>& processes) {
    std::vector<std::string> names;
    for (const Process& each : processes) {
        names.push_back(each.name);
    }
    return names;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (::getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) {
        throw SystemError("cannot get random bytes", errno);
    }
    return bytes;
}

/// What of our environment goes to another host: how text is sorted and shown, and what its
/// settings name.
std::vector<message::Variable> variables_for(const Host& host) {
    std::vector<message::Variable> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string name(text.substr(0, text.find('=')));
        const bool goes_along = name == "LANG" || name == "TZ" || name.starts_with("LC_") ||
                                std::ranges::find(host.env_pass, name) != host.env_pass.end();
        if (goes_along) variables.push_back({name, std::string(text.substr(name.size() + 1))});
    }
    return variables;
}

std::string current_folder() {
    std::array<char, 4096> path{};
    return ::getcwd(path.data(), path.size()) != nullptr ? std::string(path.data()) : std::string();
}

std::string own_program() {
    std::array<char, 4096> path{};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "pipectl";
}

/// The last lines of what came before a node's first word.
std::string shown_noise(const std::string& noise) {
    constexpr std::size_t kShown = 300;
    std::string text = noise.size() > kShown ? ".." + noise.substr(noise.size() - kShown) : noise;
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

}  // namespace

HostsRefused::HostsRefused(std::vector<PreflightFailure> failures)
    : std::runtime_error("the hosts did not come together"), failures_(std::move(failures)) {}

Company::Company(const Plan& plan, std::string run_id, StageWords words)
    : plan_(plan),
      run_id_(std::move(run_id)),
      words_(words),
      loopback_(std::all_of(
          plan.hosts.begin() + 1, plan.hosts.end(),
          [](const Host& each) { return std::holds_alternative<Host::Local>(each.engine); })),
      conductor_(names_of(plan.hosts), plan.lease, plan.start_timeout),
      events_(names_of(plan.processes)),
      members_(plan.hosts.size()),
      statuses_(plan.processes.size()) {
    for (std::size_t i = 0; i < plan.links.size(); ++i) {
        const int writer = plan.processes[plan.links[i].writer].host;
        const int reader = plan.processes[plan.links[i].reader].host;
        if (writer == reader) continue;
        crossings_.push_back({static_cast<int>(i), writer, reader, random_bytes(kEdgeNameBytes),
                              random_bytes(kEdgeSecretBytes), 0});
    }
}

Company::~Company() = default;

void Company::assemble() {
    for (const Crossing& each : crossings_) {
        if (each.reader == 0 || each.writer == 0) connections_.await(each.link, each.name);
    }
    connections_.listen(plan_.hosts[0], loopback_);
    for (std::size_t host = 1; host < plan_.hosts.size(); ++host) {
        start_session(static_cast<int>(host));
    }
    while (!conductor_.started() && !conductor_.finished()) {
        poll_once();
    }
    if (!conductor_.started()) {
        hang_up(true);
        throw HostsRefused(failures_);
    }
}

void Company::rehearse() {
    rehearses_ = true;
    assemble();
    hang_up(true);
}

std::unique_ptr<Session> Company::start_on(int host, bool edge) const {
    const Engine* const engine = engine_of(plan_.hosts[host]);
    if (engine == nullptr) {
        throw SystemError(
            "host '" + name_of(host) + "' has an engine that this pipectl does not know yet",
            ENOSYS);
    }
    const char* const config = std::getenv("PIPECTL_SSH_CONFIG");
    const Surroundings around{own_program(), config != nullptr ? config : "", edge};
    Host where = plan_.hosts[host];
    if (!members_[host].pushed.empty()) where.pipectl = members_[host].pushed;
    return std::make_unique<Session>(engine->session(where, around));
}

bool Company::push(int host) {
    Member& member = members_[host];
    const Host& where = plan_.hosts[host];
    if (!where.push || !member.pushed.empty() || !std::holds_alternative<Host::Ssh>(where.engine)) {
        return false;
    }
    const char* const config = std::getenv("PIPECTL_SSH_CONFIG");
    try {
        member.pushed = push_build(where, {own_program(), config != nullptr ? config : "", false});
        notes_.push_back("host '" + name_of(host) + "' has a copy of this pipectl, ~/" +
                         member.pushed);
    } catch (const SystemError& error) {
        refuse(host,
               {.place = where.place,
                .message = "host '" + name_of(host) + "': " + error.what(),
                .hint = {}},
               kOwnErrorStatus);
        return true;
    }
    member.session->hang_up();
    past_.push_back(std::move(member.session));
    start_session(host);
    return true;
}

void Company::start_session(int host) {
    try {
        members_[host].session = start_on(host, false);
    } catch (const SystemError& error) {
        refuse(host,
               {.place = plan_.hosts[host].place,
                .message = "host '" + name_of(host) + "': " + error.what(),
                .hint = {}},
               kOwnErrorStatus);
    }
}

void Company::refuse(int host, const Diagnostic& what, int status) {
    failures_.push_back({-1, what, status});
    hear(heard::Refused{host});
}

void Company::poll_once() {
    std::vector<pollfd> polled;
    for (std::size_t i = 1; i < members_.size(); ++i) {
        const Member& each = members_[i];
        if (!each.session || !conductor_.hears(static_cast<int>(i))) continue;
        const bool waits = each.session->talk().has_waiting();
        polled.push_back(
            {each.session->fd(), static_cast<short>(waits ? POLLIN | POLLOUT : POLLIN), 0});
    }
    connections_.add_to(polled);
    // strangers at the listener have their time as well
    constexpr std::chrono::milliseconds kLongest{1000};
    std::chrono::milliseconds limit = kLongest;
    if (const auto next = conductor_.next()) {
        limit = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*next - now()),
                           std::chrono::milliseconds(0), kLongest);
    }
    ::poll(polled.data(), polled.size(), static_cast<int>(limit.count()));
    for (std::size_t i = 1; i < members_.size(); ++i) {
        const int host = static_cast<int>(i);
        if (!members_[i].session || !conductor_.hears(host)) continue;
        (void)members_[i].session->talk().flush();
        (void)read(host);
    }
    for (const int link : connections_.look()) {
        up(link, 0, {});
    }
    hear(heard::TimePassed{});
}

void Company::take(int host, const message::Hello& what) {
    Member& member = members_[host];
    member.machine = what.machine;
    if (what.protocol != kProtocol || what.build != build_id()) {
        if (push(host)) return;
        refuse(host,
               {.place = plan_.hosts[host].place,
                .message = "host '" + name_of(host) + "' (" + what.machine +
                           ") has another build of pipectl",
                .hint = "the same program has to be on all hosts of a run; `push = true` copies it "
                        "where ssh leads"},
               kOwnErrorStatus);
        return;
    }
    give_plan(host);
}

void Company::give_plan(int host) {
    const Host& where = plan_.hosts[host];
    message::Plan plan;
    plan.run = run_id_;
    plan.launcher = machine_name();
    plan.host = host;
    plan.plan = wire_text(plan_for(plan_, host));
    for (const Crossing& each : crossings_) {
        if (each.writer == host || each.reader == host) {
            plan.ends.push_back({each.link, hex_of(each.name), hex_of(each.secret)});
        }
    }
    plan.variables = variables_for(where);
    plan.folder = where.dir.empty() ? current_folder() : where.dir;
    plan.loopback = loopback_;
    plan.words = static_cast<int>(words_);
    members_[host].session->talk().send(plan);
    // before there is anything to do they come back fastest
    for (int beat = 0; beat < 3; ++beat) {
        members_[host].session->talk().send(message::Beat{now_s(), -1});
    }
}

void Company::take(int host, const message::Refused& what) {
    for (const message::Remark& each : what.remarks) {
        Diagnostic remark;
        remark.place = {each.line, each.column, each.file};
        remark.length = each.length;
        remark.message = each.text + " (on host '" + name_of(host) + "')";
        remark.hint = each.hint;
        failures_.push_back({-1, remark, what.status});
    }
    hear(heard::Refused{host});
}

/// Its session has ended, or it says what cannot be understood.
void Company::end_of(int host) {
    constexpr int kMomentMs = 200;  // the end of the socket comes before that of the process
    Member& member = members_[host];
    (void)member.session->wait(kMomentMs);
    const std::optional<ExitStatus> how = member.session->how();
    const Engine* const engine = engine_of(plan_.hosts[host]);
    std::string text = std::string(engine->name) + (engine == &kLocalEngine ? " node " : " ");
    text += how ? describe(*how) : "has closed its connection";
    if (how && how->code == kLostLauncher && conductor_.started()) {
        text = "it had heard nothing from here for " + duration_literal(plan_.lease) +
               ", and has ended its part";
    }
    constexpr int kNoSuchProgram = 127;
    if (!conductor_.started() && how && how->code == kNoSuchProgram && push(host)) return;
    if (!conductor_.started() && conductor_.hears(host)) {
        const std::string where = engine->where(plan_.hosts[host]);
        Diagnostic what;
        what.place = plan_.hosts[host].place;
        what.message = "host '" + name_of(host) + "'" + (where.empty() ? "" : " (" + where + ")") +
                       ": " + text + " before it was ready";
        const std::string noise = shown_noise(member.session->talk().noise());
        if (!noise.empty()) what.message += "; it said: " + noise;
        if (how && how->signal == 0) what.hint = engine->hint(plan_.hosts[host], how->code);
        refuse(host, what, kOwnErrorStatus);
        return;
    }
    hear(heard::Gone{host, text});
}

bool Company::read(int host) {
    Session* const session = members_[host].session.get();
    Talk& talk = session->talk();
    bool open = talk.take();
    try {
        while (conductor_.hears(host)) {
            const std::optional<Message> message = talk.next();
            if (!message) break;
            hear(heard::Alive{host});
            take(host, *message);
            if (members_[host].session.get() != session) return true;  // it begins again
        }
    } catch (const std::exception& error) {
        open = false;
    }
    if (!heard_.empty() && ways_) {
        ways_->happened(occurrence::FarJudged{std::exchange(heard_, {})});
    }
    if (!open && conductor_.hears(host)) end_of(host);
    return open && conductor_.hears(host);
}

std::string Company::name_of(int host) const {
    return plan_.hosts[host].name;
}

}  // namespace pipectl::hosts
