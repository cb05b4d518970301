#ifndef FSS_MOVEMENT_H
#define FSS_MOVEMENT_H

#include "fss_types.h"

// `out[i] = x[offset + i . strides]` for every index `i` below `extents`; `bytes` is the size of an element.
FSS_API void fss_strided_read(
    int bytes, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out);
// `out[offset + i . strides] = x[i]`.
FSS_API void fss_strided_write(
    int bytes, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out);
// `out[offset + i . strides] += x[i]` in index order, float32, bfloat16 or float16.
FSS_API void fss_strided_add(
    int dtype, const void *x, const int32_t *extents, int rank, ptrdiff_t offset, const ptrdiff_t *strides, void *out);

// The following four return the lowest position of an index out of range, -1 where there is none. Such an index touches no
// memory; gathering writes zeros in its place.

FSS_API ptrdiff_t fss_gather(
    int bytes, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, const int64_t *indices, ptrdiff_t count,
    void *out);
FSS_API ptrdiff_t fss_scatter_add(
    int dtype, const void *x, ptrdiff_t outer, ptrdiff_t n, ptrdiff_t inner, const int64_t *indices, ptrdiff_t count,
    void *out);

// `out[p] = x[p with axis replaced by indices[p]]`; both have `rank` axes.
FSS_API ptrdiff_t fss_gather_elements(
    int bytes, const void *x, const int32_t *extentsX, int axis, const int64_t *indices, const int32_t *extents, int rank,
    void *out);
FSS_API ptrdiff_t fss_scatter_add_elements(
    int dtype, const void *x, const int32_t *extents, int rank, int axis, const int64_t *indices, void *out,
    const int32_t *extentsOut);

#endif
