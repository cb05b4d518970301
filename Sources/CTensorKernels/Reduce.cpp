// Drivers of the reductions. Every partition is fixed by the shape alone, so results do not depend on the thread count.

#include <string.h>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"
#include "Wrapping.h"
#include "include/fss_threads.h"

using namespace fss;

namespace {

// One step: [outer, n, inner] to [outer, inner].
struct Pass {
    ptrdiff_t outer, n, inner;
};

constexpr ptrdiff_t rowPiece = 16384;
constexpr ptrdiff_t columnRows = 256;
// Narrow columns are widened to about this many by taking several rows as one.
constexpr ptrdiff_t columnWidth = 64;

float combine(int op, float a, float b) {
    switch (op) {
    case FSS_REDUCE_MAX: return a != a ? a : (a > b ? a : b);
    case FSS_REDUCE_MIN: return a != a ? a : (a < b ? a : b);
    case FSS_REDUCE_PRODUCT: return a * b;
    default: return a + b;
    }
}

void reduce_rows(int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, float *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype);
    if (n <= 2 * rowPiece || rows >= 8) {
        parallel(rows, grain_for(n), [&](ptrdiff_t begin, ptrdiff_t end) {
            k.reduce_rows(op, dtype, (const char *)x + begin * n * size, end - begin, n, out + begin);
        });
        return;
    }
    const ptrdiff_t pieces = (n + rowPiece - 1) / rowPiece;
    float *partial = float_scratch(scratchPartial, rows * pieces);
    parallel(rows * pieces, 2, [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t row = i / pieces, start = i % pieces * rowPiece;
            const ptrdiff_t m = n - start < rowPiece ? n - start : rowPiece;
            k.reduce_rows(op, dtype, (const char *)x + (row * n + start) * size, 1, m, partial + i);
        }
    });
    k.reduce_rows(op, FSS_F32, partial, rows, pieces, out);
}

void reduce_columns(int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t columns, float *out) {
    const KernelTable &k = kernels();
    const ptrdiff_t size = element_size(dtype);
    if (columns <= columnWidth / 2 && rows >= 4 * columnWidth / columns) {
        const ptrdiff_t fold = columnWidth / columns, folded = rows / fold;
        float wide[columnWidth];
        reduce_columns(op, dtype, x, folded, fold * columns, wide);
        for (ptrdiff_t c = 0; c < columns; ++c) {
            float value = wide[c];
            for (ptrdiff_t i = 1; i < fold; ++i) value = combine(op, value, wide[i * columns + c]);
            out[c] = value;
        }
        const ptrdiff_t rest = rows - folded * fold;
        if (rest > 0) {
            k.reduce_columns(
                op, dtype, (const char *)x + folded * fold * columns * size, rest, columns, columns, wide);
            for (ptrdiff_t c = 0; c < columns; ++c) out[c] = combine(op, out[c], wide[c]);
        }
        return;
    }
    if (rows <= 2 * columnRows) {
        parallel(columns, grain_for(rows), [&](ptrdiff_t begin, ptrdiff_t end) {
            k.reduce_columns(op, dtype, (const char *)x + begin * size, rows, columns, end - begin, out + begin);
        });
        return;
    }
    const ptrdiff_t pieces = (rows + columnRows - 1) / columnRows;
    // Row pieces of row pieces: the second level has 256 times fewer rows and reuses nothing of the first.
    float *partial = new float[(size_t)(pieces * columns)];
    parallel(pieces, grain_for(columnRows * columns), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
            const ptrdiff_t first = i * columnRows;
            const ptrdiff_t m = rows - first < columnRows ? rows - first : columnRows;
            k.reduce_columns(
                op, dtype, (const char *)x + first * columns * size, m, columns, columns, partial + i * columns);
        }
    });
    reduce_columns(op, FSS_F32, partial, pieces, columns, out);
    delete[] partial;
}

void run_pass(int op, int dtype, const void *x, const Pass &pass, float *out) {
    if (pass.inner == 1) return reduce_rows(op, dtype, x, pass.outer, pass.n, out);
    const ptrdiff_t size = element_size(dtype), plane = pass.n * pass.inner;
    if (pass.outer == 1) return reduce_columns(op, dtype, x, pass.n, pass.inner, out);
    if (plane >= cheapGrain * 4 || pass.n > 2 * columnRows) {
        for (ptrdiff_t o = 0; o < pass.outer; ++o) {
            reduce_columns(op, dtype, (const char *)x + o * plane * size, pass.n, pass.inner, out + o * pass.inner);
        }
        return;
    }
    const KernelTable &k = kernels();
    parallel(pass.outer, grain_for(plane), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t o = begin; o < end; ++o) {
            k.reduce_columns(
                op, dtype, (const char *)x + o * plane * size, pass.n, pass.inner, pass.inner, out + o * pass.inner);
        }
    });
}

