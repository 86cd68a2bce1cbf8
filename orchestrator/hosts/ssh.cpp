// Hosts that ssh(1) leads to. Keys, ports and jumps are its own business, in ~/.ssh/config.

#include <variant>

#include "orchestrator/hosts/engine.hpp"
#include "stages/base/text.hpp"

namespace pipectl::hosts {

namespace {

constexpr int kNotFound = 127;
constexpr int kSshItself = 255;

/// As one word of whatever shell the login has.
std::string quoted_word(const std::string& text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char each : text) {
        quoted += each == '\'' ? std::string("'\\''") : std::string(1, each);
    }
    return quoted + "'";
}

std::vector<std::string> ssh_session(const Host& host, const Surroundings& around) {
    const auto& ssh = std::get<Host::Ssh>(host.engine);
    // A master that is shared runs into the server's MaxSessions, and ends with whoever began it.
    std::vector<std::string> words = {"ssh", "-T", "-o", "BatchMode=yes", "-o", "ControlPath=none"};
    const std::string& config = ssh.config.empty() ? around.ssh_config : ssh.config;
    if (!config.empty()) {
        words.emplace_back("-F");
        words.push_back(config);
    }
    words.insert(words.end(), ssh.options.begin(), ssh.options.end());
    words.emplace_back("--");
    words.push_back(ssh.to);
    words.push_back(quoted_word(host.pipectl.empty() ? "pipectl" : host.pipectl) + " node" +
                    (around.edge ? " --edge" : ""));
    return words;
}

std::string ssh_hint(const Host& host, int status) {
    if (status == kSshItself) {
        return "ssh is not to ask for anything here: does 'ssh -o BatchMode=yes " +
               std::get<Host::Ssh>(host.engine).to + " true' work?";
    }
    if (status != kNotFound) return {};
    return host.pipectl.empty()
               ? "no pipectl in the PATH of a shell there that is not interactive: "
                 "`pipectl = \"/path/to/it\"` says where it is"
               : "there is no '" + host.pipectl + "' there";
}

std::string ssh_place(const Host& host) {
    return std::get<Host::Ssh>(host.engine).to;
}

}  // namespace

const Engine kSshEngine = {
    .name = "ssh", .session = ssh_session, .hint = ssh_hint, .where = ssh_place};

}  // namespace pipectl::hosts
