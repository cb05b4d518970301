// The checks of a MATLAB file before libmatio reads it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "CMatIO.h"

namespace fss_mat {

struct Finding {
    fss_mat_status status;
    const char *found;
};

// Walks through all elements of a file, compressed ones included.
Finding check(const uint8_t *bytes, size_t count);

}  // namespace fss_mat
