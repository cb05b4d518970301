// Drivers of fill, conversion, weighted sums, modulation and Adam.

#include <string.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "include/fss_threads.h"
#include "Parallel.h"

using namespace fss;

namespace {


template <class T> void fill_typed(void *out, ptrdiff_t n, T value) {
    T *p = static_cast<T *>(out);
    parallel(n, cheapGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) p[i] = value;
    });
}

// Truncates toward zero; what the type cannot hold goes to its nearest bound and NaN to zero.
template <class To, class From> To number(From value) {
    if constexpr (std::is_floating_point<From>::value && std::is_integral<To>::value) {
        if (value != value) return 0;
        const double wide = (double)value;
        if (wide >= 9223372036854775807.0) return std::numeric_limits<To>::max();
        if (wide <= -9223372036854775808.0) return std::numeric_limits<To>::lowest();
        const int64_t whole = (int64_t)value;
        if (whole > (int64_t)std::numeric_limits<To>::max()) return std::numeric_limits<To>::max();
        if (whole < (int64_t)std::numeric_limits<To>::lowest()) return std::numeric_limits<To>::lowest();
        return (To)whole;
    } else {
        return (To)value;
    }
}

template <class From, class To> void convert_plain(const From *x, To *out, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = number<To>(x[i]);
}

template <class From> void convert_from(const From *x, int to, void *out, ptrdiff_t n) {
    switch (to) {
    case FSS_F32: return convert_plain(x, (float *)out, n);
    case FSS_I32: return convert_plain(x, (int32_t *)out, n);
    case FSS_I64: return convert_plain(x, (int64_t *)out, n);
    case FSS_U8: return convert_plain(x, (uint8_t *)out, n);
    case FSS_BOOL:
        for (ptrdiff_t i = 0; i < n; ++i) ((uint8_t *)out)[i] = x[i] != 0;
        return;
    default: return;
    }
}

constexpr ptrdiff_t pieceLength = 1024;

// A row of `n` elements again and again, as many times as fit.
struct Repeated {
    char bytes[pieceLength * sizeof(float)];

    Repeated(const void *row, ptrdiff_t rowBytes, ptrdiff_t copies) {
        for (ptrdiff_t i = 0; i < copies; ++i) memcpy(bytes + i * rowBytes, row, (size_t)rowBytes);
    }
};

// Many short rows under the same scale and shift (the colours of a photo) are computed as few long ones.
void modulate_rows(const KernelTable &k, int dtype, const ModulateRows &r) {
    const ptrdiff_t copies = pieceLength / std::max<ptrdiff_t>(r.n, 1);
    if (r.rowStrideScale != 0 || r.rowStrideShift != 0 || copies < 16 || r.rows < copies) return k.modulate(dtype, r);
    const ptrdiff_t size = element_size(dtype), rowBytes = r.n * size;
    const Repeated scales(r.scale, r.vectorScale ? rowBytes : size, r.vectorScale ? copies : 1);
    const Repeated shifts(r.shift, r.vectorShift ? rowBytes : size, r.vectorShift ? copies : 1);
    ModulateRows wide = r;
    wide.scale = scales.bytes;
    wide.shift = shifts.bytes;
    wide.rows = r.rows / copies;
    wide.n = r.n * copies;
    k.modulate(dtype, wide);
    const ptrdiff_t done = wide.rows * wide.n * size;
    wide.x = (const char *)r.x + done;
    wide.out = (char *)r.out + done;
    wide.rows = 1;
    wide.n = r.rows % copies * r.n;
    if (wide.n > 0) k.modulate(dtype, wide);
}

// The kernel from a 16-bit floating type to float32, and back; null for other types.
void (*widening(int dtype))(const uint16_t *, float *, ptrdiff_t) {
    if (dtype == FSS_BF16) return kernels().bfloat_to_float;
    return dtype == FSS_F16 ? kernels().half_to_float : nullptr;
}
void (*narrowing(int dtype))(const float *, uint16_t *, ptrdiff_t) {
    if (dtype == FSS_BF16) return kernels().float_to_bfloat;
    return dtype == FSS_F16 ? kernels().float_to_half : nullptr;
}

