// Copies between a contiguous and a strided view: permute, slice, flip, broadcast, concat, pad.

#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "Broadcast.h"
#include "Kernels/Table.h"
#include "Parallel.h"
#include "include/fss_movement.h"

using namespace fss;

namespace {

// A view with neighbouring axes merged where both sides allow it; `near` are the strides of the contiguous side.
struct View {
    int rank = 0;
    ptrdiff_t extents[FSS_MAX_RANK], near[FSS_MAX_RANK], far[FSS_MAX_RANK];
    ptrdiff_t count = 1;

    View(const int32_t *shape, int shapeRank, const ptrdiff_t *strides) {
        for (int axis = 0; axis < shapeRank; ++axis) {
            if (shape[axis] == 0) count = 0;
        }
        // The strides of a tensor without elements may be too large to be multiplied.
        for (int axis = 0; axis < shapeRank && count > 0; ++axis) {
            count *= shape[axis];
            if (shape[axis] == 1) continue;
            if (rank > 0 && far[rank - 1] == strides[axis] * shape[axis]) {
                extents[rank - 1] *= shape[axis];
            } else {
                extents[rank++] = shape[axis];
            }
            far[rank - 1] = strides[axis];
        }
        if (rank == 0) {
            extents[0] = count;
            far[0] = 1;
            rank = 1;
        }
        ptrdiff_t step = 1;
        for (int axis = rank - 1; axis >= 0; --axis) {
            near[axis] = step;
            step *= extents[axis];
        }
    }

    // Makes sure that there are two axes, so that loops need no special case.
    void pad() {
        if (rank > 1) return;
        extents[1] = extents[0];
        near[1] = near[0];
        far[1] = far[0];
        extents[0] = 1;
        near[0] = far[0] = 0;
        rank = 2;
    }

    // The axis to pair with the last one: that along which the far side is contiguous, else the one before.
    int partner() const {
        for (int axis = 0; axis < rank - 1; ++axis) {
            if (far[axis] == 1) return axis;
        }
        return rank - 2;
    }

    // Whether two different elements may meet the same place of the far side.
    bool overlaps() const {
        int order[FSS_MAX_RANK];
        for (int i = 0; i < rank; ++i) order[i] = i;
        std::sort(order, order + rank, [&](int a, int b) { return llabs(far[a]) < llabs(far[b]); });
        ptrdiff_t reach = 0;
        for (int i = 0; i < rank; ++i) {
            const int axis = order[i];
            if (extents[axis] <= 1) continue;
            if (llabs(far[axis]) <= reach) return true;
            reach += llabs(far[axis]) * (extents[axis] - 1);
        }
        return false;
    }
};

constexpr ptrdiff_t tile = 16;

// rows x columns elements between `near` (columns contiguous) and `far`.
template <class T, bool Reading>
void copy_plane(
    T *near, ptrdiff_t nearRow, T *far, ptrdiff_t farRow, ptrdiff_t farColumn, ptrdiff_t rows, ptrdiff_t columns) {
    if (farColumn == 1) {
        for (ptrdiff_t r = 0; r < rows; ++r) {
            T *a = near + r * nearRow;
            T *b = far + r * farRow;
            if (columns >= 16) {
                if (Reading) memcpy(a, b, sizeof(T) * (size_t)columns);
                else memcpy(b, a, sizeof(T) * (size_t)columns);
            } else {
                for (ptrdiff_t c = 0; c < columns; ++c) {
                    if (Reading) a[c] = b[c];
                    else b[c] = a[c];
                }
            }
        }
        return;
    }
    if (farColumn == 0 && Reading) {
        for (ptrdiff_t r = 0; r < rows; ++r) std::fill(near + r * nearRow, near + r * nearRow + columns, far[r * farRow]);
        return;
    }
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += tile) {
        const ptrdiff_t r1 = std::min(rows, r0 + tile);
        for (ptrdiff_t c0 = 0; c0 < columns; c0 += tile) {
            const ptrdiff_t c1 = std::min(columns, c0 + tile);
            for (ptrdiff_t r = r0; r < r1; ++r) {
                for (ptrdiff_t c = c0; c < c1; ++c) {
                    if (Reading) near[r * nearRow + c] = far[r * farRow + c * farColumn];
                    else far[r * farRow + c * farColumn] = near[r * nearRow + c];
                }
            }
        }
    }
}

