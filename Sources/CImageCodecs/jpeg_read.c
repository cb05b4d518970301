#include "shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// Real progressive files have about ten scans; a crafted one can hold thousands and keep a core busy for minutes.
enum { maximum_scans = 200 };

typedef struct {
    fss_picture picture;
    struct jpeg_error_mgr manager;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
    struct jpeg_decompress_struct decoder;
    fss_image_status status;
    int started;
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

static void install_handlers(jpeg_state *state) {
    j_decompress_ptr decoder = &state->decoder;
    decoder->err = jpeg_std_error(&state->manager);
    state->manager.error_exit = escape_with;
    state->manager.emit_message = handle_message;
    state->manager.output_message = ignore_output;
    decoder->client_data = state;
    state->status = FSS_IMAGE_DAMAGED;
}

static fss_image_status fail(jpeg_state *state, char *message, size_t capacity) {
    return fss_image_fail(state->status, message, capacity, "a damaged JPEG (%s)", state->text);
}

static uint32_t find_orientation(j_decompress_ptr decoder) {
    for (jpeg_saved_marker_ptr marker = decoder->marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1 || marker->data_length < 6) continue;
        if (memcmp(marker->data, "Exif\0\0", 6) != 0) continue;
        return fss_exif_orientation(marker->data + 6, marker->data_length - 6);
    }
    return 1;
}

// A file of several scans keeps the coefficients of the whole image: two bytes each, in blocks of 64. Every block takes a bit of the file
// at least, so that a shorter file cannot be whole.
static fss_image_status check_work(j_decompress_ptr decoder, size_t count, char *message, size_t capacity) {
    if (!jpeg_has_multiple_scans(decoder)) return FSS_IMAGE_OK;
    uint64_t bytes = 0;
    for (int i = 0; i < decoder->num_components; i++) {
        const jpeg_component_info *component = &decoder->comp_info[i];
        bytes += (uint64_t)component->width_in_blocks * component->height_in_blocks * 128;
    }
    if (bytes / 1024 > count) {
        return fss_image_fail(
            FSS_IMAGE_TOO_LARGE, message, capacity, "a progressive JPEG of %u x %u pixels in a file of %zu bytes",
            decoder->image_width, decoder->image_height, count);
    }
    if (bytes <= FSS_IMAGE_MAX_WORK) return FSS_IMAGE_OK;
    return fss_image_fail(
        FSS_IMAGE_TOO_LARGE, message, capacity, "a progressive JPEG of %u x %u pixels, which takes %llu MiB to decode",
        decoder->image_width, decoder->image_height, (unsigned long long)(bytes >> 20));
}

static fss_image_status read_header(
    jpeg_state *state, const uint8_t *data, size_t count, fss_rows rows, char *message, size_t capacity) {
    j_decompress_ptr decoder = &state->decoder;
    install_handlers(state);
    if (setjmp(state->escape) != 0) return fail(state, message, capacity);
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
    status = check_work(decoder, count, message, capacity);
    if (status != FSS_IMAGE_OK) return status;
    int is_grey = decoder->jpeg_color_space == JCS_GRAYSCALE;
    decoder->out_color_space = is_grey && rows == FSS_ROWS_VALUES ? JCS_GRAYSCALE : JCS_RGB;
    fss_picture_info *info = &state->picture.info;
    info->width = decoder->image_width;
    info->height = decoder->image_height;
    info->orientation = find_orientation(decoder);
    info->colour = is_grey ? FSS_COLOUR_GREY : FSS_COLOUR_RGB;
    info->bits = 8;
    info->lossy = 1;
    if (rows != FSS_ROWS_NONE) info->channels = info->pixel_bytes = decoder->out_color_space == JCS_GRAYSCALE ? 1 : 3;
    return FSS_IMAGE_OK;
}

// Memory for the rows is asked for here, once the caller has seen the header.
static fss_image_status read_row(fss_picture *picture, uint8_t *row, char *message, size_t capacity) {
    jpeg_state *state = (jpeg_state *)picture;
    if (setjmp(state->escape) != 0) return fail(state, message, capacity);
    if (!state->started) {
        state->started = 1;
        state->decoder.progress = &state->progress;
        state->progress.progress_monitor = limit_scans;
        jpeg_start_decompress(&state->decoder);
    }
    JSAMPROW target = row;
    jpeg_read_scanlines(&state->decoder, &target, 1);
    return FSS_IMAGE_OK;
}

static fss_image_status finish(fss_picture *picture, char *message, size_t capacity) {
    jpeg_state *state = (jpeg_state *)picture;
    if (setjmp(state->escape) != 0) return fail(state, message, capacity);
    jpeg_finish_decompress(&state->decoder);
    return FSS_IMAGE_OK;
}

static void close_picture(fss_picture *picture) {
    jpeg_state *state = (jpeg_state *)picture;
    jpeg_destroy_decompress(&state->decoder);
    free(state);
}

fss_image_status fss_jpeg_open(
    const uint8_t *data, size_t count, fss_rows rows, fss_picture **picture, char *message, size_t capacity) {
    if (rows == FSS_ROWS_LABELS) return fss_image_fail(FSS_IMAGE_UNSUPPORTED, message, capacity, "a JPEG file");
    jpeg_state *state = calloc(1, sizeof(jpeg_state));
    if (state == NULL) {
        return fss_image_fail(FSS_IMAGE_OUT_OF_MEMORY, message, capacity, "not enough memory for the decoder");
    }
    state->picture.read_row = read_row;
    state->picture.finish = finish;
    state->picture.close = close_picture;
    fss_image_status status = read_header(state, data, count, rows, message, capacity);
    if (status == FSS_IMAGE_OK) {
        *picture = &state->picture;
    } else {
        close_picture(&state->picture);
    }
    return status;
}
