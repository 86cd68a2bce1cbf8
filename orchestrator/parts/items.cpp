#include "orchestrator/parts/items.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <unordered_map>

#include "orchestrator/parts/look_around.hpp"
#include "orchestrator/plan/remarks.hpp"
#include "orchestrator/plan/resolve.hpp"
#include "stages/base/error.hpp"
#include "stages/base/fd.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

constexpr std::size_t kLargestList = std::size_t{16} << 20U;
constexpr std::size_t kMostItems = 10'000'000;

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

class Finder {
  public:
    Finder(const Definition& definition, PlanRequest& request, Remarks& remarks)
        : definition_(definition), request_(request), remarks_(remarks) {}

    Items find() {
        Items items;
        std::vector<std::vector<std::string>> given;
        for (const Each& each : definition_.for_each->each) {
            given.push_back(take_settings(each.name.value));
        }
        Remarks ignored;  // the planner says it again
        const Resolver resolver(definition_, request_, ignored);
        std::size_t product = 1;
        for (std::size_t i = 0; i < given.size(); ++i) {
            const Each& each = definition_.for_each->each[i];
            items.names.push_back(each.name.value);
            items.sources.push_back("--set " + each.name.value);
            items.values.push_back(given[i].empty() ? values_of(each, resolver, items.sources[i])
                                                    : std::move(given[i]));
            const std::size_t count = items.values.back().size();
            if (count > 0 && product > kMostItems / count) {
                remarks_.error(definition_.for_each->place, "there are more than 10000000 items");
                return {};
            }
            product *= count;
        }
        return items;
    }

  private:
    /// The values that the command line gives to a variable.
    std::vector<std::string> take_settings(const std::string& name) {
        std::vector<std::string> values;
        for (const auto& [set, value] : request_.set) {
            if (set == name) values.push_back(value);
        }
        std::erase_if(request_.set, [&](const auto& each) { return each.first == name; });
        return values;
    }

    std::vector<std::string> values_of(const Each& each, const Resolver& resolver,
                                       std::string& source) {
        switch (each.source) {
            case Each::Source::list: source = "its list"; return each.list;
            case Each::Source::glob: {
                const std::string pattern = resolver.public_text(each.text, nullptr);
                source = "the pattern '" + pattern + "'";
                return files_that_match(pattern, resolver.folder());
            }
            case Each::Source::lines: return lines_of_file(each, resolver, source);
            case Each::Source::parameter: break;
        }
        source = "the parameter '" + each.parameter.value + "'";
        for (const ParameterValue& parameter : resolver.parameters()) {
            if (parameter.name != each.parameter.value) continue;
            if (parameter.secret) {
                remarks_.error(each.parameter.place, "the values of a secret cannot name items", {},
                               parameter.name.size() + kQuotes);
            }
            return parameter.is_list() ? parameter.values : std::vector{parameter.value};
        }
        return {};
    }

    std::vector<std::string> lines_of_file(const Each& each, const Resolver& resolver,
                                           std::string& source) {
        std::string path = resolver.public_text(each.text, nullptr);
        source = "the lines of '" + path + "'";
        const bool own = path == "-";
        if (!own && !path.starts_with('/') && !resolver.folder().empty()) {
            path.insert(0, resolver.folder() + "/");
        }
        const Fd file(own ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                          : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!file) {
            remarks_.error(each.text.place,
                           SystemError("cannot open '" + path + "'", errno).what());
            return {};
        }
        try {
            return lines_in(read_all(file.get(), kLargestList, path));
        } catch (const SystemError& error) {
            remarks_.error(each.text.place, error.what());
            return {};
        }
    }

    const Definition& definition_;
    PlanRequest& request_;
    Remarks& remarks_;
};

/// A path that a stage writes or reads, before it is known for which item.
struct NamedFile {
    const Template* path;
    std::string who;
    bool written = false;
    bool append = false;
};

std::vector<NamedFile> files_of(const Definition& definition) {
    std::vector<NamedFile> files;
    for (const Stage& stage : definition.stages) {
        if (const auto* in = std::get_if<FileInput>(&stage.in)) {
            files.push_back({&in->path, stage.name.value + ".stdin"});
        }
        for (const OutputSpec* spec : {&stage.out, &stage.err}) {
            const auto* out = std::get_if<FileOutput>(spec);
            if (out == nullptr) continue;
            const char* port = spec == &stage.out ? ".stdout" : ".stderr";
            files.push_back({&out->path, stage.name.value + port, true, out->append});
        }
    }
    return files;
}

