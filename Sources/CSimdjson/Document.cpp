#include <algorithm>
#include <atomic>
#include <cstdio>
#include <new>
#include <system_error>
#include <thread>

#include "Batch.h"

using namespace fss_coco;

// The rows of all batches in the order of the file.
struct fss_coco_document {
    Rows rows;
};

namespace {

fss_coco_status fail(fss_coco_error *error, fss_coco_status status, uint64_t offset, const char *found) {
    if (error != nullptr) {
        error->offset = offset;
        std::snprintf(error->found, sizeof error->found, "%s", found);
    }
    return status;
}

#ifdef FSS_SIMDJSON

template <typename Row>
void append(std::vector<Row> &all, std::vector<Row> &part) {
    all.insert(all.end(), part.begin(), part.end());
    std::vector<Row>().swap(part);
}

// Parses batches until none is left, or one cannot be parsed.
void work(const uint8_t *bytes, const std::vector<Batch> &batches, std::vector<Rows> &parts, std::atomic<size_t> &next,
          std::atomic<bool> &stops, std::atomic<bool> &starves) {
    try {
        size_t index = 0;
        Parser parser;
        while (!stops && (index = next++) < batches.size()) {
            parser.parse(bytes, batches[index], parts[index]);
            if (parts[index].status != FSS_COCO_OK) stops = true;
        }
    } catch (const std::bad_alloc &) {
        stops = true;
        starves = true;
    }
}

void run(const uint8_t *bytes, const std::vector<Batch> &batches, std::vector<Rows> &parts, unsigned threads) {
    std::atomic<size_t> next{0};
    std::atomic<bool> stops{false}, starves{false};
    std::vector<std::thread> helpers;
    const size_t wanted = std::min<size_t>(threads, batches.size());
    helpers.reserve(wanted);
    for (size_t index = 1; index < wanted; index++) {
        try {
            helpers.emplace_back([&] { work(bytes, batches, parts, next, stops, starves); });
        } catch (const std::system_error &) {
            // Fewer threads do the same work.
            break;
        }
    }
    work(bytes, batches, parts, next, stops, starves);
    for (std::thread &helper : helpers) helper.join();
    if (starves) throw std::bad_alloc();
}

// Where rows refer to bytes, the bytes of earlier batches lie before them.
void shift(Rows &part, uint64_t segments, uint64_t texts) {
    for (auto &row : part.annotations) row.segment += segments;
    for (auto &row : part.images) row.name.start += texts;
    for (auto &row : part.categories) row.name.start += texts;
}

void join(std::vector<Rows> &parts, Rows &all) {
    size_t images = 0, annotations = 0, segments = 0, texts = 0;
    for (const Rows &part : parts) {
        images += part.images.size();
        annotations += part.annotations.size();
        segments += part.segments.size();
        texts += part.texts.size();
    }
    all.images.reserve(images);
    all.annotations.reserve(annotations);
    all.segments.reserve(segments);
    all.texts.reserve(texts);
    for (Rows &part : parts) {
        shift(part, all.segments.size(), all.texts.size());
        append(all.images, part.images);
        append(all.annotations, part.annotations);
        append(all.categories, part.categories);
        append(all.segments, part.segments);
        append(all.texts, part.texts);
        append(all.faults, part.faults);
        all.fault_count += part.fault_count;
    }
    if (all.faults.size() > FSS_COCO_MAX_FAULTS) all.faults.resize(FSS_COCO_MAX_FAULTS);
}

fss_coco_status parse(
    const uint8_t *bytes, size_t count, unsigned threads, fss_coco_document **document, fss_coco_error *error) {
    std::vector<Batch> batches;
    const Failure failure = scan(bytes, count, batches);
    // What was cut before a failure may hold an earlier one: a missing quote shows only where it ends.
    std::vector<Rows> parts(batches.size());
    if (!batches.empty()) run(bytes, batches, parts, std::max(threads, 1u));
    for (const Rows &part : parts) {
        if (part.status != FSS_COCO_OK) return fail(error, part.status, part.offset, part.found.c_str());
    }
    if (failure.status != FSS_COCO_OK) return fail(error, failure.status, failure.offset, failure.found);
    auto *made = new fss_coco_document();
    *document = made;
    join(parts, made->rows);
    return FSS_COCO_OK;
}

#endif

template <typename Row>
const Row *rows(const std::vector<Row> &all, size_t *count) {
    *count = all.size();
    return all.data();
}

}  // namespace

extern "C" {

int fss_coco_is_available(void) {
#ifdef FSS_SIMDJSON
    return 1;
#else
    return 0;
#endif
}

fss_coco_status fss_coco_parse(
    const uint8_t *bytes, size_t count, unsigned threads, fss_coco_document **document, fss_coco_error *error) {
    *document = nullptr;
#ifdef FSS_SIMDJSON
    try {
        return parse(bytes, count, threads, document, error);
    } catch (const std::bad_alloc &) {
        delete *document;
        *document = nullptr;
        return fail(error, FSS_COCO_OUT_OF_MEMORY, 0, "");
    }
#else
    (void)bytes, (void)count, (void)threads;
    return fail(error, FSS_COCO_UNAVAILABLE, 0, "");
#endif
}

void fss_coco_free(fss_coco_document *document) { delete document; }

const fss_coco_image *fss_coco_images(const fss_coco_document *document, size_t *count) {
    return rows(document->rows.images, count);
}

const fss_coco_annotation *fss_coco_annotations(const fss_coco_document *document, size_t *count) {
    return rows(document->rows.annotations, count);
}

const fss_coco_category *fss_coco_categories(const fss_coco_document *document, size_t *count) {
    return rows(document->rows.categories, count);
}

const uint8_t *fss_coco_segments(const fss_coco_document *document, size_t *count) {
    return rows(document->rows.segments, count);
}

const uint8_t *fss_coco_texts(const fss_coco_document *document, size_t *count) { return rows(document->rows.texts, count); }

const fss_coco_fault *fss_coco_faults(const fss_coco_document *document, size_t *count, size_t *total) {
    *total = document->rows.fault_count;
    return rows(document->rows.faults, count);
}

}  // extern "C"