// The 16-bit floating types meet the others by way of float32, a piece at a time.
void convert_range(int from, const char *x, int to, char *out, ptrdiff_t n) {
    const auto widen = widening(from);
    const auto narrow = narrowing(to);
    if (widen && to == FSS_F32) return widen((const uint16_t *)x, (float *)out, n);
    if (narrow && from == FSS_F32) return narrow((const float *)x, (uint16_t *)out, n);
    if (widen || narrow) {
        float piece[pieceLength];
        for (ptrdiff_t i = 0; i < n; i += pieceLength) {
            const ptrdiff_t m = n - i < pieceLength ? n - i : pieceLength;
            if (widen) widen((const uint16_t *)x + i, piece, m);
            else convert_range(from, x + i * element_size(from), FSS_F32, (char *)piece, m);
            if (narrow) narrow(piece, (uint16_t *)out + i, m);
            else convert_from(piece, to, out + i * element_size(to), m);
        }
        return;
    }
    switch (from) {
    case FSS_F32: return convert_from((const float *)x, to, out, n);
    case FSS_I32: return convert_from((const int32_t *)x, to, out, n);
    case FSS_I64: return convert_from((const int64_t *)x, to, out, n);
    default: return convert_from((const uint8_t *)x, to, out, n);
    }
}

}

void fss_fill(int dtype, void *out, ptrdiff_t n, double value) {
    switch (dtype) {
    case FSS_F32: return fill_typed(out, n, (float)value);
    case FSS_BF16: return fill_typed(out, n, BFloatFormat::narrow((float)value));
    case FSS_F16: return fill_typed(out, n, HalfFormat::narrow((float)value));
    case FSS_I32: return fill_typed(out, n, number<int32_t>(value));
    case FSS_I64: return fill_typed(out, n, number<int64_t>(value));
    case FSS_U8: return fill_typed(out, n, number<uint8_t>(value));
    default: return fill_typed(out, n, (uint8_t)(value != 0));
    }
}

void fss_convert(int from, const void *x, int to, void *out, ptrdiff_t n) {
    const ptrdiff_t sizeFrom = element_size(from), sizeTo = element_size(to);
    if (from == to) return fss_copy(out, x, (size_t)(n * sizeTo));
    if (from == FSS_BF16 && to == FSS_BOOL) {
        // Both signs of zero are false.
        parallel(n, cheapGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
            for (ptrdiff_t i = begin; i < end; ++i) ((uint8_t *)out)[i] = (((const uint16_t *)x)[i] & 0x7fff) != 0;
        });
        return;
    }
    parallel(n, cheapGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
        convert_range(from, (const char *)x + begin * sizeFrom, to, (char *)out + begin * sizeTo, end - begin);
    });
}

void fss_weighted_sum(int dtype, const void *a, float scaleA, const void *b, float scaleB, ptrdiff_t n, void *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype);
    parallel(n, cheapGrain, [&](ptrdiff_t begin, ptrdiff_t end) {
        const ptrdiff_t offset = begin * size;
        k.weighted_sum(
            dtype, (const char *)a + offset, scaleA, (const char *)b + offset, scaleB, (char *)out + offset, end - begin);
    });
}

void fss_modulate(
    int dtype, const void *x, const int32_t *extents, int rank, const void *scale, const int32_t *extentsScale,
    int rankScale, const void *shift, const int32_t *extentsShift, int rankShift, float addOne, void *out) {
    const KernelTable &k = kernels();
    const int32_t *shapes[2] = {extentsScale, extentsShift};
    const int ranks[2] = {rankScale, rankShift};
    const Broadcast<2> map(extents, rank, shapes, ranks);
    const ptrdiff_t size = element_size(dtype), inner = map.inner(), rowsPerSlice = map.rows();
    parallel(rowsPerSlice * map.slices(), grain_for(inner), [&](ptrdiff_t begin, ptrdiff_t end) {
        for_row_ranges(begin, end, rowsPerSlice, [&](ptrdiff_t slice, ptrdiff_t row, ptrdiff_t count) {
            ModulateRows r;
            const ptrdiff_t offset = (slice * rowsPerSlice + row) * inner * size;
            r.x = (const char *)x + offset;
            r.out = (char *)out + offset;
            r.scale = (const char *)scale + (map.slice_offset(0, slice) + row * map.row_stride(0)) * size;
            r.shift = (const char *)shift + (map.slice_offset(1, slice) + row * map.row_stride(1)) * size;
            r.rows = count;
            r.n = inner;
            r.rowStrideScale = map.row_stride(0);
            r.rowStrideShift = map.row_stride(1);
            r.vectorScale = map.inner_stride(0) != 0;
            r.vectorShift = map.inner_stride(1) != 0;
            r.addOne = addOne;
            modulate_rows(k, dtype, r);
        });
    });
}

void fss_adam(
    const float *parameter, const float *gradient, const float *first, const float *second, const fss_adam_step *step,
    ptrdiff_t n, float *newParameter, float *newFirst, float *newSecond) {
    const KernelTable &k = kernels();
    const AdamRange range = {parameter, gradient, first, second, newParameter, newFirst, newSecond, step};
    parallel(n, cheapGrain / 2, [&](ptrdiff_t begin, ptrdiff_t end) { k.adam(range, begin, end); });
}
