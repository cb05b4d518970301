#include "CZlib.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

// zlib counts in unsigned int.
static uInt part(size_t count) { return count > UINT_MAX ? UINT_MAX : (uInt)count; }

fss_inflate_status fss_inflate(const void *source, size_t count, void *target, size_t capacity, size_t *produced) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    *produced = 0;
    // Negative: no header of zlib's own around the stream.
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return FSS_INFLATE_OUT_OF_MEMORY;
    const unsigned char *in = (const unsigned char *)source;
    unsigned char *out = (unsigned char *)target;
    size_t in_left = count, out_left = capacity;
    fss_inflate_status status = FSS_INFLATE_DAMAGED;
    for (;;) {
        uInt in_part = part(in_left), out_part = part(out_left);
        stream.next_in = (Bytef *)in;
        stream.avail_in = in_part;
        stream.next_out = out;
        stream.avail_out = out_part;
        int code = inflate(&stream, Z_NO_FLUSH);
        size_t taken = in_part - stream.avail_in, made = out_part - stream.avail_out;
        in += taken;
        in_left -= taken;
        out += made;
        out_left -= made;
        if (code == Z_STREAM_END) {
            status = FSS_INFLATE_OK;
            break;
        }
        if (code == Z_MEM_ERROR) {
            status = FSS_INFLATE_OUT_OF_MEMORY;
            break;
        }
        if (code != Z_OK && code != Z_BUF_ERROR) break;
        if (taken == 0 && made == 0) {
            // Nothing moves: there is no room, or no more of the stream.
            if (out_left == 0) status = FSS_INFLATE_MORE;
            break;
        }
    }
    *produced = capacity - out_left;
    inflateEnd(&stream);
    return status;
}

uint32_t fss_crc32(const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    uLong sum = crc32(0, Z_NULL, 0);
    while (count > 0) {
        uInt taken = part(count);
        sum = crc32(sum, next, taken);
        next += taken;
        count -= taken;
    }
    return (uint32_t)sum;
}
