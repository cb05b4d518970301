internal import Foundation

/// How an index stands in its file: a header, tables of images, categories and texts, rows of annotations in the order of their
/// images, bytes of segmentations. Little-endian, parts at multiples of eight bytes.
struct COCOIndexLayout: Equatable {
    static let magic = Array("FSSCOCO1".utf8)
    static let headerCount = 112
    static let imageCount = 48
    static let categoryCount = 24
    static let annotationCount = 80
    /// The part of the header that its checksum covers.
    static let checkedCount = 104

    var images: Int
    var categories: Int
    var textCount: Int
    var problemCount: Int
    var annotations: Int
    var segmentCount: Int

    var imageStart: Int { Self.headerCount }
    var categoryStart: Int { imageStart + images * Self.imageCount }
    var textStart: Int { categoryStart + categories * Self.categoryCount }
    var problemStart: Int { textStart + Self.padded(textCount) }
    var annotationStart: Int { problemStart + Self.padded(problemCount) }
    var segmentStart: Int { annotationStart + annotations * Self.annotationCount }
    var byteCount: Int { segmentStart + segmentCount }

    private static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

    /// Offsets in the row of an image.
    enum Image {
        static let id = 0
        static let width = 8
        static let height = 12
        static let first = 16
        static let count = 24
        static let nameCount = 28
        static let nameStart = 32
        static let checksum = 40
    }

    /// Offsets in the row of a category.
    enum Category {
        static let id = 0
        static let nameStart = 8
        static let nameCount = 16
    }

    /// Offsets in the row of an annotation.
    enum Annotation {
        static let id = 0
        static let area = 8
        static let box = 16
        static let segment = 48
        static let segmentCount = 56
        static let category = 60
        static let index = 64
        static let kind = 72
        static let isCrowd = 73
    }

    /// Reads the header; nil where this is no index of this version, or not a whole one.
    init?(_ bytes: UnsafeRawBufferPointer, digest: [UInt8]) {
        guard bytes.count >= Self.headerCount, bytes.prefix(8).elementsEqual(Self.magic) else { return nil }
        guard Self.checksum(bytes, 0..<Self.checkedCount) == bytes.word(Self.checkedCount) else { return nil }
        guard bytes[16..<48].elementsEqual(digest) else { return nil }
        let counts = (0..<6).map { bytes.word(48 + $0 * 8) }
        guard counts.allSatisfy({ $0 <= UInt64(bytes.count) }) else { return nil }
        self.init(counts.map { Int($0) })
        guard byteCount == bytes.count else { return nil }
        guard Self.checksum(bytes, imageStart..<annotationStart) == bytes.word(96) else { return nil }
    }

    init(_ counts: [Int]) {
        (images, categories, textCount) = (counts[0], counts[1], counts[2])
        (problemCount, annotations, segmentCount) = (counts[3], counts[4], counts[5])
    }

    /// Writes the header; the tables are in their places.
    func writeHeader(_ bytes: UnsafeMutableRawBufferPointer, digest: [UInt8]) {
        bytes.copyBytes(from: Self.magic)
        bytes.store(UInt64(1), 8)
        for (index, byte) in digest.enumerated() { bytes[16 + index] = byte }
        let counts = [images, categories, textCount, problemCount, annotations, segmentCount]
        for (index, count) in counts.enumerated() { bytes.store(UInt64(count), 48 + index * 8) }
        let all = UnsafeRawBufferPointer(bytes)
        bytes.store(Self.checksum(all, imageStart..<annotationStart), 96)
        bytes.store(Self.checksum(all, 0..<Self.checkedCount), Self.checkedCount)
    }

    /// Finds damage, not malice: four sums of products, eight bytes at a time.
    static func checksum(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
        var sums: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, UInt64(part.count))
        var at = 0
        while at + 32 <= part.count {
            sums.0 = mixed(sums.0, part.word(at))
            sums.1 = mixed(sums.1, part.word(at + 8))
            sums.2 = mixed(sums.2, part.word(at + 16))
            sums.3 = mixed(sums.3, part.word(at + 24))
            at += 32
        }
        while at < part.count {
            sums.0 = mixed(sums.0, UInt64(part[at]))
            at += 1
        }
        return mixed(mixed(sums.0, sums.1), mixed(sums.2, sums.3))
    }

    private static func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
        let product = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 29)
    }
}

extension UnsafeRawBufferPointer {
    /// A little-endian integer at any place.
    func value<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Value.Type = Value.self) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    func word(_ offset: Int) -> UInt64 { value(offset) }

    func double(_ offset: Int) -> Double { Double(bitPattern: word(offset)) }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a little-endian integer to any place.
    func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, _ offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
