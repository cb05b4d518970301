#include "shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    fss_picture picture;
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t count;
    size_t position;
    // A row with alpha that is still to be composited; for an interlaced file all rows.
    uint8_t *buffer;
    size_t stride;
    uint32_t next_row;
    uint8_t background;
    int is_interlaced;
    // Whether alpha is composited, so that 4 channels become 3.
    int composites;
    fss_image_status status;
    char text[160];
} png_state;

static void escape_with(png_structp png, png_const_charp text) {
    png_state *state = png_get_error_ptr(png);
    snprintf(state->text, sizeof(state->text), "%s", text);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep destination, png_size_t count) {
    png_state *state = png_get_io_ptr(png);
    if (count > state->count - state->position) png_error(png, "the file ends too early");
    memcpy(destination, state->data + state->position, count);
    state->position += count;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t chunk_orientation(const uint8_t *data, size_t count) {
    // Some writers keep the prefix that JPEG has.
    if (count >= 6 && memcmp(data, "Exif\0\0", 6) == 0) return fss_exif_orientation(data + 6, count - 6);
    return fss_exif_orientation(data, count);
}

// Looks at the header and at all chunks, so that size, animation and orientation are known before libpng allocates anything.
static fss_image_status inspect(png_state *state, char *message, size_t capacity) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    const uint8_t *data = state->data;
    size_t count = state->count;
    if (count < 33 || memcmp(data, signature, 8) != 0 || memcmp(data + 12, "IHDR", 4) != 0) {
        return fss_image_fail(FSS_IMAGE_DAMAGED, message, capacity, "a PNG without a complete header");
    }
    fss_image_status status =
        fss_image_check_size(big_endian(data + 16), big_endian(data + 20), message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    state->picture.info.orientation = 1;
    size_t position = 8;
    int has_image = 0;
    while (count - position >= 12) {
        uint32_t length = big_endian(data + position);
        const uint8_t *type = data + position + 4;
        if (!has_image && memcmp(type, "acTL", 4) == 0) {
            return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "an animated PNG");
        }
        if (memcmp(type, "IDAT", 4) == 0) has_image = 1;
        if (length > count - position - 12) break;
        if (memcmp(type, "eXIf", 4) == 0) state->picture.info.orientation = chunk_orientation(type + 4, length);
        position += (size_t)length + 12;
    }
    return FSS_IMAGE_OK;
}

static void copy_palette(png_state *state) {
    fss_picture_info *info = &state->picture.info;
    png_colorp colours = NULL;
    png_bytep alphas = NULL;
    int count = 0, alpha_count = 0;
    if (!png_get_PLTE(state->png, state->info, &colours, &count)) return;
    png_get_tRNS(state->png, state->info, &alphas, &alpha_count, NULL);
    info->palette_count = (uint32_t)count;
    for (int i = 0; i < count && i < 256; i++) {
        info->palette[i * 4] = colours[i].red;
        info->palette[i * 4 + 1] = colours[i].green;
        info->palette[i * 4 + 2] = colours[i].blue;
        info->palette[i * 4 + 3] = alphas != NULL && i < alpha_count ? alphas[i] : 255;
    }
}

// Tells libpng what the rows are to hold.
static void transform(png_state *state, fss_rows rows) {
    int is_palette = state->picture.info.colour == FSS_COLOUR_PALETTE;
    if (rows == FSS_ROWS_RGB8) {
        png_set_expand(state->png);
        png_set_scale_16(state->png);
        png_set_gray_to_rgb(state->png);
        return;
    }
    png_set_packing(state->png);
    if (rows == FSS_ROWS_LABELS) {
        png_set_strip_alpha(state->png);
        return;
    }
    if (!is_palette && png_get_valid(state->png, state->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(state->png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (state->picture.info.bits == 16) png_set_swap(state->png);
#endif
}

static fss_image_status read_header(png_state *state, fss_rows rows, char *message, size_t capacity) {
    state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, escape_with, ignore_warning);
    if (state->png == NULL || (state->info = png_create_info_struct(state->png)) == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the decoder");
    }
    if (setjmp(png_jmpbuf(state->png)) != 0) {
        return fss_image_fail(state->status, message, capacity, "a damaged PNG (%s)", state->text);
    }
    png_set_user_limits(state->png, FSS_IMAGE_MAX_SIDE, FSS_IMAGE_MAX_SIDE);
    png_set_chunk_cache_max(state->png, 128);
    png_set_chunk_malloc_max(state->png, 8000000);
    png_set_read_fn(state->png, state, read_bytes);
    png_read_info(state->png, state->info);
    fss_picture_info *info = &state->picture.info;
    int colour = png_get_color_type(state->png, state->info);
    info->width = png_get_image_width(state->png, state->info);
    info->height = png_get_image_height(state->png, state->info);
    info->bits = png_get_bit_depth(state->png, state->info);
    info->colour = colour & PNG_COLOR_MASK_COLOR ? FSS_COLOUR_RGB : FSS_COLOUR_GREY;
    if (colour == PNG_COLOR_TYPE_PALETTE) {
        info->colour = FSS_COLOUR_PALETTE;
        copy_palette(state);
    }
    if (rows == FSS_ROWS_NONE) return FSS_IMAGE_OK;
    if (rows == FSS_ROWS_LABELS && info->colour == FSS_COLOUR_RGB) {
        return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "an RGB PNG");
    }
    if (rows == FSS_ROWS_LABELS && info->bits > 8) {
        return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "a PNG of %u bits a sample", info->bits);
    }
    transform(state, rows);
    // Must come before the update.
    state->is_interlaced = png_set_interlace_handling(state->png) > 1;
    png_read_update_info(state->png, state->info);
    info->channels = png_get_channels(state->png, state->info);
    info->pixel_bytes = info->channels * (info->bits == 16 && rows == FSS_ROWS_VALUES ? 2 : 1);
    state->stride = png_get_rowbytes(state->png, state->info);
    if (state->stride != (size_t)info->width * info->pixel_bytes) {
        return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "a PNG of an unusual sample layout");
    }
    if (rows == FSS_ROWS_RGB8 && info->channels == 4) {
        state->composites = 1;
        info->channels = info->pixel_bytes = 3;
    }
    return FSS_IMAGE_OK;
}

