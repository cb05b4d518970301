#ifndef FSS_DNN_H
#define FSS_DNN_H

#include "fss_types.h"

// Products and convolutions of oneDNN. Every function returns null, or a message that is valid until the next call from
// the same thread. Defined only where the target is built with FSS_ONEDNN.

// Weights of one storage in the layouts that primitives asked for.
typedef struct fss_packed fss_packed;
FSS_API fss_packed *fss_packed_create(void);
// The same for weights in pages that are mapped from a file: once a packed form exists, the pages are given back, and come
// again from the file where they are read again.
FSS_API fss_packed *fss_packed_create_mapped(const void *weights, size_t bytes);
FSS_API void fss_packed_destroy(fss_packed *packed);

// Whether oneDNN computes in bfloat16 on this machine.
FSS_API int fss_dnn_has_bfloat16(void);
// The version, as "2.6.3".
FSS_API const char *fss_dnn_version(void);

typedef struct fss_matmul {
    int dtype_a, dtype_b, dtype_out;
    int rank;
    int transpose_a, transpose_b;
    // Extents as stored, `rank` each.
    const int32_t *extents_a, *extents_b, *extents_out;
    int has_bias, has_residual, activation;
} fss_matmul;
// `packed` may be null for operands of one type that are used once. `b` may have any floating type: it is brought to the type
// that the product needs once, in the packed form.
FSS_API const char *fss_dnn_matmul(
    const fss_matmul *matmul, const void *a, const void *b, fss_packed *packed, const float *bias, const void *residual,
    void *out);

// Images [batch, height, width, channels], weights [outputs, channels / groups, kernel_y, kernel_x] of any floating type.
typedef struct fss_convolution {
    int dtype, dtype_out;
    int32_t batch, height, width, channels, out_height, out_width, outputs;
    int32_t kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x;
    int32_t pad_top, pad_bottom, pad_left, pad_right, groups;
    int has_bias, has_residual, activation;
} fss_convolution;
FSS_API const char *fss_dnn_convolution(
    const fss_convolution *convolution, const void *x, const void *weight, int dtype_weight, fss_packed *packed,
    const float *bias, const void *residual, void *out);
FSS_API const char *fss_dnn_convolution_input_gradient(
    const fss_convolution *convolution, const void *gradient, const void *weight, int dtype_weight, fss_packed *packed,
    void *out);
FSS_API const char *fss_dnn_convolution_weight_gradient(
    const fss_convolution *convolution, const void *x, const void *gradient, float *weightGradient, float *biasGradient);

#endif
