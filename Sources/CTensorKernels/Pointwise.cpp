#include "Pointwise.h"

#include <algorithm>

#include "Kernels/Table.h"
#include "Parallel.h"

using namespace fss;

namespace {

Pointwise description(const fss_convolution &c) {
    Pointwise k = {};
    k.isRectified = c.activation == FSS_ACT_RELU;
    k.channels = c.channels;
    k.outputs = c.outputs;
    return k;
}

// Pixels whose inputs stay in the second cache while all weights pass.
ptrdiff_t block_rows(const Pointwise &k, ptrdiff_t pixels) {
    const ptrdiff_t most = std::max<ptrdiff_t>((96 << 10) / (2 * k.channels), 12);
    return equal_blocks(pixels, most, 12);
}

}

namespace fss {

bool pointwise_applies(const fss_convolution &c) {
    const bool isPlain = c.kernel_y == 1 && c.kernel_x == 1 && c.stride_y == 1 && c.stride_x == 1 && c.groups == 1 &&
        c.pad_top == 0 && c.pad_left == 0 && c.height == c.out_height && c.width == c.out_width;
    const bool isBFloat = c.dtype == FSS_BF16 && c.dtype_out == FSS_BF16;
    const bool isSimple = c.activation == FSS_ACT_NONE || c.activation == FSS_ACT_RELU;
    return isPlain && c.has_residual && isBFloat && isSimple && c.outputs % 32 == 0 && c.channels % 2 == 0 &&
        multiplies_bfloats_by_vectors();
}

size_t pointwise_weight_bytes(const fss_convolution &c) {
    return 2 * (size_t)c.channels * (size_t)c.outputs;
}

void pointwise_pack(const fss_convolution &c, const float *weight, void *to) {
    const Pointwise k = description(c);
    const KernelTable &table = kernels();
    parallel(k.outputs / table.lanes, 1, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t group = begin; group < end; ++group) table.pointwise_weights(k, weight, group * table.lanes, to);
    });
}

void pointwise_convolution(
    const fss_convolution &c, const void *x, const void *packed, const float *bias, const void *residual, void *out) {
    Pointwise k = description(c);
    k.x = x;
    k.u = packed;
    k.bias = bias;
    k.residual = residual;
    k.out = out;
    const KernelTable &table = kernels();
    const ptrdiff_t pixels = (ptrdiff_t)c.batch * c.height * c.width;
    // Threads take whole groups of four pixels.
    parallel((pixels + 3) / 4, 4, [&](ptrdiff_t begin, ptrdiff_t end) {
        const ptrdiff_t last = std::min(pixels, 4 * end);
        const ptrdiff_t rows = block_rows(k, last - 4 * begin);
        for (ptrdiff_t row = 4 * begin; row < last; row += rows) table.pointwise(k, row, std::min(row + rows, last));
    });
}

}
