#include "shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

// The state lives in the caller of the function that calls setjmp, so that a longjmp leaves no field undefined.
typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t count;
    size_t position;
    fss_image image;
    uint8_t *written;
    size_t written_count;
    size_t written_capacity;
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

// Looks at the header and at the chunks before the image data, so that size and animation are known before libpng
// allocates anything.
static fss_image_status inspect(const uint8_t *data, size_t count, char *message, size_t capacity) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (count < 33 || memcmp(data, signature, 8) != 0 || memcmp(data + 12, "IHDR", 4) != 0) {
        return fss_image_fail(FSS_IMAGE_DAMAGED, message, capacity, "a PNG without a complete header");
    }
    fss_image_status status =
        fss_image_check_size(big_endian(data + 16), big_endian(data + 20), message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    size_t position = 8;
    while (count - position >= 12) {
        uint32_t length = big_endian(data + position);
        const uint8_t *type = data + position + 4;
        if (memcmp(type, "acTL", 4) == 0) {
            return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "an animated PNG");
        }
        if (memcmp(type, "IDAT", 4) == 0 || length > count - position - 12) break;
        position += (size_t)length + 12;
    }
    return FSS_IMAGE_OK;
}

static void read_rows(png_state *state, size_t stride) {
    int passes = png_set_interlace_handling(state->png);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < state->image.height; y++) {
            png_read_row(state->png, state->image.samples + (size_t)y * stride, NULL);
        }
    }
    png_read_end(state->png, NULL);
}

// RGBA to RGB in place: the write position never passes the read position.
static void composite(fss_image *image, uint8_t background) {
    size_t pixels = (size_t)image->width * image->height;
    for (size_t i = 0; i < pixels; i++) {
        unsigned alpha = image->samples[i * 4 + 3];
        for (size_t c = 0; c < 3; c++) {
            unsigned blend = image->samples[i * 4 + c] * alpha + background * (255 - alpha);
            image->samples[i * 3 + c] = (uint8_t)((blend + 127) / 255);
        }
    }
}

static fss_image_status decode(png_state *state, int labels, char *message, size_t capacity) {
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
    int colour = png_get_color_type(state->png, state->info);
    int depth = png_get_bit_depth(state->png, state->info);
    if (labels) {
        if (colour & PNG_COLOR_MASK_COLOR && colour != PNG_COLOR_TYPE_PALETTE) {
            return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "an RGB PNG");
        }
        if (depth > 8) {
            return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "a PNG of %d bits a sample", depth);
        }
        state->image.label_kind = colour == PNG_COLOR_TYPE_PALETTE ? FSS_LABELS_PALETTE : FSS_LABELS_GREY;
        png_set_packing(state->png);
        png_set_strip_alpha(state->png);
    } else {
        png_set_expand(state->png);
        png_set_scale_16(state->png);
        png_set_gray_to_rgb(state->png);
    }
    // Must come before the update; read_rows asks again for the number of passes.
    png_set_interlace_handling(state->png);
    png_read_update_info(state->png, state->info);
    state->image.width = png_get_image_width(state->png, state->info);
    state->image.height = png_get_image_height(state->png, state->info);
    state->image.channels = png_get_channels(state->png, state->info);
    size_t stride = png_get_rowbytes(state->png, state->info);
    if (stride != (size_t)state->image.width * state->image.channels) {
        return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "a PNG of an unusual sample layout");
    }
    state->image.samples = malloc(stride * state->image.height);
    if (state->image.samples == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the image");
    }
    read_rows(state, stride);
    return FSS_IMAGE_OK;
}

