#include "Elements.h"

#ifdef FSS_MATIO

#include <zlib.h>

#include <cstring>
#include <vector>

namespace fss_mat {
namespace {

constexpr size_t header_size = 128;
constexpr int max_depth = 6;
constexpr uint32_t mi_int8 = 1, mi_int32 = 5, mi_uint32 = 6, mi_matrix = 14, mi_compressed = 15;
constexpr uint8_t class_cell = 1, class_struct = 2, class_char = 4, class_sparse = 5, class_double = 6, class_uint64 = 15;
constexpr uint32_t flag_complex = 0x0800;

const Finding fine = {FSS_MAT_OK, ""};

Finding damaged(const char *found) { return {FSS_MAT_DAMAGED, found}; }

// Bytes of a number of an element's type; 0 for types that are no numbers.
size_t type_size(uint32_t type) {
    switch (type) {
        case 1: case 2: case 16: return 1;
        case 3: case 4: case 17: return 2;
        case 5: case 6: case 7: case 18: return 4;
        case 9: case 12: case 13: return 8;
        default: return 0;
    }
}

// A run of elements.
struct Reader {
    const uint8_t *bytes;
    size_t count;
    size_t place = 0;

    uint32_t word(size_t at) const {
        uint32_t value;
        std::memcpy(&value, bytes + at, sizeof value);
        return value;
    }

    struct Element {
        uint32_t type = 0;
        const uint8_t *bytes = nullptr;
        size_t count = 0;
    };

