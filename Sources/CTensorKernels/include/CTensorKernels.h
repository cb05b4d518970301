#ifndef CTENSORKERNELS_H
#define CTENSORKERNELS_H

#include "fss_types.h"
#include "fss_threads.h"
#include "fss_kernels.h"
#include "fss_movement.h"
#include "fss_digest.h"
#include "fss_dnn.h"

#endif
