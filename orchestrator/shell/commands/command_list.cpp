#include "orchestrator/shell/commands/command_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace pipectl::shell {

namespace {

struct Entry {
    Trait trait;
    std::string_view names;  ///< sorted, one blank between two
};

/// In the order of the traits.
constexpr auto kEntries = std::to_array<Entry>({
    // What bash, dash and POSIX have between them that needs no program.
    {Trait::builtin,
     ". : [ alias bg bind break builtin caller cd chdir command compgen complete compopt "
     "continue declare dirs disown echo enable eval exec exit export false fc fg getopts "
     "hash help history jobs kill let local logout mapfile popd printf pushd pwd read "
     "readarray readonly return set shift shopt source suspend test times trap true type "
     "typeset ulimit umask unalias unset wait"},
    // What dash, bash, busybox, ksh93 or zsh has built in and a program exists for; without what
    // ksh93 has
    // only for whoever puts /opt/ast/bin into PATH.
    {Trait::builtin_elsewhere,
     "[ alias bg builtin cd command disable echo enable eval exec fc fg getconf getopts "
     "hash history jobs kill let limit log print printf pwd r read sched sleep stat test "
     "time type ulimit umask wait which"},
    // Builtins that dash does as bash does, with any words.
    {Trait::builtin_alike, ": break continue exit false return shift true wait"},
    // Builtins that are there for what they print, or for their status.
    {Trait::builtin_printing, "[ echo false printf test true"},
    // Builtins after which the shell is what it was.
    {Trait::builtin_harmless,
     ": [ command echo false local printf return shift test true type wait"},
    // Builtins that may use any variable or function, by a name that is made up.
    {Trait::builtin_by_name, "compgen declare eval export set source typeset"},
    // Programs that are there for what they do to files, not for what they print.
    {Trait::step,
     "bunzip2 bzip2 chgrp chmod chown cp cpio csplit gunzip gzip install ln mkdir mktemp "
     "mv patch rm rmdir rsync sleep split tar touch truncate unlink unxz unzip xz zip zstd"},
    // Commands that only ask whether something is there.
    {Trait::check, "[ command hash test type which"},
    // What an import takes by its name, wherever it stands.
    {Trait::taken_by_name, "mkdir mkfifo mktemp mv rm sleep"},
    // Their status 1 is an answer and no failure.
    {Trait::says_with_one,
     "[ bzgrep cmp diff diff3 egrep expr fgrep grep let look pgrep pidof read rg sdiff "
     "test xzgrep zcmp zdiff zegrep zfgrep zgrep"},
    // Filters and printers that have no way to fail by themselves, unless they are given a file.
    {Trait::never_fails,
     "awk base64 cat column cut date echo egrep expand fgrep fmt fold grep head nl od "
     "paste printf rev sed seq sort tac tail tr true unexpand uniq wc yes"},
    // Programs that do not read stdin.
    {Trait::reads_no_stdin, "date df du echo false find ls printf ps seq true yes"},
    // Programs that do not read stdin when they are given a file.
    {Trait::reads_stdin_or_files, "cat head nl rev sort tac tail uniq wc zcat"},
    // Programs that print the name of each file.
    {Trait::prints_name,
     "b2sum basename cksum cmp dirname echo md5sum printf realpath sha1sum sha224sum "
     "sha256sum sha384sum sha512sum sum tar wc zip"},
    // Programs that print it when there are several files.
    {Trait::prints_names, "egrep fgrep grep head rg tail zgrep"},
    // Programs that ask what kind of file it is, or change it.
    {Trait::needs_file,
     "[ bunzip2 bzip2 chgrp chmod chown cp du file find gunzip gzip install ln ls mv patch "
     "readlink shred sqlite3 stat test touch truncate unlink unxz unzip xz zipinfo"},
    // Programs that write the file behind -o or --output.
    {Trait::has_output_option, "cc curl gcc shuf sort uniq wget"},
    // Programs that hand their environment on, or look into it for what they do not know.
    {Trait::shows_environment, "awk bash dash env find gawk git mawk printenv sh xargs"},
    // Programs whose output has no end.
    {Trait::endless, "yes"},
    // Shells whose language is understood here.
    {Trait::shell, "bash dash sh"},
    // Shells whose language is like it.
    {Trait::other_shell, "ash ksh zsh"},
    // Programs whose first operand is a script of awk.
    {Trait::awk, "awk gawk mawk"},
    // Programs that replace the files they are given, and are filters without one.
    {Trait::compressor, "bunzip2 bzip2 gunzip gzip unxz xz zstd"},
    // What git does that writes nothing but its stdout.
    {Trait::git_reading,
     "blame cat-file diff grep log ls-files ls-tree rev-list rev-parse shortlog show"},
    // What git does that may be done again and again.
    {Trait::git_repeatable,
     "archive blame cat-file describe diff grep log ls-files ls-tree rev-list rev-parse "
     "shortlog show status"},
    // Programs that talk to whoever answers.
    {Trait::network, "nc ncat netcat socat"},
    // Programs that ask a server, and may send it something as well.
    {Trait::fetching, "curl http https wget"},
    // Programs that may change something each time they run, whatever their words are.
    {Trait::risky,
     "ansible apt apt-get at aws az batch borg chgrp chmod chown clickhouse-client cp cpio "
     "crontab csplit dnf doas docker dpkg fdisk ftp gcloud gsutil halt helm insmod install "
     "iptables kcat kill killall kubectl lftp ln logger lp lpr mail mailx make mariadb "
     "mkdir mkfifo mknod modprobe mongo mongoimport mongosh mosquitto_pub mount msmtp mutt "
     "mv mysql nft notify-send npm parted passwd patch pip pip3 pkill podman poweroff psql "
     "rclone reboot redis-cli restic rm rmdir rsync s3cmd scp sendmail service sftp shred "
     "shutdown skill split sqlcmd sqlite3 sqlplus ssh su sudo sysctl systemctl systemd-run "
     "telnet terraform touch truncate umount unlink unzip useradd userdel usermod wall "
     "wipefs write yum"},
});

/// The name that begins there.
constexpr std::string_view name_at(std::string_view names, std::size_t at) {
    return names.substr(at, std::min(names.find(' ', at), names.size()) - at);
}

constexpr bool is_sorted(std::string_view names) {
    std::string_view before;
    for (std::size_t at = 0; at < names.size();) {
        const std::string_view name = name_at(names, at);
        if (name <= before) {
            return false;
        }
        before = name;
        at += name.size() + 1;
    }
    return true;
}

constexpr const Entry& entry(Trait trait) {
    return kEntries[static_cast<std::size_t>(trait)];
}

constexpr bool is_in_order() {
    return std::ranges::all_of(kEntries, [](const Entry& each) {
        return &entry(each.trait) == &each && is_sorted(each.names);
    });
}

static_assert(is_in_order());

constexpr auto kWrappers = std::to_array<Wrapper>({
    {"builtin", "", 0, true},      {"busybox", "", 0, false},
    {"chroot", "", 1, false},      {"chrt", "", 1, false},
    {"command", "", 0, true},      {"env", "uSC", 0, true},
    {"exec", "a", 0, false},       {"flock", "Ew", 1, false},
    {"ionice", "cnp", 0, true},    {"nice", "n", 0, true},
    {"nohup", "", 0, true},        {"parallel", "jPNnIa", 0, false},
    {"setsid", "", 0, true},       {"stdbuf", "ioe", 0, true},
    {"strace", "eopEu", 0, false}, {"taskset", "", 1, false},
    {"time", "fo", 0, true},       {"timeout", "ks", 1, true},
    {"unbuffer", "", 0, false},    {"xargs", "adEIiLlnPs", 0, false},
});

}  // namespace

bool has_trait(std::string_view command, Trait trait) {
    const std::string_view names = entry(trait).names;
    for (std::size_t at = 0; at < names.size();) {
        const std::string_view name = name_at(names, at);
        if (name >= command) {
            return name == command;
        }
        at += name.size() + 1;
    }
    return false;
}

std::vector<std::string_view> names_with(Trait trait) {
    const std::string_view names = entry(trait).names;
    std::vector<std::string_view> all;
    for (std::size_t at = 0; at < names.size(); at += all.back().size() + 1) {
        all.push_back(name_at(names, at));
    }
    return all;
}

const Wrapper* find_wrapper(std::string_view command) {
    const auto* const found =
        std::find_if(kWrappers.begin(), kWrappers.end(),
                     [&](const Wrapper& each) { return each.name == command; });
    return found == kWrappers.end() ? nullptr : found;
}

}  // namespace pipectl::shell
