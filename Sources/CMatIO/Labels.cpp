#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "Elements.h"

#ifdef FSS_MATIO
#include <matio.h>
#endif

namespace {

fss_mat_status fail(char *found, size_t capacity, fss_mat_status status, const char *text) {
    if (found != nullptr && capacity > 0) std::snprintf(found, capacity, "%s", text);
    return status;
}

#ifdef FSS_MATIO

// Columns follow each other in the file, rows here.
fss_mat_status copy(const matvar_t *matrix, fss_mat_labels *labels) {
    const size_t height = matrix->dims[0], width = matrix->dims[1];
    auto *values = static_cast<uint8_t *>(std::malloc(height * width));
    if (values == nullptr) return FSS_MAT_OUT_OF_MEMORY;
    const auto *source = static_cast<const uint8_t *>(matrix->data);
    for (size_t x = 0; x < width; x++) {
        for (size_t y = 0; y < height; y++) values[y * width + x] = source[x * height + y];
    }
    *labels = {values, static_cast<uint32_t>(height), static_cast<uint32_t>(width)};
    return FSS_MAT_OK;
}

const char *problem(const matvar_t *matrix) {
    if (matrix == nullptr) return "a struct without that field";
    const bool is_bytes = matrix->class_type == MAT_C_UINT8 && matrix->data_size == 1 && !matrix->isComplex;
    if (!is_bytes || matrix->data == nullptr) return "a field that is no matrix of bytes";
    if (matrix->rank != 2 || matrix->dims[0] == 0 || matrix->dims[1] == 0) return "a matrix without rows and columns";
    const bool fits = matrix->dims[0] <= FSS_MAT_MAX_PIXELS / matrix->dims[1];
    if (!fits || matrix->nbytes != matrix->dims[0] * matrix->dims[1]) return "a matrix with odd sides";
    return nullptr;
}

fss_mat_status read(
    const char *path, const char *variable, const char *field, fss_mat_labels *labels, char *found, size_t capacity) {
    mat_t *file = Mat_Open(path, MAT_ACC_RDONLY);
    if (file == nullptr) return fail(found, capacity, FSS_MAT_NO_MAT, "");
    fss_mat_status status = FSS_MAT_NO_LABELS;
    matvar_t *value = Mat_VarRead(file, variable);
    if (value == nullptr) {
        fail(found, capacity, status, "no variable of that name");
    } else if (value->class_type != MAT_C_STRUCT || value->data == nullptr || value->rank != 2 || value->dims[0] == 0
               || value->dims[1] == 0) {
        fail(found, capacity, status, "a variable that is no struct");
    } else {
        const matvar_t *matrix = Mat_VarGetStructFieldByName(value, field, 0);
        const char *text = problem(matrix);
        status = text == nullptr ? copy(matrix, labels) : fail(found, capacity, status, text);
    }
    Mat_VarFree(value);
    Mat_Close(file);
    return status;
}

#endif

}  // namespace

extern "C" {

int fss_mat_is_available(void) {
#ifdef FSS_MATIO
    return 1;
#else
    return 0;
#endif
}

fss_mat_status fss_mat_read(
    const char *path, const uint8_t *bytes, size_t count, const char *variable, const char *field, fss_mat_labels *labels,
    char *found, size_t capacity) {
    *labels = {nullptr, 0, 0};
#ifdef FSS_MATIO
    try {
        const fss_mat::Finding finding = fss_mat::check(bytes, count);
        if (finding.status != FSS_MAT_OK) return fail(found, capacity, finding.status, finding.found);
        return read(path, variable, field, labels, found, capacity);
    } catch (const std::bad_alloc &) {
        return fail(found, capacity, FSS_MAT_OUT_OF_MEMORY, "");
    }
#else
    (void)path, (void)bytes, (void)count, (void)variable, (void)field;
    return fail(found, capacity, FSS_MAT_UNAVAILABLE, "");
#endif
}

void fss_mat_free(fss_mat_labels *labels) {
    std::free(labels->values);
    *labels = {nullptr, 0, 0};
}

}  // extern "C"
