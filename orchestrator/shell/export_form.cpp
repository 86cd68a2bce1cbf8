#include "orchestrator/shell/export_form.hpp"

namespace pipectl::shell {

ExportForm read_export_form(const std::string& text) {
    ExportForm form;
    form.text = text;
    return form;
}

}  // namespace pipectl::shell
