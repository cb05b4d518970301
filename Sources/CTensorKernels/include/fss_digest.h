#ifndef FSS_DIGEST_H
#define FSS_DIGEST_H

#include "fss_types.h"

// Takes `count` blocks of 64 bytes into the state of a SHA-256 digest (FIPS 180-4) with this machine's instructions for it.
// Returns 0, and leaves the state alone, where it has none.
FSS_API int fss_sha256(uint32_t state[8], const void *blocks, size_t count);

// The 64 round constants: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
FSS_API const uint32_t *fss_sha256_constants(void);

#endif
