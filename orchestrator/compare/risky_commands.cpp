#include "orchestrator/compare/risky_commands.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "orchestrator/compare/shell_words.hpp"

namespace pipectl::compare {

namespace {

using Words = std::span<const std::string>;

constexpr int kDeepest = 16;  ///< programs that run programs that run ...

/// Whatever their arguments are.
constexpr std::string_view kAlways[] = {"rm",
                                        "rmdir",
                                        "unlink",
                                        "shred",
                                        "mv",
                                        "cp",
                                        "ln",
                                        "install",
                                        "truncate",
                                        "mkdir",
                                        "touch",
                                        "chmod",
                                        "chown",
                                        "chgrp",
                                        "mkfifo",
                                        "mknod",
                                        "kill",
                                        "pkill",
                                        "killall",
                                        "skill",
                                        "reboot",
                                        "shutdown",
                                        "poweroff",
                                        "halt",
                                        "mount",
                                        "umount",
                                        "rsync",
                                        "scp",
                                        "sftp",
                                        "ftp",
                                        "lftp",
                                        "ssh",
                                        "telnet",
                                        "mail",
                                        "mailx",
                                        "sendmail",
                                        "mutt",
                                        "msmtp",
                                        "psql",
                                        "mysql",
                                        "mariadb",
                                        "sqlite3",
                                        "mongo",
                                        "mongosh",
                                        "mongoimport",
                                        "redis-cli",
                                        "clickhouse-client",
                                        "sqlcmd",
                                        "sqlplus",
                                        "docker",
                                        "podman",
                                        "kubectl",
                                        "helm",
                                        "systemctl",
                                        "service",
                                        "systemd-run",
                                        "crontab",
                                        "at",
                                        "batch",
                                        "useradd",
                                        "usermod",
                                        "userdel",
                                        "passwd",
                                        "apt",
                                        "apt-get",
                                        "dpkg",
                                        "dnf",
                                        "yum",
                                        "pip",
                                        "pip3",
                                        "npm",
                                        "make",
                                        "patch",
                                        "split",
                                        "csplit",
                                        "logger",
                                        "wall",
                                        "write",
                                        "lp",
                                        "lpr",
                                        "aws",
                                        "gsutil",
                                        "gcloud",
                                        "az",
                                        "rclone",
                                        "s3cmd",
                                        "restic",
                                        "borg",
                                        "insmod",
                                        "modprobe",
                                        "sysctl",
                                        "iptables",
                                        "nft",
                                        "fdisk",
                                        "parted",
                                        "wipefs",
                                        "unzip",
                                        "cpio",
                                        "notify-send",
                                        "mosquitto_pub",
                                        "kcat",
                                        "ansible",
                                        "terraform",
                                        "sudo",
                                        "su",
                                        "doas"};

/// Programs that run the command behind their own options; these take the next word as a value.
struct Wrapper {
    std::string_view name;
    std::string_view valued;  ///< option letters with a value: "n" for -n 5
    int operands;             ///< words of their own before the command
};
constexpr Wrapper kWrappers[] = {
    {"env", "uSC", 0},      {"nice", "n", 0},           {"nohup", "", 0},
    {"setsid", "", 0},      {"time", "fo", 0},          {"timeout", "ks", 1},
    {"stdbuf", "ioe", 0},   {"ionice", "cnp", 0},       {"chrt", "", 1},
    {"taskset", "", 1},     {"exec", "a", 0},           {"command", "", 0},
    {"busybox", "", 0},     {"xargs", "adEIiLlnPs", 0}, {"parallel", "jPNnIa", 0},
    {"strace", "eopEu", 0}, {"unbuffer", "", 0},        {"flock", "Ew", 1},
    {"chroot", "", 1}};

template <class Range>
bool contains(const Range& range, std::string_view word) {
    return std::find(std::begin(range), std::end(range), word) != std::end(range);
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_shell(std::string_view name) {
    return contains(std::array<std::string_view, 6>{"sh", "bash", "dash", "zsh", "ksh", "ash"},
                    name);
}

/// A place that keeps nothing, or a port of the stage: /dev/fd/N.
bool keeps_nothing(std::string_view path) {
    return path.empty() || path == "-" || path == "/dev/null" || path == "/dev/stdout" ||
           path == "/dev/stderr" || path == "/dev/tty" || path.starts_with("/dev/fd/") ||
           path.starts_with("$PIPECTL_OUT_") || path.starts_with("${PIPECTL_OUT_");
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

/// -i, also among other letters (-ni), as sed and perl have them; what stands behind one of
/// `valued` is a value.
bool has_letter(Words words, char letter, std::string_view valued) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return is_option(word) && word[1] != '-' &&
               word.substr(0, word.find_first_of(valued)).find(letter) != std::string_view::npos;
    });
}

bool has_any(Words words, std::span<const std::string_view> options) {
    return std::any_of(words.begin(), words.end(), [options](std::string_view word) {
        return std::any_of(options.begin(), options.end(), [word](std::string_view option) {
            return word == option || (option.starts_with("--") && word.starts_with(option) &&
                                      word.size() > option.size() && word[option.size()] == '=');
        });
    });
}

bool has_operand_that_stays(Words words) {
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return !is_option(word) && !keeps_nothing(word);
    });
}

