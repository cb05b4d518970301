// Drivers of pooling and resampling.

#include <string.h>

#include <algorithm>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"

using namespace fss;

namespace {

PoolRow row_of(const fss_pooling &p) {
    PoolRow k = {};
    k.maximum = p.maximum != 0;
    k.countsPadding = p.counts_padding != 0;
    k.channels = p.channels;
    k.height = p.height;
    k.width = p.width;
    k.outHeight = p.out_height;
    k.outWidth = p.out_width;
    k.kernelY = p.kernel_y;
    k.kernelX = p.kernel_x;
    k.strideY = p.stride_y;
    k.strideX = p.stride_x;
    k.padTop = p.pad_top;
    k.padBottom = p.pad_bottom;
    k.padLeft = p.pad_left;
    k.padRight = p.pad_right;
    return k;
}

// Channels of one task of the derivative, which scatters and so owns its channels of an image alone.
constexpr ptrdiff_t channelBlock = 64;

float value_at(int dtype, const void *p, ptrdiff_t i) {
    if (dtype == FSS_F32) return ((const float *)p)[i];
    uint32_t u = (uint32_t)((const uint16_t *)p)[i] << 16;
    return __builtin_bit_cast(float, u);
}

// The gradient of channels [c0, c1) of image `n` into `plane`, float32 [height * width, c1 - c0].
void scatter_plane(
    const PoolRow &k, int dtype, const void *gradient, const int32_t *indices, ptrdiff_t n, ptrdiff_t c0, ptrdiff_t c1,
    float *plane) {
    const ptrdiff_t width = c1 - c0;
    memset(plane, 0, sizeof(float) * (size_t)(k.height * k.width * width));
    for (ptrdiff_t oy = 0; oy < k.outHeight; ++oy) {
        for (ptrdiff_t ox = 0; ox < k.outWidth; ++ox) {
            const ptrdiff_t at = ((n * k.outHeight + oy) * k.outWidth + ox) * k.channels + c0;
            if (k.maximum) {
                for (ptrdiff_t c = 0; c < width; ++c) {
                    plane[indices[at + c] * width + c] += value_at(dtype, gradient, at + c);
                }
                continue;
            }
            const PoolWindow w = pool_window(k, oy, ox);
            const float share = 1.f / (float)w.divisor;
            for (ptrdiff_t y = w.y0; y < w.y1; ++y) {
                for (ptrdiff_t x = w.x0; x < w.x1; ++x) {
                    const char *from = (const char *)gradient + at * element_size(dtype);
                    kernels().add_scaled(dtype, plane + (y * k.width + x) * width, from, share, width, false);
                }
            }
        }
    }
}

}

void fss_pool(const fss_pooling *pooling, int dtype, const void *x, void *out, int32_t *indices) {
    const KernelTable &table = kernels();
    PoolRow k = row_of(*pooling);
    k.x = x;
    k.out = out;
    k.indices = indices;
    const ptrdiff_t cost = k.outWidth * k.channels * k.kernelY * k.kernelX;
    parallel(pooling->batch * k.outHeight, grain_for(cost), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t row = begin; row < end; ++row) table.pool_row(dtype, k, row / k.outHeight, row % k.outHeight);
    });
}

void fss_pool_gradient(
    const fss_pooling *pooling, int dtype, const void *gradient, const int32_t *indices, void *out) {
    const KernelTable &table = kernels();
    const PoolRow k = row_of(*pooling);
    const ptrdiff_t size = element_size(dtype), C = k.channels;
    const ptrdiff_t blocks = (C + channelBlock - 1) / channelBlock, positions = k.height * k.width;
    if (pooling->batch * C * positions == 0) return;
    parallel(pooling->batch * blocks, grain_for(positions * std::min(C, channelBlock), costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t n = i / blocks, c0 = i % blocks * channelBlock, c1 = std::min(C, c0 + channelBlock);
            const ptrdiff_t width = c1 - c0;
            float *plane = float_scratch(scratchWork, positions * width);
            scatter_plane(k, dtype, gradient, indices, n, c0, c1, plane);
            for (ptrdiff_t p = 0; p < positions; ++p) {
                char *to = (char *)out + ((n * positions + p) * C + c0) * size;
                if (dtype == FSS_F32) memcpy(to, plane + p * width, sizeof(float) * (size_t)width);
                else table.float_to_bfloat(plane + p * width, (uint16_t *)to, width);
            }
        }
    });
}

void fss_resample(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t channels, ptrdiff_t rowOutputs, ptrdiff_t rowInputs,
    const int32_t *rowStarts, const int32_t *rowIndices, const float *rowWeights, ptrdiff_t columnOutputs,
    ptrdiff_t columnInputs, const int32_t *columnStarts, const int32_t *columnIndices, const float *columnWeights, void *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype), line = columnInputs * channels;
    const ResampleColumns along = {channels, columnOutputs, columnStarts, columnIndices, columnWeights};
    const ptrdiff_t entries = rowOutputs > 0 ? rowStarts[rowOutputs] / rowOutputs : 0;
    const ptrdiff_t cost = line * (entries + 1) + columnOutputs * channels * 2;
    parallel(batch * rowOutputs, grain_for(cost), [&](ptrdiff_t begin, ptrdiff_t end) {
        float *mixed = float_scratch(scratchRow, line);
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t n = i / rowOutputs, y = i % rowOutputs;
            const int32_t first = rowStarts[y], last = rowStarts[y + 1];
            const float *source = mixed;
            if (first == last) memset(mixed, 0, sizeof(float) * (size_t)line);
            for (int32_t e = first; e < last; ++e) {
                const char *from = (const char *)x + (n * rowInputs + rowIndices[e]) * line * size;
                // An unweighted float32 row is read where it is.
                if (dtype == FSS_F32 && last - first == 1 && rowWeights[e] == 1.f) source = (const float *)from;
                else k.add_scaled(dtype, mixed, from, rowWeights[e], line, e == first);
            }
            k.resample_columns(dtype, along, source, (char *)out + i * columnOutputs * channels * size);
        }
    });
}
