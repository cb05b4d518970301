#include "shared.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fss_image_status fss_image_fail(fss_image_status status, char *message, size_t capacity, const char *format, ...) {
    if (message != NULL && capacity > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, capacity, format, arguments);
        va_end(arguments);
    }
    return status;
}

fss_image_status fss_image_check_size(uint64_t width, uint64_t height, char *message, size_t capacity) {
    if (width == 0 || height == 0) {
        return fss_image_fail(
            FSS_IMAGE_DAMAGED, message, capacity, "an image of %llu x %llu pixels", (unsigned long long)width,
            (unsigned long long)height);
    }
    if (width > FSS_IMAGE_MAX_SIDE || height > FSS_IMAGE_MAX_SIDE || width * height > FSS_IMAGE_MAX_PIXELS) {
        return fss_image_fail(
            FSS_IMAGE_TOO_LARGE, message, capacity, "an image of %llu x %llu pixels", (unsigned long long)width,
            (unsigned long long)height);
    }
    return FSS_IMAGE_OK;
}

void fss_image_free(void *pointer) { free(pointer); }

// Integers of a TIFF block in its own byte order; the caller has checked the bounds.
static uint32_t tiff_integer(const uint8_t *bytes, int count, int little_endian) {
    uint32_t value = 0;
    for (int i = 0; i < count; i++) {
        int index = little_endian ? count - 1 - i : i;
        value = (value << 8) | bytes[index];
    }
    return value;
}

int fss_exif_orientation(const uint8_t *tiff, size_t count) {
    if (count < 14) return 1;
    int little_endian;
    if (memcmp(tiff, "II*\0", 4) == 0) {
        little_endian = 1;
    } else if (memcmp(tiff, "MM\0*", 4) == 0) {
        little_endian = 0;
    } else {
        return 1;
    }
    size_t directory = tiff_integer(tiff + 4, 4, little_endian);
    if (directory > count - 2) return 1;
    uint32_t entries = tiff_integer(tiff + directory, 2, little_endian);
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * 12;
        if (entry + 12 > count) return 1;
        // Tag 0x0112 (orientation) of type 3 (16-bit integer) keeps its value in the entry.
        if (tiff_integer(tiff + entry, 2, little_endian) != 0x0112) continue;
        if (tiff_integer(tiff + entry + 2, 2, little_endian) != 3) return 1;
        uint32_t value = tiff_integer(tiff + entry + 8, 2, little_endian);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int fss_image_apply_orientation(fss_image *image, int orientation) {
    if (orientation <= 1 || orientation > 8) return 1;
    size_t width = image->width, height = image->height;
    int transposed = orientation >= 5;
    size_t new_width = transposed ? height : width;
    size_t new_height = transposed ? width : height;
    uint8_t *turned = malloc(width * height * 3);
    if (turned == NULL) return 0;
    for (size_t y = 0; y < new_height; y++) {
        for (size_t x = 0; x < new_width; x++) {
            size_t sx = transposed ? y : x;
            size_t sy = transposed ? x : y;
            int mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
            int mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
            if (mirror_x) sx = width - 1 - sx;
            if (mirror_y) sy = height - 1 - sy;
            memcpy(turned + (y * new_width + x) * 3, image->samples + (sy * width + sx) * 3, 3);
        }
    }
    free(image->samples);
    image->samples = turned;
    image->width = (uint32_t)new_width;
    image->height = (uint32_t)new_height;
    return 1;
}
