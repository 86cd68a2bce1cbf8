// adder COUNT: adds 1 to a number in shared memory, so many times, as others do at the same time.
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <pipectl/stage.hpp>

int main(int argc, char** argv) {
    try {
        pipectl::Region region("counter");
        auto* counter = reinterpret_cast<volatile std::int64_t*>(region.bytes().data());
        for (long left = argc > 1 ? std::atol(argv[1]) : 1; left > 0; --left) {
            const pipectl::Guard guard(region);
            *counter = *counter + 1;
        }
    } catch (const std::exception& error) {
        std::cerr << "adder: " << error.what() << '\n';
        return 1;
    }
}
