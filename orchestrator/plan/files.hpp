#pragma once

// The files of a plan: paths as pipectl itself will open them, and which of them may not meet.

#include <string>
#include <string_view>
#include <unordered_map>

#include "orchestrator/plan/plan.hpp"
#include "orchestrator/plan/remarks.hpp"

namespace pipectl {

/// Fills Plan::inputs and Plan::outputs.
class FileTable {
  public:
    /// `folder`: where relative paths start; empty: pipectl's own folder. Both must outlive it.
    FileTable(Plan& plan, std::string folder, Remarks& remarks)
        : plan_(plan), folder_(std::move(folder)), remarks_(remarks) {}

    /// The path as pipectl opens it, on that host of the plan; one with a folder of its own starts
    /// there.
    [[nodiscard]] std::string located(const std::string& path, int host = 0) const;

    /// Where relative paths start on that host; empty: in pipectl's own folder, or the host's.
    [[nodiscard]] std::string folder(int host) const;

    /// Index of Plan::inputs.
    int add_input(const std::string& path, Place place, int host);

    /// Index of Plan::outputs. `owner` ("stage.port") is for messages. Reports a second writer.
    int add_output(OutputFile file, const std::string& owner, int host);

    /// Reports files that are read and written in place by the same run. Call it once, at the end.
    void check_inputs() const;

    /// Warns of words that name a file which an earlier process writes: it is replaced when the run
    /// has succeeded, and a program that opens it by its name gets the old one. Call it once, when
    /// the orders are known.
    void check_words() const;

  private:
    void refuse_writer(const OutputFile& file, const std::string& owner, int host,
                       const std::string& path);
    void check_words_of(int process) const;
    void check_word(int process, std::string_view word) const;

    Plan& plan_;
    std::string folder_;
    Remarks& remarks_;
    struct Writer {
        int output;
        std::string owner;
        int host;
    };
    std::unordered_map<std::string, Writer> writers_;  ///< by normalized path
};

}  // namespace pipectl
