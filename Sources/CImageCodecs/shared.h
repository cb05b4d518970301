// What the codecs share. Internal to the target.

#ifndef FSS_IMAGE_SHARED_H
#define FSS_IMAGE_SHARED_H

#include "CImageCodecs.h"

// A file that is being read; each codec's own state begins with it.
struct fss_picture {
    fss_picture_info info;
    fss_image_status (*read_row)(fss_picture *picture, uint8_t *row, char *message, size_t capacity);
    fss_image_status (*finish)(fss_picture *picture, char *message, size_t capacity);
    void (*close)(fss_picture *picture);
};

fss_image_status fss_jpeg_open(
    const uint8_t *data, size_t count, fss_rows rows, fss_picture **picture, char *message, size_t capacity);

fss_image_status fss_png_open(
    const uint8_t *data, size_t count, fss_rows rows, uint8_t background, fss_picture **picture, char *message,
    size_t capacity);

// Writes a formatted message and returns `status`.
fss_image_status fss_image_fail(fss_image_status status, char *message, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// FSS_IMAGE_OK when the sides are within the limits.
fss_image_status fss_image_check_size(uint64_t width, uint64_t height, char *message, size_t capacity);

// The EXIF orientation (1...8) of a TIFF block, 1 when it has none or is malformed.
uint32_t fss_exif_orientation(const uint8_t *tiff, size_t count);

#endif
