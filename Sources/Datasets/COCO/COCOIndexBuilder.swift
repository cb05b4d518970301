internal import CSimdjson
internal import Dispatch
internal import Foundation
internal import Synchronization
internal import TensorCore

/// Makes the index of an instances file.
struct COCOIndexBuilder: ~Copyable {
    /// Problems that are described; others are counted.
    static let problemLimit = 100

    private let document: COCODocument
    /// Positions of images in the order of their ids, and of annotations in the order of their images.
    private var images: [Int] = []
    private var order: [Int] = []
    /// The first annotation in `order` of every image, and one place more.
    private var firsts: [Int] = []
    private var categories: [Int] = []
    private var categoryPlaces: [Int64: Int] = [:]
    private var problems: [String] = []
    private var more = 0

    /// The index of a file, and the digest of the file.
    ///
    /// - Throws: ``DatasetError`` for what is no instances file. What is wrong with single elements is in the index.
    static func build(_ bytes: [UInt8], file: String, threads: Int) throws(DatasetError) -> (index: Data, digest: [UInt8]) {
        let digest = BackgroundDigest(bytes)
        var builder: COCOIndexBuilder
        do {
            builder = COCOIndexBuilder(try COCODocument(bytes, file: file, threads: threads))
        } catch {
            _ = digest.value
            throw error
        }
        builder.arrange()
        let value = digest.value
        return (builder.written(digest: value), value)
    }

    private init(_ document: consuming COCODocument) { self.document = document }

    private mutating func arrange() {
        let (lines, hidden) = document.faults
        for line in lines { note(line) }
        more += hidden
        let places = arrangeImages()
        arrangeCategories()
        arrangeAnnotations(places)
    }

    private mutating func note(_ line: String) {
        if problems.count < Self.problemLimit { problems.append(line) } else { more += 1 }
    }

    /// Sorts images by id; where an id stands twice, the first image has it.
    private mutating func arrangeImages() -> [Int64: Int] {
        let all = document.images
        var kept: [Int64: Int] = [:]
        kept.reserveCapacity(all.count)
        for (index, image) in all.enumerated() {
            if kept[image.id] == nil {
                kept[image.id] = index
            } else {
                note("images: the id \(image.id) stands twice; the first image has it")
            }
        }
        images = kept.values.sorted { all[$0].id < all[$1].id }
        for (place, index) in images.enumerated() { kept[all[index].id] = place }
        return kept
    }

    private mutating func arrangeCategories() {
        let all = document.categories
        for (index, category) in all.enumerated() {
            if categoryPlaces.updateValue(index, forKey: category.id) != nil {
                note("categories: the id \(category.id) stands twice; the last one has it")
            }
        }
        categories = categoryPlaces.values.sorted { all[$0].id < all[$1].id }
        for (place, index) in categories.enumerated() { categoryPlaces[all[index].id] = place }
    }

    /// Groups annotations by image, in the order of the file.
    private mutating func arrangeAnnotations(_ places: [Int64: Int]) {
        let all = document.annotations
        var owners = [Int32](repeating: -1, count: all.count)
        var counts = [Int](repeating: 0, count: images.count + 1)
        for index in all.indices {
            let annotation = all[index]
            guard let place = places[annotation.image] else {
                note("annotations[\(annotation.index)]: the image \(annotation.image), which \"images\" does not have")
                continue
            }
            guard categoryPlaces[annotation.category] != nil else {
                note("annotations[\(annotation.index)]: the category \(annotation.category), which \"categories\" does not have")
                continue
            }
            if let problem = problem(annotation, in: document.images[images[place]]) {
                note("annotations[\(annotation.index)]: \(problem)")
                continue
            }
            owners[index] = Int32(place)
            counts[place + 1] += 1
        }
        for place in 0..<images.count { counts[place + 1] += counts[place] }
        firsts = counts
        order = [Int](repeating: 0, count: counts[images.count])
        for index in owners.indices where owners[index] >= 0 {
            order[counts[Int(owners[index])]] = index
            counts[Int(owners[index])] += 1
        }
    }

    /// What is wrong with run lengths; polygons were checked when they were read.
    private func problem(_ annotation: fss_coco_annotation, in image: fss_coco_image) -> String? {
        let kind = COCOSegmentKind(annotation.segment_kind)
        guard kind == .runs || kind == .compressed else { return nil }
        let start = Int(annotation.segment)
        let bytes = UnsafeRawBufferPointer(rebasing: document.segments[start..<(start + Int(annotation.segment_count))])
        var reader = COCOSegmentReader(bytes)
        guard let height = reader.integer(), let width = reader.integer() else { return "run lengths that cannot be read" }
        guard height == Int(image.height), width == Int(image.width) else {
            return "run lengths of \(width)x\(height) pixels in an image of \(image.width)x\(image.height)"
        }
        if kind == .compressed, COCOSegmentReader.segmentation(bytes, kind: kind) == nil {
            return "compressed run lengths that do not add up to the image"
        }
        return nil
    }

