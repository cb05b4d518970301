// Label maps in MATLAB's files (version 5), as SBD has them: a byte matrix in a field of a struct, over libmatio.
//
// libmatio trusts what a file says of itself. Here every size in it is checked against the bytes that are there before
// the library sees the file. No function ends the process, throws or writes to a stream.

#ifndef FSS_C_MATIO_H
#define FSS_C_MATIO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A file, and what is compressed in it, may have this many bytes; label maps of SBD have less than 1 MB.
#define FSS_MAT_MAX_BYTES 67108864u
// The most pixels of a label map.
#define FSS_MAT_MAX_PIXELS 67108864u

typedef enum {
    FSS_MAT_OK = 0,
    // Built without libmatio (package trait MatIO).
    FSS_MAT_UNAVAILABLE = 1,
    // No MATLAB file of version 5 in little-endian order.
    FSS_MAT_NO_MAT = 2,
    // Sizes that do not fit the bytes, or compressed bytes that cannot be expanded.
    FSS_MAT_DAMAGED = 3,
    // More than FSS_MAT_MAX_BYTES or FSS_MAT_MAX_PIXELS.
    FSS_MAT_TOO_LARGE = 4,
    // A whole file, without the variable, the field or a byte matrix in it.
    FSS_MAT_NO_LABELS = 5,
    FSS_MAT_OUT_OF_MEMORY = 6
} fss_mat_status;

// A label map, row by row; released with fss_mat_free.
typedef struct {
    uint8_t *values;
    uint32_t height;
    uint32_t width;
} fss_mat_labels;

// Whether this build can read.
int fss_mat_is_available(void);

// Checks the bytes of a file, then reads the file at `path`, which has to have them. `found`, of `capacity` bytes, gets an
// English sentence part where the status alone does not say what is wrong.
fss_mat_status fss_mat_read(
    const char *path, const uint8_t *bytes, size_t count, const char *variable, const char *field, fss_mat_labels *labels,
    char *found, size_t capacity);
void fss_mat_free(fss_mat_labels *labels);

#ifdef __cplusplus
}
#endif
#endif
