// Drivers of softmax and of the norms. Partitions are fixed by the shape, so results do not depend on the thread count.

#include <string.h>

#include <algorithm>
#include <vector>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Normalize.h"
#include "Parallel.h"

using namespace fss;

namespace {

// Positions of one statistics chunk: about 32 KiB of float32, so that the second look at it hits the first cache.
ptrdiff_t chunk_positions(ptrdiff_t channels) { return std::max<ptrdiff_t>(8, 8192 / channels); }

struct Chunks {
    ptrdiff_t size, perImage;
    Chunks(ptrdiff_t positions, ptrdiff_t channels) {
        size = std::min(positions, chunk_positions(channels));
        perImage = (positions + size - 1) / size;
    }
    ptrdiff_t begin(ptrdiff_t index) const { return index % perImage * size; }
    ptrdiff_t length(ptrdiff_t index, ptrdiff_t positions) const { return std::min(size, positions - begin(index)); }
    // The first position of a chunk among those of all images.
    ptrdiff_t offset(ptrdiff_t index, ptrdiff_t positions) const { return index / perImage * positions + begin(index); }
    ptrdiff_t grain(ptrdiff_t channels) const { return grain_for(size * channels, costlyGrain * 2); }
};

// Mean and reciprocal deviation of every group of one image from the moments of its chunks.
void merge_moments(
    const float *moments, const Chunks &chunks, ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups, float epsilon,
    float *mean, float *deviation) {
    const ptrdiff_t width = channels / groups;
    std::vector<double> channelMean((size_t)channels, 0.0), squares((size_t)channels, 0.0);
    for (ptrdiff_t i = 0; i < chunks.perImage; ++i) {
        const float *m = moments + i * 2 * channels;
        const double weight = (double)chunks.length(i, positions) / (double)positions;
        for (ptrdiff_t c = 0; c < channels; ++c) channelMean[(size_t)c] += weight * m[c];
    }
    std::vector<double> groupMean((size_t)channels);
    for (ptrdiff_t g = 0; g < groups; ++g) {
        double total = 0;
        for (ptrdiff_t c = g * width; c < (g + 1) * width; ++c) total += channelMean[(size_t)c];
        for (ptrdiff_t c = g * width; c < (g + 1) * width; ++c) groupMean[(size_t)c] = total / (double)width;
        mean[g] = (float)(total / (double)width);
    }
    for (ptrdiff_t i = 0; i < chunks.perImage; ++i) {
        const float *m = moments + i * 2 * channels;
        const float *q = m + channels;
        const double count = (double)chunks.length(i, positions);
        for (ptrdiff_t c = 0; c < channels; ++c) {
            const double d = m[c] - groupMean[(size_t)c];
            squares[(size_t)c] += q[c] + count * d * d;
        }
    }
    for (ptrdiff_t g = 0; g < groups; ++g) {
        double total = 0;
        for (ptrdiff_t c = g * width; c < (g + 1) * width; ++c) total += squares[(size_t)c];
        const double variance = total / ((double)width * (double)positions);
        deviation[g] = (float)(1.0 / __builtin_sqrt(variance + (double)epsilon));
    }
}

// Adds rows of partial sums in order.
void add_up(const float *partial, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t stride, float *out) {
    std::vector<double> total((size_t)n, 0.0);
    for (ptrdiff_t r = 0; r < rows; ++r) {
        for (ptrdiff_t i = 0; i < n; ++i) total[(size_t)i] += partial[r * stride + i];
    }
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = (float)total[(size_t)i];
}

constexpr ptrdiff_t gradientRows = 64;

void row_gradient(int dtype, const RowNormGradient &g, ptrdiff_t rows, float *scaleGradient, float *shiftGradient) {
    const KernelTable &k = kernels();
    const ptrdiff_t width = g.groups * g.n;
    // A chunk holds whole turns through the groups and enough elements to make its partial sums worth while.
    const ptrdiff_t chunk = std::max(gradientRows, g.groups), chunks = (rows + chunk - 1) / chunk;
    const bool wanted = scaleGradient || shiftGradient;
    float *partial = wanted ? float_scratch(scratchPartial, chunks * 2 * width) : nullptr;
    if (wanted) memset(partial, 0, sizeof(float) * (size_t)(chunks * 2 * width));
    parallel(chunks, grain_for(chunk * g.n), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            float *scaleSum = scaleGradient ? partial + i * 2 * width : nullptr;
            float *shiftSum = shiftGradient ? partial + (i * 2 + 1) * width : nullptr;
            k.row_norm_gradient(dtype, g, i * chunk, std::min(rows, (i + 1) * chunk), scaleSum, shiftSum);
        }
    });
    if (scaleGradient) add_up(partial, chunks, width, 2 * width, scaleGradient);
    if (shiftGradient) add_up(partial + width, chunks, width, 2 * width, shiftGradient);
}

}

