#ifndef FSS_THREADS_H
#define FSS_THREADS_H

#include "fss_types.h"

// The number of threads of every later call from any thread; 0 returns to the default of the OpenMP run time.
FSS_API void fss_set_threads(int count);
// The number in force on the calling thread.
FSS_API int fss_threads(void);
// The instruction set that the kernels were chosen for: "baseline", "avx2", "avx512" or "avx512_bf16"; the environment
// variable FSS_MAX_ISA with one of these names limits the choice.
FSS_API const char *fss_instruction_set(void);
// Copies memory with several threads where that pays.
FSS_API void fss_copy(void *to, const void *from, size_t bytes);

#endif
