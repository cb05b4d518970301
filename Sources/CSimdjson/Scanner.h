// The cut of a file into runs of list elements; plain C++, no simdjson.
#ifndef FSS_COCO_SCANNER_H
#define FSS_COCO_SCANNER_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "CSimdjson.h"

namespace fss_coco {

// Consecutive elements of one list, or one other value of the top-level object, which is only checked.
struct Batch {
    // A list, or -1 for a value that is only checked.
    int list;
    size_t begin;
    size_t end;
    // The position of the first element in its list.
    uint64_t first;
};

struct Failure {
    fss_coco_status status = FSS_COCO_OK;
    uint64_t offset = 0;
    const char *found = "";
};

// The position after the value that begins at `at`; 0 where the text ends before or no value begins there.
size_t end_of_value(const uint8_t *bytes, size_t at, size_t count);

// The position of the next byte that is no blank, or `count`.
size_t skip_blanks(const uint8_t *bytes, size_t at, size_t count);

// Cuts a file; elements of a batch are checked when they are parsed, what stands between batches is checked here.
Failure scan(const uint8_t *bytes, size_t count, std::vector<Batch> &batches);

}  // namespace fss_coco
#endif
