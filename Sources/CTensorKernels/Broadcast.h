#ifndef FSS_BROADCAST_H
#define FSS_BROADCAST_H

#include "include/fss_types.h"

namespace fss {

// Up to three contiguous operands broadcast to one result, with neighbouring axes merged where every operand allows it.
template <int Operands> struct Broadcast {
    int rank = 0;
    ptrdiff_t extents[FSS_MAX_RANK];
    ptrdiff_t strides[Operands][FSS_MAX_RANK];

    // `shapes[i]` and `ranks[i]` describe the operands, aligned at the last axis.
    Broadcast(const int32_t *out, int outRank, const int32_t *const (&shapes)[Operands], const int (&ranks)[Operands]) {
        ptrdiff_t full[Operands][FSS_MAX_RANK];
        for (int o = 0; o < Operands; ++o) {
            ptrdiff_t step = 1;
            for (int axis = outRank - 1; axis >= 0; --axis) {
                int own = axis - (outRank - ranks[o]);
                ptrdiff_t extent = own >= 0 ? shapes[o][own] : 1;
                full[o][axis] = extent == 1 ? 0 : step;
                step *= extent;
            }
        }
        for (int axis = 0; axis < outRank; ++axis) {
            if (out[axis] == 1) continue;
            bool merges = rank > 0;
            for (int o = 0; o < Operands && merges; ++o) merges = strides[o][rank - 1] == full[o][axis] * out[axis];
            if (!merges) extents[rank++] = 1;
            extents[rank - 1] *= out[axis];
            for (int o = 0; o < Operands; ++o) strides[o][rank - 1] = full[o][axis];
        }
        if (rank == 0) {
            extents[0] = 1;
            for (int o = 0; o < Operands; ++o) strides[o][0] = 0;
            rank = 1;
        }
    }

    ptrdiff_t inner() const { return extents[rank - 1]; }
    ptrdiff_t rows() const { return rank >= 2 ? extents[rank - 2] : 1; }
    ptrdiff_t row_stride(int o) const { return rank >= 2 ? strides[o][rank - 2] : 0; }
    ptrdiff_t inner_stride(int o) const { return strides[o][rank - 1]; }
    // The number of two-dimensional slices over the last two merged axes.
    ptrdiff_t slices() const {
        ptrdiff_t product = 1;
        for (int axis = 0; axis < rank - 2; ++axis) product *= extents[axis];
        return product;
    }
    // Where operand `o` begins in slice `index`.
    ptrdiff_t slice_offset(int o, ptrdiff_t index) const {
        ptrdiff_t offset = 0;
        for (int axis = rank - 3; axis >= 0; --axis) {
            offset += index % extents[axis] * strides[o][axis];
            index /= extents[axis];
        }
        return offset;
    }
};

inline int element_size(int dtype) {
    switch (dtype) {
    case FSS_F32: case FSS_I32: return 4;
    case FSS_BF16: case FSS_F16: return 2;
    case FSS_I64: return 8;
    default: return 1;
    }
}

// Calls `body(slice, firstRow, rowCount)` for a range of rows counted over all slices.
template <class Body> void for_row_ranges(ptrdiff_t begin, ptrdiff_t end, ptrdiff_t rowsPerSlice, Body &&body) {
    while (begin < end) {
        ptrdiff_t slice = begin / rowsPerSlice, row = begin % rowsPerSlice;
        ptrdiff_t count = rowsPerSlice - row < end - begin ? rowsPerSlice - row : end - begin;
        body(slice, row, count);
        begin += count;
    }
}

}

#endif