std::string runs(std::string_view name) {
    return "runs '" + std::string(name) + "'";
}

std::string risk(Words argv, int depth);

std::string risk_of_script(std::string_view script, int depth) {
    const ShellCommands shell = split_shell(script);
    for (const auto& command : shell.commands) {
        if (std::string reason = risk(command, depth + 1); !reason.empty()) return reason;
    }
    for (const std::string& target : shell.written) {
        if (!keeps_nothing(target)) return "writes '" + target + "' by itself";
    }
    return {};
}

std::string risk_of_shell(Words words, int depth) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (is_option(word) && word[1] != '-' && word.find('c') != std::string::npos) {
            return risk_of_script(words[i + 1], depth);
        }
    }
    return {};
}

std::string risk_of_find(Words words, int depth) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "-delete" || word.starts_with("-fprint") || word == "-fls") {
            return "runs 'find' with '" + word + "'";
        }
        if (word == "-exec" || word == "-execdir" || word == "-ok" || word == "-okdir") {
            if (std::string reason = risk(words.subspan(i + 1), depth + 1); !reason.empty()) {
                return reason;
            }
        }
    }
    return {};
}

std::string risk_behind(const Wrapper& wrapper, Words words, int depth) {
    int operands = wrapper.operands;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (is_option(word)) {
            // "-n 5" takes a further word, "-n5" and "--name=5" do not
            if (word.size() == 2 && wrapper.valued.find(word[1]) != std::string_view::npos) ++i;
        } else if (word.find('=') != std::string_view::npos && wrapper.name == "env") {
            continue;
        } else if (operands-- <= 0) {
            return risk(words.subspan(i), depth + 1);
        }
    }
    return {};
}

