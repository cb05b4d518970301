#include "shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// Real progressive files have about ten scans; a crafted one can hold thousands and keep a core busy for minutes.
enum { maximum_scans = 200 };

// The state lives in the caller of the function that calls setjmp, so that a longjmp leaves no field undefined.
typedef struct {
    struct jpeg_error_mgr manager;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
    struct jpeg_decompress_struct decoder;
    struct jpeg_compress_struct encoder;
    fss_image image;
    uint8_t *bytes;
    unsigned long byte_count;
    fss_image_status status;
    int orientation;
} jpeg_state;

static void escape_with(j_common_ptr codec) {
    jpeg_state *state = (jpeg_state *)codec->client_data;
    codec->err->format_message(codec, state->text);
    if (codec->err->msg_code == JERR_OUT_OF_MEMORY) state->status = FSS_IMAGE_OUT_OF_MEMORY;
    longjmp(state->escape, 1);
}

// libjpeg goes on after damaged data and fills the rest with grey; for us that is an error. Extraneous bytes between
// markers are harmless and common.
static void handle_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC: escape_with(codec); break;
    default: break;
    }
}

static void ignore_output(j_common_ptr codec) { (void)codec; }

static void limit_scans(j_common_ptr codec) {
    if (!codec->is_decompressor) return;
    jpeg_state *state = (jpeg_state *)codec->client_data;
    if (((j_decompress_ptr)codec)->input_scan_number > maximum_scans) {
        snprintf(state->text, sizeof(state->text), "more than %d progressive scans", (int)maximum_scans);
        longjmp(state->escape, 1);
    }
}

static void install_handlers(jpeg_state *state, j_common_ptr codec) {
    codec->err = jpeg_std_error(&state->manager);
    state->manager.error_exit = escape_with;
    state->manager.emit_message = handle_message;
    state->manager.output_message = ignore_output;
    codec->client_data = state;
}

static int find_orientation(j_decompress_ptr decoder) {
    for (jpeg_saved_marker_ptr marker = decoder->marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1 || marker->data_length < 6) continue;
        if (memcmp(marker->data, "Exif\0\0", 6) != 0) continue;
        return fss_exif_orientation(marker->data + 6, marker->data_length - 6);
    }
    return 1;
}

static fss_image_status decode(
    jpeg_state *state, const uint8_t *data, size_t count, char *message, size_t capacity) {
    j_decompress_ptr decoder = &state->decoder;
    install_handlers(state, (j_common_ptr)decoder);
    if (setjmp(state->escape) != 0) {
        return fss_image_fail(state->status, message, capacity, "a damaged JPEG (%s)", state->text);
    }
    jpeg_create_decompress(decoder);
    // The creation clears the structure.
    decoder->client_data = state;
    jpeg_mem_src(decoder, data, (unsigned long)count);
    jpeg_save_markers(decoder, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(decoder, TRUE);
    fss_image_status status =
        fss_image_check_size(decoder->image_width, decoder->image_height, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    if (decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK) {
        return fss_image_fail(
            FSS_IMAGE_UNSUPPORTED, message, capacity, "a %s JPEG (four ink channels, made for print)",
            decoder->jpeg_color_space == JCS_CMYK ? "CMYK" : "YCCK");
    }
    state->orientation = find_orientation(decoder);
    decoder->out_color_space = JCS_RGB;
    decoder->progress = &state->progress;
    state->progress.progress_monitor = limit_scans;
    jpeg_start_decompress(decoder);
    size_t stride = (size_t)decoder->output_width * 3;
    state->image.width = decoder->output_width;
    state->image.height = decoder->output_height;
    state->image.channels = 3;
    state->image.samples = malloc(stride * decoder->output_height);
    if (state->image.samples == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the image");
    }
    while (decoder->output_scanline < decoder->output_height) {
        JSAMPROW row = state->image.samples + (size_t)decoder->output_scanline * stride;
        jpeg_read_scanlines(decoder, &row, 1);
    }
    jpeg_finish_decompress(decoder);
    return FSS_IMAGE_OK;
}

fss_image_status fss_jpeg_decode(
    const uint8_t *data, size_t count, fss_image *image, char *message, size_t capacity) {
    jpeg_state *state = calloc(1, sizeof(jpeg_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the decoder");
    }
    state->status = FSS_IMAGE_DAMAGED;
    fss_image_status status = decode(state, data, count, message, capacity);
    jpeg_destroy_decompress(&state->decoder);
    if (status == FSS_IMAGE_OK && !fss_image_apply_orientation(&state->image, state->orientation)) {
        status = fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory to turn the image");
    }
    if (status == FSS_IMAGE_OK) {
        *image = state->image;
    } else {
        free(state->image.samples);
    }
    free(state);
    return status;
}

static fss_image_status encode(
    jpeg_state *state, const uint8_t *rgb, uint32_t width, uint32_t height, int quality, char *message,
    size_t capacity) {
    j_compress_ptr encoder = &state->encoder;
    install_handlers(state, (j_common_ptr)encoder);
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
