#ifndef FSS_WINOGRAD_H
#define FSS_WINOGRAD_H

// 3x3 convolutions of stride 1 by Winograd's minimal filtering F(2x2, 3x3): 2.25 times fewer multiplications.

#include "include/fss_dnn.h"

namespace fss {

// Whether a convolution is computed this way: a rule of its shape and of the machine alone, so that equal calls give equal bits.
bool winograd_applies(const fss_convolution &c);

// Bytes of the transformed weights.
size_t winograd_weight_bytes(const fss_convolution &c);
// Transforms weights `[outputs, channels, 3, 3]`, or those `[channels, outputs, 3, 3]` of the convolution that `c` is the
// adjoint of; `to` is aligned to 64 bytes.
void winograd_transform(const fss_convolution &c, const float *weight, bool adjoint, void *to);

// The adjoint of a convolution, gradient in, gradient out, as a convolution.
fss_convolution winograd_adjoint(const fss_convolution &c);

// `out = activation(conv(x) + bias + residual)`; `residual` may be `out`.
void winograd_convolution(
    const fss_convolution &c, const void *x, const void *transformed, const float *bias, const void *residual, void *out);

}

#endif
