#include "Winograd.h"

#include <string.h>

#include <algorithm>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"

using namespace fss;

namespace {

Winograd description(const fss_convolution &c) {
    Winograd k = {};
    k.dtype = c.dtype;
    k.dtypeOut = c.dtype_out;
    k.activation = c.activation;
    k.height = c.height;
    k.width = c.width;
    k.channels = c.channels;
    k.outHeight = c.out_height;
    k.outWidth = c.out_width;
    k.outputs = c.outputs;
    k.padTop = c.pad_top;
    k.padLeft = c.pad_left;
    k.tilesY = (k.outHeight + 1) / 2;
    k.tilesX = (k.outWidth + 1) / 2;
    return k;
}

// Tiles that a thread transforms at once: inputs and products should stay in the second cache, and the weights, which are
// read for every block, should serve many tiles.
ptrdiff_t block_rows(const Winograd &k, ptrdiff_t tiles) {
    const ptrdiff_t bytes = 16 * (k.channels * element_size(k.dtype) + k.outputs * 4);
    const ptrdiff_t most = std::clamp<ptrdiff_t>((512 << 10) / bytes, 24, 192);
    return equal_blocks(tiles, most, 4);
}

}

namespace fss {

bool winograd_applies(const fss_convolution &c) {
    const bool isPlain = c.kernel_y == 3 && c.kernel_x == 3 && c.stride_y == 1 && c.stride_x == 1 && c.dilation_y == 1 &&
        c.dilation_x == 1 && c.groups == 1;
    if (!isPlain) return false;
    const KernelTable &table = kernels();
    if (table.lanes < 8 || c.channels % table.lanes != 0 || c.outputs % table.lanes != 0) return false;
    if (c.dtype == FSS_BF16 && !multiplies_bfloats_by_vectors()) return false;
    // Transforming both ends must not cost more than is saved.
    if (c.dtype == FSS_BF16 && c.channels * c.outputs < 512) return false;
    const ptrdiff_t tiles = (ptrdiff_t)c.batch * ((c.out_height + 1) / 2) * ((c.out_width + 1) / 2);
    return tiles >= 8;
}

size_t winograd_weight_bytes(const fss_convolution &c) {
    return (size_t)(16 * (ptrdiff_t)c.channels * c.outputs * element_size(c.dtype));
}

fss_convolution winograd_adjoint(const fss_convolution &c) {
    fss_convolution result = c;
    result.height = c.out_height;
    result.width = c.out_width;
    result.channels = c.outputs;
    result.out_height = c.height;
    result.out_width = c.width;
    result.outputs = c.channels;
    result.pad_top = 2 - c.pad_top;
    result.pad_left = 2 - c.pad_left;
    return result;
}

void winograd_transform(const fss_convolution &c, const float *weight, bool adjoint, void *to) {
    const Winograd k = description(c);
    const KernelTable &table = kernels();
    const WinogradWeights source = {
        weight, adjoint ? 9 : 9 * k.channels, adjoint ? 9 * k.outputs : 9, adjoint};
    parallel(k.outputs / table.lanes, 1, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t group = begin; group < end; ++group) table.winograd_weights(source, k, group, to);
    });
}

void winograd_convolution(
    const fss_convolution &c, const void *x, const void *transformed, const float *bias, const void *residual, void *out) {
    Winograd k = description(c);
    k.x = x;
    k.u = transformed;
    k.bias = bias;
    k.residual = residual;
    k.out = out;
    const KernelTable &table = kernels();
    const ptrdiff_t tiles = c.batch * k.tilesY * k.tilesX;
    // Threads take whole groups of four tiles, the fewest rows of a product.
    parallel((tiles + 3) / 4, 4, [&](ptrdiff_t begin, ptrdiff_t end) {
        const ptrdiff_t last = std::min(tiles, 4 * end), first = 4 * begin;
        const ptrdiff_t rows = block_rows(k, last - first);
        // Positions start a cache line apart in a page: powers of two between them would fill a few sets of the caches.
        const ptrdiff_t stepV = rows * k.channels + 64 / element_size(k.dtype), stepM = rows * k.outputs + 16;
        const size_t inputs = 16 * (size_t)(stepV * element_size(k.dtype)), products = 16 * (size_t)stepM * sizeof(float);
        const size_t pixel = (size_t)(k.channels * element_size(k.dtype));
        char *memory = static_cast<char *>(scratch(scratchTiles, inputs + products + pixel));
        Winograd own = k;
        own.zeros = memory + inputs + products;
        memset(memory + inputs + products, 0, pixel);
        for (ptrdiff_t tile = first; tile < last; tile += rows) {
            const ptrdiff_t count = std::min(rows, last - tile);
            const WinogradBlock block = {
                tile, count, (count + 3) / 4 * 4, stepV, stepM, memory, reinterpret_cast<float *>(memory + inputs)};
            table.winograd(own, block);
        }
    });
}

}
