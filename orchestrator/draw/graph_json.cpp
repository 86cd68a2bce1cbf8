#include "orchestrator/draw/graph_formats.hpp"
#include "stages/base/json.hpp"

namespace pipectl {

std::string graph_json(const Picture& picture) {
    const auto name = [&](int node) -> const std::string& { return picture.nodes[node].name; };
    JsonWriter json(2);
    json.begin_object().member("title", picture.title).key("stages").begin_array();
    for (const Picture::Node& node : picture.nodes) {
        json.begin_object()
            .member("name", node.name)
            .member("command", node.command)
            .member("files", node.files);
        if (!node.replicas.empty()) json.member("replicas", node.replicas);
        if (!picture.hosts.empty()) json.member("host", picture.hosts[node.host]);
        json.end_object();
    }
    json.end_array().key("edges").begin_array();
    for (const Picture::Edge& edge : picture.edges) {
        json.begin_object()
            .member("from", name(edge.from))
            .member("to", name(edge.to))
            .member("label", edge.label);
        if (edge.both) json.member("both", true);
        if (edge.order) json.member("order", true);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take() + "\n";
}

}  // namespace pipectl
