// libFuzzer on the shell's lexer, parser, importer and the writer of definitions: whatever bytes
// come, nothing crashes, and what is written is read back without an error.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. ... (see run)

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "orchestrator/definition/parse.hpp"
#include "orchestrator/shell/shell.hpp"

using namespace pipectl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const shell::Machine machine{[](const std::string& path) {
                                     return path == "F" ? shell::FileKind::fifo
                                                        : shell::FileKind::missing;
                                 },
                                 [](const std::string& name) { return name == "HOME"; }};
    shell::RunText text;
    text.text.assign(reinterpret_cast<const char*>(data), size);
    (void)shell::translate_for_run(text, machine);
    for (const bool wrap : {false, true}) {
        shell::ImportOptions options;
        options.wrap = wrap;
        const SourceText source{"fuzz", text.text};
        const shell::ImportResult result = shell::import_text(source, options, machine);
        (void)render_diagnostics(source, result.diagnostics, false);
        for (const shell::Imported& each : result.definitions) {
            const SourceText written{"written", write_definition(each.definition, each.comments)};
            const ParseResult read = parse_definition(written);
            if (has_errors(read.diagnostics)) {
                std::cerr << written.text << render_diagnostics(written, read.diagnostics, false);
                std::abort();
            }
        }
    }
    return 0;
}
