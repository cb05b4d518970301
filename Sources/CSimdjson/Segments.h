// Segmentations as compact bytes; see fss_coco_segment_kind.
#ifndef FSS_COCO_SEGMENTS_H
#define FSS_COCO_SEGMENTS_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "CSimdjson.h"

namespace fss_coco {

// The most bytes of one number.
constexpr size_t varint_size = 10;

inline uint8_t *put(uint8_t *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = static_cast<uint8_t>(value) | 0x80;
        value >>= 7;
    }
    *at++ = static_cast<uint8_t>(value);
    return at;
}

inline void put(std::vector<uint8_t> &bytes, uint64_t value) {
    uint8_t coded[varint_size];
    bytes.insert(bytes.end(), coded, put(coded, value));
}

inline uint64_t zigzag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }

// A number in hundredths; whether that is exactly the number. COCO writes two decimals, and n / 100 is the very double
// that such a text stands for. Within the limits of coordinates.
inline bool in_hundredths(double value, int64_t &hundredths) {
    hundredths = static_cast<int64_t>(value * 100 + (value < 0 ? -0.5 : 0.5));
    return static_cast<double>(hundredths) / 100 == value;
}

// Codes the coordinates of polygons one after another.
class PolygonCoder {
  public:
    void begin(bool exact) {
        is_exact = exact;
        used = 0;
    }

    // A polygon of `count` coordinates follows.
    void polygon(size_t count) {
        const size_t most = used + (count + 1) * varint_size;
        if (bytes.size() < most) bytes.resize(most + most / 2);
        used = static_cast<size_t>(put(bytes.data() + used, count) - bytes.data());
        before[0] = before[1] = 0;
        axis = 0;
    }

    // False for a number that hundredths do not hold.
    bool add(double value) {
        uint8_t *at = bytes.data() + used;
        if (is_exact) {
            int64_t hundredths = 0;
            if (!in_hundredths(value, hundredths)) return false;
            at = put(at, zigzag(hundredths - before[axis]));
            before[axis] = hundredths;
            axis ^= 1;
        } else {
            std::memcpy(at, &value, sizeof value);
            at += sizeof value;
        }
        used = static_cast<size_t>(at - bytes.data());
        return true;
    }

    void write(std::vector<uint8_t> &target, size_t polygons) const {
        put(target, polygons);
        target.insert(target.end(), bytes.data(), bytes.data() + used);
    }

  private:
    std::vector<uint8_t> bytes;
    size_t used = 0;
    int64_t before[2] = {0, 0};
    int axis = 0;
    bool is_exact = true;
};

}  // namespace fss_coco
#endif