// Integers, straightforward: sums and products wrap.
template <class T> void integer_pass(int op, const T *x, const Pass &pass, T *out) {
    parallel(pass.outer, grain_for(pass.n * pass.inner), [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t o = begin; o < end; ++o) {
            const T *plane = x + o * pass.n * pass.inner;
            T *row = out + o * pass.inner;
            memcpy(row, plane, sizeof(T) * (size_t)pass.inner);
            for (ptrdiff_t r = 1; r < pass.n; ++r) {
                const T *next = plane + r * pass.inner;
                for (ptrdiff_t i = 0; i < pass.inner; ++i) {
                    switch (op) {
                    case FSS_REDUCE_MAX: row[i] = next[i] > row[i] ? next[i] : row[i]; break;
                    case FSS_REDUCE_MIN: row[i] = next[i] < row[i] ? next[i] : row[i]; break;
                    case FSS_REDUCE_PRODUCT: row[i] = wrapping_multiply(row[i], next[i]); break;
                    default: row[i] = wrapping_add(row[i], next[i]); break;
                    }
                }
            }
        }
    });
}

// The axes merged into runs that are kept or reduced alternately.
struct Runs {
    int count = 0;
    ptrdiff_t extent[FSS_MAX_RANK];
    bool reduced[FSS_MAX_RANK];

    Runs(const int32_t *extents, int rank, uint32_t axes) {
        for (int axis = 0; axis < rank; ++axis) {
            if (extents[axis] == 1) continue;
            const bool now = (axes >> axis & 1u) != 0;
            if (count > 0 && reduced[count - 1] == now) {
                extent[count - 1] *= extents[axis];
            } else {
                extent[count] = extents[axis];
                reduced[count++] = now;
            }
        }
    }

    // Takes out the innermost reduced run.
    bool next(Pass &pass) {
        for (int i = count - 1; i >= 0; --i) {
            if (!reduced[i]) continue;
            pass = {1, extent[i], 1};
            for (int j = 0; j < i; ++j) pass.outer *= extent[j];
            for (int j = i + 1; j < count; ++j) pass.inner *= extent[j];
            for (int j = i; j + 1 < count; ++j) {
                extent[j] = extent[j + 1];
                reduced[j] = reduced[j + 1];
            }
            --count;
            return true;
        }
        return false;
    }
};

template <class T> void reduce_integers(int op, const void *xv, Runs runs, ptrdiff_t total, ptrdiff_t results, T *out) {
    const T *x = (const T *)xv;
    T *held = nullptr;
    Pass pass;
    bool any = false;
    while (runs.next(pass)) {
        any = true;
        T *to = pass.outer * pass.inner == results ? out : new T[(size_t)(pass.outer * pass.inner)];
        integer_pass(op, x, pass, to);
        delete[] held;
        held = to == out ? nullptr : to;
        x = to;
    }
    if (!any) memcpy(out, x, sizeof(T) * (size_t)results);
    delete[] held;
    if (op == FSS_REDUCE_MEAN) {
        for (ptrdiff_t i = 0; i < results; ++i) out[i] /= (T)(total / results);
    }
}

double neutral(int op, int dtype) {
    const bool whole = dtype == FSS_I32 || dtype == FSS_I64;
    switch (op) {
    case FSS_REDUCE_MEAN: return whole ? 0 : __builtin_nan("");
    case FSS_REDUCE_MAX: return -__builtin_inf();
    case FSS_REDUCE_MIN: return __builtin_inf();
    case FSS_REDUCE_PRODUCT: return 1;
    default: return 0;
    }
}

}

void fss_reduce(int op, int dtype, const void *x, const int32_t *extents, int rank, uint32_t axes, void *out) {
    ptrdiff_t total = 1, results = 1;
    bool isEmpty = false;
    for (int axis = 0; axis < rank; ++axis) {
        const bool isKept = (axes >> axis & 1u) == 0;
        if (extents[axis] == 0 && isKept) return;
        isEmpty = isEmpty || extents[axis] == 0;
        if (isKept) results *= extents[axis];
    }
    // The extents of a tensor without elements may have a product that no number holds.
    for (int axis = 0; axis < rank; ++axis) total = isEmpty ? 0 : total * extents[axis];
    if (total == 0) return fss_fill(dtype, out, results, neutral(op, dtype));
    Runs runs(extents, rank, axes);
    if (dtype == FSS_I32) return reduce_integers<int32_t>(op, x, runs, total, results, (int32_t *)out);
    if (dtype == FSS_I64) return reduce_integers<int64_t>(op, x, runs, total, results, (int64_t *)out);

    Pass pass;
    float *held = nullptr;
    const void *from = x;
    int type = dtype;
    bool any = false;
    const bool direct = dtype == FSS_F32;
    while (runs.next(pass)) {
        const ptrdiff_t produced = pass.outer * pass.inner;
        float *to = direct && produced == results ? (float *)out : new float[(size_t)produced];
        run_pass(op, type, from, pass, to);
        delete[] held;
        held = to == out ? nullptr : to;
        from = to;
        type = FSS_F32;
        any = true;
    }
    if (!any) return fss_copy(out, x, (size_t)(results * element_size(dtype)));
    float *values = (float *)from;
    if (op == FSS_REDUCE_MEAN) {
        const float count = (float)(total / results);
        for (ptrdiff_t i = 0; i < results; ++i) values[i] /= count;
    }
    if (!direct) kernels().float_to_bfloat(values, (uint16_t *)out, results);
    delete[] held;
}
