#ifndef FSS_HALF_H
#define FSS_HALF_H

// The two 16-bit floating types, one number at a time: for drivers, for the ends of rows, and for machines without
// instructions that convert them. Both round to nearest even, keep infinities and leave NaN a quiet NaN.

#include <stdint.h>

#define FSS_SCALAR static inline __attribute__((always_inline))

namespace fss {

struct BFloatFormat {
    FSS_SCALAR float widen(uint16_t bits) { return __builtin_bit_cast(float, (uint32_t)bits << 16); }
    FSS_SCALAR uint16_t narrow(float v) {
        const uint32_t u = __builtin_bit_cast(uint32_t, v);
        return (uint16_t)(v != v ? 0x7fc0u : (u + 0x7fffu + (u >> 16 & 1u)) >> 16);
    }
};

// IEEE half precision: 5 exponent bits, 10 mantissa bits, subnormal numbers below 2^-14.
struct HalfFormat {
    FSS_SCALAR float widen(uint16_t bits) {
        const uint32_t sign = (uint32_t)(bits & 0x8000u) << 16, magnitude = bits & 0x7fffu;
        uint32_t u;
        if (magnitude >= 0x7c00u) {
            u = 0x7f800000u | magnitude << 13;
            if (magnitude > 0x7c00u) u |= 0x400000u;
        } else if (magnitude >= 0x400u) {
            u = (magnitude << 13) + (112u << 23);
        } else {
            u = __builtin_bit_cast(uint32_t, (float)magnitude * 0x1p-24f);
        }
        return __builtin_bit_cast(float, u | sign);
    }
    FSS_SCALAR uint16_t narrow(float v) {
        const uint32_t u = __builtin_bit_cast(uint32_t, v), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
        uint32_t h;
        if (magnitude > 0x7f800000u) {
            h = 0x7e00u | (magnitude >> 13 & 0x3ffu);
        } else if (magnitude >= 0x477ff000u) {
            // 65520 and above are nearer to 2^16 than to the largest number.
            h = 0x7c00u;
        } else if (magnitude >= 0x38800000u) {
            h = (magnitude - (112u << 23) + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
        } else {
            // One unit in the last place of 0.5 is 2^-24, that of the subnormal numbers: the addition rounds.
            h = __builtin_bit_cast(uint32_t, __builtin_bit_cast(float, magnitude) + 0.5f) - 0x3f000000u;
        }
        return (uint16_t)(h | sign);
    }
};

// A number of such a format in memory.
template <class Format> struct Narrow {
    uint16_t bits;
    Narrow &operator+=(Narrow other) {
        bits = Format::narrow(Format::widen(bits) + Format::widen(other.bits));
        return *this;
    }
};

}

#endif
