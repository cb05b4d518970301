#ifdef FSS_SIMDJSON

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <string_view>

#include "Batch.h"
#include "Segments.h"

namespace fss_coco {
namespace {

namespace dom = simdjson::dom;

constexpr double coordinate_limit = 1e9;
constexpr uint64_t side_limit = uint64_t(1) << 20;
// Annotations nest four levels deep.
constexpr size_t depth_limit = 64;

bool read_integer(dom::element element, int64_t &value) {
    if (element.get(value) == simdjson::SUCCESS) return true;
    double number = 0;
    if (element.get(number) != simdjson::SUCCESS || !(std::abs(number) <= 9007199254740992.0)) return false;
    value = static_cast<int64_t>(number);
    return static_cast<double>(value) == number;
}

bool read_side(dom::element element, uint32_t &value) {
    int64_t number = 0;
    if (!read_integer(element, number) || number < 1 || number > static_cast<int64_t>(side_limit)) return false;
    value = static_cast<uint32_t>(number);
    return true;
}

bool read_coordinate(dom::element element, double &value) {
    return element.get(value) == simdjson::SUCCESS && std::abs(value) <= coordinate_limit;
}

fss_coco_text keep(std::vector<uint8_t> &texts, std::string_view text) {
    const fss_coco_text kept{texts.size(), text.size()};
    texts.insert(texts.end(), text.begin(), text.end());
    return kept;
}

}  // namespace

struct Parser::State {
    dom::parser parser{simdjson::SIMDJSON_MAXSIZE_BYTES};
    std::vector<char> text;
    PolygonCoder coder;

    dom::element document;

    // The elements at `begin..<end` as one list; the error where that is no JSON.
    simdjson::error_code load(const uint8_t *bytes, size_t begin, size_t end) {
        const size_t count = end - begin + 2;
        if (text.size() < count + simdjson::SIMDJSON_PADDING) text.resize(count + simdjson::SIMDJSON_PADDING);
        text[0] = '[';
        std::memcpy(text.data() + 1, bytes + begin, end - begin);
        text[count - 1] = ']';
        std::memset(text.data() + count, 0, simdjson::SIMDJSON_PADDING);
        if (count > parser.capacity() || parser.max_depth() != depth_limit) {
            const auto error = parser.allocate(count > parser.capacity() ? count : parser.capacity(), depth_limit);
            if (error) return error;
        }
        return parser.parse(reinterpret_cast<const uint8_t *>(text.data()), count, false).get(document);
    }

    // Names the first element that is no JSON.
    void blame(const uint8_t *bytes, const Batch &batch, simdjson::error_code error, Rows &rows) {
        rows.status = error == simdjson::MEMALLOC ? FSS_COCO_OUT_OF_MEMORY : FSS_COCO_SYNTAX;
        rows.offset = batch.begin;
        rows.found = simdjson::error_message(error);
        if (rows.status == FSS_COCO_OUT_OF_MEMORY) return;
        size_t at = batch.begin;
        while (at < batch.end) {
            at = skip_blanks(bytes, at, batch.end);
            size_t end = end_of_value(bytes, at, batch.end);
            if (end <= at) end = batch.end;
            const auto own = load(bytes, at, end);
            if (own) {
                rows.offset = at;
                rows.found = simdjson::error_message(own);
                return;
            }
            at = skip_blanks(bytes, end, batch.end) + 1;
        }
    }

    int image(dom::object object, Rows &rows) {
        fss_coco_image row{};
        bool has_id = false;
        int sides = 0;
        std::string_view name;
        bool has_name = false;
        for (const auto field : object) {
            if (field.key == "id") {
                has_id = read_integer(field.value, row.id);
            } else if (field.key == "width") {
                if (read_side(field.value, row.width)) sides |= 1;
            } else if (field.key == "height") {
                if (read_side(field.value, row.height)) sides |= 2;
            } else if (field.key == "file_name") {
                has_name = field.value.get(name) == simdjson::SUCCESS;
            }
        }
        if (!has_id) return FSS_COCO_BAD_ID;
        if (sides != 3 || uint64_t(row.width) * row.height > FSS_COCO_MAX_PIXELS) return FSS_COCO_BAD_SIDES;
        if (!has_name) return FSS_COCO_BAD_NAME;
        row.name = keep(rows.texts, name);
        rows.images.push_back(row);
        return 0;
    }

