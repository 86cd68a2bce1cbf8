#include <array>

#include "stages/channel/kind.hpp"
#include "stages/kinds/kind_list.hpp"

namespace pipectl::channel {

namespace {

constexpr std::array kKinds = {
    &kPipe,           //
    &kFifo,           //
    &kUnix,           //
    &kTcp,            //
    &kFile,           //
    &kUnixSeqpacket,  //
    &kUnixDgram,      //
    &kUdp,            //
    &kRaw,            //
    &kMq,             //
    &kSysvMq,         //
    &kShm,            //
    &kSysvShm,        //
    &kMmap,           //
    &kNet,            //
};

template <class T>
T setting(const Settings& settings, std::string_view name, T otherwise) {
    const auto found = settings.find(name);
    return found == settings.end() ? otherwise : std::get<T>(found->second);
}

}  // namespace

std::span<const Kind* const> kinds() {
    return kKinds;
}

const Kind* find_kind(std::string_view name) {
    for (const Kind* kind : kKinds) {
        if (kind->name == name) return kind;
    }
    return nullptr;
}

std::string_view program_for_endpoint(std::string_view endpoint) {
    const Kind* const kind = find_kind(endpoint.substr(0, endpoint.find(':')));
    return kind != nullptr ? kind->program : Kind{}.program;
}

const Option* find_option(const Kind& kind, OptionRole role) {
    for (const Option& option : kind.options) {
        if (option.role == role) return &option;
    }
    return nullptr;
}

std::uint64_t number_of(const Settings& settings, std::string_view name, std::uint64_t otherwise) {
    return setting(settings, name, otherwise);
}

bool flag_of(const Settings& settings, std::string_view name, bool otherwise) {
    return setting(settings, name, otherwise);
}

std::string text_of(const Settings& settings, std::string_view name, std::string otherwise) {
    return setting(settings, name, std::move(otherwise));
}

}  // namespace pipectl::channel
