// The kernels for x86-64 with avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2.

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "Table.h"

#define FSS_LANES 16

// Conversions of float16.
#define FSS_HALF_WIDEN(h) __builtin_bit_cast(vf, _mm512_cvtph_ps(__builtin_bit_cast(__m256i, h)))
#define FSS_HALF_ROUND(v) \
    __builtin_bit_cast(vh, _mm512_cvtps_ph(__builtin_bit_cast(__m512, v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)

namespace fss {
namespace avx512 {
#include "Implementation.h"
}
}

#pragma clang attribute pop

namespace fss {
namespace avx512 {
constexpr KernelTable table = {"avx512", FSS_TABLE_ENTRIES};
}
const KernelTable avx512Kernels = avx512::table;
}

#endif
