#ifndef FSS_WRAPPING_H
#define FSS_WRAPPING_H

#include <stdint.h>

namespace fss {

// Integer arithmetic that wraps around: signed overflow is undefined in C++, that of unsigned numbers is not.
template <class I> struct Unsigned { typedef uint32_t Type; };
template <> struct Unsigned<int64_t> { typedef uint64_t Type; };

#define FSS_WRAPPING(NAME, OPERATOR) \
    template <class I> static inline __attribute__((always_inline)) I NAME(I a, I b) { \
        typedef typename Unsigned<I>::Type U; \
        return (I)((U)a OPERATOR (U)b); \
    }
FSS_WRAPPING(wrapping_add, +)
FSS_WRAPPING(wrapping_subtract, -)
FSS_WRAPPING(wrapping_multiply, *)
#undef FSS_WRAPPING

}

#endif