/// Of programs whose arguments tell.
std::string risk_by_arguments(std::string_view name, Words words) {
    static constexpr std::string_view kSend[] = {
        "-d", "--data", "-T",       "-F",         "--upload-file", "--form",
        "-o", "-O",     "--output", "--data-raw", "--data-binary", "--json"};
    static constexpr std::string_view kReadOnlyGit[] = {
        "log",      "show",   "diff",    "ls-files",  "grep",    "blame",    "cat-file",
        "rev-list", "status", "ls-tree", "rev-parse", "archive", "shortlog", "describe"};
    if (name == "tee" && has_operand_that_stays(words)) return "runs 'tee' on a file";
    if (name == "dd") {
        for (const std::string& word : words) {
            if (word.starts_with("of=") && !keeps_nothing(word.substr(3))) {
                return "runs 'dd' with '" + word + "'";
            }
        }
    }
    if (name == "curl" || name == "http" || name == "https" || name == "wget") {
        static constexpr std::string_view kPost[] = {"--post-data", "--post-file", "--method"};
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string& word = words[i];
            const bool names = word == "-X" || word == "--request";
            const std::string method = names && i + 1 < words.size() ? words[i + 1]
                                       : word.starts_with("-X")      ? word.substr(2)
                                                                     : "GET";
            if (method != "GET" && method != "HEAD") return runs(name) + " with " + method;
        }
        if (name == "curl" && has_any(words, kSend)) return runs(name) + " to send or save";
        const bool to_stdout = std::any_of(words.begin(), words.end(), [](std::string_view word) {
            return word == "-O-" || word == "-qO-" || word == "-" || word == "-nvO-";
        });
        if (name == "wget" && (has_any(words, kPost) || !to_stdout)) {
            return runs(name) + " to send or save";
        }
    }
    if (name == "git") {
        const auto command = std::find_if(words.begin(), words.end(),
                                          [](std::string_view word) { return !is_option(word); });
        if (command != words.end() && !contains(kReadOnlyGit, *command)) {
            return "runs 'git " + *command + "'";
        }
    }
    if ((name == "sed" || name == "perl" || name == "ruby") &&
        (has_letter(words, 'i', "efMIl") ||
         has_any(words, std::array<std::string_view, 1>{"--in-place"}))) {
        return runs(name) + " in place";
    }
    if (name == "sort" && (has_letter(words, 'o', "tkST") ||
                           has_any(words, std::array<std::string_view, 1>{"--output"}))) {
        return runs(name) + " with an output file";
    }
    if (name == "tar") {
        static constexpr std::string_view kExtract[] = {"--extract", "--get", "--append",
                                                        "--update", "--delete"};
        const bool extracts =
            has_any(words, kExtract) || has_letter(words, 'x', "fCTX") ||
            (!words.empty() && !is_option(words[0]) && words[0].find('x') != std::string::npos);
        if (extracts) return "runs 'tar' to extract or change";
    }
    if (contains(std::array<std::string_view, 8>{"gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz",
                                                 "zstd", "lz4"},
                 name)) {
        static constexpr std::string_view kToStdout[] = {"-c",     "--stdout", "--to-stdout", "-t",
                                                         "--test", "-l",       "--list",      "-"};
        if (has_operand_that_stays(words) && !has_any(words, kToStdout) &&
            !has_letter(words, 'c', "S")) {
            return runs(name) + " on a file";
        }
    }
    if (contains(std::array<std::string_view, 4>{"awk", "gawk", "mawk", "nawk"}, name)) {
        for (const std::string& word : words) {
            if (word.find("system(") != std::string::npos) return runs(name) + " with system()";
        }
    }
    if (contains(std::array<std::string_view, 4>{"nc", "ncat", "netcat", "socat"}, name)) {
        return runs(name) + ", which talks to others";
    }
    return {};
}

std::string risk(Words argv, int depth) {
    while (!argv.empty() && argv.front().find('=') != std::string::npos && depth > 0) {
        argv = argv.subspan(1);  // NAME=value before a command
    }
    if (argv.empty() || depth > kDeepest) return {};
    const std::string_view name = base_name(argv.front());
    const Words words = argv.subspan(1);
    if (contains(kAlways, name) || name.starts_with("mkfs")) return runs(name);
    if (is_shell(name)) return risk_of_shell(words, depth);
    if (name == "eval" && !words.empty()) return risk_of_script(words[0], depth);
    if (name == "find") return risk_of_find(words, depth);
    for (const Wrapper& wrapper : kWrappers) {
        if (wrapper.name == name) return risk_behind(wrapper, words, depth);
    }
    return risk_by_arguments(name, words);
}

}  // namespace

std::string risk_of(const std::vector<std::string>& argv) {
    return risk(argv, 0);
}

}  // namespace pipectl::compare
