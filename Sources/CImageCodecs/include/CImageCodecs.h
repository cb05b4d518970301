// JPEG and PNG in memory, over libjpeg-turbo and libpng.
//
// Every function returns a fss_image_status and, on failure, writes one English sentence into `message`. No function
// ends the process or writes to a stream: both libraries' fatal errors are caught. All buffers that come out are
// allocated with malloc and released with fss_image_free.

#ifndef FSS_C_IMAGE_CODECS_H
#define FSS_C_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The most pixels that an image may have (2^28), and the longest side (2^20). Both are checked on the header, before
// any memory is asked for.
#define FSS_IMAGE_MAX_PIXELS 268435456u
#define FSS_IMAGE_MAX_SIDE 1048576u

typedef enum {
    FSS_IMAGE_OK = 0,
    // The bytes are cut short or contradict themselves.
    FSS_IMAGE_DAMAGED = 1,
    // A valid file of a kind that is not read: CMYK, animation, RGB where labels are wanted.
    FSS_IMAGE_UNSUPPORTED = 2,
    // More pixels than FSS_IMAGE_MAX_PIXELS or a side above FSS_IMAGE_MAX_SIDE.
    FSS_IMAGE_TOO_LARGE = 3,
    FSS_IMAGE_OUT_OF_MEMORY = 4
} fss_image_status;

// What the samples of a decoded label map meant in the file.
typedef enum { FSS_LABELS_PALETTE = 0, FSS_LABELS_GREY = 1 } fss_label_kind;

typedef struct {
    uint32_t width;
    uint32_t height;
    // 3 (RGB) or 1 (labels), interleaved, rows from top to bottom without padding.
    uint32_t channels;
    fss_label_kind label_kind;
    uint8_t *samples;
} fss_image;

typedef struct {
    uint8_t *bytes;
    size_t count;
} fss_image_bytes;

// Decodes a JPEG to RGB8; grey is expanded, the EXIF orientation is applied, CMYK and YCCK are refused.
fss_image_status fss_jpeg_decode(const uint8_t *data, size_t count, fss_image *image, char *message, size_t capacity);

// Decodes a PNG to RGB8; grey and palette are expanded, 16 bits are scaled to 8, alpha is composited over the grey
// level `background`. Animated PNG is refused.
fss_image_status fss_png_decode(
    const uint8_t *data, size_t count, uint8_t background, fss_image *image, char *message, size_t capacity);

// Decodes the palette indices or the grey values of a PNG of at most 8 bits, unscaled. RGB and 16 bits are refused.
fss_image_status fss_png_decode_labels(
    const uint8_t *data, size_t count, fss_image *image, char *message, size_t capacity);

// Encodes RGB8 as baseline JPEG of a quality of 1...100, without chroma subsampling from 90 upward.
fss_image_status fss_jpeg_encode(
    const uint8_t *rgb, uint32_t width, uint32_t height, int quality, fss_image_bytes *out, char *message,
    size_t capacity);

// Encodes 8-bit samples as PNG: RGB for 3 channels; for 1 channel grey, or indices into `palette` (RGB triples) when
// `palette_count` is not 0.
fss_image_status fss_png_encode(
    const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, const uint8_t *palette,
    uint32_t palette_count, fss_image_bytes *out, char *message, size_t capacity);

void fss_image_free(void *pointer);

#ifdef __cplusplus
}
#endif
#endif