    private func written(digest: [UInt8]) -> Data {
        let names = images.map { document.images[$0].name } + categories.map { document.categories[$0].name }
        let lines = more == 0 ? problems : problems + ["and \(more) more"]
        let problemText = Array(lines.joined(separator: "\n").utf8)
        let segmentCount = order.reduce(0) { $0 + Int(document.annotations[$1].segment_count) }
        let layout = COCOIndexLayout([
            images.count, categories.count, names.reduce(0) { $0 + Int($1.count) }, problemText.count, order.count, segmentCount,
        ])
        var data = Data(count: layout.byteCount)
        data.withUnsafeMutableBytes { bytes in
            writeAnnotations(bytes, layout)
            writeImages(bytes, layout)
            writeCategories(bytes, layout)
            var at = layout.textStart
            for name in names {
                let text = document.text(name)
                UnsafeMutableRawBufferPointer(rebasing: bytes[at...]).copyBytes(from: text)
                at += text.count
            }
            UnsafeMutableRawBufferPointer(rebasing: bytes[layout.problemStart...]).copyBytes(from: problemText)
            layout.writeHeader(bytes, digest: digest)
        }
        return data
    }

    private func writeAnnotations(_ bytes: UnsafeMutableRawBufferPointer, _ layout: COCOIndexLayout) {
        typealias Field = COCOIndexLayout.Annotation
        let (all, segments) = (document.annotations, document.segments)
        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[layout.segmentStart...])
        var (row, segment) = (layout.annotationStart, 0)
        for index in order {
            let annotation = all[index]
            let (start, count) = (Int(annotation.segment), Int(annotation.segment_count))
            bytes.store(annotation.id, row + Field.id)
            bytes.store(annotation.area.bitPattern, row + Field.area)
            let box = annotation.box
            bytes.store(box.0.bitPattern, row + Field.box)
            bytes.store(box.1.bitPattern, row + Field.box + 8)
            bytes.store(box.2.bitPattern, row + Field.box + 16)
            bytes.store(box.3.bitPattern, row + Field.box + 24)
            bytes.store(UInt64(segment), row + Field.segment)
            bytes.store(UInt32(count), row + Field.segmentCount)
            bytes.store(UInt32(categoryPlaces[annotation.category] ?? 0), row + Field.category)
            bytes.store(annotation.index, row + Field.index)
            bytes[row + Field.kind] = annotation.segment_kind
            bytes[row + Field.isCrowd] = annotation.is_crowd
            if count > 0 {
                let source = UnsafeRawBufferPointer(rebasing: segments[start..<(start + count)])
                UnsafeMutableRawBufferPointer(rebasing: target[segment..<(segment + count)]).copyMemory(from: source)
            }
            segment += count
            row += COCOIndexLayout.annotationCount
        }
    }

    private func writeImages(_ bytes: UnsafeMutableRawBufferPointer, _ layout: COCOIndexLayout) {
        typealias Field = COCOIndexLayout.Image
        var name = 0
        for (place, index) in images.enumerated() {
            let image = document.images[index]
            let row = layout.imageStart + place * COCOIndexLayout.imageCount
            bytes.store(image.id, row + Field.id)
            bytes.store(image.width, row + Field.width)
            bytes.store(image.height, row + Field.height)
            bytes.store(UInt64(firsts[place]), row + Field.first)
            bytes.store(UInt32(firsts[place + 1] - firsts[place]), row + Field.count)
            bytes.store(UInt32(image.name.count), row + Field.nameCount)
            bytes.store(UInt64(name), row + Field.nameStart)
            name += Int(image.name.count)
            let sum = COCOIndexTable.checksum(UnsafeRawBufferPointer(bytes), layout, firsts[place]..<firsts[place + 1])
            bytes.store(sum, row + Field.checksum)
        }
    }

    private func writeCategories(_ bytes: UnsafeMutableRawBufferPointer, _ layout: COCOIndexLayout) {
        typealias Field = COCOIndexLayout.Category
        var name = images.reduce(0) { $0 + Int(document.images[$1].name.count) }
        for (place, index) in categories.enumerated() {
            let category = document.categories[index]
            let row = layout.categoryStart + place * COCOIndexLayout.categoryCount
            bytes.store(category.id, row + Field.id)
            bytes.store(UInt64(name), row + Field.nameStart)
            bytes.store(category.name.count, row + Field.nameCount)
            name += Int(category.name.count)
        }
    }
}

/// A digest that is computed beside other work.
private final class BackgroundDigest: Sendable {
    private let group = DispatchGroup()
    private let made = Mutex<[UInt8]>([])

    init(_ bytes: [UInt8]) {
        DispatchQueue.global().async(group: group) { [self] in
            var hash = SHA256()
            hash.update(bytes)
            made.withLock { $0 = hash.digest() }
        }
    }

    /// Waits for it.
    var value: [UInt8] {
        group.wait()
        return made.withLock { $0 }
    }
}
