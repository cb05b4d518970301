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
    uint32_t width;
    uint32_t height;
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
        state->png, state->info, state->width, state->height, 8, colour, PNG_INTERLACE_NONE,
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
    for (uint32_t y = 0; y < state->height; y++) {
        png_write_row(state->png, samples + (size_t)y * state->width * channels);
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
    state->width = width;
    state->height = height;
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