static fss_image_status decode_data(
    const uint8_t *data, size_t count, int labels, uint8_t background, fss_image *image, char *message,
    size_t capacity) {
    fss_image_status status = inspect(data, count, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    png_state *state = calloc(1, sizeof(png_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the decoder");
    }
    state->data = data;
    state->count = count;
    state->status = FSS_IMAGE_DAMAGED;
    status = decode(state, labels, message, capacity);
    png_destroy_read_struct(&state->png, &state->info, NULL);
    if (status == FSS_IMAGE_OK) {
        if (state->image.channels == 4) {
            composite(&state->image, background);
            state->image.channels = 3;
        }
        *image = state->image;
    } else {
        free(state->image.samples);
    }
    free(state);
    return status;
}

fss_image_status fss_png_decode(
    const uint8_t *data, size_t count, uint8_t background, fss_image *image, char *message, size_t capacity) {
    return decode_data(data, count, 0, background, image, message, capacity);
}

fss_image_status fss_png_decode_labels(
    const uint8_t *data, size_t count, fss_image *image, char *message, size_t capacity) {
    return decode_data(data, count, 1, 0, image, message, capacity);
}

static void write_bytes(png_structp png, png_bytep source, png_size_t count) {
    png_state *state = png_get_io_ptr(png);
    if (count > state->written_capacity - state->written_count) {
        size_t capacity = (state->written_count + count) * 2;
        uint8_t *grown = realloc(state->written, capacity);
        if (grown == NULL) {
            state->status = FSS_IMAGE_OUT_OF_MEMORY;
            png_error(png, "not enough memory");
        }
        state->written = grown;
        state->written_capacity = capacity;
    }
    memcpy(state->written + state->written_count, source, count);
    state->written_count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static fss_image_status encode(
    png_state *state, const uint8_t *samples, uint32_t channels, const uint8_t *palette, uint32_t palette_count,
    char *message, size_t capacity) {
    state->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, state, escape_with, ignore_warning);
    if (state->png == NULL || (state->info = png_create_info_struct(state->png)) == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the encoder");
    }
    if (setjmp(png_jmpbuf(state->png)) != 0) {
        return fss_image_fail(state->status, message, capacity, "the PNG encoder failed (%s)", state->text);
    }
    png_set_write_fn(state->png, state, write_bytes, flush_nothing);
    int colour = channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    if (channels == 1 && palette_count > 0) colour = PNG_COLOR_TYPE_PALETTE;
    png_set_IHDR(
        state->png, state->info, state->image.width, state->image.height, 8, colour, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (colour == PNG_COLOR_TYPE_PALETTE) {
        png_color colours[PNG_MAX_PALETTE_LENGTH];
        for (uint32_t i = 0; i < palette_count; i++) {
            colours[i].red = palette[i * 3];
            colours[i].green = palette[i * 3 + 1];
            colours[i].blue = palette[i * 3 + 2];
        }
        png_set_PLTE(state->png, state->info, colours, (int)palette_count);
    }
    png_write_info(state->png, state->info);
    for (uint32_t y = 0; y < state->image.height; y++) {
        png_write_row(state->png, samples + (size_t)y * state->image.width * channels);
    }
    png_write_end(state->png, state->info);
    return FSS_IMAGE_OK;
}

fss_image_status fss_png_encode(
    const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, const uint8_t *palette,
    uint32_t palette_count, fss_image_bytes *out, char *message, size_t capacity) {
    fss_image_status status = fss_image_check_size(width, height, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    if ((channels != 1 && channels != 3) || palette_count > PNG_MAX_PALETTE_LENGTH) {
        return fss_image_fail(
            FSS_IMAGE_UNSUPPORTED, message, capacity, "%u channels and %u palette entries", channels, palette_count);
    }
    png_state *state = calloc(1, sizeof(png_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the encoder");
    }
    state->image.width = width;
    state->image.height = height;
    state->status = FSS_IMAGE_UNSUPPORTED;
    status = encode(state, samples, channels, palette, palette_count, message, capacity);
    png_destroy_write_struct(&state->png, &state->info);
    if (status == FSS_IMAGE_OK) {
        out->bytes = state->written;
        out->count = state->written_count;
    } else {
        free(state->written);
    }
    free(state);
    return status;
}
