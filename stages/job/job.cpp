#include "stages/job/job.hpp"

#include <algorithm>
#include <charconv>
#include <type_traits>

namespace pipectl::job {
namespace {

using Words = std::vector<std::string_view>;

template <class Number>
Number whole_number(std::string_view text, std::string_view what) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw UsageError{"'" + std::string(text) + "' is not a " + std::string(what)};
    }
    return number;
}

// --- the command line of each job, in order: options, operands, descriptors
// ----------------------- `job` is const where it is written, and not where it is read.

template <class Line, class Of>
void describe_meeting(Line& line, Of& at) {
    line.flag("--listen", at.listen);
    line.flag("--connect", at.connect);
    line.choice("--from-user", "any", at.from_anybody);
}

template <class Line, class Of>
void describe_foreign(Line& line, Of& foreign) {
    line.flag("--raw", foreign.raw);
    line.choice("--framing", "length", foreign.with_length);
    line.amount("--type", foreign.type, "message type");
    line.amount("--priority", foreign.priority, "priority");
    line.amount("--count", foreign.count, "number of messages");
    line.flag("--no-wait", foreign.no_wait);
    line.flag("--follow", foreign.follow);
    line.flag("--peek", foreign.peek);
}

template <class Line, class Of>
void describe(Line& line, Of& job) {
    using Kind = std::remove_const_t<Of>;
    if constexpr (requires { job.outputs; }) {
        line.tell("--tell", job.outputs.tell);
    }
    if constexpr (std::is_same_v<Kind, Copy>) {
        line.option("--memory", job.memory);
        line.option("--disk", job.disk);
        line.option("--room", job.room);
    }
    if constexpr (requires { job.most; }) {
        line.option("--most", job.most);
    }
    if constexpr (requires { job.at; }) {
        describe_meeting(line, job.at);
        describe_foreign(line, job.foreign);
    }
    if constexpr (requires { job.lines; }) {
        line.flag("--lines", job.lines);
    }
    line.end_of_options();
    if constexpr (requires { job.field; }) {
        line.number(job.field, "field number");
    }
    if constexpr (requires { job.types; }) {
        line.list(job.types);
    }
    if constexpr (requires { job.outputs; }) {
        line.descriptors(job.outputs.numbers);
    }
    if constexpr (requires { job.inputs; }) {
        line.descriptors(job.inputs);
    }
    if constexpr (requires { job.end; }) {
        line.descriptor(job.end, "one descriptor tells of the end");
    }
    if constexpr (requires { job.edge; }) {
        line.number(job.edge, "edge's number");
    }
    if constexpr (requires { job.file; }) {
        line.descriptor(job.file, "one recording");
    }
    if constexpr (requires { job.ring; }) {
        line.descriptor(job.ring, "one piece of memory");
    }
    if constexpr (requires { job.channel; }) {
        line.descriptor(job.channel, "one channel");
    }
    if constexpr (requires { job.at; }) {
        line.text(job.at.endpoint);
    }
}

// --- what is done with it
// --------------------------------------------------------------------------

class Writer {
  public:
    std::vector<std::string> words;

    void option(const char* name, const std::optional<std::uint64_t>& value) {
        if (value) words.insert(words.end(), {name, std::to_string(*value)});
    }
    template <class Number>
    void amount(const char* name, const std::optional<Number>& value, const char* /*what*/) {
        if (value) words.insert(words.end(), {name, std::to_string(*value)});
    }
    void tell(const char* name, int number) {
        if (number >= 0) words.insert(words.end(), {name, std::to_string(number)});
    }
    void flag(const char* name, bool given) {
        if (given) words.emplace_back(name);
    }
    void choice(const char* name, const char* value, bool given) {
        if (given) words.insert(words.end(), {name, value});
    }
    void end_of_options() {}
    void number(std::uint64_t value, const char* /*what*/) {
        words.push_back(std::to_string(value));
    }
    void list(const std::vector<std::string>& values) {
        std::string joined;
        for (const std::string& value : values)
            joined += (joined.empty() ? "" : ",") + value;
        words.push_back(std::move(joined));
    }
    void descriptors(const std::vector<int>& numbers) {
        for (const int each : numbers)
            words.push_back(std::to_string(each));
    }
    void descriptor(int number, const char* /*wrong*/) { words.push_back(std::to_string(number)); }
    void text(const std::string& value) { words.push_back(value); }
};

