internal import Foundation

/// The bytes of an index with its layout: rows by position, checked before they are used.
struct COCOIndexTable: Sendable {
    private let data: Data
    let layout: COCOIndexLayout

    /// Takes the bytes of an index; nil where they are damaged, of another version, or of another instances file.
    init?(_ data: Data, digest: [UInt8]) {
        guard let layout = data.withUnsafeBytes({ COCOIndexLayout($0, digest: digest) }) else { return nil }
        self.data = data
        self.layout = layout
    }

    /// The sum over the rows and the segmentations of some annotations.
    static func checksum(_ bytes: UnsafeRawBufferPointer, _ layout: COCOIndexLayout, _ rows: Range<Int>) -> UInt64 {
        guard let segments = segments(bytes, layout, rows) else { return 0 }
        let size = COCOIndexLayout.annotationCount
        let start = layout.annotationStart
        let own = COCOIndexLayout.checksum(bytes, (start + rows.lowerBound * size)..<(start + rows.upperBound * size))
        return own ^ COCOIndexLayout.checksum(bytes, segments)
    }

    /// The bytes of the segmentations of consecutive annotations; nil for rows that are damaged.
    private static func segments(
        _ bytes: UnsafeRawBufferPointer, _ layout: COCOIndexLayout, _ rows: Range<Int>
    ) -> Range<Int>? {
        guard let last = rows.last else { return layout.segmentStart..<layout.segmentStart }
        let size = COCOIndexLayout.annotationCount
        let (low, high) = (layout.annotationStart + rows.lowerBound * size, layout.annotationStart + last * size)
        let first = bytes.word(low + COCOIndexLayout.Annotation.segment)
        let end = bytes.word(high + COCOIndexLayout.Annotation.segment)
        let count = UInt64(bytes.value(high + COCOIndexLayout.Annotation.segmentCount, UInt32.self))
        guard first <= end, end <= UInt64(layout.segmentCount), count <= UInt64(layout.segmentCount) - end else { return nil }
        return (layout.segmentStart + Int(first))..<(layout.segmentStart + Int(end + count))
    }

    /// The lines about what was left out.
    var problems: [String] {
        let text = data.withUnsafeBytes { bytes in
            String(decoding: bytes[layout.problemStart..<(layout.problemStart + layout.problemCount)], as: UTF8.self)
        }
        return text.split(separator: "\n").map(String.init)
    }

    var categories: [COCOCategory] {
        typealias Field = COCOIndexLayout.Category
        return data.withUnsafeBytes { bytes in
            (0..<layout.categories).map { place in
                let row = layout.categoryStart + place * COCOIndexLayout.categoryCount
                let name = text(bytes, bytes.word(row + Field.nameStart), bytes.word(row + Field.nameCount))
                return COCOCategory(id: Int(bytes.value(row + Field.id, Int64.self)), name: name)
            }
        }
    }

    func image(_ place: Int) -> COCOImage {
        typealias Field = COCOIndexLayout.Image
        return data.withUnsafeBytes { bytes in
            let row = imageRow(place)
            let count = UInt64(bytes.value(row + Field.nameCount, UInt32.self))
            return COCOImage(
                id: Int(bytes.value(row + Field.id, Int64.self)), fileName: text(bytes, bytes.word(row + Field.nameStart), count),
                width: Int(bytes.value(row + Field.width, UInt32.self)), height: Int(bytes.value(row + Field.height, UInt32.self))
            )
        }
    }

    private func imageRow(_ place: Int) -> Int {
        precondition((0..<layout.images).contains(place), "COCOIndex: image \(place) of \(layout.images)")
        return layout.imageStart + place * COCOIndexLayout.imageCount
    }

    private func text(_ bytes: UnsafeRawBufferPointer, _ start: UInt64, _ count: UInt64) -> String {
        // The tables' checksum holds, so that these are places that the builder wrote.
        let first = layout.textStart + Int(start)
        return String(decoding: bytes[first..<(first + Int(count))], as: UTF8.self)
    }

    /// The position of an image by its id.
    func place(of id: Int) -> Int? {
        data.withUnsafeBytes { bytes in
            var (low, high) = (0, layout.images)
            while low < high {
                let middle = (low + high) / 2
                let found = Int(bytes.value(imageRow(middle) + COCOIndexLayout.Image.id, Int64.self))
                if found == id { return middle }
                if found < id { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    /// Calls `body` with the rows of an image's annotations; nil where they are damaged.
    func rows<Result>(
        of place: Int, _ body: (UnsafeRawBufferPointer, Range<Int>) -> Result?
    ) -> Result? {
        typealias Field = COCOIndexLayout.Image
        return data.withUnsafeBytes { bytes in
            let row = imageRow(place)
            let (first, count) = (bytes.word(row + Field.first), UInt64(bytes.value(row + Field.count, UInt32.self)))
            guard first <= UInt64(layout.annotations), count <= UInt64(layout.annotations) - first else { return nil }
            let range = Int(first)..<Int(first + count)
            guard Self.checksum(bytes, layout, range) == bytes.word(row + Field.checksum) else { return nil }
            return body(bytes, range)
        }
    }

    /// An annotation by its row, in bytes that ``rows(of:_:)`` checked.
    func annotation(_ bytes: UnsafeRawBufferPointer, _ index: Int, ids: [Int]) -> COCOAnnotation? {
        typealias Field = COCOIndexLayout.Annotation
        let row = layout.annotationStart + index * COCOIndexLayout.annotationCount
        let start = layout.segmentStart + Int(bytes.word(row + Field.segment))
        let segment = bytes[start..<(start + Int(bytes.value(row + Field.segmentCount, UInt32.self)))]
        let kind = COCOSegmentKind(bytes[row + Field.kind])
        let category = Int(bytes.value(row + Field.category, UInt32.self))
        let read = COCOSegmentReader.segmentation(UnsafeRawBufferPointer(rebasing: segment), kind: kind)
        guard let read, ids.indices.contains(category) else { return nil }
        return COCOAnnotation(
            id: Int(bytes.value(row + Field.id, Int64.self)), category: ids[category], isCrowd: bytes[row + Field.isCrowd] != 0,
            area: bytes.double(row + Field.area), box: (0..<4).map { bytes.double(row + Field.box + $0 * 8) },
            segmentation: read, index: Int(bytes.word(row + Field.index)))
    }
}
