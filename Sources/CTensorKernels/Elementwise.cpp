// Drivers of the element-wise operations: shapes and threads around the kernels.

#include <string.h>

#include <limits>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"
#include "Wrapping.h"

using namespace fss;

namespace {

const char *at(const void *p, int dtype, ptrdiff_t index) { return (const char *)p + index * element_size(dtype); }
char *at(void *p, int dtype, ptrdiff_t index) { return (char *)p + index * element_size(dtype); }

bool is_cheap(int op) {
    switch (op) {
    case FSS_NEGATE: case FSS_ABSOLUTE: case FSS_SQUARE: case FSS_SIGN: case FSS_RELU: case FSS_CLAMP: case FSS_AFFINE:
    case FSS_LEAKY_RELU: case FSS_FLOOR: case FSS_ROUND: return true;
    default: return false;
    }
}

// The integer part of a bound; one beyond the type is the nearest that the type has.
template <class I> I saturated(double bound) {
    const double lowest = (double)std::numeric_limits<I>::lowest(), largest = (double)std::numeric_limits<I>::max();
    if (bound <= lowest) return std::numeric_limits<I>::lowest();
    return bound >= largest ? std::numeric_limits<I>::max() : (I)bound;
}

// Wraps around where the result does not fit.
template <class I> void integer_unary(int op, const I *x, I *out, ptrdiff_t n, float alpha, float beta) {
    const double low = alpha, high = beta;
    for (ptrdiff_t i = 0; i < n; ++i) {
        I v = x[i];
        switch (op) {
        case FSS_NEGATE: out[i] = wrapping_subtract((I)0, v); break;
        case FSS_ABSOLUTE: out[i] = v < 0 ? wrapping_subtract((I)0, v) : v; break;
        case FSS_SIGN: out[i] = (I)((v > 0) - (v < 0)); break;
        case FSS_SQUARE: out[i] = wrapping_multiply(v, v); break;
        case FSS_CLAMP: out[i] = (double)v < low ? saturated<I>(low) : ((double)v > high ? saturated<I>(high) : v); break;
        case FSS_LOGICAL_NOT: out[i] = (I)(v == 0); break;
        default: out[i] = v; break;
        }
    }
}

}

void fss_unary(int op, int dtype, const void *x, ptrdiff_t n, float alpha, float beta, void *out) {
    const KernelTable &k = kernels();
    parallel(n, is_cheap(op) ? cheapGrain : costlyGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
        const void *from = at(x, dtype, begin);
        void *to = at(out, dtype, begin);
        switch (dtype) {
        case FSS_F32: case FSS_BF16: return k.unary(op, dtype, from, to, end - begin, alpha, beta);
        case FSS_I32: return integer_unary(op, (const int32_t *)from, (int32_t *)to, end - begin, alpha, beta);
        case FSS_I64: return integer_unary(op, (const int64_t *)from, (int64_t *)to, end - begin, alpha, beta);
        default: return integer_unary(op, (const uint8_t *)from, (uint8_t *)to, end - begin, alpha, beta);
        }
    });
}

void fss_unary_gradient(
    int op, int dtype, const void *x, const void *gradient, ptrdiff_t n, float alpha, float beta, void *out) {
    const KernelTable &k = kernels();
    parallel(n, is_cheap(op) ? cheapGrain : costlyGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
        k.unary_gradient(
            op, dtype, at(x, dtype, begin), at(gradient, dtype, begin), at(out, dtype, begin), end - begin, alpha, beta);
    });
}

void fss_binary(
    int op, int dtype, const void *a, const int32_t *extentsA, int rankA, const void *b, const int32_t *extentsB, int rankB,
    void *out, const int32_t *extents, int rank) {
    const KernelTable &k = kernels();
    const int32_t *shapes[2] = {extentsA, extentsB};
    const int ranks[2] = {rankA, rankB};
    const Broadcast<2> map(extents, rank, shapes, ranks);
    const int outType = op >= FSS_EQUAL ? FSS_BOOL : dtype;
    BinaryRows rows;
    rows.vectorA = map.inner_stride(0) != 0;
    rows.vectorB = map.inner_stride(1) != 0 || !rows.vectorA;
    const ptrdiff_t inner = map.inner();
    const ptrdiff_t grain = op == FSS_POW ? costlyGrain / 4 : cheapGrain;
    if (map.rank == 1) {
        parallel(inner, grain, [&](ptrdiff_t begin, ptrdiff_t end) {
            BinaryRows part = rows;
            part.a = at(a, dtype, rows.vectorA ? begin : 0);
            part.b = at(b, dtype, rows.vectorB ? begin : 0);
            part.out = at(out, outType, begin);
            part.rows = 1;
            part.n = end - begin;
            part.rowStrideA = part.rowStrideB = 0;
            k.binary(op, dtype, part);
        });
        return;
    }
    rows.n = inner;
    rows.rowStrideA = map.row_stride(0);
    rows.rowStrideB = map.row_stride(1);
    const ptrdiff_t rowsPerSlice = map.rows();
    parallel(rowsPerSlice * map.slices(), grain_for(inner, grain), [&](ptrdiff_t begin, ptrdiff_t end) {
        for_row_ranges(begin, end, rowsPerSlice, [&](ptrdiff_t slice, ptrdiff_t row, ptrdiff_t count) {
            BinaryRows part = rows;
            part.a = at(a, dtype, map.slice_offset(0, slice) + row * rows.rowStrideA);
            part.b = at(b, dtype, map.slice_offset(1, slice) + row * rows.rowStrideB);
            part.out = at(out, outType, (slice * rowsPerSlice + row) * inner);
            part.rows = count;
            k.binary(op, dtype, part);
        });
    });
}

