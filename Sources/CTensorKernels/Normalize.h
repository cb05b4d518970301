#ifndef FSS_NORMALIZE_H
#define FSS_NORMALIZE_H

#include <stddef.h>

namespace fss {

// Mean and reciprocal deviation of every group of channels of every image of `x [batch, positions, channels]`. The partition
// of the sums is fixed by the shape, so results do not depend on the thread count.
void group_statistics(
    int dtype, const void *x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups, float epsilon,
    float *mean, float *deviation);

}

#endif
