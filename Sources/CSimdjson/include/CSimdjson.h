// COCO's instances files (images, categories, annotations) as plain arrays, over simdjson.
//
// A file is cut at the elements of its top-level lists, and runs of elements are parsed on several threads, so that
// memory follows from what is kept and not from the text. No function ends the process, throws or writes to a stream.

#ifndef FSS_C_SIMDJSON_H
#define FSS_C_SIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One element of a list may have this many bytes; an annotation of COCO has at most about 0.1 MB.
#define FSS_COCO_MAX_ELEMENT 4194304u
// The most pixels of an image, as for files of images.
#define FSS_COCO_MAX_PIXELS 268435456u
// Faults beyond this number are counted, not described.
#define FSS_COCO_MAX_FAULTS 1000u

typedef enum {
    FSS_COCO_OK = 0,
    // Built without simdjson (package trait Simdjson).
    FSS_COCO_UNAVAILABLE = 1,
    // No JSON, or the end of the file inside of a value.
    FSS_COCO_SYNTAX = 2,
    FSS_COCO_CUT = 3,
    // JSON, but no object with lists "images", "annotations" and "categories".
    FSS_COCO_NO_INSTANCES = 4,
    // An element above FSS_COCO_MAX_ELEMENT.
    FSS_COCO_TOO_LARGE = 5,
    FSS_COCO_OUT_OF_MEMORY = 6
} fss_coco_status;

// Where and why a file cannot be read at all.
typedef struct {
    // Byte offset in the file.
    uint64_t offset;
    // One English sentence part, such as "a number with a leading zero"; empty when the status says all.
    char found[160];
} fss_coco_error;

typedef enum { FSS_COCO_IMAGES = 0, FSS_COCO_ANNOTATIONS = 1, FSS_COCO_CATEGORIES = 2 } fss_coco_list;

// Why an element was left out.
typedef enum {
    FSS_COCO_BAD_ELEMENT = 1,      // no object
    FSS_COCO_BAD_ID = 2,           // "id" missing or no whole number
    FSS_COCO_BAD_SIDES = 3,        // "width" or "height" missing or not in 1...2^20, or too many pixels
    FSS_COCO_BAD_NAME = 4,         // "file_name" or "name" missing or no text
    FSS_COCO_BAD_IMAGE_ID = 5,     // "image_id" missing or no whole number
    FSS_COCO_BAD_CATEGORY_ID = 6,  // "category_id" missing or no whole number
    FSS_COCO_BAD_AREA = 7,         // "area" there and no number
    FSS_COCO_BAD_BOX = 8,          // "bbox" there and not four numbers
    FSS_COCO_BAD_CROWD = 9,        // "iscrowd" there and neither 0 nor 1
    FSS_COCO_BAD_POLYGON = 10,     // a polygon that is no even list of six or more numbers within 10^9
    FSS_COCO_BAD_RUNS = 11,        // RLE without sides and counts, or with counts that do not add up
    FSS_COCO_BAD_SEGMENTATION = 12 // neither polygons nor RLE
} fss_coco_fault_code;

typedef struct {
    // Byte offset of the element.
    uint64_t offset;
    // Its position in its list.
    uint64_t index;
    int32_t list;
    int32_t code;
} fss_coco_fault;

// A text in the bytes of `fss_coco_texts`.
typedef struct {
    uint64_t start;
    uint64_t count;
} fss_coco_text;

typedef struct {
    int64_t id;
    fss_coco_text name;
    uint32_t width;
    uint32_t height;
} fss_coco_image;

typedef struct {
    int64_t id;
    fss_coco_text name;
} fss_coco_category;

// How a segmentation stands in the bytes of `fss_coco_segments`. Numbers there are unsigned varints of seven bits a
// byte, the lowest first.
typedef enum {
    // No segmentation.
    FSS_COCO_NONE = 0,
    // The number of polygons; for each the number of coordinates and those in hundredths as zigzag differences to the
    // coordinate before the last: exactly the numbers of the file.
    FSS_COCO_HUNDREDTHS = 1,
    // The number of polygons; for each the number of coordinates and those as little-endian doubles.
    FSS_COCO_DOUBLES = 2,
    // Height, width, number of runs, runs.
    FSS_COCO_RUNS = 3,
    // Height, width, number of bytes, COCO's compressed text.
    FSS_COCO_COMPRESSED = 4
} fss_coco_segment_kind;

typedef struct {
    int64_t id;
    int64_t image;
    int64_t category;
    double area;
    // x, y, width, height; zeros where the file has none.
    double box[4];
    // The bytes in `fss_coco_segments`.
    uint64_t segment;
    uint32_t segment_count;
    uint8_t segment_kind;
    uint8_t is_crowd;
    // The position in the file's list.
    uint64_t index;
} fss_coco_annotation;

typedef struct fss_coco_document fss_coco_document;

// Whether this build can parse.
int fss_coco_is_available(void);

// Parses a file in memory on `threads` threads. On success `*document` has to be released with fss_coco_free.
fss_coco_status fss_coco_parse(
    const uint8_t *bytes, size_t count, unsigned threads, fss_coco_document **document, fss_coco_error *error);
void fss_coco_free(fss_coco_document *document);

// What the document holds, in the order of the file; valid until it is freed.
const fss_coco_image *fss_coco_images(const fss_coco_document *document, size_t *count);
const fss_coco_annotation *fss_coco_annotations(const fss_coco_document *document, size_t *count);
const fss_coco_category *fss_coco_categories(const fss_coco_document *document, size_t *count);
const uint8_t *fss_coco_segments(const fss_coco_document *document, size_t *count);
const uint8_t *fss_coco_texts(const fss_coco_document *document, size_t *count);
// Elements that were left out, at most FSS_COCO_MAX_FAULTS of `total`.
const fss_coco_fault *fss_coco_faults(const fss_coco_document *document, size_t *count, size_t *total);

#ifdef __cplusplus
}
#endif
#endif
