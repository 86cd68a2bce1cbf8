#include "orchestrator/parts/part_names.hpp"

#include <variant>
#include <vector>

namespace pipectl {

namespace {

class Prefixer {
  public:
    explicit Prefixer(const std::string& prefix) : prefix_(prefix) {}

    void apply(Stage& stage) const {
        apply(stage.name);
        apply(stage.from);
        if (stage.talks_to) apply(stage.talks_to->stage);
        for (InputPort& port : stage.inputs) {
            apply(port.feeds);
        }
        for (After& after : stage.after) {
            apply(after.stage);
        }
        for (Notice& notice : stage.notify) {
            apply(notice.stage);
        }
        for (Template& word : stage.run) {
            apply(word);
        }
        apply(stage.shell);
        if (auto* text = std::get_if<TextInput>(&stage.in)) apply(text->text);
        if (auto* file = std::get_if<FileInput>(&stage.in)) apply(file->path);
        if (auto* end = std::get_if<Endpoint>(&stage.in)) apply(end->address);
        for (OutputSpec* const out : {&stage.out, &stage.err}) {
            if (auto* file = std::get_if<FileOutput>(out)) apply(file->path);
            if (auto* end = std::get_if<Endpoint>(out)) apply(end->address);
        }
        if (stage.lock) apply(stage.lock->file);
        for (auto& [name, value] : stage.env) {
            apply(value);
        }
        if (stage.cwd) apply(*stage.cwd);
    }

    void apply(Template& text) const {
        for (Template::Piece& piece : text.pieces) {
            if (piece.kind != Template::Piece::Kind::parameter &&
                piece.kind != Template::Piece::Kind::words) {
                continue;
            }
            piece.value.insert(0, prefix_);
        }
    }

    void apply(Located<std::string>& name) const { name.value.insert(0, prefix_); }

  private:
    void apply(std::vector<Feed>& feeds) const {
        for (Feed& feed : feeds) {
            apply(feed.stage);
        }
    }

    const std::string& prefix_;
};

}  // namespace

void put_before_names(Definition& definition, const std::string& prefix) {
    const Prefixer prefixer(prefix);
    for (Stage& stage : definition.stages) {
        prefixer.apply(stage);
    }
    for (Parameter& parameter : definition.parameters) {
        prefixer.apply(parameter.name);
        // what a part of the part is given refers to this one's parameters
        if (parameter.bound && parameter.name.value.find('/', prefix.size()) != std::string::npos) {
            prefixer.apply(*parameter.bound);
        }
    }
}

}  // namespace pipectl