constexpr std::string_view kNeedsRaw =
    "--framing, --type, --priority, --count, --no-wait, --follow and --peek are about the messages "
    "of other programs: --raw is missing";

int descriptor_number(std::string_view word) {
    constexpr std::uint64_t kMost = 1 << 24;
    const std::uint64_t number = number_of(word, "descriptor number");
    if (number > kMost) {
        throw UsageError{"descriptor " + std::string(word) + " is not open"};
    }
    return static_cast<int>(number);
}

/// Options may stand in any order before the operands.
class Reader {
  public:
    explicit Reader(const Words& words) : words_(words) {}

    void option(std::string_view name, std::optional<std::uint64_t>& value) {
        if (const auto word = value_of(name)) value = number_of(*word, "number of bytes");
    }
    template <class Number>
    void amount(std::string_view name, std::optional<Number>& value, std::string_view what) {
        if (const auto word = value_of(name)) value = whole_number<Number>(*word, what);
    }
    void tell(std::string_view name, int& number) {
        if (const auto word = value_of(name)) number = descriptor_number(*word);
    }
    void flag(std::string_view name, bool& given) {
        const auto found = std::find(words_.begin(), words_.end(), name);
        given = found != words_.end();
        if (given) words_.erase(found);
    }
    void choice(std::string_view name, std::string_view value, bool& given) {
        const auto found = std::find(words_.begin(), words_.end(), name);
        if (found == words_.end()) return;
        if (found + 1 == words_.end() || found[1] != value) {
            throw UsageError{std::string(name) + " takes '" + std::string(value) + "' alone"};
        }
        words_.erase(found, found + 2);
        given = true;
    }
    void end_of_options() const {
        if (!words_.empty() && words_.front().starts_with("--")) {
            throw UsageError{"unknown option '" + std::string(words_.front()) + "'"};
        }
    }
    void number(std::uint64_t& value, std::string_view what) {
        if (words_.empty()) throw UsageError{"a " + std::string(what) + " is missing"};
        value = number_of(take(), what);
    }
    void list(std::vector<std::string>& values) {
        std::string_view rest = words_.empty() ? "" : take();
        while (!rest.empty()) {
            const std::string_view value = rest.substr(0, rest.find(','));
            values.emplace_back(value);
            rest.remove_prefix(std::min(rest.size(), value.size() + 1));
        }
    }
    void descriptors(std::vector<int>& numbers) {
        while (!words_.empty())
            numbers.push_back(descriptor_number(take()));
        if (numbers.empty()) throw UsageError{"no descriptors were named"};
    }
    void descriptor(int& number, const char* wrong) {
        if (words_.size() != 1) throw UsageError{wrong};
        number = descriptor_number(take());
    }
    void text(std::string& value) {
        if (words_.size() == 1) value = take();
    }

  private:
    std::string_view take() {
        const std::string_view word = words_.front();
        words_.erase(words_.begin());
        return word;
    }
    std::optional<std::string_view> value_of(std::string_view name) {
        const auto found = std::find(words_.begin(), words_.end(), name);
        if (found == words_.end() || found + 1 == words_.end()) return std::nullopt;
        const std::string_view value = found[1];
        words_.erase(found, found + 2);
        return value;
    }

    Words words_;
};

