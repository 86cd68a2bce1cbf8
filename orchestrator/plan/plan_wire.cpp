#include "orchestrator/plan/plan_wire.hpp"

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "orchestrator/json/json_value.hpp"
#include "orchestrator/plan/check_wire.hpp"
#include "orchestrator/plan/plan_fields.hpp"
#include "stages/base/json.hpp"
#include "stages/base/sentence.hpp"
#include "stages/base/units.hpp"
#include "stages/base/utf8.hpp"

namespace pipectl {
namespace {

using plan_wire::Listed;

constexpr char kHexDigits[] = "0123456789abcdef";

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) return false;
        text.remove_prefix(point.size);
    }
    return true;
}

// Templates for what is in a list or an optional call those for what is in it.

class WireWriter {
  public:
    void write(const std::string& text) {
        if (is_utf8(text)) {
            json_.value(text);
            return;
        }
        std::string digits;
        for (const char each : text) {
            const auto byte = static_cast<unsigned char>(each);
            digits += {kHexDigits[byte >> 4U], kHexDigits[byte & 0xFU]};
        }
        json_.begin_object().member("hex", digits).end_object();
    }
    template <class Value>
    requires std::integral<Value>
    void write(Value number) { json_.value(number); }
    template <class Value>
    requires std::is_enum_v<Value>
    void write(Value value) { json_.value(static_cast<int>(value)); }
    template <class Count, class Unit>
    void write(std::chrono::duration<Count, Unit> time) {
        json_.value(time.count());
    }
    template <class Value>
    void write(const std::optional<Value>& value) {
        write(*value);  // one that is absent is what a new owner has
    }
    template <class Value>
    void write(const std::vector<Value>& values) {
        json_.begin_array();
        for (const Value& each : values)
            write(each);
        json_.end_array();
    }
    void write(const std::pair<std::string, std::string>& both) {
        json_.begin_array();
        write(both.first);
        write(both.second);
        json_.end_array();
    }
    void write(const job::Job& job) { write(job::words_of(job)); }
    void write(const Secrets& secrets) { write(secrets.values()); }
    void write(const channel::Kind* kind) { json_.value(kind->name); }
    void write(const channel::Settings& settings) {
        json_.begin_object();
        for (const auto& [name, value] : settings) {
            json_.key(name);
            std::visit([this](const auto& of) { write(of); }, value);
        }
        json_.end_object();
    }
    void write(const Host::Engine& engine) {
        json_.begin_object().key(plan_wire::kEngineNames[engine.index()]);
        std::visit([this](const auto& of) { write(of); }, engine);
        json_.end_object();
    }
    template <Listed Struct>
    void write(const Struct& of) {
        [[maybe_unused]] static const Struct fresh;  // some engines have no members
        json_.begin_object();
        const auto visit = [&](const char* name, auto member) {
            if (of.*member == fresh.*member) return;
            json_.key(name);
            write(of.*member);
        };
        plan_wire::list_members(visit, &of);
        json_.end_object();
    }

    std::string take() { return json_.take(); }

  private:
    JsonWriter json_;
};

int digit_value(char digit) {
    const char* const found = std::find(std::begin(kHexDigits), std::end(kHexDigits) - 1, digit);
    return static_cast<int>(found - std::begin(kHexDigits));
}

void read(const JsonValue& from, std::string& text) {
    if (from.is_text()) {
        text = from.text();
        return;
    }
    const std::string digits = from.at("hex").text();
    if (digits.size() % 2 != 0 ||
        digits.find_first_not_of(std::string_view(kHexDigits)) != std::string::npos) {
        from.refuse("these are no pairs of hexadecimal digits");
    }
    text.clear();
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        text += static_cast<char>(digit_value(digits[i]) * 16 + digit_value(digits[i + 1]));
    }
}

void read(const JsonValue& from, bool& flag) {
    flag = from.flag();
}

template <std::signed_integral Number>
void read(const JsonValue& from, Number& number) {
    using Limits = std::numeric_limits<Number>;
    number = static_cast<Number>(from.whole(Limits::min(), Limits::max()));
}

template <std::unsigned_integral Number>
void read(const JsonValue& from, Number& number) {
    const std::uint64_t whole = from.whole_unsigned();
    if (whole > std::numeric_limits<Number>::max()) from.refuse("the number is out of range");
    number = static_cast<Number>(whole);
}

template <class Value>
requires std::is_enum_v<Value>
void read(const JsonValue& from, Value& value) {
    value = static_cast<Value>(from.whole(0, static_cast<int>(plan_wire::last_of(Value{}))));
}