void fss::group_statistics(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups, float epsilon,
    float *mean, float *deviation) {
    const KernelTable &k = kernels();
    const Chunks chunks(positions, channels);
    const ptrdiff_t total = batch * chunks.perImage, size = element_size(dtype);
    float *moments = float_scratch(scratchPartial, total * 2 * channels);
    parallel(total, chunks.grain(channels), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const char *chunk = (const char *)x + chunks.offset(i, positions) * channels * size;
            float *m = moments + i * 2 * channels;
            k.channel_moments(dtype, chunk, chunks.length(i, positions), channels, m, m + channels);
        }
    });
    for (ptrdiff_t n = 0; n < batch; ++n) {
        merge_moments(
            moments + n * chunks.perImage * 2 * channels, chunks, positions, channels, groups, epsilon, mean + n * groups,
            deviation + n * groups);
    }
}

void fss_softmax(int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, int logarithmic, void *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype);
    if (n == 0) return;
    parallel(rows, grain_for(n, costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
        float *row = float_scratch(scratchRow, n);
        const ptrdiff_t offset = begin * n * size;
        k.softmax(dtype, (const char *)x + offset, (char *)out + offset, end - begin, n, logarithmic != 0, row);
    });
}

void fss_softmax_gradient(
    int dtype, const void *y, const void *gradient, ptrdiff_t rows, ptrdiff_t n, int logarithmic, void *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype);
    if (n == 0) return;
    parallel(rows, grain_for(n), [&](ptrdiff_t begin, ptrdiff_t end) {
        const ptrdiff_t offset = begin * n * size;
        k.softmax_gradient(
            dtype, (const char *)y + offset, (const char *)gradient + offset, (char *)out + offset, end - begin, n,
            logarithmic != 0);
    });
}

void fss_group_norm(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups, const float *scale,
    const float *shift, float epsilon, int activation, void *out, float *mean, float *deviation) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype), width = channels / groups;
    if (batch * positions * channels == 0) return;
    if (positions == 1) {
        const RowNorm row = {x, out, width, groups, scale, shift, epsilon, activation, true, mean, deviation};
        parallel(batch * groups, grain_for(width, costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
            k.row_norm(dtype, row, begin, end);
        });
        return;
    }
    group_statistics(dtype, x, batch, positions, channels, groups, epsilon, mean, deviation);
    float *constants = float_scratch(scratchWork, batch * 3 * channels);
    for (ptrdiff_t i = 0; i < batch * channels; ++i) {
        const ptrdiff_t n = i / channels, c = i % channels, g = n * groups + c / width;
        float *own = constants + n * 3 * channels;
        own[c] = mean[g];
        own[channels + c] = deviation[g] * (scale ? scale[c] : 1.f);
        own[2 * channels + c] = shift ? shift[c] : 0.f;
    }
    const Chunks chunks(positions, channels);
    parallel(batch * chunks.perImage, chunks.grain(channels), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t offset = chunks.offset(i, positions) * channels * size;
            const float *own = constants + i / chunks.perImage * 3 * channels;
            k.channel_affine(
                dtype, (const char *)x + offset, chunks.length(i, positions), channels, own, own + channels,
                own + 2 * channels, activation, (char *)out + offset);
        }
    });
}