void check(const Copy& job) {
    if (job.room && (job.memory || job.disk)) throw UsageError{"--room stands alone"};
    if (job.disk && !job.memory) throw UsageError{"--disk needs --memory"};
}
void check(const Keep& job) {
    if (job.outputs.numbers.size() != 2) throw UsageError{"an output and a file"};
}
void check(const Route& job) {
    if (job.types.size() != job.outputs.numbers.size()) {
        throw UsageError{"as many types as outputs"};
    }
}
/// What holds of one direction alone; the rest, which depends on the kind, is the endpoint's.
void check(const Get& job) {
    if (job.foreign.priority) {
        throw UsageError{"a receiver chooses no priority: the kernel gives the highest first"};
    }
    if (!job.foreign.raw && job.foreign != Foreign{}) throw UsageError{std::string(kNeedsRaw)};
    if (job.foreign.count == 0U) throw UsageError{"--count must be 1 or more"};
}
void check(const Put& job) {
    const Foreign& foreign = job.foreign;
    if (foreign.count || foreign.follow || foreign.peek) {
        throw UsageError{"--count, --follow and --peek are the receiver's"};
    }
    if (!foreign.raw && foreign != Foreign{}) throw UsageError{std::string(kNeedsRaw)};
    if (foreign.raw && job.lines) {
        throw UsageError{"--lines is for pipectl's own messages: with --raw each line is one"};
    }
}
template <class Of>
void check(const Of& /*job*/) {}

template <class Of>
bool read_as(std::string_view name, const Words& words, std::optional<Job>& found) {
    if (name != Of::kName) return false;
    Of job;
    Reader reader(words);
    describe(reader, job);
    check(job);
    found = std::move(job);
    return true;
}

template <class... Each>
std::optional<Job> read_any(std::string_view name, const Words& words,
                            const std::variant<Each...>* /*types*/) {
    std::optional<Job> found;
    (read_as<Each>(name, words, found) || ...);
    return found;
}

/// The member that holds a job's own descriptors, whatever it is called.
template <class Of, class Take>
void with_descriptors(Of& job, const Take& take) {
    if constexpr (requires { job.outputs; }) take(job.outputs.numbers);
    if constexpr (requires { job.inputs; }) take(job.inputs);
    if constexpr (requires { job.end; }) take(job.end);
    if constexpr (requires { job.channel; }) take(job.channel);
    if constexpr (requires { job.file; }) take(job.file);
    if constexpr (requires { job.ring; }) take(job.ring);
}

}  // namespace

std::string_view name_of(const Job& job) {
    return std::visit([](const auto& one) { return std::decay_t<decltype(one)>::kName; }, job);
}

std::vector<std::string> words_of(const Job& job) {
    Writer writer;
    writer.words.emplace_back(name_of(job));
    std::visit([&](const auto& one) { describe(writer, one); }, job);
    return std::move(writer.words);
}

std::optional<Job> job_of(std::string_view name, const std::vector<std::string_view>& words) {
    return read_any(name, words, static_cast<const Job*>(nullptr));
}

std::vector<int> descriptors_of(const Job& job) {
    std::vector<int> numbers;
    const auto append = [&](const auto& of) {
        if constexpr (std::is_same_v<std::decay_t<decltype(of)>, int>) {
            numbers.push_back(of);
        } else {
            numbers.insert(numbers.end(), of.begin(), of.end());
        }
    };
    std::visit([&](const auto& one) { with_descriptors(one, append); }, job);
    return numbers;
}

void set_descriptors(Job& job, const std::vector<int>& numbers) {
    const auto assign = [&](auto& of) {
        if constexpr (std::is_same_v<std::decay_t<decltype(of)>, int>) {
            of = numbers.empty() ? -1 : numbers.front();
        } else {
            of = numbers;
        }
    };
    std::visit([&](auto& one) { with_descriptors(one, assign); }, job);
}

Outputs* outputs_of(Job& job) {
    return std::visit(
        [](auto& one) -> Outputs* {
            if constexpr (requires { one.outputs; }) {
                return &one.outputs;
            } else {
                return nullptr;
            }
        },
        job);
}

bool shares_lines(const Job& job) {
    return std::holds_alternative<Deal>(job) || std::holds_alternative<Hash>(job) ||
           std::holds_alternative<Route>(job);
}

const Meeting* meeting_of(const Job& job) {
    if (const auto* const get = std::get_if<Get>(&job)) return &get->at;
    if (const auto* const put = std::get_if<Put>(&job)) return &put->at;
    return nullptr;
}

std::uint64_t number_of(std::string_view text, std::string_view what) {
    return whole_number<std::uint64_t>(text, what);
}

}  // namespace pipectl::job
