#include "orchestrator/pages/page.hpp"

#include "orchestrator/pages/markup.hpp"
#include "stages/base/html.hpp"

namespace pipectl {

std::string render_page(std::string_view title, std::string_view body, std::string_view json) {
    Markup page;
    page.raw("<!DOCTYPE html>\n");
    page.open("html").with("lang", "en").line_break();
    page.open("head").line_break();
    page.open("meta").with("charset", "utf-8").close().line_break();
    // nothing is loaded and nothing runs, whatever a name or a stderr held
    page.open("meta")
        .with("http-equiv", "Content-Security-Policy")
        .with("content", "default-src 'none'; style-src 'unsafe-inline'")
        .close()
        .line_break();
    page.open("meta")
        .with("name", "viewport")
        .with("content", "width=device-width, initial-scale=1")
        .close()
        .line_break();
    page.open("meta").with("name", "color-scheme").with("content", "light dark").close();
    page.line_break();
    page.open("meta").with("name", "generator").with("content", "pipectl").close().line_break();
    page.leaf("title", title).line_break();
    page.open("style").raw(page_style()).close().line_break();
    page.close().line_break();
    page.open("body").line_break().raw(body);
    if (!json.empty()) {
        page.open("script").with("type", "application/json").with("id", "data");
        page.raw(json_for_html(json)).close().line_break();
    }
    page.close().line_break().close().line_break();
    return page.take();
}

}  // namespace pipectl
