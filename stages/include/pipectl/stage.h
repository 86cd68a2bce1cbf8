/* The channel library for native stages, in C.
 *
 * A native stage is an ordinary filter: it opens its ports by name and gets whatever the definition
 * says, shared memory, a queue, a socket, or plain stdin and stdout when it is started by hand.
 * Data is filled and read in place: on shared memory no byte is copied on its way.
 *
 *     pipectl_input *in = pipectl_input_open("stdin");
 *     const void *bytes;
 *     ssize_t size;
 *     while ((size = pipectl_input_peek(in, &bytes, NULL)) > 0) {
 *         ... look at size bytes ...
 *         pipectl_input_release(in, (size_t)size);
 *     }
 *     return size == 0 ? 0 : 1;
 *
 * Functions that fail return -1 or NULL, set errno, and pipectl_error() says it in words. Every
 * port is for one thread at a time. Link with -lpipectl-stage (pkg-config: pipectl-stage). */
#ifndef PIPECTL_STAGE_H
#define PIPECTL_STAGE_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pipectl_input pipectl_input;
typedef struct pipectl_output pipectl_output;

/* Opens "stdin" or a named input of the definition. A port can be opened once. ENOENT: there is no
 * such input; EBADF: it is closed; EPROTO: it cannot be taken over. */
pipectl_input* pipectl_input_open(const char* port);

/* Shows the next bytes in place, without taking them. Waits for some. Returns how many there are,
 * 0 at the true end of data, -1 on failure: ECONNRESET when the writer died before the end, EBADMSG
 * when the channel is corrupt. *ends_record, when not NULL, says whether a record ends after them;
 * a piece that only ends a record is shown with its size 0 and *ends_record 1. */
ssize_t pipectl_input_peek(pipectl_input* input, const void** bytes, int* ends_record);

/* The first size bytes of what peek showed are not needed any more. */
void pipectl_input_release(pipectl_input* input, size_t size);

/* As read(2): copies at most size bytes. 0 at the end of data. */
ssize_t pipectl_input_read(pipectl_input* input, void* buffer, size_t size);

/* Closes it; before the end of data, the writer is ended as by SIGPIPE. NULL is allowed. */
void pipectl_input_close(pipectl_input* input);

/* Opens "stdout" or a named output of the definition. Errors as pipectl_input_open. */
pipectl_output* pipectl_output_open(const char* port);

/* Room to fill in place, at least one and at most `wanted` bytes; *size says how many. Waits for
 * it. NULL on failure. When the reader has gone the process gets SIGPIPE; where that is ignored the
 * call fails with EPIPE. */
void* pipectl_output_reserve(pipectl_output* output, size_t wanted, size_t* size);

/* The first size bytes of the room are data, which the reader can see from now on. ends_record: a
 * record ends after them. 0, or -1 as above. */
int pipectl_output_commit(pipectl_output* output, size_t size, int ends_record);

/* Copies all bytes into the channel. 0 or -1. */
int pipectl_output_write(pipectl_output* output, const void* bytes, size_t size, int ends_record);

/* All data was written: the true end, and frees the port. 0 or -1. A process that ends without it
 * shows its reader no end of data. */
int pipectl_output_finish(pipectl_output* output);

/* Frees the port without an end of data: the stage has failed. NULL is allowed. */
void pipectl_output_abandon(pipectl_output* output);

/* Memory that several stages share: [shared.NAME] of the definition. */
typedef struct pipectl_region pipectl_region;

/* Maps the region whose path, or id, is in PIPECTL_SHARED_NAME ('_' for '-'). NULL: ENOENT when
 * there is none of that name, EPROTO when what is there was not made by pipectl. */
pipectl_region* pipectl_region_open(const char* name);

/* Its bytes; *size says how many, as large as the definition says. */
void* pipectl_region_bytes(pipectl_region* region, size_t* size);

/* Waits until nobody else holds the region, whatever the process, and holds it. 0; 1 when the
 * process that held it before died without unlocking, so that what it was about to change may be
 * half done; -1 on failure: EDEADLK when this thread holds it already. */
int pipectl_region_lock(pipectl_region* region);

/* By the thread that has locked it. 0, or -1 with EPERM. */
int pipectl_region_unlock(pipectl_region* region);

/* Unmaps it. NULL is allowed. */
void pipectl_region_close(pipectl_region* region);

/* What went wrong last in this thread, in words. */
const char* pipectl_error(void);

#ifdef __cplusplus
}
#endif

#endif