template <class Count, class Unit>
void read(const JsonValue& from, std::chrono::duration<Count, Unit>& time) {
    using Time = std::chrono::duration<Count, Unit>;
    time = Time(from.whole(0, std::chrono::ceil<Time>(kLongestDuration).count()));
}

void read(const JsonValue& from, std::pair<std::string, std::string>& both);
void read(const JsonValue& from, job::Job& job);
void read(const JsonValue& from, Secrets& secrets);
void read(const JsonValue& from, const channel::Kind*& kind);
void read(const JsonValue& from, channel::Settings& settings);
void read(const JsonValue& from, Host::Engine& engine);
template <class Value>
void read(const JsonValue& from, std::optional<Value>& value);
template <class Value>
void read(const JsonValue& from, std::vector<Value>& values);
template <Listed Struct>
void read(const JsonValue& from, Struct& of);

template <class Value>
void read(const JsonValue& from, std::optional<Value>& value) {
    Value there{};
    read(from, there);
    value = std::move(there);
}

template <class Value>
void read(const JsonValue& from, std::vector<Value>& values) {
    values.clear();
    for (const JsonValue& each : from.elements()) {
        read(each, values.emplace_back());
    }
}

template <Listed Struct>
void read(const JsonValue& from, Struct& of) {
    std::vector<std::string> unknown = from.names();
    const auto visit = [&](const char* name, auto member) {
        const auto found = std::find(unknown.begin(), unknown.end(), name);
        if (found == unknown.end()) return;
        unknown.erase(found);
        read(from.at(name), of.*member);
    };
    plan_wire::list_members(visit, &of);
    if (!unknown.empty()) from.refuse(filled("nothing is called '{}' there", unknown.front()));
}

void read(const JsonValue& from, std::pair<std::string, std::string>& both) {
    std::vector<std::string> texts;
    read(from, texts);
    if (texts.size() != 2) from.refuse("expected two texts");
    both = {std::move(texts[0]), std::move(texts[1])};
}

void read(const JsonValue& from, job::Job& job) {
    std::vector<std::string> words;
    read(from, words);
    if (words.empty()) from.refuse("the job has no name");
    try {
        auto read_job = job::job_of(words.front(), {words.begin() + 1, words.end()});
        if (!read_job) from.refuse("this build has no such job");
        job = std::move(*read_job);
    } catch (const job::UsageError& error) {
        from.refuse(error.message);
    }
}

void read(const JsonValue& from, Secrets& secrets) {
    std::vector<std::string> values;
    read(from, values);
    for (const std::string& value : values)
        secrets.add(value);
}

void read(const JsonValue& from, const channel::Kind*& kind) {
    kind = channel::find_kind(from.text());
    if (kind == nullptr) from.refuse("this build has no such kind of channel");
}

/// Whether the kind has them is asked when all of the link is known.
void read(const JsonValue& from, channel::Settings& settings) {
    for (const std::string& name : from.names()) {
        const JsonValue value = from.at(name);
        if (value.is_flag()) {
            settings[name] = value.flag();
        } else if (value.is_number()) {
            settings[name] = value.whole_unsigned();
        } else {
            std::string text;
            read(value, text);
            settings[name] = std::move(text);
        }
    }
}

template <std::size_t kIndex>
bool read_engine(const JsonValue& from, std::string_view name, Host::Engine& engine) {
    if (name != plan_wire::kEngineNames[kIndex]) return false;
    read(from, engine.emplace<kIndex>());
    return true;
}

void read(const JsonValue& from, Host::Engine& engine) {
    const std::vector<std::string> names = from.names();
    if (names.size() != 1) from.refuse("expected one engine");
    const std::string& name = names.front();
    const JsonValue of = from.at(name);
    const auto try_all = [&]<std::size_t... kIndices>(std::index_sequence<kIndices...> /*all*/) {
        return (read_engine<kIndices>(of, name, engine) || ...);
    };
    if (!try_all(std::make_index_sequence<std::variant_size_v<Host::Engine>>())) {
        from.refuse("this build has no such engine");
    }
}

}  // namespace

std::string wire_text(const Plan& plan) {
    WireWriter writer;
    writer.write(plan);
    return writer.take();
}

Plan plan_wire::parse(std::string_view text) {
    if (text.size() > kLongestWire) throw JsonError("the plan is too long");
    const JsonDocument document = parse_json(text);
    Plan plan;
    read({*document, {}}, plan);
    return plan;
}

Plan read_wire(std::string_view text, int host) {
    Plan plan = plan_wire::parse(text);
    plan_wire::check(plan, host);
    return plan;
}

}  // namespace pipectl
