// Raw deflate streams, as zip archives hold them, and the archives' checksum, over zlib.
//
// No function ends the process, throws or writes to a stream.

#ifndef FSS_C_ZLIB_H
#define FSS_C_ZLIB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    // The stream is over; `produced` bytes came of it.
    FSS_INFLATE_OK = 0,
    // `target` is full and the stream goes on.
    FSS_INFLATE_MORE = 1,
    // No deflate stream, or one that is cut short.
    FSS_INFLATE_DAMAGED = 2,
    FSS_INFLATE_OUT_OF_MEMORY = 3
} fss_inflate_status;

// Expands `count` bytes into `target`, which never gets more than `capacity`.
fss_inflate_status fss_inflate(
    const void *source, size_t count, void *target, size_t capacity, size_t *produced);

// The CRC-32 of zip archives.
uint32_t fss_crc32(const void *bytes, size_t count);

#ifdef __cplusplus
}
#endif
#endif
