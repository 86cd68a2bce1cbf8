/* generate COUNT: the numbers from 1 to COUNT, a line each, written in place. */
#include <pipectl/stage.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char* what) {
    fprintf(stderr, "generate: %s: %s\n", what, pipectl_error());
    return 1;
}

int main(int argc, char** argv) {
    const long count = argc > 1 ? atol(argv[1]) : 10;
    pipectl_output* out = pipectl_output_open("stdout");
    if (out == NULL) return fail("no output");
    for (long number = 1; number <= count;) {
        size_t size;
        char* const room = pipectl_output_reserve(out, 4096, &size);
        if (room == NULL) return fail("no room");
        /* whole lines while they fit; a line that does not fit at all is written in pieces */
        size_t used = 0;
        char line[32];
        while (number <= count) {
            const int length = snprintf(line, sizeof line, "%ld\n", number);
            if (used + (size_t)length > size) break;
            for (int i = 0; i < length; ++i)
                room[used++] = line[i];
            ++number;
        }
        if (used > 0) {
            if (pipectl_output_commit(out, used, 0) != 0) return fail("cannot write");
        } else {
            const int length = snprintf(line, sizeof line, "%ld\n", number++);
            if (pipectl_output_write(out, line, (size_t)length, 0) != 0)
                return fail("cannot write");
        }
    }
    /* without this the reader would be shown no end of data */
    return pipectl_output_finish(out) == 0 ? 0 : fail("cannot end");
}