    int category(dom::object object, Rows &rows) {
        fss_coco_category row{};
        int64_t id = 0;
        std::string_view name;
        dom::element value;
        if (object["id"].get(value) || !read_integer(value, id)) return FSS_COCO_BAD_ID;
        if (object["name"].get(name)) return FSS_COCO_BAD_NAME;
        row.id = id;
        row.name = keep(rows.texts, name);
        rows.categories.push_back(row);
        return 0;
    }

    // Reads all polygons; false where hundredths do not hold a number.
    bool code_polygons(dom::array list, bool exact, size_t &count, int &fault) {
        coder.begin(exact);
        count = 0;
        for (const dom::element element : list) {
            dom::array polygon;
            fault = FSS_COCO_BAD_POLYGON;
            if (element.get(polygon)) return true;
            const size_t numbers = polygon.size();
            if (numbers < 6 || numbers % 2 != 0) return true;
            coder.polygon(numbers);
            for (const dom::element number : polygon) {
                double value = 0;
                if (!read_coordinate(number, value)) return true;
                if (!coder.add(value)) return false;
            }
            fault = 0;
            count++;
        }
        return true;
    }

    int polygon_list(dom::array list, fss_coco_annotation &row, Rows &rows) {
        size_t count = 0;
        int fault = 0;
        row.segment_kind = FSS_COCO_HUNDREDTHS;
        if (!code_polygons(list, true, count, fault)) {
            row.segment_kind = FSS_COCO_DOUBLES;
            code_polygons(list, false, count, fault);
        }
        if (fault != 0) return fault;
        if (count == 0) {
            row.segment_kind = FSS_COCO_NONE;
        } else {
            coder.write(rows.segments, count);
        }
        return 0;
    }

    int run_lengths(dom::object object, fss_coco_annotation &row, Rows &rows) {
        dom::array size;
        dom::element counts;
        if (object["size"].get(size) || object["counts"].get(counts)) return FSS_COCO_BAD_RUNS;
        uint32_t sides[2] = {0, 0};
        size_t number = 0;
        for (const dom::element side : size) {
            if (number == 2 || !read_side(side, sides[number])) return FSS_COCO_BAD_RUNS;
            number++;
        }
        if (number != 2) return FSS_COCO_BAD_RUNS;
        put(rows.segments, sides[0]);
        put(rows.segments, sides[1]);
        std::string_view text;
        if (counts.get(text) == simdjson::SUCCESS) {
            put(rows.segments, text.size());
            rows.segments.insert(rows.segments.end(), text.begin(), text.end());
            row.segment_kind = FSS_COCO_COMPRESSED;
            return 0;
        }
        dom::array runs;
        if (counts.get(runs)) return FSS_COCO_BAD_RUNS;
        uint64_t total = 0, length = 0;
        const uint64_t pixels = uint64_t(sides[0]) * sides[1];
        for (const dom::element run : runs) {
            int64_t value = 0;
            if (!read_integer(run, value) || value < 0 || static_cast<uint64_t>(value) > pixels - total) return FSS_COCO_BAD_RUNS;
            total += static_cast<uint64_t>(value);
            length++;
        }
        if (total != pixels) return FSS_COCO_BAD_RUNS;
        put(rows.segments, length);
        for (const dom::element run : runs) {
            int64_t value = 0;
            if (!read_integer(run, value)) return FSS_COCO_BAD_RUNS;
            put(rows.segments, static_cast<uint64_t>(value));
        }
        row.segment_kind = FSS_COCO_RUNS;
        return 0;
    }

    int segmentation(dom::element value, fss_coco_annotation &row, Rows &rows) {
        dom::array list;
        if (value.get(list) == simdjson::SUCCESS) return polygon_list(list, row, rows);
        dom::object object;
        if (value.get(object) == simdjson::SUCCESS) return run_lengths(object, row, rows);
        return value.is_null() ? 0 : FSS_COCO_BAD_SEGMENTATION;
    }

    int box(dom::element value, fss_coco_annotation &row) {
        if (value.is_null()) return 0;
        dom::array list;
        if (value.get(list)) return FSS_COCO_BAD_BOX;
        size_t number = 0;
        for (const dom::element side : list) {
            if (number == 4 || !read_coordinate(side, row.box[number])) return FSS_COCO_BAD_BOX;
            number++;
        }
        return number == 4 || number == 0 ? 0 : FSS_COCO_BAD_BOX;
    }