void fss_group_norm_gradient(
    int dtype, const void *x, const void *gradient, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels,
    ptrdiff_t groups, const float *scale, const float *mean, const float *deviation, void *out, float *scaleGradient,
    float *shiftGradient) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype), width = channels / groups;
    if (batch * positions * channels == 0) {
        if (scaleGradient) memset(scaleGradient, 0, sizeof(float) * (size_t)channels);
        if (shiftGradient) memset(shiftGradient, 0, sizeof(float) * (size_t)channels);
        return;
    }
    if (positions == 1) {
        const RowNormGradient row = {x, gradient, out, width, groups, scale, mean, deviation, true};
        return row_gradient(dtype, row, batch * groups, scaleGradient, shiftGradient);
    }
    const Chunks chunks(positions, channels);
    const ptrdiff_t total = batch * chunks.perImage, grain = chunks.grain(channels);
    float *partial = float_scratch(scratchPartial, total * 2 * channels);
    // Per image: means, the factors of gradient and operand, and the constant, each `channels` long, then the two sums.
    float *constants = float_scratch(scratchWork, batch * 6 * channels);
    for (ptrdiff_t i = 0; i < batch * channels; ++i) {
        const ptrdiff_t n = i / channels, c = i % channels;
        constants[n * 6 * channels + c] = mean[n * groups + c / width];
    }
    const auto offset = [&](ptrdiff_t i) { return chunks.offset(i, positions) * channels * size; };
    parallel(total, grain, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            float *p = partial + i * 2 * channels;
            k.channel_products(
                dtype, (const char *)x + offset(i), (const char *)gradient + offset(i), chunks.length(i, positions), channels,
                constants + i / chunks.perImage * 6 * channels, p, p + channels);
        }
    });
    const double count = (double)width * (double)positions;
    for (ptrdiff_t n = 0; n < batch; ++n) {
        float *own = constants + n * 6 * channels;
        const float *first = partial + n * chunks.perImage * 2 * channels;
        add_up(first, chunks.perImage, 2 * channels, 2 * channels, own + 4 * channels);
        for (ptrdiff_t g = 0; g < groups; ++g) {
            const double r = deviation[n * groups + g];
            double sum = 0, product = 0;
            for (ptrdiff_t c = g * width; c < (g + 1) * width; ++c) {
                const double s = scale ? scale[c] : 1.f;
                sum += s * own[4 * channels + c];
                product += s * own[5 * channels + c];
            }
            for (ptrdiff_t c = g * width; c < (g + 1) * width; ++c) {
                own[channels + c] = (float)(r * (scale ? scale[c] : 1.f));
                own[2 * channels + c] = (float)(-r * r * r * product / count);
                own[3 * channels + c] = (float)(-r * sum / count);
                own[5 * channels + c] = (float)(own[5 * channels + c] * r);
            }
        }
    }
    if (shiftGradient) add_up(constants + 4 * channels, batch, channels, 6 * channels, shiftGradient);
    if (scaleGradient) add_up(constants + 5 * channels, batch, channels, 6 * channels, scaleGradient);
    parallel(total, grain, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const float *own = constants + i / chunks.perImage * 6 * channels;
            k.channel_gradient(
                dtype, (const char *)x + offset(i), (const char *)gradient + offset(i), chunks.length(i, positions), channels,
                own, own + channels, own + 2 * channels, own + 3 * channels, (char *)out + offset(i));
        }
    });
}

void fss_rms_norm(
    int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, const float *scale, float epsilon, void *out, float *deviation) {
    const KernelTable &k = kernels();
    const RowNorm row = {x, out, n, 1, scale, nullptr, epsilon, FSS_ACT_NONE, false, nullptr, deviation};
    parallel(rows, grain_for(n, costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) { k.row_norm(dtype, row, begin, end); });
}

void fss_rms_norm_gradient(
    int dtype, const void *x, const void *gradient, ptrdiff_t rows, ptrdiff_t n, const float *scale, const float *deviation,
    void *out, float *scaleGradient) {
    const RowNormGradient row = {x, gradient, out, n, 1, scale, nullptr, deviation, false};
    row_gradient(dtype, row, rows, scaleGradient, nullptr);
}
