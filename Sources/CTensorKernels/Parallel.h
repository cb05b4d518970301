#ifndef FSS_PARALLEL_H
#define FSS_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

#include <type_traits>

namespace fss {

// The number of threads for work of the calling thread, made known to the OpenMP run time (whose setting is per thread).
int thread_count();

using RangeBody = void (*)(void *context, ptrdiff_t begin, ptrdiff_t end);

// Runs `body` over [0, count) in equal contiguous parts of at least `grain`, one a thread; small work stays on the caller.
void parallel_ranges(ptrdiff_t count, ptrdiff_t grain, RangeBody body, void *context);

template <class Body> inline void parallel(ptrdiff_t count, ptrdiff_t grain, Body &&body) {
    if (count <= grain) {
        if (count > 0) body((ptrdiff_t)0, count);
        return;
    }
    using Plain = typename std::remove_reference<Body>::type;
    parallel_ranges(
        count, grain,
        [](void *context, ptrdiff_t begin, ptrdiff_t end) { (*static_cast<Plain *>(context))(begin, end); }, &body);
}

// Grains in elements of cheap (memory-bound) and of expensive (transcendental) work.
constexpr ptrdiff_t cheapGrain = 32768;
constexpr ptrdiff_t costlyGrain = 4096;

// Units of work per thread so that each has at least `elements` elements.
inline ptrdiff_t grain_for(ptrdiff_t elementsPerUnit, ptrdiff_t elements = cheapGrain) {
    return elementsPerUnit >= elements ? 1 : elements / (elementsPerUnit > 0 ? elementsPerUnit : 1);
}

// The size, a multiple of `multiple`, of equal blocks of about `most` units at most.
inline ptrdiff_t equal_blocks(ptrdiff_t count, ptrdiff_t most, ptrdiff_t multiple) {
    const ptrdiff_t blocks = (count + most - 1) / most;
    return ((count + blocks - 1) / blocks + multiple - 1) / multiple * multiple;
}

// Memory of the calling thread that grows and stays, for intermediate results; `slot` separates simultaneous uses.
enum ScratchSlot { scratchPartial, scratchRow, scratchWork, scratchPrimitive, scratchTiles, scratchSlotCount };
void *scratch(ScratchSlot slot, size_t bytes);
inline float *float_scratch(ScratchSlot slot, ptrdiff_t count) {
    return static_cast<float *>(scratch(slot, sizeof(float) * (size_t)count));
}

}

#endif
