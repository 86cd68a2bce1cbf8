#pragma once

// Short ways to write the definitions that tests run, and to read the record that a run leaves.

#include <string>
#include <string_view>
#include <vector>

namespace pipectl::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// How often a test tries: a fifth of it in a sanitized build, where each start takes long.
constexpr int rounds(int usual) {
    return kSanitized ? (usual + 4) / 5 : usual;
}

/// A TOML basic string with its quotes, whatever bytes (valid UTF-8) the text has.
std::string toml_text(std::string_view text);
/// `["a", "b"]`
std::string toml_array(const std::vector<std::string>& words);

/// `[pipeline]` with these lines: "via = 'tcp'", "strict = false".
std::string pipeline(const std::vector<std::string>& lines);
/// A stage that runs a program; `more` are further keys, one a line.
std::string stage(std::string_view name, const std::vector<std::string>& argv,
                  const std::vector<std::string>& more = {});
/// A stage that is a shell script.
std::string shell(std::string_view name, std::string_view script,
                  const std::vector<std::string>& more = {});
/// A stage that is one of the helper program's misbehaviours.
std::string misbehaving(std::string_view name, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& more = {});

/// False without CAP_NET_RAW.
bool may_make_raw_sockets();

/// The names of all channels that can carry an edge here.
const std::vector<std::string>& channels();

/// What `--json` wrote. It is read as text: the writer is tested elsewhere.
class Record {
  public:
    explicit Record(std::string text) : text_(std::move(text)) {}

    /// The run's own: "ok", "failed", ...
    [[nodiscard]] std::string verdict() const;
    /// A stage's, or a helper's; empty when it is not there.
    [[nodiscard]] std::string verdict(std::string_view stage) const;
    /// Any member of a stage, as it is written: `3`, `null`, `"SIGPIPE"`.
    [[nodiscard]] std::string member(std::string_view stage, std::string_view key) const;
    /// A helper's or stage's highest memory use, over all whose name begins so; in bytes.
    [[nodiscard]] long long highest_memory(std::string_view prefix) const;
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace pipectl::test
