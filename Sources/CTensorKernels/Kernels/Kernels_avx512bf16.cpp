// The kernels for x86-64 with avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,avx512bf16.

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "Table.h"

#define FSS_LANES 16

// Rounds to nearest even as the portable code does, but subnormal numbers to zero.
#define FSS_BFLOAT_ROUND(v) __builtin_bit_cast(vh, _mm512_cvtneps_pbh(v))
#define FSS_BFLOAT_DOT(sum, a, b) \
    _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b))

// Conversions of float16.
#define FSS_HALF_WIDEN(h) __builtin_bit_cast(vf, _mm512_cvtph_ps(__builtin_bit_cast(__m256i, h)))
#define FSS_HALF_ROUND(v) \
    __builtin_bit_cast(vh, _mm512_cvtps_ph(__builtin_bit_cast(__m512, v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,avx512bf16"))), apply_to = function)

namespace fss {
namespace avx512bfloat {
#include "Implementation.h"
}
}

#pragma clang attribute pop

namespace fss {
namespace avx512bfloat {
constexpr KernelTable table = {"avx512_bf16", FSS_TABLE_ENTRIES};
}
const KernelTable avx512BFloatKernels = avx512bfloat::table;
}

#endif
