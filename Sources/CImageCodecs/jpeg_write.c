#include "shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// The state lives in the caller of the function that calls setjmp, so that a longjmp leaves no field undefined.
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
    struct jpeg_compress_struct encoder;
    uint8_t *bytes;
    unsigned long byte_count;
    fss_image_status status;
} jpeg_state;

static void escape_with(j_common_ptr codec) {
    jpeg_state *state = (jpeg_state *)codec->client_data;
    codec->err->format_message(codec, state->text);
    if (codec->err->msg_code == JERR_OUT_OF_MEMORY) state->status = FSS_IMAGE_OUT_OF_MEMORY;
    longjmp(state->escape, 1);
}

static void ignore_output(j_common_ptr codec) { (void)codec; }

static fss_image_status encode(
    jpeg_state *state, const uint8_t *rgb, uint32_t width, uint32_t height, int quality, char *message,
    size_t capacity) {
    j_compress_ptr encoder = &state->encoder;
    encoder->err = jpeg_std_error(&state->manager);
    state->manager.error_exit = escape_with;
    state->manager.output_message = ignore_output;
    encoder->client_data = state;
    if (setjmp(state->escape) != 0) {
        return fss_image_fail(state->status, message, capacity, "the JPEG encoder failed (%s)", state->text);
    }
    jpeg_create_compress(encoder);
    encoder->client_data = state;
    jpeg_mem_dest(encoder, &state->bytes, &state->byte_count);
    encoder->image_width = width;
    encoder->image_height = height;
    encoder->input_components = 3;
    encoder->in_color_space = JCS_RGB;
    jpeg_set_defaults(encoder);
    jpeg_set_quality(encoder, quality, TRUE);
    if (quality >= 90) {
        encoder->comp_info[0].h_samp_factor = 1;
        encoder->comp_info[0].v_samp_factor = 1;
    }
    jpeg_start_compress(encoder, TRUE);
    while (encoder->next_scanline < height) {
        // libjpeg's rows are not const, but the compressor only reads them.
        JSAMPROW row = (JSAMPROW)(uintptr_t)(rgb + (size_t)encoder->next_scanline * width * 3);
        jpeg_write_scanlines(encoder, &row, 1);
    }
    jpeg_finish_compress(encoder);
    return FSS_IMAGE_OK;
}

fss_image_status fss_jpeg_encode(
    const uint8_t *rgb, uint32_t width, uint32_t height, int quality, fss_image_bytes *out, char *message,
    size_t capacity) {
    fss_image_status status = fss_image_check_size(width, height, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    if (width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION) {
        return fss_image_fail(
            FSS_IMAGE_TOO_LARGE, message, capacity, "an image of %u x %u pixels (a JPEG side ends at %ld)", width,
            height, (long)JPEG_MAX_DIMENSION);
    }
    jpeg_state *state = calloc(1, sizeof(jpeg_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the encoder");
    }
    state->status = FSS_IMAGE_UNSUPPORTED;
    status = encode(state, rgb, width, height, quality, message, capacity);
    jpeg_destroy_compress(&state->encoder);
    if (status == FSS_IMAGE_OK) {
        out->bytes = state->bytes;
        out->count = (size_t)state->byte_count;
    } else {
        free(state->bytes);
    }
    free(state);
    return status;
}
