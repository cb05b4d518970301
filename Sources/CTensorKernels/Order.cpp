// Operations that follow an axis in order: arg-reductions, running sums, top-k.

#include <algorithm>
#include <numeric>
#include <vector>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"
#include "Wrapping.h"

using namespace fss;

namespace {

struct BFloat {
    uint16_t bits;
    operator float() const {
        uint32_t u = (uint32_t)bits << 16;
        return __builtin_bit_cast(float, u);
    }
    static BFloat from(float v) {
        uint32_t u = __builtin_bit_cast(uint32_t, v);
        return {(uint16_t)(v != v ? 0x7fc0u : (u + 0x7fffu + (u >> 16 & 1u)) >> 16)};
    }
};

// Whether `a` comes before `b` among maxima (or minima); NaN comes before everything, as in PyTorch.
template <class T> bool beats(bool maximum, T a, T b) {
    if (b != b) return false;
    return a != a || (maximum ? a > b : a < b);
}

template <class Value, class T>
void arg_reduce(bool maximum, const T *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, int64_t *out) {
    parallel(outer * inner, grain_for(n, costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
        std::vector<Value> best;
        while (begin < end) {
            const ptrdiff_t o = begin / inner, first = begin % inner;
            const ptrdiff_t count = std::min(inner - first, end - begin);
            const T *plane = x + o * n * inner + first;
            int64_t *positions = out + o * inner + first;
            best.assign(plane, plane + count);
            std::fill(positions, positions + count, (int64_t)0);
            for (ptrdiff_t r = 1; r < n; ++r) {
                const T *row = plane + r * inner;
                for (ptrdiff_t i = 0; i < count; ++i) {
                    const Value v = (Value)row[i];
                    if (beats<Value>(maximum, v, best[(size_t)i])) {
                        best[(size_t)i] = v;
                        positions[i] = r;
                    }
                }
            }
            begin += count;
        }
    });
}

double sum(double a, double b) { return a + b; }
int32_t sum(int32_t a, int32_t b) { return wrapping_add(a, b); }
int64_t sum(int64_t a, int64_t b) { return wrapping_add(a, b); }

template <class Sum, class T, class Store>
void running_sum(const T *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, bool reversed, T *out, Store store) {
    parallel(outer * inner, grain_for(n), [&](ptrdiff_t begin, ptrdiff_t end) {
        std::vector<Sum> sums;
        while (begin < end) {
            const ptrdiff_t o = begin / inner, first = begin % inner;
            const ptrdiff_t count = std::min(inner - first, end - begin);
            sums.assign((size_t)count, 0);
            for (ptrdiff_t step = 0; step < n; ++step) {
                const ptrdiff_t r = reversed ? n - 1 - step : step;
                const ptrdiff_t offset = (o * n + r) * inner + first;
                for (ptrdiff_t i = 0; i < count; ++i) {
                    sums[(size_t)i] = sum(sums[(size_t)i], (Sum)x[offset + i]);
                    out[offset + i] = store(sums[(size_t)i]);
                }
            }
            begin += count;
        }
    });
}

template <class Value, class T>
void top_k(const T *x, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k, T *values, int64_t *indices) {
    parallel(rows, grain_for(n, costlyGrain), [&](ptrdiff_t begin, ptrdiff_t end) {
        std::vector<int64_t> order((size_t)n);
        for (ptrdiff_t r = begin; r < end; ++r) {
            const T *row = x + r * n;
            std::iota(order.begin(), order.end(), (int64_t)0);
            const auto before = [row](int64_t a, int64_t b) {
                const Value left = (Value)row[a], right = (Value)row[b];
                const bool leftNan = left != left, rightNan = right != right;
                if (leftNan != rightNan) return leftNan;
                if (left > right) return true;
                return (leftNan || left == right) && a < b;
            };
            if (k < n) std::nth_element(order.begin(), order.begin() + k, order.end(), before);
            std::sort(order.begin(), order.begin() + k, before);
            for (ptrdiff_t i = 0; i < k; ++i) {
                values[r * k + i] = row[order[(size_t)i]];
                indices[r * k + i] = order[(size_t)i];
            }
        }
    });
}

}

void fss_arg_reduce(
    int maximum, int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, int64_t *out) {
    const bool top = maximum != 0;
    switch (dtype) {
    case FSS_F32: return arg_reduce<float>(top, (const float *)x, outer, n, inner, out);
    case FSS_BF16: return arg_reduce<float>(top, (const BFloat *)x, outer, n, inner, out);
    case FSS_I32: return arg_reduce<int32_t>(top, (const int32_t *)x, outer, n, inner, out);
    case FSS_I64: return arg_reduce<int64_t>(top, (const int64_t *)x, outer, n, inner, out);
    default: return arg_reduce<uint8_t>(top, (const uint8_t *)x, outer, n, inner, out);
    }
}

void fss_cumulative_sum(
    int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, int reversed, void *out) {
    const bool back = reversed != 0;
    const auto same = [](auto v) { return v; };
    switch (dtype) {
    case FSS_F32:
        return running_sum<double>(
            (const float *)x, outer, n, inner, back, (float *)out, [](double v) { return (float)v; });
    case FSS_BF16:
        return running_sum<double>(
            (const BFloat *)x, outer, n, inner, back, (BFloat *)out, [](double v) { return BFloat::from((float)v); });
    case FSS_I32: return running_sum<int32_t>((const int32_t *)x, outer, n, inner, back, (int32_t *)out, same);
    case FSS_I64: return running_sum<int64_t>((const int64_t *)x, outer, n, inner, back, (int64_t *)out, same);
    default: return;
    }
}

void fss_top_k(int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k, void *values, int64_t *indices) {
    switch (dtype) {
    case FSS_F32: return top_k<float>((const float *)x, rows, n, k, (float *)values, indices);
    case FSS_BF16: return top_k<float>((const BFloat *)x, rows, n, k, (BFloat *)values, indices);
    case FSS_I32: return top_k<int32_t>((const int32_t *)x, rows, n, k, (int32_t *)values, indices);
    case FSS_I64: return top_k<int64_t>((const int64_t *)x, rows, n, k, (int64_t *)values, indices);
    default: return top_k<uint8_t>((const uint8_t *)x, rows, n, k, (uint8_t *)values, indices);
    }
}
