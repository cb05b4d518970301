/// A mask as lengths of runs, the first of them background: COCO's RLE.
///
/// COCO counts down the columns, other tools along the rows.
public struct RunLengthMask: Sendable, Hashable {
    /// How pixels follow each other.
    public enum Order: String, Sendable, Hashable, Codable {
        /// Down a column, then the next one.
        case columns
        /// Along a row, then the next one.
        case rows
    }

    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// Lengths of runs in turn of background and foreground, `height * width` in all.
    public let counts: [Int]
    /// How pixels follow each other.
    public let order: Order

    /// Takes runs; nil when they do not add up to the pixels of the image.
    public init?(height: Int, width: Int, counts: [Int], order: Order = .columns) {
        guard height > 0, width > 0, height <= 1 << 20, width <= 1 << 20 else { return nil }
        var total = 0
        for count in counts {
            guard count >= 0, count <= height * width - total else { return nil }
            total += count
        }
        guard total == height * width else { return nil }
        self.height = height
        self.width = width
        self.counts = counts
        self.order = order
    }

    /// Takes runs down the columns that add up to the pixels of the image.
    init(known counts: [Int], height: Int, width: Int) {
        (self.height, self.width, self.counts, order) = (height, width, counts, .columns)
    }

    /// The runs of a mask, in the order of COCO.
    public init(_ mask: BinaryMask) {
        (height, width, order) = (mask.height, mask.width, .columns)
        var counts: [Int] = []
        var (value, length) = (false, 0)
        for x in 0..<mask.width {
            for y in 0..<mask.height {
                if mask.values[y * mask.width + x] != value {
                    counts.append(length)
                    (value, length) = (!value, 0)
                }
                length += 1
            }
        }
        self.counts = counts + [length]
    }

    /// Reads COCO's compressed text, as `pycocotools` writes it: six bits of a number a character, from 48 upward, the lowest
    /// bits first; from the fourth run on a number is the difference to the run before the last.
    ///
    /// - Returns: nil for a text that is cut, has other characters, or whose runs do not add up to the image.
    public init?(height: Int, width: Int, compressed text: some Sequence<UInt8>) {
        guard (1...(1 << 20)).contains(height), (1...(1 << 20)).contains(width) else { return nil }
        var counts: [Int] = []
        var (value, shift) = (0, 0)
        for byte in text {
            guard (48...111).contains(byte), shift < 60 else { return nil }
            let bits = Int(byte) - 48
            value |= (bits & 0x1F) << shift
            shift += 5
            if bits & 0x20 != 0 { continue }
            if bits & 0x10 != 0 { value |= -1 << shift }
            if counts.count > 2 { value += counts[counts.count - 2] }
            guard (0...(height * width)).contains(value) else { return nil }
            counts.append(value)
            (value, shift) = (0, 0)
        }
        guard shift == 0 else { return nil }
        self.init(height: height, width: width, counts: counts)
    }

    /// COCO's compressed text of the runs, byte for byte as `pycocotools` writes it.
    public var compressed: String {
        var bytes: [UInt8] = []
        for (index, count) in counts.enumerated() {
            var value = index > 2 ? count - counts[index - 2] : count
            var goesOn = true
            while goesOn {
                let bits = value & 0x1F
                value >>= 5
                goesOn = bits & 0x10 != 0 ? value != -1 : value != 0
                bytes.append(UInt8(bits | (goesOn ? 0x20 : 0)) + 48)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number of foreground pixels.
    public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

    /// The pixels.
    public var mask: BinaryMask {
        var canvas = MaskCanvas(height: height, width: width)
        canvas.fill(self, x: 0, y: 0)
        return canvas.mask
    }
}
