internal import Foundation

/// How a segmentation stands in an index; the values are those of `fss_coco_segment_kind`.
enum COCOSegmentKind: UInt8 {
    case none = 0
    case hundredths = 1
    case doubles = 2
    case runs = 3
    case compressed = 4

    /// What is unknown is none.
    init(_ value: UInt8) { self = Self(rawValue: value) ?? .none }
}

/// Reads the compact bytes of segmentations; nil wherever they end too early.
struct COCOSegmentReader {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The segmentation that some bytes stand for; nil where they are damaged.
    static func segmentation(_ bytes: UnsafeRawBufferPointer, kind: COCOSegmentKind) -> COCOSegmentation? {
        var reader = COCOSegmentReader(bytes)
        switch kind {
        case .none: return COCOSegmentation.none
        case .hundredths: return reader.polygons { $0.hundredths($1) }
        case .doubles: return reader.polygons { $0.doubles($1) }
        case .runs: return reader.runs()
        case .compressed: return reader.compressed()
        }
    }

    private mutating func varint() -> UInt64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while at < bytes.count, shift < 64 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A number that fits a count or a side.
    mutating func integer() -> Int? {
        guard let value = varint(), value <= 1 << 48 else { return nil }
        return Int(value)
    }

    /// A count of things of at least one byte each.
    private mutating func count() -> Int? {
        guard let value = integer(), value <= bytes.count - at else { return nil }
        return value
    }

    private mutating func polygons(_ read: (inout Self, Int) -> [Double]?) -> COCOSegmentation? {
        guard let parts = count() else { return nil }
        var polygons: [[Point]] = []
        for _ in 0..<parts {
            guard let count = count(), let values = read(&self, count) else { return nil }
            polygons.append(stride(from: 0, to: count - 1, by: 2).map { Point(x: values[$0], y: values[$0 + 1]) })
        }
        return .polygons(polygons)
    }

    private mutating func hundredths(_ count: Int) -> [Double]? {
        var (x, y) = (Int64(0), Int64(0))
        var values: [Double] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            guard let coded = varint() else { return nil }
            let difference = Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
            if index % 2 == 0 { x &+= difference } else { y &+= difference }
            values.append(Double(index % 2 == 0 ? x : y) / 100)
        }
        return values
    }

    private mutating func doubles(_ count: Int) -> [Double]? {
        guard count <= (bytes.count - at) / 8 else { return nil }
        defer { at += count * 8 }
        return (0..<count).map { bytes.double(at + $0 * 8) }
    }

    private mutating func runs() -> COCOSegmentation? {
        guard let height = integer(), let width = integer(), let count = count() else { return nil }
        var counts: [Int] = []
        for _ in 0..<count {
            guard let value = integer() else { return nil }
            counts.append(value)
        }
        return RunLengthMask(height: height, width: width, counts: counts).map { .runs($0) }
    }

    private mutating func compressed() -> COCOSegmentation? {
        guard let height = integer(), let width = integer(), let count = count() else { return nil }
        return RunLengthMask(height: height, width: width, compressed: bytes[at..<(at + count)]).map { .runs($0) }
    }
}
