#include "orchestrator/plan/trying.hpp"

#include <string>
#include <variant>

namespace pipectl {

void check_restarts(const Definition& definition, Remarks& remarks) {
    for (const Stage& stage : definition.stages) {
        if (stage.restart.when == Restart::When::never || !stage.end_closed) continue;
        remarks.error(
            stage.restart.place,
            "stage '" + stage.name.value + "' cannot be started again with end = \"closed\"",
            "its readers would see an end each time; leave one of the two keys away");
    }
}

void check_retries(const Definition& definition, Remarks& remarks) {
    if (definition.retries.value == 0) return;
    if (!definition.strict) {
        remarks.error(
            definition.retries.place,
            "`retries` needs `strict`: by the shell's rules no stage's failure is the run's",
            "leave strict = false away, or the retries to the caller");
    }
    for (const Stage& stage : definition.stages) {
        const std::string who = "stage '" + stage.name.value + "' ";
        if (std::holds_alternative<Endpoint>(stage.in)) {
            remarks.error(stage.in_place,
                          who + "reads what cannot be read again, so the run has no `retries`",
                          "a file or a text can; `restart` on a stage behind this one goes on with "
                          "what waits");
        }
        for (const OutputSpec* out : {&stage.out, &stage.err}) {
            const SourcePlace place = out == &stage.out ? stage.out_place : stage.err_place;
            const auto* file = std::get_if<FileOutput>(out);
            const bool seen = out == &stage.out && file != nullptr &&
                              (file->append || !file->atomic.value_or(true));
            if (!seen && !std::holds_alternative<Endpoint>(*out)) continue;
            remarks.error(place,
                          who +
                              "shows what it writes before the run has succeeded, so the run has "
                              "no `retries`",
                          "a plain path is replaced when the run has succeeded");
        }
    }
}

int keep_stdout(Plan& plan, Network& network) {
    const auto is_stdout = [](const Descriptor& each) {
        return each.what == Descriptor::What::inherited && each.index == 1;
    };
    int delivery = -1;
    const std::size_t count = plan.processes.size();
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < plan.processes[i].descriptors.size(); ++k) {
            if (!is_stdout(plan.processes[i].descriptors[k])) continue;
            if (delivery < 0) {
                delivery = network.add_helper(job::Concat{}, "deliver:stdout", static_cast<int>(i),
                                              plan.processes[i].place,
                                              "nobody sees what an attempt writes before it has "
                                              "succeeded (`retries`)");
                Process& helper = plan.processes[delivery];
                helper.delivers = true;
                helper.descriptors.push_back({network.next_end(delivery).number,
                                              Descriptor::What::spool_reader, plan.spools});
                helper.descriptors.push_back({1, Descriptor::What::inherited, 1});
            }
            Descriptor& descriptor = plan.processes[i].descriptors[k];
            descriptor = {descriptor.number, Descriptor::What::spool_writer, plan.spools};
        }
    }
    plan.spools += delivery >= 0 ? 1 : 0;
    return delivery;
}

void deliver_last(int delivery, Plan& plan) {
    for (int i = 0; i < static_cast<int>(plan.processes.size()); ++i) {
        if (i != delivery) plan.processes[delivery].after.push_back({i, false});
    }
}

void note_limits(const Definition& definition, Remarks& remarks) {
    for (const Stage& stage : definition.stages) {
        if (!stage.limits) continue;
        const std::string who = "stage '" + stage.name.value + "': ";
        if (stage.limits->memory || stage.limits->cpu) {
            remarks.note(stage.limits->place, who +
                                                  "`cpu` and `memory` are of each of its "
                                                  "processes by itself, not of all together");
        }
        if (stage.limits->processes) {
            remarks.note(stage.limits->place,
                         who +
                             "`processes` counts all processes of its user, and does not hold "
                             "for root");
        }
    }
}

}  // namespace pipectl