// Calls `body(nearOffset, farOffset, rows)` for pieces of planes over (partner, last axis), in parallel where `shared`.
template <class Body> void for_planes(const View &view, int partner, bool shared, Body &&body) {
    ptrdiff_t outer = 1;
    for (int axis = 0; axis < view.rank - 1; ++axis) {
        if (axis != partner) outer *= view.extents[axis];
    }
    const ptrdiff_t rows = view.extents[partner], columns = view.extents[view.rank - 1];
    const ptrdiff_t bands = (rows + tile - 1) / tile;
    const ptrdiff_t grain = shared ? grain_for(tile * columns) : outer * bands;
    parallel(outer * bands, grain, [&](ptrdiff_t begin, ptrdiff_t end) {
        while (begin < end) {
            const ptrdiff_t plane = begin / bands, band = begin % bands;
            const ptrdiff_t count = std::min(bands - band, end - begin);
            ptrdiff_t rest = plane, nearOffset = band * tile * view.near[partner], farOffset = band * tile * view.far[partner];
            for (int axis = view.rank - 2; axis >= 0; --axis) {
                if (axis == partner) continue;
                nearOffset += rest % view.extents[axis] * view.near[axis];
                farOffset += rest % view.extents[axis] * view.far[axis];
                rest /= view.extents[axis];
            }
            body(nearOffset, farOffset, std::min(rows - band * tile, count * tile));
            begin += count;
        }
    });
}

template <class T, bool Reading> void strided_copy(T *near, T *far, View view) {
    if (view.count == 0) return;
    if (view.rank == 1 && view.far[0] == 1) {
        parallel(view.count, 1 << 16, [&](ptrdiff_t begin, ptrdiff_t end) {
            const size_t bytes = sizeof(T) * (size_t)(end - begin);
            if (Reading) memcpy(near + begin, far + begin, bytes);
            else memcpy(far + begin, near + begin, bytes);
        });
        return;
    }
    view.pad();
    const int last = view.rank - 1, partner = view.far[last] == 1 ? view.rank - 2 : view.partner();
    const bool shared = Reading || !view.overlaps();
    for_planes(view, partner, shared, [&](ptrdiff_t nearOffset, ptrdiff_t farOffset, ptrdiff_t rows) {
        copy_plane<T, Reading>(
            near + nearOffset, view.near[partner], far + farOffset, view.far[partner], view.far[last], rows,
            view.extents[last]);
    });
}

template <bool Reading> void strided_bytes(int bytes, void *near, void *far, const View &view) {
    switch (bytes) {
    case 1: return strided_copy<uint8_t, Reading>((uint8_t *)near, (uint8_t *)far, view);
    case 2: return strided_copy<uint16_t, Reading>((uint16_t *)near, (uint16_t *)far, view);
    case 4: return strided_copy<uint32_t, Reading>((uint32_t *)near, (uint32_t *)far, view);
    default: return strided_copy<uint64_t, Reading>((uint64_t *)near, (uint64_t *)far, view);
    }
}

template <class T> void add_line(const T *x, T *out, ptrdiff_t stride, ptrdiff_t n) {
    if (stride == 1) {
        for (ptrdiff_t i = 0; i < n; ++i) out[i] += x[i];
    } else {
        for (ptrdiff_t i = 0; i < n; ++i) out[i * stride] += x[i];
    }
}

template <class T> void strided_add(const T *x, T *out, View view) {
    if (view.count == 0) return;
    view.pad();
    const int last = view.rank - 1, partner = view.rank - 2;
    for_planes(view, partner, !view.overlaps(), [&](ptrdiff_t nearOffset, ptrdiff_t farOffset, ptrdiff_t rows) {
        for (ptrdiff_t r = 0; r < rows; ++r) {
            add_line(
                x + nearOffset + r * view.near[partner], out + farOffset + r * view.far[partner], view.far[last],
                view.extents[last]);
        }
    });
}

}

void fss_strided_read(
    int bytes, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out) {
    // The copy reads through the same type of pointer that it writes through in the other direction.
    char *far = const_cast<char *>(static_cast<const char *>(x)) + offset * bytes;
    strided_bytes<true>(bytes, out, far, View(extents, rank, strides));
}

void fss_strided_write(
    int bytes, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out) {
    strided_bytes<false>(bytes, const_cast<void *>(x), (char *)out + offset * bytes, View(extents, rank, strides));
}

void fss_strided_add(
    int dtype, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out) {
    const View view(extents, rank, strides);
    using BFloat = Narrow<BFloatFormat>;
    using Half = Narrow<HalfFormat>;
    if (dtype == FSS_F32) strided_add((const float *)x, (float *)out + offset, view);
    else if (dtype == FSS_F16) strided_add((const Half *)x, (Half *)out + offset, view);
    else strided_add((const BFloat *)x, (BFloat *)out + offset, view);
}
