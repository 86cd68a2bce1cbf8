#pragma once

// The subcommands: each is one file, cmd_NAME.cpp, and one line in the table of main.cpp.
// They take the words behind their name and return the exit status.

#include <string>
#include <vector>

namespace pipectl {

int bench_command(const std::vector<std::string>& words);
int channels_command(const std::vector<std::string>& words);
int check_command(const std::vector<std::string>& words);
int compare_command(const std::vector<std::string>& words);
int doctor_command(const std::vector<std::string>& words);
int export_command(const std::vector<std::string>& words);
int graph_command(const std::vector<std::string>& words);
int import_command(const std::vector<std::string>& words);
int ipc_command(const std::vector<std::string>& words);
int plan_command(const std::vector<std::string>& words);
int recv_command(const std::vector<std::string>& words);
int report_command(const std::vector<std::string>& words);
int send_command(const std::vector<std::string>& words);
int run_command_line(const std::vector<std::string>& words);

}  // namespace pipectl
