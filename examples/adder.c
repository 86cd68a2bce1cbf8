/* adder COUNT: adds 1 to a number in shared memory, so many times, as others do at once. */
#include <pipectl/stage.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
    const long count = argc > 1 ? atol(argv[1]) : 1;
    pipectl_region* region = pipectl_region_open("counter");
    if (region == NULL) {
        fprintf(stderr, "adder: %s\n", pipectl_error());
        return 1;
    }
    volatile int64_t* counter = pipectl_region_bytes(region, NULL);
    for (long i = 0; i < count; ++i) {
        /* 1: the one before died while it held the region; a sum is whole all the same */
        if (pipectl_region_lock(region) < 0) {
            fprintf(stderr, "adder: %s\n", pipectl_error());
            return 1;
        }
        *counter = *counter + 1;
        pipectl_region_unlock(region);
    }
    pipectl_region_close(region);
    return 0;
}
