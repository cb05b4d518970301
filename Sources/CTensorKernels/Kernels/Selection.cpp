// Which of the compiled instruction sets this machine uses.

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "../include/fss_threads.h"
#include "Table.h"

namespace fss {

const KernelTable &kernels() {
#if defined(__x86_64__)
    static const KernelTable *const best = [] {
        __builtin_cpu_init();
        const char *most = getenv("FSS_MAX_ISA");
        const bool any = !most || strncmp(most, "avx512", 6) == 0;
        bool wide = any && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
        bool dots = __builtin_cpu_supports("avx512bf16") && (!most || strcmp(most, "avx512_bf16") == 0);
        if (wide) return dots ? &avx512BFloatKernels : &avx512Kernels;
        bool middle = (any || strcmp(most, "avx2") == 0) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
            __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
        return middle ? &avx2Kernels : &baselineKernels;
    }();
    return *best;
#else
    return baselineKernels;
#endif
}

bool multiplies_bfloats_by_vectors() {
#if defined(__x86_64__)
    static const bool hasTiles = [] {
        unsigned a, b, c, d;
        const unsigned amxBFloat = 1u << 22;
        return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amxBFloat);
    }();
    return kernels().hasBFloatProducts && !hasTiles;
#else
    return false;
#endif
}

}

const char *fss_instruction_set(void) { return fss::kernels().name; }
