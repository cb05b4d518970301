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

uint32_t fss_exif_orientation(const uint8_t *tiff, size_t count) {
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
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}