bool names_a_variable(const Template& text, const Items& items) {
    return std::any_of(text.pieces.begin(), text.pieces.end(), [&](const auto& piece) {
        const std::string name = piece.value.substr(0, piece.value.find('.'));
        return piece.kind == Template::Piece::Kind::parameter &&
               std::find(items.names.begin(), items.names.end(), name) != items.names.end();
    });
}

/// Writing to a device replaces nothing.
bool is_device_path(const std::string& path) {
    return path.starts_with("/dev/") && !path.starts_with("/dev/shm/");
}

}  // namespace

std::size_t Items::count() const {
    if (values.empty()) return 0;
    std::size_t product = 1;
    for (const auto& each : values) {
        product *= each.size();
    }
    return product;
}

ItemValues Items::at(std::size_t index) const {
    ItemValues item(names.size());
    for (std::size_t i = names.size(); i-- > 0;) {
        item[i] = {names[i], values[i][index % values[i].size()]};
        index /= values[i].size();
    }
    return item;
}

std::string Items::label(std::size_t index) const {
    std::string text;
    for (const auto& [name, value] : at(index)) {
        text += (text.empty() ? "" : " ") + name + "=" + quote_word(value);
    }
    return text;
}

Items find_items(const Definition& definition, PlanRequest& request,
                 std::vector<Diagnostic>& diagnostics) {
    Remarks remarks;
    Items items = Finder(definition, request, remarks).find();
    for (Diagnostic& each : remarks.take()) {
        diagnostics.push_back(std::move(each));
    }
    return items;
}

void refuse_shared_files(const Definition& definition, const PlanRequest& request,
                         const Items& items, std::vector<Diagnostic>& diagnostics) {
    if (items.count() < 2) return;
    Remarks remarks;
    std::vector<NamedFile> files = files_of(definition);
    const bool one_at_a_time = definition.for_each->jobs == 1;
    std::erase_if(files, [&](const NamedFile& file) {
        if (file.append && one_at_a_time) return true;
        if (!file.written || names_a_variable(*file.path, items)) return false;
        Remarks ignored;
        const std::string path =
            Resolver(definition, request, ignored).text(*file.path, nullptr).shown;
        if (!is_device_path(path)) {
            remarks.error(file.path->place,
                          "every item " + std::string(file.append ? "appends to" : "writes") +
                              " '" + path + "'",
                          file.append ? "jobs = 1, or a file for each item"
                                      : "give each its own, such as \"" + items.names.front() +
                                            "-${" + items.names.front() + ".stem}.txt\"");
        }
        return true;
    });
    struct Use {
        std::size_t item;
        const NamedFile* file;
    };
    std::unordered_map<std::string, Use> writers;
    const auto path_of = [](const Resolver& resolver, const NamedFile& file) {
        const std::string path = resolver.text(*file.path, nullptr).value;
        return std::filesystem::path(path).lexically_normal().string();
    };
    const auto each_path = [&](bool written, auto&& take) {
        if (std::none_of(files.begin(), files.end(),
                         [&](const NamedFile& file) { return file.written == written; })) {
            return;
        }
        PlanRequest of_item = request;
        for (std::size_t i = 0; i < items.count() && !remarks.any_errors(); ++i) {
            of_item.item = items.at(i);
            Remarks ignored;
            const Resolver resolver(definition, of_item, ignored);
            for (const NamedFile& file : files) {
                if (file.written == written) take(i, file, path_of(resolver, file));
            }
        }
    };
    each_path(true, [&](std::size_t item, const NamedFile& file, const std::string& path) {
        const auto [first, is_new] = writers.try_emplace(path, Use{item, &file});
        if (is_new || first->second.item == item || is_device_path(path)) return;
        remarks.error(file.path->place,
                      "two items write '" + path + "': " + items.label(first->second.item) +
                          " and " + items.label(item),
                      "name it by what tells the items apart");
    });
    if (!writers.empty()) {
        each_path(false, [&](std::size_t item, const NamedFile& file, const std::string& path) {
            const auto writer = writers.find(path);
            if (writer == writers.end() || writer->second.item == item) return;
            remarks.error(file.path->place, "an item reads '" + path + "' (" + items.label(item) +
                                                "), which another one writes (" +
                                                items.label(writer->second.item) + ")");
        });
    }
    for (Diagnostic& each : remarks.take()) {
        diagnostics.push_back(std::move(each));
    }
}

}  // namespace pipectl