namespace {

template <class T>
void select_row(const uint8_t *c, ptrdiff_t sc, const T *a, ptrdiff_t sa, const T *b, ptrdiff_t sb, T *out, ptrdiff_t n) {
    if (sc == 0) {
        const T *from = *c ? a : b;
        const ptrdiff_t step = *c ? sa : sb;
        for (ptrdiff_t i = 0; i < n; ++i) out[i] = from[i * step];
    } else if (sc == 1 && sa == 1 && sb == 1) {
        for (ptrdiff_t i = 0; i < n; ++i) {
            T left = a[i], right = b[i];
            out[i] = c[i] ? left : right;
        }
    } else if (sa == 0 && sb == 1) {
        const T left = *a;
        for (ptrdiff_t i = 0; i < n; ++i) {
            T right = b[i];
            out[i] = c[i] ? left : right;
        }
    } else if (sa == 1 && sb == 0) {
        const T right = *b;
        for (ptrdiff_t i = 0; i < n; ++i) {
            T left = a[i];
            out[i] = c[i] ? left : right;
        }
    } else {
        for (ptrdiff_t i = 0; i < n; ++i) out[i] = c[i * sc] ? a[i * sa] : b[i * sb];
    }
}

template <class T>
void select_typed(const Broadcast<3> &map, const uint8_t *condition, const T *a, const T *b, T *out) {
    const ptrdiff_t inner = map.inner(), rowsPerSlice = map.rows();
    // A single long row is cut into pieces so that threads share it.
    if (map.rank == 1) {
        parallel(inner, cheapGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
            const ptrdiff_t sc = map.inner_stride(0), sa = map.inner_stride(1), sb = map.inner_stride(2);
            select_row(condition + begin * sc, sc, a + begin * sa, sa, b + begin * sb, sb, out + begin, end - begin);
        });
        return;
    }
    parallel(rowsPerSlice * map.slices(), grain_for(inner), [&](ptrdiff_t begin, ptrdiff_t end) {
        for_row_ranges(begin, end, rowsPerSlice, [&](ptrdiff_t slice, ptrdiff_t first, ptrdiff_t count) {
            for (ptrdiff_t row = first; row < first + count; ++row) {
                select_row(
                    condition + map.slice_offset(0, slice) + row * map.row_stride(0), map.inner_stride(0),
                    a + map.slice_offset(1, slice) + row * map.row_stride(1), map.inner_stride(1),
                    b + map.slice_offset(2, slice) + row * map.row_stride(2), map.inner_stride(2),
                    out + (slice * rowsPerSlice + row) * inner, inner);
            }
        });
    });
}

}

void fss_select(
    int dtype, const uint8_t *condition, const int32_t *extentsC, int rankC, const void *a, const int32_t *extentsA,
    int rankA, const void *b, const int32_t *extentsB, int rankB, void *out, const int32_t *extents, int rank) {
    const int32_t *shapes[3] = {extentsC, extentsA, extentsB};
    const int ranks[3] = {rankC, rankA, rankB};
    const Broadcast<3> map(extents, rank, shapes, ranks);
    switch (element_size(dtype)) {
    case 1: return select_typed(map, condition, (const uint8_t *)a, (const uint8_t *)b, (uint8_t *)out);
    case 2: return select_typed(map, condition, (const uint16_t *)a, (const uint16_t *)b, (uint16_t *)out);
    case 4: return select_typed(map, condition, (const uint32_t *)a, (const uint32_t *)b, (uint32_t *)out);
    default: return select_typed(map, condition, (const uint64_t *)a, (const uint64_t *)b, (uint64_t *)out);
    }
}
