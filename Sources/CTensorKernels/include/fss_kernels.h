#ifndef FSS_KERNELS_H
#define FSS_KERNELS_H

#include "fss_types.h"

// Operations of the same names as the Swift protocol `Backend`; `dtype` is an fss_dtype, extents are int32_t[rank].

FSS_API void fss_fill(int dtype, void *out, ptrdiff_t n, double value);
FSS_API void fss_convert(int from, const void *x, int to, void *out, ptrdiff_t n);
FSS_API void fss_unary(int op, int dtype, const void *x, ptrdiff_t n, float alpha, float beta, void *out);
FSS_API void fss_unary_gradient(
    int op, int dtype, const void *x, const void *gradient, ptrdiff_t n, float alpha, float beta, void *out);
// Extents of the operands, aligned at the last axis, broadcast to those of `out`.
FSS_API void fss_binary(
    int op, int dtype, const void *a, const int32_t *extentsA, int rankA, const void *b, const int32_t *extentsB, int rankB,
    void *out, const int32_t *extents, int rank);
FSS_API void fss_select(
    int dtype, const uint8_t *condition, const int32_t *extentsC, int rankC, const void *a, const int32_t *extentsA,
    int rankA, const void *b, const int32_t *extentsB, int rankB, void *out, const int32_t *extents, int rank);
FSS_API void fss_weighted_sum(
    int dtype, const void *a, float scaleA, const void *b, float scaleB, ptrdiff_t n, void *out);
FSS_API void fss_modulate(
    int dtype, const void *x, const int32_t *extents, int rank, const void *scale, const int32_t *extentsScale,
    int rankScale, const void *shift, const int32_t *extentsShift, int rankShift, float addOne, void *out);

// Bit `i` of `axes` stands for axis `i`.
FSS_API void fss_reduce(int op, int dtype, const void *x, const int32_t *extents, int rank, uint32_t axes, void *out);
FSS_API void fss_arg_reduce(
    int maximum, int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, int64_t *out);
FSS_API void fss_cumulative_sum(
    int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, int reversed, void *out);
FSS_API void fss_top_k(
    int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k, void *values, int64_t *indices);

FSS_API void fss_softmax(int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, int logarithmic, void *out);
FSS_API void fss_softmax_gradient(
    int dtype, const void *y, const void *gradient, ptrdiff_t rows, ptrdiff_t n, int logarithmic, void *out);

// Tensors [batch, positions, channels]; `scale` and `shift` may be null.
FSS_API void fss_group_norm(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups, const float *scale,
    const float *shift, float epsilon, int activation, void *out, float *mean, float *deviation);
FSS_API void fss_group_norm_gradient(
    int dtype, const void *x, const void *gradient, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels,
    ptrdiff_t groups, const float *scale, const float *mean, const float *deviation, void *out, float *scaleGradient,
    float *shiftGradient);
FSS_API void fss_rms_norm(
    int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, const float *scale, float epsilon, void *out, float *deviation);
FSS_API void fss_rms_norm_gradient(
    int dtype, const void *x, const void *gradient, ptrdiff_t rows, ptrdiff_t n, const float *scale, const float *deviation,
    void *out, float *scaleGradient);

// Features [batch, height, width, channels] under a style [batch, 2 * channels] and under maps: see
// `Backend.modulateSpatially`. The weights are [2 * channels, 1, 3, 3]; `bias` [2 * channels] and `maps` may be null.
typedef struct fss_spatial_modulation {
    ptrdiff_t batch, height, width, channels;
    const void *x, *signal, *maps;
    const float *style, *weight, *bias;
    float epsilon;
    // Whether all images share one image of maps, and whether 1 is added to the scale.
    int shares_maps, add_one;
} fss_spatial_modulation;
FSS_API void fss_modulate_spatially(const fss_spatial_modulation *modulation, int dtype, void *out);

typedef struct fss_pooling {
    ptrdiff_t batch, height, width, channels, out_height, out_width;
    ptrdiff_t kernel_y, kernel_x, stride_y, stride_x, pad_top, pad_bottom, pad_left, pad_right;
    int maximum, counts_padding;
} fss_pooling;
FSS_API void fss_pool(const fss_pooling *pooling, int dtype, const void *x, void *out, int32_t *indices);
FSS_API void fss_pool_gradient(
    const fss_pooling *pooling, int dtype, const void *gradient, const int32_t *indices, void *out);

// Both sparse matrices [outputs, inputs] stand in compressed rows: `outputs + 1` starts, then indices and weights.
FSS_API void fss_resample(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t channels, ptrdiff_t rowOutputs, ptrdiff_t rowInputs,
    const int32_t *rowStarts, const int32_t *rowIndices, const float *rowWeights, ptrdiff_t columnOutputs,
    ptrdiff_t columnInputs, const int32_t *columnStarts, const int32_t *columnIndices, const float *columnWeights, void *out);

typedef struct fss_adam_step {
    float learning_rate, beta1, beta2, epsilon, decoupled_decay, coupled_decay;
    float bias_correction1, bias_correction2, gradient_scale;
} fss_adam_step;
FSS_API void fss_adam(
    const float *parameter, const float *gradient, const float *first, const float *second, const fss_adam_step *step,
    ptrdiff_t n, float *newParameter, float *newFirst, float *newSecond);

#endif
