// histogram: how often each byte comes, read in place. One line for each byte that came: the byte
// (or its number, when it cannot be shown) and how often.
#include <pipectl/stage.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <string>

int main() try {
    std::array<unsigned long, 256> counts{};
    pipectl::Input in;
    while (const auto piece = in.peek()) {
        for (const char byte : piece->bytes) {
            ++counts[static_cast<unsigned char>(byte)];
        }
        in.release(piece->bytes.size());
    }
    pipectl::Output out;
    for (std::size_t byte = 0; byte < counts.size(); ++byte) {
        if (counts[byte] == 0) continue;
        const bool visible = byte > ' ' && byte < 127;
        const std::string name =
            visible ? std::string(1, static_cast<char>(byte)) : "\\" + std::to_string(byte);
        out.write(name + " " + std::to_string(counts[byte]) + "\n");
    }
    out.finish();
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "histogram: %s\n", error.what());
    return 1;
}
