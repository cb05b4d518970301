#include "include/CImageCodecs.h"

#include <stdlib.h>
#include <string.h>

// The loops are written once and compiled for several instruction sets; glibc's loader takes the best that the machine has.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define FSS_CLONES __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef FSS_CLONES
#define FSS_CLONES
#endif

enum { fraction_bits = 22, lanes = 8 };

typedef int32_t wide __attribute__((vector_size(32)));
typedef uint8_t narrow __attribute__((vector_size(8)));

static inline uint8_t clipped(int32_t sum) {
    int32_t value = sum >> fraction_bits;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Sums as samples.
static inline __attribute__((always_inline)) void round_off(const wide *sums, uint8_t *samples) {
    const wide most = {255, 255, 255, 255, 255, 255, 255, 255};
    wide values = *sums >> fraction_bits;
    values &= values > 0;
    wide over = values > most;
    values = (values & ~over) | (most & over);
    narrow bytes = __builtin_convertvector(values, narrow);
    memcpy(samples, &bytes, sizeof(bytes));
}

static inline __attribute__((always_inline)) void add(wide *sum, const uint8_t *upper, const uint8_t *lower, int32_t weight) {
    uint8_t pixels[lanes];
    memcpy(pixels, upper, 4);
    memcpy(pixels + 4, lower, 4);
    narrow bytes;
    memcpy(&bytes, pixels, sizeof(bytes));
    *sum += __builtin_convertvector(bytes, wide) * weight;
}

// Four rows side by side: a pixel of each is four bytes, of which the last belongs to the neighbour and is thrown away. There has to be
// a byte behind the last pixel of the input.
FSS_CLONES static void resample_fours(
    const uint8_t *in, size_t fours, size_t width, uint8_t *out, size_t out_width, const fss_taps *taps) {
    size_t stride = width * 3, out_stride = out_width * 3;
    for (size_t four = 0; four < fours; four++) {
        for (size_t x = 0; x < out_width; x++) {
            const int32_t *weights = taps->weights + x * taps->stride;
            const uint8_t *pixel = in + four * 4 * stride + (size_t)taps->starts[x] * 3;
            int32_t count = taps->counts[x];
            wide upper = {0}, lower = {0};
            upper += 1 << (fraction_bits - 1);
            lower += 1 << (fraction_bits - 1);
            for (int32_t tap = 0; tap < count; tap++, pixel += 3) {
                add(&upper, pixel, pixel + stride, weights[tap]);
                add(&lower, pixel + 2 * stride, pixel + 3 * stride, weights[tap]);
            }
            uint8_t result[2 * lanes];
            round_off(&upper, result);
            round_off(&lower, result + lanes);
            uint8_t *target = out + four * 4 * out_stride + x * 3;
            for (size_t row = 0; row < 4; row++) memcpy(target + row * out_stride, result + row * 4, 3);
        }
    }
}

int fss_resample_rows(
    const uint8_t *in, size_t rows, size_t width, uint8_t *out, size_t out_width, const fss_taps *taps) {
    // The last rows are copied, so that there are four of them and a byte behind.
    size_t direct = (rows - 1) / 4, rest = rows - direct * 4, stride = width * 3, out_stride = out_width * 3;
    uint8_t *copy = calloc(4 * (stride + out_stride) + 1, 1);
    if (copy == NULL) return 0;
    uint8_t *result = copy + 4 * stride + 1;
    resample_fours(in, direct, width, out, out_width, taps);
    memcpy(copy, in + direct * 4 * stride, rest * stride);
    resample_fours(copy, 1, width, result, out_width, taps);
    memcpy(out + direct * 4 * out_stride, result, rest * out_stride);
    free(copy);
    return 1;
}

FSS_CLONES void fss_resample_columns(
    const uint8_t *in, size_t stride, uint8_t *out, size_t out_rows, const fss_taps *taps) {
    size_t whole = stride / 16 * 16;
    for (size_t y = 0; y < out_rows; y++) {
        const int32_t *weights = taps->weights + y * taps->stride;
        const uint8_t *first = in + (size_t)taps->starts[y] * stride;
        int32_t count = taps->counts[y];
        uint8_t *target = out + y * stride;
        for (size_t x = 0; x < whole; x += 16) {
            wide left = {0}, right = {0};
            left += 1 << (fraction_bits - 1);
            right += 1 << (fraction_bits - 1);
            const uint8_t *source = first + x;
            for (int32_t tap = 0; tap < count; tap++, source += stride) {
                narrow bytes[2];
                memcpy(bytes, source, sizeof(bytes));
                left += __builtin_convertvector(bytes[0], wide) * weights[tap];
                right += __builtin_convertvector(bytes[1], wide) * weights[tap];
            }
            round_off(&left, target + x);
            round_off(&right, target + x + lanes);
        }
        for (size_t x = whole; x < stride; x++) {
            int32_t sum = 1 << (fraction_bits - 1);
            for (int32_t tap = 0; tap < count; tap++) sum += first[(size_t)tap * stride + x] * weights[tap];
            target[x] = clipped(sum);
        }
    }
}

void fss_look_up_rgb(const uint8_t *in, size_t pixels, const float *table, float *out) {
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        out[pixel * 3] = table[in[pixel * 3]];
        out[pixel * 3 + 1] = table[256 + in[pixel * 3 + 1]];
        out[pixel * 3 + 2] = table[512 + in[pixel * 3 + 2]];
    }
}

void fss_mirror_rgb(const uint8_t *in, size_t rows, size_t width, uint8_t *out) {
    for (size_t y = 0; y < rows; y++) {
        const uint8_t *source = in + (y + 1) * width * 3;
        uint8_t *target = out + y * width * 3;
        for (size_t x = 0; x < width; x++) {
            source -= 3;
            memcpy(target + x * 3, source, 3);
        }
    }
}
