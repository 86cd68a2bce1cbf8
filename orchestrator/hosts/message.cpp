#include "orchestrator/hosts/message.hpp"

#include <array>
#include <limits>
#include <type_traits>

#include "orchestrator/json/json_value.hpp"
#include "stages/base/json.hpp"

namespace pipectl::hosts {

namespace {

/// In the order of Message.
constexpr std::array kNames = {"plan",     "wire",     "start",   "far",    "cancel", "signal",
                               "stop",     "continue", "prepare", "settle", "bye",    "relay",
                               "hello",    "refused",  "ready",   "up",     "event",  "over",
                               "prepared", "settled",  "beat"};
static_assert(kNames.size() == std::variant_size_v<Message>);

template <class Type, class Of>
concept Same = std::is_same_v<std::remove_const_t<Type>, Of>;

// --- what each has; one description serves the writer and the reader

void fields(auto& each, Same<message::Remark> auto& of) {
    each("line", of.line)("column", of.column)("file", of.file)("length", of.length);
    each("text", of.text)("hint", of.hint);
}
void fields(auto& each, Same<message::EdgeEnd> auto& of) {
    each("link", of.link)("name", of.name)("secret", of.secret);
}
void fields(auto& each, Same<message::Variable> auto& of) {
    each("name", of.name)("value", of.value);
}
void fields(auto& each, Same<message::Plan> auto& of) {
    each("run", of.run)("launcher", of.launcher)("host", of.host)("plan", of.plan);
    each("ends", of.ends)("variables", of.variables)("folder", of.folder);
    each("loopback", of.loopback)("words", of.words);
}
void fields(auto& each, Same<message::Wire> auto& of) {
    each("link", of.link)("addresses", of.addresses)("port", of.port);
}
void fields(auto& each, Same<message::Relay> auto& of) {
    each("addresses", of.addresses)("port", of.port)("name", of.name);
}
void fields(auto& each, Same<message::Far> auto& of) {
    each("process", of.process)("verdict", of.verdict)("code", of.code)("signal", of.signal);
}
void fields(auto& each, Same<message::Cancel> auto& of) {
    each("why", of.why)("signal", of.signal)("now", of.now);
}
void fields(auto& each, Same<message::Signal> auto& of) {
    each("process", of.process)("signal", of.signal);
}
void fields(auto& each, Same<message::Settle> auto& of) {
    each("commit", of.commit)("cancelled", of.cancelled);
}
void fields(auto& each, Same<message::Hello> auto& of) {
    each("protocol", of.protocol)("build", of.build)("arch", of.arch)("machine", of.machine);
    each("pid", of.pid);
}
void fields(auto& each, Same<message::Refused> auto& of) {
    each("status", of.status)("remarks", of.remarks);
}
void fields(auto& each, Same<message::Ready> auto& of) {
    each("addresses", of.addresses)("port", of.port);
}
void fields(auto& each, Same<message::Up> auto& of) {
    each("link", of.link)("error", of.error);
}
void fields(auto& each, Same<message::Told> auto& of) {
    each("line", of.line);
}
void fields(auto& each, Same<message::Prepared> auto& of) {
    each("well", of.well)("error", of.error);
}
void fields(auto& each, Same<message::Beat> auto& of) {
    each("now_s", of.now_s)("of_s", of.of_s);
}
template <class Nothing>
requires std::is_empty_v<std::remove_const_t<Nothing>>
void fields(auto& /*each*/, Nothing& /*of*/) {}

class WordWriter {
  public:
    explicit WordWriter(JsonWriter& json) : json_(json) {}

    template <class Value>
    WordWriter& operator()(const char* name, const Value& value) {
        json_.key(name);
        write(value);
        return *this;
    }

  private:
    template <class Value>
    void write(const Value& value) {
        if constexpr (requires { json_.value(value); }) {
            json_.value(value);
        } else {
            json_.begin_object();
            fields(*this, value);
            json_.end_object();
        }
    }
    template <class Value>
    void write(const std::vector<Value>& values) {
        json_.begin_array();
        for (const Value& value : values) {
            write(value);
        }
        json_.end_array();
    }

    JsonWriter& json_;
};

class WordReader {
  public:
    explicit WordReader(JsonValue object) : object_(std::move(object)) {}

    template <class Value>
    WordReader& operator()(const char* name, Value& value) {
        read(object_.at(name), value);
        return *this;
    }

  private:
    static void read(const JsonValue& found, std::string& value) { value = found.text(); }
    static void read(const JsonValue& found, bool& value) { value = found.flag(); }
    static void read(const JsonValue& found, double& value) { value = found.number(); }
    static void read(const JsonValue& found, int& value) {
        constexpr int kLeast = std::numeric_limits<int>::min();
        constexpr int kMost = std::numeric_limits<int>::max();
        value = static_cast<int>(found.whole(kLeast, kMost));
    }
    template <class Value>
    static void read(const JsonValue& found, std::vector<Value>& values) {
        for (const JsonValue& element : found.elements()) {
            read(element, values.emplace_back());
        }
    }
    template <class Value>
    requires std::is_class_v<Value>
    static void read(const JsonValue& found, Value& value) {
        WordReader reader(found);
        fields(reader, value);
    }

    JsonValue object_;
};

template <std::size_t Index = 0>
Message read_as(const std::string& name, const JsonValue& object) {
    if constexpr (Index == std::variant_size_v<Message>) {
        throw WireError("there is no message of this name");
    } else {
        if (name != kNames[Index]) return read_as<Index + 1>(name, object);
        std::variant_alternative_t<Index, Message> message;
        WordReader reader(object);
        fields(reader, message);
        return message;
    }
}

}  // namespace

std::string line_of(const Message& message) {
    JsonWriter json;
    json.begin_object().member("t", kNames[message.index()]);
    WordWriter each(json);
    std::visit([&](const auto& of) { fields(each, of); }, message);
    json.end_object();
    return json.take() + "\n";
}

Message message_of(std::string_view line) {
    try {
        const JsonDocument document = parse_json(line);
        const JsonValue object(*document, "");
        return read_as(object.at("t").text(), object);
    } catch (const WireError&) {
        throw;
    } catch (const std::exception& error) {
        throw WireError(error.what());
    }
}

}  // namespace pipectl::hosts
