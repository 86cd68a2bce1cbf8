// Hosts that a real ssh leads to: an sshd of the test's own, in a network of its own that has
// nothing but loopback, so that no port of the machine is used and nobody else is reached.

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "orchestrator/process/descendants.hpp"
#include "stages/base/fd.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_tree.hpp"

using namespace pipectl;
using namespace pipectl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kServer = "/usr/sbin/sshd";

/// False where the machine does not let us.
bool enter_own_network() {
    static const bool entered = [] {
        if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) return false;
        const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        request.ifr_name[0] = 'l';
        request.ifr_name[1] = 'o';
        request.ifr_flags = IFF_UP | IFF_RUNNING;
        return ::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
    }();
    return entered;
}

/// An sshd, keys for it, and what ssh has to know.
class Server {
  public:
    explicit Server(const TemporaryFolder& folder) : config_(folder.path("ssh_config")) {
        ::mkdir("/run/sshd", 0755);
        for (const char* key : {"host", "id"}) {
            REQUIRE(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.path(key)})
                        .status == exited(0));
        }
        const std::string own = folder.read("host.pub");
        const std::string key = own.substr(0, own.find(' ', own.find(' ') + 1));
        folder.write("known", "node ssh" + key.substr(key.find('-')) + "\n");
        folder.write("sshd_config",
                     "Port 2201\nListenAddress 127.0.0.1\nHostKey " + folder.path("host") +
                         "\nPidFile none\nAuthorizedKeysFile " + folder.path("id.pub") +
                         "\nStrictModes no\nPasswordAuthentication no\n"
                         "KbdInteractiveAuthentication no\nUsePAM no\nPrintMotd no\n"
                         "AcceptEnv PIPECTL_TEST_MARKER XDG_RUNTIME_DIR\n"
                         "PermitRootLogin prohibit-password\n");
        folder.write("ssh_config",
                     "Host node* nobody\n HostName 127.0.0.1\n Port 2201\n"
                     " HostKeyAlias node\n User root\n IdentityFile " +
                         folder.path("id") + "\n IdentitiesOnly yes\n UserKnownHostsFile " +
                         folder.path("known") +
                         "\n StrictHostKeyChecking yes\n LogLevel ERROR\n"
                         " SendEnv PIPECTL_TEST_MARKER XDG_RUNTIME_DIR\n");
        server_ = std::make_unique<Child>(
            std::vector<std::string>{kServer, "-D", "-e", "-f", folder.path("sshd_config")});
        REQUIRE(wait_until([&] {
            return run({"ssh", "-F", config_, "node", "true"}).status == exited(0);
        }));
    }

    [[nodiscard]] std::string host(const std::string& name, const std::string& to) const {
        return "[hosts." + name + "]\nssh = { to = '" + to + "', config = '" + config_ +
               "' }\npipectl = '" + PIPECTL_BINARY + "'\n";
    }
    /// Ends the connections that there are; the server goes on.
    void drop() const {
        for (const pid_t pid : descendants_of(server_->pid())) {
            ProcessStat stat;
            if (read_process_stat(pid, stat) && stat.name == "sshd") ::kill(pid, SIGKILL);
        }
    }

  private:
    std::string config_;
    std::unique_ptr<Child> server_;
};

bool can_be_tried() {
    if (::access(kServer, X_OK) != 0) {
        WARN("SKIPPED: sshd is not installed");
        return false;
    }
    if (!enter_own_network()) {
        WARN("SKIPPED: only root has networks of its own");
        return false;
    }
    return true;
}

}  // namespace

TEST_CASE("stages on hosts that ssh leads to", "[hosts]") {
    if (!can_be_tried()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    const Server server(folder);
    const RunResult result = run_pipectl(
        folder, server.host("a", "node1") + server.host("b", "node2") +
                    stage("gen", {"seq", "30000"}, {"stdin = { null = true }", "host = 'a'"}) +
                    stage("sort", {"sort", "-rn"}, {"host = 'b'"}) +
                    stage("top", {"head", "-n", "2"}));
    CAPTURE(result);
    CHECK(result.status == exited(0));
    CHECK(result.out == "30000\n29999\n");
}

TEST_CASE("ssh refuses, or there is no pipectl: its words, a hint, and nothing runs", "[hosts]") {
    if (!can_be_tried()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    const Server server(folder);
    const std::string stages =
        shell("a", "touch ran", {"stdin = { null = true }"}) + stage("b", {"cat"}, {"host = 'x'"});
    std::string none = server.host("x", "node1");
    none.replace(none.find(PIPECTL_BINARY), std::string(PIPECTL_BINARY).size(), "/no/pipectl");
    const RunResult missing = run_pipectl(folder, none + stages);
    CAPTURE(missing);
    CHECK(missing.status == exited(125));
    CHECK_THAT(missing.err, ContainsSubstring("host 'x' (node1): ssh exited with status 127"));
    CHECK_THAT(missing.err, ContainsSubstring("there is no '/no/pipectl' there"));
    const RunResult refused = run_pipectl(folder, server.host("x", "elsewhere") + stages);
    CAPTURE(refused);
    CHECK(refused.status == exited(125));
    CHECK_THAT(refused.err, ContainsSubstring("host 'x' (elsewhere): ssh exited with status 255"));
    CHECK_THAT(refused.err, ContainsSubstring("BatchMode"));
    CHECK_FALSE(folder.has("ran"));
}

TEST_CASE("push copies this build to where there is none", "[hosts]") {
    if (!can_be_tried()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    const Server server(folder);
    REQUIRE(::mkdir(folder.path("home").c_str(), 0700) == 0);
    folder.write("as-home", "#!/bin/sh\ncd " + folder.path("home") +
                                "\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
    folder.write("id.pub", "command=\"" + folder.path("as-home") + "\" " + folder.read("id.pub"));
    std::string host = server.host("x", "node1");
    host = host.substr(0, host.find("pipectl = ")) + "pipectl = '/no/pipectl'\npush = true\n";
    const std::string stages = stage("a", {"seq", "3"}, {"stdin = { null = true }"}) +
                               stage("b", {"sort", "-rn"}, {"host = 'x'"});
    for (const bool first : {true, false}) {
        CAPTURE(first);
        const RunResult result = run_pipectl(folder, host + stages);
        CAPTURE(result);
        CHECK(result.status == exited(0));
        CHECK(result.out == "3\n2\n1\n");
    }
    CHECK(run({"find", folder.path("home"), "-name", "pipectl-net"}).out.find("/.cache/pipectl/") !=
          std::string::npos);
}

TEST_CASE("a connection of ssh is lost: the host is, and ends its part", "[hosts][R2]") {
    if (!can_be_tried()) return;
    const LeakCheck check;
    const TemporaryFolder folder;
    const Server server(folder);
    Child run = start_pipectl(
        folder, pipeline({"grace = '1s'"}) + server.host("a", "node1") +
                    shell("far", "echo $$ > " + folder.path("far.pid") + "; exec sleep 1000",
                          {"stdin = { null = true }", "host = 'a'"}) +
                    stage("here", {"cat"}));
    const pid_t far = wait_for_pid(folder.path("far.pid"));
    server.drop();
    const RunResult result = run.finish(10s);
    CAPTURE(result);
    CHECK(result.status == exited(125));
    CHECK_THAT(result.err, ContainsSubstring("host 'a' was lost: ssh exited with status 255"));
    CHECK(wait_for_end(far));
}
