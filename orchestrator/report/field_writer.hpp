#pragma once

// Writes described members (record_fields.hpp) as JSON. It does not throw: what cannot be said is
// null.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "orchestrator/report/record_fields.hpp"
#include "orchestrator/report/words.hpp"
#include "stages/base/json.hpp"
#include "stages/base/signal_name.hpp"

namespace pipectl {

class FieldWriter {
  public:
    /// Both must outlive it; `processes` has the names of the run's processes, for `stage`.
    explicit FieldWriter(JsonWriter& json, std::span<const std::string> processes = {})
        : json_(json), processes_(processes) {}

    template <class Value>
    FieldWriter& operator()(const char* name, const Value& value, Range /*read*/ = {}) {
        json_.key(name);
        known_ ? write(value) : write(nullptr);
        return *this;
    }

    void signal(const char* name, int number) { (*this)(name, signal_name(number)); }

    void stage(const char* name, int process) {
        const std::size_t index = process;
        const bool named = process >= 0 && index < processes_.size();
        named ? (*this)(name, processes_[index]) : (*this)(name, nullptr);
    }

    void lines(const char* name, std::string_view text) {
        if (text.empty()) return;
        json_.key(name).begin_array();
        for (std::size_t end = 0; end != std::string_view::npos;) {
            end = text.find('\n');
            json_.value(text.substr(0, end));
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
        json_.end_array();
    }

    template <class Body>
    void null_unless(bool known, Body body) {
        const bool outer = std::exchange(known_, known_ && known);
        body();
        known_ = outer;
    }

    template <class Value, class Body>
    void part(const char* /*key*/, const std::optional<Value>& value, Body body) {
        static const Value kNone;
        null_unless(value.has_value(), [&] { body(value ? *value : kNone); });
    }

    template <class Value>
    void left_out_if(bool none, const char* name, const Value& value) {
        if (none) return;
        json_.key(name);
        write(value);
    }

    void stages(const char* name, const std::vector<StageSummary>& stages, bool helpers) {
        json_.key(name).begin_array();
        for (const StageSummary& stage : stages) {
            if (stage.helper == helpers) write(stage);
        }
        json_.end_array();
    }

    void timeline(const char* name, const Summary& run);

    /// A value without a name: an object for a struct.
    template <class Value>
    void write(const Value& value) {
        if constexpr (std::is_null_pointer_v<Value>) {
            json_.null();
        } else if constexpr (std::is_enum_v<Value>) {
            json_.value(word_of(value));
        } else if constexpr (requires { json_.value(value); }) {
            json_.value(value);
        } else {
            json_.begin_object();
            fields(*this, value);
            json_.end_object();
        }
    }

    template <class Value>
    void write(const std::optional<Value>& value) {
        value ? write(*value) : write(nullptr);
    }

    template <class Value>
    void write(const std::vector<Value>& values) {
        json_.begin_array();
        for (const Value& value : values) {
            write(value);
        }
        json_.end_array();
    }

    void write(const std::vector<RunParameter>& parameters) {
        json_.begin_object();
        for (const RunParameter& parameter : parameters) {
            json_.member(parameter.name, parameter.value);
        }
        json_.end_object();
    }

  private:
    template <class Number>
    void series(const char* name, const Summary& run, Number number) {
        json_.key(name).begin_array();
        for (const Moment& moment : run.moments) {
            json_.value(number(moment.seen));
        }
        json_.end_array();
    }

    JsonWriter& json_;
    std::span<const std::string> processes_;
    bool known_ = true;
};

}  // namespace pipectl
