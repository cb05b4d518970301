#ifndef FSS_POINTWISE_H
#define FSS_POINTWISE_H

// 1x1 convolutions of bfloat16 with stride 1 that add to a residual. oneDNN can only add to what the result holds already, so the residual
// would have to be copied there before.

#include "include/fss_dnn.h"

namespace fss {

// Whether a convolution is computed this way: a rule of its shape and of the machine alone, so that equal calls give equal bits.
bool pointwise_applies(const fss_convolution &c);

// Bytes of the packed weights.
size_t pointwise_weight_bytes(const fss_convolution &c);
// Packs weights `[outputs, channels]`; `to` is aligned to 64 bytes.
void pointwise_pack(const fss_convolution &c, const float *weight, void *to);

// `out = activation(conv(x) + bias + residual)`; `residual` may be `out`.
void pointwise_convolution(
    const fss_convolution &c, const void *x, const void *packed, const float *bias, const void *residual, void *out);

}

#endif
