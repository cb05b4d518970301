// The driver of spatially adaptive modulation.

#include <string.h>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Normalize.h"
#include "Parallel.h"
#include "include/fss_kernels.h"

using namespace fss;

namespace {

// Row `y` of a one-channel image as floats, with a zero before and after; all zero outside.
void load_signal(const fss_spatial_modulation &m, int dtype, ptrdiff_t image, ptrdiff_t y, float *row) {
    memset(row, 0, sizeof(float) * (size_t)(m.width + 2));
    if (y < 0 || y >= m.height) return;
    const ptrdiff_t first = (image * m.height + y) * m.width;
    if (dtype == FSS_BF16) kernels().bfloat_to_float((const uint16_t *)m.signal + first, row + 1, m.width);
    else memcpy(row + 1, (const float *)m.signal + first, sizeof(float) * (size_t)m.width);
}

}

void fss_modulate_spatially(const fss_spatial_modulation *modulation, int dtype, void *out) {
    const fss_spatial_modulation &m = *modulation;
    const KernelTable &k = kernels();
    const ptrdiff_t channels = m.channels, rowLength = m.width * channels, size = element_size(dtype);
    if (m.batch * m.height * rowLength == 0) return;
    // Weights by tap, then per image mean, factor and offset of every channel, then the reciprocal deviations.
    float *weights = float_scratch(scratchWork, channels * (18 + 4 * m.batch));
    float *constants = weights + 18 * channels, *statistics = constants + 3 * m.batch * channels;
    for (ptrdiff_t tap = 0; tap < 9; ++tap) {
        for (ptrdiff_t c = 0; c < 2 * channels; ++c) weights[tap * 2 * channels + c] = m.weight[c * 9 + tap];
    }
    float *means = constants;
    group_statistics(
        dtype, m.x, m.batch, m.height * m.width, channels, channels, m.epsilon, means, statistics);
    float *factors = constants + m.batch * channels, *offsets = factors + m.batch * channels;
    for (ptrdiff_t i = 0; i < m.batch * channels; ++i) {
        const float *style = m.style + i / channels * 2 * channels + i % channels;
        factors[i] = (style[0] + 1.f) * statistics[i];
        offsets[i] = style[channels];
    }
    parallel(m.batch * m.height, grain_for(rowLength * 8), [&](ptrdiff_t begin, ptrdiff_t end) {
        const ptrdiff_t padded = m.width + 2;
        float *signal = float_scratch(scratchRow, 3 * padded);
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t image = i / m.height, y = i % m.height;
            for (ptrdiff_t tap = 0; tap < 3; ++tap) load_signal(m, dtype, image, y + tap - 1, signal + tap * padded);
            const float *const rows[3] = {signal, signal + padded, signal + 2 * padded};
            SpatialRow row = {};
            row.width = m.width;
            row.channels = channels;
            row.x = (const char *)m.x + i * rowLength * size;
            row.out = (char *)out + i * rowLength * size;
            if (m.maps) row.maps = (const char *)m.maps + (m.shares_maps ? y : i) * 2 * rowLength * size;
            row.bias = m.bias;
            row.weights = weights;
            row.mean = means + image * channels;
            row.factor = factors + image * channels;
            row.offset = offsets + image * channels;
            row.addOne = m.add_one ? 1.f : 0.f;
            k.spatial_row(dtype, row, rows);
        }
    });
}