// The rows of an interlaced file are complete after the last pass only.
static fss_image_status prepare_buffer(png_state *state, char *message, size_t capacity) {
    if (state->buffer != NULL || !(state->is_interlaced || state->composites)) return FSS_IMAGE_OK;
    size_t rows = state->is_interlaced ? state->picture.info.height : 1;
    state->buffer = calloc(rows, state->stride);
    if (state->buffer == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the image");
    }
    if (!state->is_interlaced) return FSS_IMAGE_OK;
    if (setjmp(png_jmpbuf(state->png)) != 0) {
        return fss_image_fail(state->status, message, capacity, "a damaged PNG (%s)", state->text);
    }
    int passes = png_set_interlace_handling(state->png);
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < rows; y++) png_read_row(state->png, state->buffer + y * state->stride, NULL);
    }
    return FSS_IMAGE_OK;
}

static void composite(const uint8_t *source, uint8_t *row, size_t width, unsigned background) {
    for (size_t i = 0; i < width; i++) {
        unsigned alpha = source[i * 4 + 3];
        for (size_t c = 0; c < 3; c++) {
            unsigned blend = source[i * 4 + c] * alpha + background * (255 - alpha);
            row[i * 3 + c] = (uint8_t)((blend + 127) / 255);
        }
    }
}

static fss_image_status read_row(fss_picture *picture, uint8_t *row, char *message, size_t capacity) {
    png_state *state = (png_state *)picture;
    fss_image_status status = prepare_buffer(state, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    const uint8_t *source = row;
    if (state->is_interlaced) {
        source = state->buffer + (size_t)state->next_row++ * state->stride;
    } else {
        if (setjmp(png_jmpbuf(state->png)) != 0) {
            return fss_image_fail(state->status, message, capacity, "a damaged PNG (%s)", state->text);
        }
        png_read_row(state->png, state->composites ? state->buffer : row, NULL);
        if (state->composites) source = state->buffer;
    }
    if (state->composites) {
        composite(source, row, state->picture.info.width, state->background);
    } else if (source != row) {
        memcpy(row, source, state->stride);
    }
    return FSS_IMAGE_OK;
}

static fss_image_status finish(fss_picture *picture, char *message, size_t capacity) {
    png_state *state = (png_state *)picture;
    if (setjmp(png_jmpbuf(state->png)) != 0) {
        return fss_image_fail(state->status, message, capacity, "a damaged PNG (%s)", state->text);
    }
    png_read_end(state->png, NULL);
    return FSS_IMAGE_OK;
}

static void close_picture(fss_picture *picture) {
    png_state *state = (png_state *)picture;
    png_destroy_read_struct(&state->png, &state->info, NULL);
    free(state->buffer);
    free(state);
}

fss_image_status fss_png_open(
    const uint8_t *data, size_t count, fss_rows rows, uint8_t background, fss_picture **picture, char *message,
    size_t capacity) {
    png_state *state = calloc(1, sizeof(png_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the decoder");
    }
    state->picture.read_row = read_row;
    state->picture.finish = finish;
    state->picture.close = close_picture;
    state->data = data;
    state->count = count;
    state->background = background;
    state->status = FSS_IMAGE_DAMAGED;
    fss_image_status status = inspect(state, message, capacity);
    if (status == FSS_IMAGE_OK) status = read_header(state, rows, message, capacity);
    if (status == FSS_IMAGE_OK) {
        *picture = &state->picture;
    } else {
        close_picture(&state->picture);
    }
    return status;
}
