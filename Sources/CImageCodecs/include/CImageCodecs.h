// JPEG and PNG in memory, over libjpeg-turbo and libpng.
//
// Every function returns a fss_image_status and, on failure, writes one English sentence into `message`. No function
// ends the process or writes to a stream: both libraries' fatal errors are caught. Pixels are written to memory of the
// caller; encoded bytes that come out are allocated with malloc and released with fss_image_free.

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
// A photo of more than this many pixels (2^25) has to bring a byte of file for FSS_IMAGE_PIXELS_A_BYTE pixels at least. Photos bring
// ten times as much; files that are made to fill a memory bring less.
#define FSS_IMAGE_FREE_PIXELS 33554432u
#define FSS_IMAGE_PIXELS_A_BYTE 128u
// The most memory (1 GiB) that a decoder may take beside the rows that it hands over; progressive JPEGs need it.
#define FSS_IMAGE_MAX_WORK 1073741824u

typedef enum {
    FSS_IMAGE_OK = 0,
    // The bytes are cut short or contradict themselves.
    FSS_IMAGE_DAMAGED = 1,
    // A valid file of a kind that is not read: CMYK, animation, RGB where labels are wanted.
    FSS_IMAGE_UNSUPPORTED = 2,
    // More pixels than FSS_IMAGE_MAX_PIXELS, a side above FSS_IMAGE_MAX_SIDE, or one of the other bounds above.
    FSS_IMAGE_TOO_LARGE = 3,
    FSS_IMAGE_OUT_OF_MEMORY = 4
} fss_image_status;

// What the samples of a file mean.
typedef enum { FSS_COLOUR_GREY = 0, FSS_COLOUR_PALETTE = 1, FSS_COLOUR_RGB = 2 } fss_colour;

// What the rows of a picture hold.
typedef enum {
    // Nothing: only the header is read.
    FSS_ROWS_NONE = 0,
    // RGB8: grey and palette are expanded, 16 bits are scaled to 8, alpha is composited over a grey level.
    FSS_ROWS_RGB8 = 1,
    // One byte: palette indices, or grey values of at most 8 bits, unscaled and without alpha. RGB and 16 bits are refused.
    FSS_ROWS_LABELS = 2,
    // What the file holds, nothing scaled or composited: 1 channel (palette index or grey), 2 (grey, alpha), 3 (RGB) or
    // 4 (RGBA), of one byte, or of two in the order of this machine. A transparent colour becomes an alpha channel, and grey
    // below 8 bits is scaled to 8 then.
    FSS_ROWS_VALUES = 3
} fss_rows;

typedef struct {
    // As the file stores them, before any turning.
    uint32_t width;
    uint32_t height;
    // The EXIF orientation, 1...8; 1 for none.
    uint32_t orientation;
    fss_colour colour;
    // Bits of a sample in the file: 1, 2, 4, 8 or 16.
    uint32_t bits;
    // 1 for a JPEG, whose values are not exactly those that were saved.
    uint32_t lossy;
    // What one pixel of the rows takes, and its channels; 0 for FSS_ROWS_NONE.
    uint32_t pixel_bytes;
    uint32_t channels;
    // The palette as RGBA.
    uint32_t palette_count;
    uint8_t palette[1024];
} fss_picture_info;

typedef struct fss_picture fss_picture;

typedef struct {
    uint8_t *bytes;
    size_t count;
} fss_image_bytes;

// Reads the header of a JPEG or PNG and prepares its rows. `data` has to stay until fss_picture_close. CMYK and YCCK JPEGs and
// animated PNGs are refused. `background` is the grey level under transparent pixels of FSS_ROWS_RGB8.
fss_image_status fss_picture_open(
    const uint8_t *data, size_t count, fss_rows rows, uint8_t background, fss_picture **picture, fss_picture_info *info,
    char *message, size_t capacity);

// Reads the next row, `width * pixel_bytes` bytes, as it is stored.
fss_image_status fss_picture_read_row(fss_picture *picture, uint8_t *row, char *message, size_t capacity);

// Reads all rows of a picture that was just opened, turned upright: of the stored width and height, exchanged for the
// orientations 5...8.
fss_image_status fss_picture_read_upright(fss_picture *picture, uint8_t *pixels, char *message, size_t capacity);

// Reads what follows the last row; a file that ends too early shows here.
fss_image_status fss_picture_finish(fss_picture *picture, char *message, size_t capacity);

void fss_picture_close(fss_picture *picture);

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

// What one axis of a resize weighs: for each result the first sample and how many count, and `stride` weights of 22 fractional bits.
typedef struct {
    const int32_t *starts;
    const int32_t *counts;
    const int32_t *weights;
    size_t stride;
} fss_taps;

// Resamples RGB8 along its rows: `rows` of `width` pixels become as many of `out_width`. Sums are exact in 32 bits, rounded to 8 bits and
// clipped. Returns 0 where there is no memory for two rows.
int fss_resample_rows(
    const uint8_t *in, size_t rows, size_t width, uint8_t *out, size_t out_width, const fss_taps *taps);

// Resamples rows of `stride` bytes down the columns, in the same way.
void fss_resample_columns(const uint8_t *in, size_t stride, uint8_t *out, size_t out_rows, const fss_taps *taps);

// Looks samples of RGB8 up: 256 numbers for red, then for green, then for blue.
void fss_look_up_rgb(const uint8_t *in, size_t pixels, const float *table, float *out);

// Mirrors RGB8 left to right.
void fss_mirror_rgb(const uint8_t *in, size_t rows, size_t width, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
