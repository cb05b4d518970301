#include "Scanner.h"

#include <array>
#include <cstring>

namespace fss_coco {
namespace {

// Enough for the parser to be busy, little enough for its buffers to stay in the cache.
constexpr size_t batch_size = size_t(1) << 20;

constexpr std::array<uint8_t, 256> table(const char *marked) {
    std::array<uint8_t, 256> found{};
    for (const char *mark = marked; *mark != 0; mark++) found[static_cast<uint8_t>(*mark)] = 1;
    return found;
}
constexpr auto is_structural = table("\"{}[]");
constexpr auto ends_string = table("\"\\");
constexpr auto ends_scalar = table(",]} \t\r\n");
constexpr auto is_blank = table(" \t\r\n");

// The position after a string whose opening quote is at `at`; 0 where it does not end.
size_t end_of_string(const uint8_t *bytes, size_t at, size_t count) {
    at++;
    while (at < count) {
        if (!ends_string[bytes[at]]) {
            at++;
        } else if (bytes[at] == '"') {
            return at + 1;
        } else {
            at += 2;
        }
    }
    return 0;
}

struct Scan {
    const uint8_t *bytes;
    size_t count;
    std::vector<Batch> &batches;
    size_t at = 0;
    bool seen[3] = {false, false, false};

    Failure fail(fss_coco_status status, size_t offset, const char *found) const { return {status, offset, found}; }

    Failure unexpected(const char *found) const {
        return at >= count ? fail(FSS_COCO_CUT, count, "") : fail(FSS_COCO_SYNTAX, at, found);
    }

    uint8_t next() {
        at = skip_blanks(bytes, at, count);
        return at < count ? bytes[at] : 0;
    }

    Failure value_end(size_t &end) const {
        end = end_of_value(bytes, at, count);
        if (end == 0) return fail(FSS_COCO_CUT, count, "");
        if (end == at) return fail(FSS_COCO_SYNTAX, at, "no value");
        if (end - at > FSS_COCO_MAX_ELEMENT) return fail(FSS_COCO_TOO_LARGE, at, "");
        return {};
    }

    Failure list(int list) {
        if (next() != '[') {
            return at >= count ? fail(FSS_COCO_CUT, count, "") : fail(FSS_COCO_NO_INSTANCES, at, "a value that is no list");
        }
        at++;
        Batch batch{list, 0, 0, 0};
        uint64_t index = 0;
        if (next() == ']') {
            at++;
            return {};
        }
        while (true) {
            next();
            size_t end = 0;
            Failure failure = value_end(end);
            if (failure.status != FSS_COCO_OK) return failure;
            // A batch never outgrows the longest element, whatever stands before it.
            if (batch.end != 0 && end - batch.begin > batch_size) {
                batches.push_back(batch);
                batch = {list, 0, 0, index};
            }
            if (batch.end == 0) batch.begin = at;
            batch.end = end;
            index++;
            at = end;
            const uint8_t mark = next();
            if (mark != ',' && mark != ']') return unexpected("neither a comma nor the end of the list after an element");
            at++;
            if (mark == ']') break;
        }
        batches.push_back(batch);
        return {};
    }

    Failure member() {
        if (next() != '"') return unexpected("no name of a value");
        const size_t name = at + 1;
        at = end_of_string(bytes, at, count);
        if (at == 0) return fail(FSS_COCO_CUT, count, "");
        const size_t length = at - 1 - name;
        if (next() != ':') return unexpected("no colon after a name");
        at++;
        static const char *const names[3] = {"images", "annotations", "categories"};
        for (int index = 0; index < 3; index++) {
            if (length != std::strlen(names[index]) || std::memcmp(bytes + name, names[index], length) != 0) continue;
            if (seen[index]) return fail(FSS_COCO_NO_INSTANCES, name - 1, "the same list twice");
            seen[index] = true;
            return list(index);
        }
        next();
        size_t end = 0;
        const Failure failure = value_end(end);
        if (failure.status == FSS_COCO_OK) batches.push_back({-1, at, end, 0});
        at = end;
        return failure;
    }

    Failure run() {
        // A byte order mark.
        if (count >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) at = 3;
        if (next() != '{') {
            if (at < count && bytes[at] == '[') return fail(FSS_COCO_NO_INSTANCES, at, "a list");
            return unexpected("no JSON object");
        }
        at++;
        if (next() == '}') return fail(FSS_COCO_NO_INSTANCES, at, "an empty object");
        while (true) {
            const Failure failure = member();
            if (failure.status != FSS_COCO_OK) return failure;
            const uint8_t mark = next();
            if (mark != ',' && mark != '}') return unexpected("neither a comma nor the end of the object after a value");
            at++;
            if (mark == '}') break;
        }
        next();
        if (at < count) return fail(FSS_COCO_SYNTAX, at, "more text after the value");
        static const char *const missing[3] = {
            "an object without \"images\"", "an object without \"annotations\"", "an object without \"categories\""};
        for (int index = 0; index < 3; index++) {
            if (!seen[index]) return fail(FSS_COCO_NO_INSTANCES, 0, missing[index]);
        }
        return {};
    }
};

}  // namespace

size_t skip_blanks(const uint8_t *bytes, size_t at, size_t count) {
    while (at < count && is_blank[bytes[at]]) at++;
    return at;
}

size_t end_of_value(const uint8_t *bytes, size_t at, size_t count) {
    if (at >= count) return 0;
    if (bytes[at] == '"') return end_of_string(bytes, at, count);
    if (bytes[at] != '{' && bytes[at] != '[') {
        while (at < count && !ends_scalar[bytes[at]]) at++;
        return at < count ? at : 0;
    }
    size_t depth = 0;
    while (true) {
        // Eight bytes a turn: almost all of a file is digits.
        while (at + 8 <= count) {
            int found = 0;
            for (size_t step = 0; step < 8; step++) found |= is_structural[bytes[at + step]];
            if (found) break;
            at += 8;
        }
        while (at < count && !is_structural[bytes[at]]) at++;
        if (at >= count) return 0;
        const uint8_t mark = bytes[at];
        if (mark == '"') {
            at = end_of_string(bytes, at, count);
            if (at == 0) return 0;
            continue;
        }
        at++;
        if (mark == '{' || mark == '[') {
            depth++;
        } else if (--depth == 0) {
            return at;
        }
    }
}

Failure scan(const uint8_t *bytes, size_t count, std::vector<Batch> &batches) {
    return Scan{bytes, count, batches}.run();
}

}  // namespace fss_coco
