#include "orchestrator/cli/kept_items.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "orchestrator/cache/keys.hpp"
#include "orchestrator/cache/witness.hpp"
#include "orchestrator/command/output.hpp"
#include "orchestrator/definition/write.hpp"
#include "orchestrator/plan/make_plan.hpp"
#include "orchestrator/preflight/preflight.hpp"
#include "orchestrator/process/surroundings.hpp"
#include "orchestrator/report/items_table.hpp"
#include "orchestrator/report/wording.hpp"
#include "stages/base/digest.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

std::uint64_t digest_of(const std::string& text) {
    Digest digest;
    digest.add(text.data(), text.size());
    return digest.value();
}

/// What all items depend on: the definition, the programs, the environment.
std::vector<KeyPart> common_parts(const Loaded& loaded) {
    const auto environment = own_environment();
    std::vector<KeyPart> parts = {
        {"the definition", digest_of(write_definition(loaded.definition))}};
    Witnesses witnesses(Witnesses::Look::stamps);
    for (const std::string& program : check_plan(loaded.plan, environment).programs) {
        const int seen = program.empty() ? -1 : witnesses.look_at(program, false);
        if (seen >= 0) {
            parts.push_back({"'" + program + "'", digest_of(witnesses.at(seen).content)});
        }
    }
    for (const auto& [name, value] : environment) {
        if (!is_of_session(name)) parts.push_back({"variable '" + name + "'", digest_of(value)});
    }
    return parts;
}

/// Its files for stdin and regions, and those that its values name.
std::string stamp_of_item(const Loaded& loaded, std::size_t item) {
    PlanRequest request = loaded.request;
    request.item = loaded.items->at(item);
    std::set<std::string> paths;
    for (const InputFile& input : make_plan(loaded.definition, request).plan.inputs) {
        paths.insert(input.path);
    }
    for (const auto& [name, value] : request.item) {
        paths.insert(value);
    }
    Witnesses witnesses(Witnesses::Look::stamps);
    Fingerprint print;
    for (const std::string& path : paths) {
        const int seen = witnesses.look_at(path, false);
        print.add(path).add(seen < 0 ? "" : witnesses.at(seen).content);
    }
    return print.text();
}

}  // namespace

KeptItems::KeptItems(const RunOptions& options, const Loaded& loaded, Summary& summary)
    : options_(options), loaded_(loaded), summary_(summary), done_(loaded.items->count(), false) {
    if (!may_be_resumed(options)) return;
    runs_.emplace();
    if (!runs_->usable()) runs_.reset();
    if (options.resume != nullptr) take_over(*options.resume);
}

void KeptItems::take_over(const KeptRun& before) {
    std::set<std::string> names = different_parts(before.parts, common_parts(loaded_));
    std::size_t count = 0;
    for (std::size_t i = 0; i < done_.size(); ++i) {
        const auto done = std::ranges::find(before.items, loaded_.items->at(i), &DoneItem::values);
        if (done == before.items.end()) continue;
        if (done->stamp != stamp_of_item(loaded_, i)) {
            names.insert("what is read for " + loaded_.items->label(i));
        }
        done_[i] = true;
        ++count;
        ItemSummary& item = summary_.items[i];
        item.run = done->run;
        item.end.emplace();
        item.end->message = "done by run " + before.run;
    }
    refuse_what_differs(before, names);
    if (!options_.quiet && count > 0) {
        print_error("pipectl: '" + one_line(summary_.pipeline) + "': " + std::to_string(count) +
                    " of " + std::to_string(done_.size()) +
                    " items are done, and what they wrote to stdout is not written again\n");
    }
    write_down();
    if (file_) runs_->remove(before.run);
}

void KeptItems::write_down() {
    if (!runs_) return;
    KeptRun run = kept_run_of(options_, loaded_);
    run.run = summary_.run;
    run.parts = common_parts(loaded_);
    file_ = runs_->write(run);
    if (!file_) return;
    for (std::size_t i = 0; i < done_.size(); ++i) {
        if (!done_[i]) continue;
        runs_->add(file_.get(), {loaded_.items->at(i), summary_.items[i].run, stamp_of(i)});
    }
}

std::string KeptItems::stamp_of(std::size_t item) const {
    return runs_ ? stamp_of_item(loaded_, item) : "";
}

void KeptItems::add(std::size_t item, const std::string& stamp) {
    if (!runs_ || done_.size() == 1) return;
    if (!file_) write_down();
    if (file_) {
        runs_->add(file_.get(), {loaded_.items->at(item), summary_.items[item].run, stamp});
    }
    done_[item] = true;
}

void KeptItems::finish(bool well) {
    if (!file_) return;
    if (well) {
        runs_->remove(summary_.run);
    } else {
        print_error("  'pipectl resume " + summary_.run.substr(0, kShortId) +
                    "' runs the items that are left\n");
    }
}

}  // namespace pipectl