    // The next element; false where its size is not there.
    bool next(Element &element, bool pads = true) {
        if (count - place < 8) return false;
        const uint32_t first = word(place);
        if (first >> 16 != 0) {
            element = {first & 0xFFFF, bytes + place + 4, first >> 16};
            if (element.count > 4) return false;
            place += 8;
            return true;
        }
        const size_t size = word(place + 4);
        if (size > count - place - 8) return false;
        element = {first, bytes + place + 8, size};
        const size_t padded = pads ? (size + 7) / 8 * 8 : size;
        // The last element may lack its padding.
        place = padded > count - place - 8 ? count : place + 8 + padded;
        return true;
    }
};

Finding check_matrix(const Reader::Element &matrix, int depth);

Finding check_children(Reader &reader, size_t children, int depth) {
    for (size_t index = 0; index < children; index++) {
        Reader::Element child;
        if (!reader.next(child) || child.type != mi_matrix) return damaged("fewer elements than it announces");
        const Finding finding = check_matrix(child, depth + 1);
        if (finding.status != FSS_MAT_OK) return finding;
    }
    return fine;
}

Finding check_numbers(Reader &reader, size_t numbers) {
    Reader::Element data;
    if (!reader.next(data)) return damaged("a matrix that is cut short");
    const size_t size = type_size(data.type);
    if (size == 0 || data.count / size != numbers || data.count % size != 0) {
        return damaged("a matrix with another number of values than its sides say");
    }
    return fine;
}

Finding check_sparse(Reader &reader, const std::vector<uint32_t> &sides, bool is_complex) {
    Reader::Element rows, columns, data;
    if (!reader.next(rows) || !reader.next(columns)) return damaged("a sparse matrix that is cut short");
    const bool is_whole = rows.type == mi_int32 && columns.type == mi_int32 && sides.size() == 2;
    if (!is_whole || columns.count / 4 != static_cast<size_t>(sides[1]) + 1) return damaged("a sparse matrix of odd sides");
    uint32_t last = 0;
    for (size_t index = 0; index < columns.count / 4; index++) {
        uint32_t value;
        std::memcpy(&value, columns.bytes + index * 4, sizeof value);
        if (value < last || value > rows.count / 4) return damaged("a sparse matrix whose columns do not follow each other");
        last = value;
    }
    for (int part = 0; part < (is_complex ? 2 : 1); part++) {
        if (!reader.next(data)) return damaged("a sparse matrix that is cut short");
        const size_t size = type_size(data.type);
        if (size == 0 || data.count / size < last) return damaged("a sparse matrix with fewer values than places");
    }
    return fine;
}

Finding check_struct(Reader &reader, size_t items, int depth) {
    Reader::Element length, names;
    if (!reader.next(length) || length.type != mi_int32 || length.count != 4) return damaged("a struct without field names");
    uint32_t size;
    std::memcpy(&size, length.bytes, sizeof size);
    if (!reader.next(names) || names.type != mi_int8 || size == 0 || size > 64 || names.count % size != 0) {
        return damaged("a struct with odd field names");
    }
    const size_t fields = names.count / size;
    for (size_t index = 0; index < fields; index++) {
        if (std::memchr(names.bytes + index * size, 0, size) == nullptr) return damaged("a field name without an end");
    }
    if (fields > 1024 || items > 65536) return {FSS_MAT_TOO_LARGE, "a struct of very many fields"};
    return check_children(reader, fields * items, depth);
}

Finding check_matrix(const Reader::Element &matrix, int depth) {
    if (matrix.count == 0) return fine;
    if (depth > max_depth) return damaged("values nested too deeply");
    Reader reader{matrix.bytes, matrix.count};
    Reader::Element flags, dims, name;
    if (!reader.next(flags) || flags.type != mi_uint32 || flags.count != 8) return damaged("a matrix without flags");
    if (!reader.next(dims) || dims.type != mi_int32 || dims.count % 4 != 0 || dims.count < 8 || dims.count > 32) {
        return damaged("a matrix without sides");
    }
    if (!reader.next(name) || name.type != mi_int8 || name.count > 63) return damaged("a matrix with an odd name");
    uint32_t word;
    std::memcpy(&word, flags.bytes, sizeof word);
    std::vector<uint32_t> sides(dims.count / 4);
    std::memcpy(sides.data(), dims.bytes, dims.count);
    size_t items = 1;
    for (const uint32_t side : sides) {
        if (side > FSS_MAT_MAX_PIXELS || (side > 0 && items > FSS_MAT_MAX_PIXELS / side)) {
            return {FSS_MAT_TOO_LARGE, "a matrix of very many values"};
        }
        items *= side;
    }
    const uint8_t kind = word & 0xFF;
    const bool is_complex = (word & flag_complex) != 0;
    if (kind == class_cell) return check_children(reader, items, depth);
    if (kind == class_struct) return check_struct(reader, items, depth);
    if (kind == class_sparse) return check_sparse(reader, sides, is_complex);
    if (kind != class_char && (kind < class_double || kind > class_uint64)) return damaged("a value that is no matrix");
    for (int part = 0; part < (is_complex ? 2 : 1); part++) {
        const Finding finding = check_numbers(reader, items);
        if (finding.status != FSS_MAT_OK) return finding;
    }
    return fine;
}

Finding expand(const Reader::Element &element, std::vector<uint8_t> &expanded) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return {FSS_MAT_OUT_OF_MEMORY, ""};
    stream.next_in = const_cast<Bytef *>(element.bytes);
    stream.avail_in = static_cast<uInt>(element.count);
    int status = Z_OK;
    while (status == Z_OK && expanded.size() < FSS_MAT_MAX_BYTES) {
        const size_t start = expanded.size();
        expanded.resize(start + (1 << 18));
        stream.next_out = expanded.data() + start;
        stream.avail_out = 1 << 18;
        status = inflate(&stream, Z_NO_FLUSH);
        expanded.resize(expanded.size() - stream.avail_out);
        if (stream.avail_out > 0 && status == Z_OK) break;
    }
    inflateEnd(&stream);
    if (status == Z_STREAM_END) return fine;
    if (expanded.size() >= FSS_MAT_MAX_BYTES) return {FSS_MAT_TOO_LARGE, "compressed values of more than 64 MiB"};
    return damaged("compressed values that cannot be expanded");
}

Finding check_element(const Reader::Element &element) {
    if (element.type == mi_matrix) return check_matrix(element, 0);
    if (element.type != mi_compressed) return damaged("an element of an unknown kind");
    std::vector<uint8_t> expanded;
    Finding finding = expand(element, expanded);
    if (finding.status != FSS_MAT_OK) return finding;
    Reader reader{expanded.data(), expanded.size()};
    Reader::Element inner;
    if (!reader.next(inner) || inner.type != mi_matrix || reader.place != reader.count) {
        return damaged("compressed values that are no matrix");
    }
    return check_matrix(inner, 0);
}

}  // namespace

Finding check(const uint8_t *bytes, size_t count) {
    if (count > FSS_MAT_MAX_BYTES) return {FSS_MAT_TOO_LARGE, "a file of more than 64 MiB"};
    if (count < header_size) return {FSS_MAT_NO_MAT, ""};
    const bool is_version5 = bytes[124] == 0 && bytes[125] == 1 && bytes[126] == 'I' && bytes[127] == 'M';
    if (!is_version5) return {FSS_MAT_NO_MAT, ""};
    Reader reader{bytes + header_size, count - header_size};
    while (reader.place < reader.count) {
        Reader::Element element;
        if (!reader.next(element, false)) return damaged("the end of the file inside of a value");
        const Finding finding = check_element(element);
        if (finding.status != FSS_MAT_OK) return finding;
    }
    return fine;
}

}  // namespace fss_mat

#endif
