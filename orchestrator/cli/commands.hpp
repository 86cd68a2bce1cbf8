#pragma once

// The subcommands: each is one file, cmd_NAME.cpp, and one line in the table of main.cpp.
// They take the words behind their name and return the exit status.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipectl {

struct Command {
    std::string_view name;
    std::string_view usage;
    std::string_view summary;
    int (*run)(const std::vector<std::string>&);  ///< null: not yet supported
};

int bench_command(const std::vector<std::string>& words);
int channels_command(const std::vector<std::string>& words);
int check_command(const std::vector<std::string>& words);
int compare_command(const std::vector<std::string>& words);
int completions_command(const std::vector<std::string>& words);
int doctor_command(const std::vector<std::string>& words);
int export_command(const std::vector<std::string>& words);
int graph_command(const std::vector<std::string>& words);
int history_command(const std::vector<std::string>& words);
int init_command(const std::vector<std::string>& words);
int import_command(const std::vector<std::string>& words);
int ipc_command(const std::vector<std::string>& words);
int plan_command(const std::vector<std::string>& words);
int ps_command(const std::vector<std::string>& words);
int recv_command(const std::vector<std::string>& words);
int report_command(const std::vector<std::string>& words);
int send_command(const std::vector<std::string>& words);
int schema_command(const std::vector<std::string>& words);
int signal_command(const std::vector<std::string>& words);
int stop_command(const std::vector<std::string>& words);
int top_command(const std::vector<std::string>& words);
int run_command_line(const std::vector<std::string>& words);

/// For the scripts of `completions`: what the last of the words could be, a line each: the word, a
/// tab, what it is. "FILE" and "FOLDER" alone on a line stand for files and folders.
int complete_command(std::span<const Command> commands, const std::vector<std::string>& words);

/// The manual page, as roff: all commands with their options.
int manual_command(std::span<const Command> commands);

}  // namespace pipectl
