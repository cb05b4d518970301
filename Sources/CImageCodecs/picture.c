#include "shared.h"

#include <stdlib.h>
#include <string.h>

// A photo that brings hardly any bytes for its pixels would fill the memory for nothing.
static fss_image_status check_density(const fss_picture_info *info, size_t count, char *message, size_t capacity) {
    uint64_t pixels = (uint64_t)info->width * info->height;
    if (pixels <= FSS_IMAGE_FREE_PIXELS || pixels / FSS_IMAGE_PIXELS_A_BYTE <= count) return FSS_IMAGE_OK;
    return fss_image_fail(
        FSS_IMAGE_TOO_LARGE, message, capacity, "an image of %u x %u pixels in a file of %zu bytes", info->width, info->height,
        count);
}

fss_image_status fss_picture_open(
    const uint8_t *data, size_t count, fss_rows rows, uint8_t background, fss_picture **picture, fss_picture_info *info,
    char *message, size_t capacity) {
    *picture = NULL;
    int is_jpeg = count >= 2 && data[0] == 0xFF && data[1] == 0xD8;
    fss_image_status status = is_jpeg ? fss_jpeg_open(data, count, rows, picture, message, capacity)
                                      : fss_png_open(data, count, rows, background, picture, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    *info = (*picture)->info;
    if (rows == FSS_ROWS_RGB8) status = check_density(info, count, message, capacity);
    if (status != FSS_IMAGE_OK) {
        fss_picture_close(*picture);
        *picture = NULL;
    }
    return status;
}

fss_image_status fss_picture_read_row(fss_picture *picture, uint8_t *row, char *message, size_t capacity) {
    return picture->read_row(picture, row, message, capacity);
}

fss_image_status fss_picture_finish(fss_picture *picture, char *message, size_t capacity) {
    return picture->finish(picture, message, capacity);
}

void fss_picture_close(fss_picture *picture) {
    if (picture != NULL) picture->close(picture);
}

// Puts one stored row where it belongs in the upright picture.
static void place(const fss_picture_info *info, uint32_t y, const uint8_t *row, uint8_t *pixels) {
    uint32_t tag = info->orientation;
    size_t width = info->width, height = info->height, size = info->pixel_bytes;
    int transposed = tag >= 5;
    int mirror_x = tag == 2 || tag == 3 || tag == 7 || tag == 8;
    int mirror_y = tag == 3 || tag == 4 || tag == 6 || tag == 7;
    size_t across = mirror_y ? height - 1 - y : y;
    size_t stride = transposed ? height : width;
    for (size_t x = 0; x < width; x++) {
        size_t along = mirror_x ? width - 1 - x : x;
        size_t target = transposed ? along * stride + across : across * stride + along;
        memcpy(pixels + target * size, row + x * size, size);
    }
}

fss_image_status fss_picture_read_upright(fss_picture *picture, uint8_t *pixels, char *message, size_t capacity) {
    const fss_picture_info *info = &picture->info;
    size_t stride = (size_t)info->width * info->pixel_bytes;
    fss_image_status status = FSS_IMAGE_OK;
    if (info->orientation <= 1) {
        for (uint32_t y = 0; y < info->height && status == FSS_IMAGE_OK; y++) {
            status = picture->read_row(picture, pixels + y * stride, message, capacity);
        }
    } else {
        uint8_t *row = malloc(stride);
        if (row == NULL) return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory to turn the image");
        for (uint32_t y = 0; y < info->height && status == FSS_IMAGE_OK; y++) {
            status = picture->read_row(picture, row, message, capacity);
            if (status == FSS_IMAGE_OK) place(info, y, row, pixels);
        }
        free(row);
    }
    return status == FSS_IMAGE_OK ? picture->finish(picture, message, capacity) : status;
}
