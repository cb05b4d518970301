// What one run of elements becomes.
#ifndef FSS_COCO_BATCH_H
#define FSS_COCO_BATCH_H

#include <string>
#include <vector>

#include "Scanner.h"

namespace fss_coco {

// A fault beyond the number that is described is only counted.
struct Rows {
    std::vector<fss_coco_image> images;
    std::vector<fss_coco_annotation> annotations;
    std::vector<fss_coco_category> categories;
    std::vector<uint8_t> segments;
    std::vector<uint8_t> texts;
    std::vector<fss_coco_fault> faults;
    uint64_t fault_count = 0;
    fss_coco_status status = FSS_COCO_OK;
    uint64_t offset = 0;
    std::string found;
};

// Parses batches one after another with buffers of its own.
class Parser {
  public:
    Parser();
    ~Parser();
    Parser(const Parser &) = delete;
    Parser &operator=(const Parser &) = delete;

    // Allocation failures leave as std::bad_alloc; everything else is in `rows`.
    void parse(const uint8_t *bytes, const Batch &batch, Rows &rows);

  private:
    struct State;
    State *state;
};

}  // namespace fss_coco
#endif
