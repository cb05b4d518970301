// The kernels for x86-64 with avx2,fma,f16c,bmi,bmi2.

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "Table.h"

#define FSS_LANES 8

// Conversions of float16.
#define FSS_HALF_WIDEN(h) __builtin_bit_cast(vf, _mm256_cvtph_ps(__builtin_bit_cast(__m128i, h)))
#define FSS_HALF_ROUND(v) \
    __builtin_bit_cast(vh, _mm256_cvtps_ph(__builtin_bit_cast(__m256, v), _MM_FROUND_TO_NEAREST_INT))

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)

namespace fss {
namespace avx2 {
#include "Implementation.h"
}
}

#pragma clang attribute pop

namespace fss {
namespace avx2 {
constexpr KernelTable table = {"avx2", FSS_TABLE_ENTRIES};
}
const KernelTable avx2Kernels = avx2::table;
}

#endif
