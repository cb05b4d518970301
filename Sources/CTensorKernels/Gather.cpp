// Gathering and scattering by index tensors. Sums are added in index order, whatever the number of threads. An index out
// of range touches nothing; the position of the first one is returned.

#include <string.h>

#include <algorithm>
#include <atomic>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"
#include "include/fss_movement.h"

using namespace fss;

namespace {

using BFloat = Narrow<BFloatFormat>;
using Half = Narrow<HalfFormat>;

// The lowest position of an index out of range, the same for any number of threads.
class IndexCheck {
    std::atomic<ptrdiff_t> first{PTRDIFF_MAX};

public:
    bool admits(int64_t index, ptrdiff_t n, ptrdiff_t position) {
        if (__builtin_expect((uint64_t)index < (uint64_t)n, 1)) return true;
        ptrdiff_t known = first.load(std::memory_order_relaxed);
        while (position < known && !first.compare_exchange_weak(known, position, std::memory_order_relaxed)) {}
        return false;
    }
    ptrdiff_t fault() const {
        const ptrdiff_t position = first.load(std::memory_order_relaxed);
        return position == PTRDIFF_MAX ? -1 : position;
    }
};

template <class T>
ptrdiff_t scatter_add(
    const T *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, const int64_t *indices, ptrdiff_t count, T *out) {
    IndexCheck check;
    // A thread owns columns, so that no two threads add to one element.
    parallel(outer * inner, grain_for(count), [&](ptrdiff_t begin, ptrdiff_t end) {
        while (begin < end) {
            const ptrdiff_t o = begin / inner, first = begin % inner;
            const ptrdiff_t width = std::min(inner - first, end - begin);
            for (ptrdiff_t m = 0; m < count; ++m) {
                if (!check.admits(indices[m], n, m)) continue;
                const T *from = x + (o * count + m) * inner + first;
                T *to = out + (o * n + indices[m]) * inner + first;
                for (ptrdiff_t i = 0; i < width; ++i) to[i] += from[i];
            }
            begin += width;
        }
    });
    return check.fault();
}

// Walks over the elements of a shape from `begin` on, keeping the offset into a second shape of which `axis` is left out.
struct Walk {
    int rank, axis;
    const int32_t *extents;
    ptrdiff_t strides[FSS_MAX_RANK], position[FSS_MAX_RANK];
    ptrdiff_t offset = 0;

    Walk(const int32_t *extents, int rank, int axis, const int32_t *other, ptrdiff_t begin)
        : rank(rank), axis(axis), extents(extents) {
        ptrdiff_t step = 1;
        for (int i = rank - 1; i >= 0; --i) {
            strides[i] = i == axis ? 0 : step;
            step *= other[i];
            position[i] = begin % extents[i];
            begin /= extents[i];
            offset += position[i] * strides[i];
        }
    }
    void advance() {
        for (int i = rank - 1; i >= 0; --i) {
            offset += strides[i];
            if (++position[i] < extents[i]) return;
            offset -= strides[i] * extents[i];
            position[i] = 0;
        }
    }
};

ptrdiff_t product(const int32_t *extents, int begin, int end) {
    ptrdiff_t result = 1;
    for (int i = begin; i < end; ++i) result *= extents[i];
    return result;
}

template <class T>
ptrdiff_t gather_elements(
    const T *x, const int32_t *extentsX, int axis, const int64_t *indices, const int32_t *extents, int rank, T *out) {
    IndexCheck check;
    const ptrdiff_t along = product(extentsX, axis + 1, rank), n = extentsX[axis];
    parallel(product(extents, 0, rank), cheapGrain / 4, [&](ptrdiff_t begin, ptrdiff_t end) {
        Walk walk(extents, rank, axis, extentsX, begin);
        for (ptrdiff_t i = begin; i < end; ++i, walk.advance()) {
            out[i] = check.admits(indices[i], n, i) ? x[walk.offset + indices[i] * along] : T{};
        }
    });
    return check.fault();
}

template <class T>
ptrdiff_t scatter_add_elements(
    const T *x, const int32_t *extents, int rank, int axis, const int64_t *indices, T *out, const int32_t *extentsOut) {
    IndexCheck check;
    const ptrdiff_t along = product(extentsOut, axis + 1, rank), n = extentsOut[axis];
    // Parts along an axis before `axis` never meet; otherwise one thread keeps the order.
    const ptrdiff_t parts = product(extents, 0, axis), length = product(extents, axis, rank);
    parallel(parts, grain_for(length, cheapGrain / 4), [&](ptrdiff_t begin, ptrdiff_t end) {
        Walk walk(extents, rank, axis, extentsOut, begin * length);
        for (ptrdiff_t i = begin * length; i < end * length; ++i, walk.advance()) {
            if (check.admits(indices[i], n, i)) out[walk.offset + indices[i] * along] += x[i];
        }
    });
    return check.fault();
}

}

ptrdiff_t fss_gather(
    int bytes, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, const int64_t *indices, ptrdiff_t count,
    void *out) {
    IndexCheck check;
    const ptrdiff_t run = inner * bytes;
    parallel(outer * count, grain_for(run, 4 * cheapGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t o = i / count, m = i % count;
            char *to = (char *)out + i * run;
            if (!check.admits(indices[m], n, m)) {
                memset(to, 0, (size_t)run);
                continue;
            }
            const char *from = (const char *)x + (o * n + indices[m]) * run;
            if (run == 4) memcpy(to, from, 4);
            else memcpy(to, from, (size_t)run);
        }
    });
    return check.fault();
}

ptrdiff_t fss_scatter_add(
    int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, const int64_t *indices, ptrdiff_t count,
    void *out) {
    if (dtype == FSS_F32) return scatter_add((const float *)x, outer, n, inner, indices, count, (float *)out);
    if (dtype == FSS_F16) return scatter_add((const Half *)x, outer, n, inner, indices, count, (Half *)out);
    return scatter_add((const BFloat *)x, outer, n, inner, indices, count, (BFloat *)out);
}

ptrdiff_t fss_gather_elements(
    int bytes, const void *x, const int32_t *extentsX, int axis, const int64_t *indices, const int32_t *extents, int rank,
    void *out) {
    switch (bytes) {
    case 1: return gather_elements((const uint8_t *)x, extentsX, axis, indices, extents, rank, (uint8_t *)out);
    case 2: return gather_elements((const uint16_t *)x, extentsX, axis, indices, extents, rank, (uint16_t *)out);
    case 4: return gather_elements((const uint32_t *)x, extentsX, axis, indices, extents, rank, (uint32_t *)out);
    default: return gather_elements((const uint64_t *)x, extentsX, axis, indices, extents, rank, (uint64_t *)out);
    }
}

ptrdiff_t fss_scatter_add_elements(
    int dtype, const void *x, const int32_t *extents, int rank, int axis, const int64_t *indices, void *out,
    const int32_t *extentsOut) {
    if (dtype == FSS_F32) {
        return scatter_add_elements((const float *)x, extents, rank, axis, indices, (float *)out, extentsOut);
    }
    if (dtype == FSS_F16) {
        return scatter_add_elements((const Half *)x, extents, rank, axis, indices, (Half *)out, extentsOut);
    }
    return scatter_add_elements((const BFloat *)x, extents, rank, axis, indices, (BFloat *)out, extentsOut);
}
