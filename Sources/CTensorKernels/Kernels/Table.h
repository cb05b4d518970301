#ifndef FSS_TABLE_H
#define FSS_TABLE_H

// The seam between drivers (shapes, threads) and the kernels of one instruction set.

#include <stddef.h>
#include <stdint.h>

#include "../Wrapping.h"
#include "../include/fss_types.h"
#include "../include/fss_kernels.h"
#include "Half.h"

namespace fss {

// Rows of `n` results; an operand is a vector along the row or one value, and moves by its stride from row to row.
struct BinaryRows {
    const void *a, *b;
    void *out;
    ptrdiff_t rows, n, rowStrideA, rowStrideB;
    bool vectorA, vectorB;
};
struct ModulateRows {
    const void *x, *scale, *shift;
    void *out;
    ptrdiff_t rows, n, rowStrideScale, rowStrideShift;
    bool vectorScale, vectorShift;
    float addOne;
};
struct AdamRange {
    const float *parameter, *gradient, *first, *second;
    float *newParameter, *newFirst, *newSecond;
    const fss_adam_step *step;
};
struct RowNorm {
    const void *x;
    void *out;
    ptrdiff_t n, groups;
    const float *scale, *shift;
    float epsilon;
    int activation;
    bool centred;
    float *mean, *deviation;
};
struct RowNormGradient {
    const void *x, *gradient;
    void *out;
    ptrdiff_t n, groups;
    const float *scale, *mean, *deviation;
    bool centred;
};
struct PoolRow {
    bool maximum, countsPadding;
    const void *x;
    void *out;
    int32_t *indices;
    ptrdiff_t channels, height, width, outHeight, outWidth;
    ptrdiff_t kernelY, kernelX, strideY, strideX, padTop, padLeft, padBottom, padRight;
};
// One row of `x` becomes `(gamma + addOne) * ((x - mean) * factor + offset) + beta`; gamma and beta (side by side, a channel each)
// are `bias` and `maps`, where given, and the convolution of a signal with `weights [9][2 * channels]`.
struct SpatialRow {
    ptrdiff_t width, channels;
    const void *x, *maps;
    void *out;
    const float *bias, *weights, *mean, *factor, *offset;
    float addOne;
};
// A convolution with 3x3 weights and stride 1 by tiles of 2x2 results; `u` are its transformed weights.
struct Winograd {
    int dtype, dtypeOut, activation;
    ptrdiff_t height, width, channels, outHeight, outWidth, outputs;
    ptrdiff_t padTop, padLeft, tilesY, tilesX;
    // `zeros` holds one pixel.
    const void *x, *u, *residual, *zeros;
    const float *bias;
    void *out;
};
// 3x3 weights by output and channel, rotated by half a turn where `isRotated`.
struct WinogradWeights {
    const float *values;
    ptrdiff_t outputStride, channelStride;
    bool isRotated;
};
// `count` tiles from `first`, and memory for `rows` (a multiple of 4) of them: `v` in `dtype`, `m` in float32, with `stepV` and
// `stepM` elements from position to position.
struct WinogradBlock {
    ptrdiff_t first, count, rows, stepV, stepM;
    void *v;
    float *m;
};
// A convolution of bfloat16 with 1x1 weights and stride 1 that adds to a residual, then a ReLU or nothing; `u` are its packed weights.
struct Pointwise {
    bool isRectified;
    ptrdiff_t channels, outputs;
    const void *x, *u, *residual;
    const float *bias;
    void *out;
};
struct ResampleColumns {
    ptrdiff_t channels, outWidth;
    const int32_t *starts, *indices;
    const float *weights;
};

// The part of a pooling window inside the image, and the divisor of its average (PyTorch's rule: a window may reach into
// the padding but what ceil mode adds beyond it never counts).
struct PoolWindow {
    ptrdiff_t y0, y1, x0, x1, divisor;
};
static inline __attribute__((always_inline)) PoolWindow pool_window(const PoolRow &k, ptrdiff_t oy, ptrdiff_t ox) {
    PoolWindow w;
    w.y0 = oy * k.strideY - k.padTop;
    w.x0 = ox * k.strideX - k.padLeft;
    w.y1 = w.y0 + k.kernelY;
    w.x1 = w.x0 + k.kernelX;
    if (w.y1 > k.height + k.padBottom) w.y1 = k.height + k.padBottom;
    if (w.x1 > k.width + k.padRight) w.x1 = k.width + k.padRight;
    w.divisor = (w.y1 - w.y0) * (w.x1 - w.x0);
    if (w.y0 < 0) w.y0 = 0;
    if (w.x0 < 0) w.x0 = 0;
    if (w.y1 > k.height) w.y1 = k.height;
    if (w.x1 > k.width) w.x1 = k.width;
    if (!k.countsPadding) w.divisor = (w.y1 - w.y0) * (w.x1 - w.x0);
    return w;
}

struct KernelTable {
    const char *name;
    // Floats in a register, and whether there are products of bfloat16 pairs.
    int lanes;
    bool hasBFloatProducts;
    void (*unary)(int op, int dtype, const void *x, void *y, ptrdiff_t n, float a, float b);
    void (*unary_gradient)(int op, int dtype, const void *x, const void *g, void *y, ptrdiff_t n, float a, float b);
    void (*binary)(int op, int dtype, const BinaryRows &rows);
    void (*weighted_sum)(int dtype, const void *a, float scaleA, const void *b, float scaleB, void *out, ptrdiff_t n);
    void (*modulate)(int dtype, const ModulateRows &rows);
    void (*float_to_bfloat)(const float *x, uint16_t *y, ptrdiff_t n);
    void (*bfloat_to_float)(const uint16_t *x, float *y, ptrdiff_t n);
    void (*float_to_half)(const float *x, uint16_t *y, ptrdiff_t n);
    void (*half_to_float)(const uint16_t *x, float *y, ptrdiff_t n);
    void (*reduce_rows)(int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, float *out);
    void (*reduce_columns)(int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t columns, float *out);
    void (*softmax)(int dtype, const void *x, void *out, ptrdiff_t rows, ptrdiff_t n, bool logarithmic, float *scratch);
    void (*softmax_gradient)(
        int dtype, const void *y, const void *g, void *out, ptrdiff_t rows, ptrdiff_t n, bool logarithmic);
    void (*channel_moments)(
        int dtype, const void *x, ptrdiff_t positions, ptrdiff_t channels, float *mean, float *squares);
    void (*channel_affine)(
        int dtype, const void *x, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *factor,
        const float *shift, int activation, void *out);
    void (*channel_products)(
        int dtype, const void *x, const void *g, ptrdiff_t positions, ptrdiff_t channels, const float *mean, float *sums,
        float *products);
    void (*channel_gradient)(
        int dtype, const void *x, const void *g, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *a,
        const float *b, const float *d, void *out);
    void (*row_norm)(int dtype, const RowNorm &k, ptrdiff_t begin, ptrdiff_t end);
    void (*row_norm_gradient)(
        int dtype, const RowNormGradient &k, ptrdiff_t begin, ptrdiff_t end, float *scaleSum, float *shiftSum);
    void (*pool_row)(int dtype, const PoolRow &k, ptrdiff_t n, ptrdiff_t oy);
    void (*add_scaled)(int dtype, float *target, const void *x, float weight, ptrdiff_t n, bool first);
    void (*resample_columns)(int dtype, const ResampleColumns &k, const float *row, void *out);
    void (*adam)(const AdamRange &range, ptrdiff_t begin, ptrdiff_t end);
    void (*spatial_row)(int dtype, const SpatialRow &k, const float *const rows[3]);
    void (*winograd)(const Winograd &k, const WinogradBlock &block);
    // Transforms the weights of the outputs from `group * lanes`.
    void (*winograd_weights)(const WinogradWeights &weights, const Winograd &k, ptrdiff_t group, void *u);
    // Pixels `begin..<end`, and the weights of `lanes` outputs from `output`; null without products of bfloat16 pairs.
    void (*pointwise)(const Pointwise &k, ptrdiff_t begin, ptrdiff_t end);
    void (*pointwise_weights)(const Pointwise &k, const float *weight, ptrdiff_t output, void *u);
};

// The kernels of the best instruction set of this machine.
const KernelTable &kernels();
// Whether these kernels are the fastest way to multiply bfloat16 here: tile matrices, where a machine has them, are faster.
bool multiplies_bfloats_by_vectors();

extern const KernelTable baselineKernels;
#if defined(__x86_64__)
extern const KernelTable avx2Kernels;
extern const KernelTable avx512Kernels;
extern const KernelTable avx512BFloatKernels;
#endif

}

#endif