    int annotation(dom::object object, uint64_t index, Rows &rows) {
        fss_coco_annotation row{};
        row.index = index;
        row.segment = rows.segments.size();
        int has = 0, fault = 0;
        for (const auto field : object) {
            int own = 0;
            if (field.key == "segmentation") {
                // The last one of a name that stands twice.
                rows.segments.resize(row.segment);
                row.segment_kind = FSS_COCO_NONE;
                own = segmentation(field.value, row, rows);
            } else if (field.key == "id") {
                has = read_integer(field.value, row.id) ? has | 1 : has & ~1;
            } else if (field.key == "image_id") {
                has = read_integer(field.value, row.image) ? has | 2 : has & ~2;
            } else if (field.key == "category_id") {
                has = read_integer(field.value, row.category) ? has | 4 : has & ~4;
            } else if (field.key == "area") {
                if (!field.value.is_null() && field.value.get(row.area)) own = FSS_COCO_BAD_AREA;
            } else if (field.key == "bbox") {
                own = box(field.value, row);
            } else if (field.key == "iscrowd") {
                int64_t flag = 0;
                bool truth = false;
                if (field.value.get(truth) == simdjson::SUCCESS) {
                    row.is_crowd = truth;
                } else if (read_integer(field.value, flag) && (flag == 0 || flag == 1)) {
                    row.is_crowd = static_cast<uint8_t>(flag);
                } else {
                    own = FSS_COCO_BAD_CROWD;
                }
            }
            if (own != 0 && fault == 0) fault = own;
        }
        if (!(has & 1)) fault = FSS_COCO_BAD_ID;
        else if (!(has & 2)) fault = FSS_COCO_BAD_IMAGE_ID;
        else if (!(has & 4)) fault = FSS_COCO_BAD_CATEGORY_ID;
        if (fault != 0) {
            rows.segments.resize(row.segment);
            return fault;
        }
        row.segment_count = static_cast<uint32_t>(rows.segments.size() - row.segment);
        rows.annotations.push_back(row);
        return 0;
    }

    int element(dom::element element, int list, uint64_t index, Rows &rows) {
        dom::object object;
        if (element.get(object)) return FSS_COCO_BAD_ELEMENT;
        switch (list) {
        case FSS_COCO_IMAGES: return image(object, rows);
        case FSS_COCO_ANNOTATIONS: return annotation(object, index, rows);
        default: return category(object, rows);
        }
    }

    // Faults get the places of their elements, which the parser does not keep.
    void locate(const uint8_t *bytes, const Batch &batch, Rows &rows, size_t known) {
        size_t at = batch.begin;
        uint64_t index = batch.first;
        for (size_t fault = known; fault < rows.faults.size(); fault++) {
            while (index < rows.faults[fault].index) {
                at = skip_blanks(bytes, at, batch.end);
                at = skip_blanks(bytes, end_of_value(bytes, at, batch.end), batch.end) + 1;
                index++;
            }
            rows.faults[fault].offset = skip_blanks(bytes, at, batch.end);
        }
    }

    void parse(const uint8_t *bytes, const Batch &batch, Rows &rows) {
        const auto error = load(bytes, batch.begin, batch.end);
        dom::array elements;
        if (error || document.get(elements)) return blame(bytes, batch, error ? error : simdjson::TAPE_ERROR, rows);
        if (batch.list < 0) return;
        const size_t known = rows.faults.size();
        uint64_t index = batch.first;
        for (const dom::element value : elements) {
            const int code = element(value, batch.list, index, rows);
            if (code != 0) {
                rows.fault_count++;
                if (rows.faults.size() < FSS_COCO_MAX_FAULTS) rows.faults.push_back({0, index, batch.list, code});
            }
            index++;
        }
        if (rows.faults.size() > known) locate(bytes, batch, rows, known);
    }
};

Parser::Parser() : state(new State()) {}
Parser::~Parser() { delete state; }
void Parser::parse(const uint8_t *bytes, const Batch &batch, Rows &rows) { state->parse(bytes, batch, rows); }

}  // namespace fss_coco

#endif
