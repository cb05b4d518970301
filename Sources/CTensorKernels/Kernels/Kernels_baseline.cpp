// The kernels for every machine of the architecture.

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "Table.h"

#define FSS_LANES 4

namespace fss {
namespace baseline {
#include "Implementation.h"
}

namespace baseline {
constexpr KernelTable table = {"baseline", FSS_TABLE_ENTRIES};
}
const KernelTable baselineKernels = baseline::table;
}
