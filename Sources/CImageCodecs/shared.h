// What the two codecs share. Internal to the target.

#ifndef FSS_IMAGE_SHARED_H
#define FSS_IMAGE_SHARED_H

#include "CImageCodecs.h"

// Writes a formatted message and returns `status`.
fss_image_status fss_image_fail(fss_image_status status, char *message, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// FSS_IMAGE_OK when the sides are within the limits.
fss_image_status fss_image_check_size(uint64_t width, uint64_t height, char *message, size_t capacity);

// The EXIF orientation (1...8) of a TIFF block, 1 when it has none or is malformed.
int fss_exif_orientation(const uint8_t *tiff, size_t count);

// Turns `image` (3 channels) upright in place of its samples; false when memory is short.
int fss_image_apply_orientation(fss_image *image, int orientation);

#endif
