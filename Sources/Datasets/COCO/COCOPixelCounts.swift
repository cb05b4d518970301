internal import Dispatch
internal import Foundation
internal import Synchronization
internal import TensorCore

/// The pixels of every class in every image of an index, by a rule for masks: what lists are made from.
///
/// All masks are drawn once, on all processors; the counts are kept beside the index.
struct COCOPixelCounts: Sendable {
    /// A class in an image.
    struct Entry: Sendable, Equatable {
        /// The position of the image in the index.
        var position: Int
        /// The class.
        var classID: Int
        /// Its pixels, at least one.
        var pixels: Int
    }

    /// In the order of positions, then of classes.
    let entries: [Entry]

    /// The entries by image.
    var images: [(position: Int, pixels: [Int: Int])] {
        var images: [(position: Int, pixels: [Int: Int])] = []
        for entry in entries {
            if images.last?.position != entry.position { images.append((entry.position, [:])) }
            images[images.count - 1].pixels[entry.classID] = entry.pixels
        }
        return images
    }

    /// - Parameter classes: the class of every category.
    /// - Throws: ``DatasetError`` where the index is damaged.
    init(_ index: COCOIndex, rule: COCOMaskRule, classes: [Int: Int], cache: COCOIndexCache?) throws(DatasetError) {
        let pairs = classes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let file = cache?.derivedFile(index.digest, "\(rule) \(pairs)")
        if let file, let known = Self.read(file) {
            entries = known
            return
        }
        entries = try Self.counted(index, rule, classes)
        if let cache, let file { _ = cache.keep(Self.data(entries), at: file) }
    }

    private static func counted(
        _ index: COCOIndex, _ rule: COCOMaskRule, _ classes: [Int: Int]
    ) throws(DatasetError) -> [Entry] {
        let chunk = 256
        let chunks = (index.imageCount + chunk - 1) / chunk
        let found = Mutex<[Int: Result<[Entry], DatasetError>]>([:])
        DispatchQueue.concurrentPerform(iterations: chunks) { number in
            let result = Result { () throws(DatasetError) -> [Entry] in
                var entries: [Entry] = []
                for position in (number * chunk)..<min(index.imageCount, (number + 1) * chunk) {
                    let annotations = try index.annotations(at: position)
                    if annotations.isEmpty { continue }
                    let painter = COCOPainter(annotations, of: index.image(at: position), rule: rule, classes: classes)
                    let counts = painter.pixelCounts().sorted { $0.key < $1.key }
                    entries += counts.map { Entry(position: position, classID: $0.key, pixels: $0.value) }
                }
                return entries
            }
            found.withLock { $0[number] = result }
        }
        let results = found.withLock { $0 }
        var entries: [Entry] = []
        for number in 0..<chunks { entries += try results[number]?.get() ?? [] }
        return entries
    }

    /// Twelve bytes an entry, then the digest of all of them.
    private static func data(_ entries: [Entry]) -> Data {
        var bytes = [UInt8](repeating: 0, count: entries.count * 12)
        bytes.withUnsafeMutableBytes { bytes in
            for (row, entry) in entries.enumerated() {
                bytes.store(UInt32(entry.position), row * 12)
                bytes.store(UInt32(entry.classID), row * 12 + 4)
                bytes.store(UInt32(entry.pixels), row * 12 + 8)
            }
        }
        return Data(bytes + Array(SHA256.hex(bytes).utf8))
    }

    private static func read(_ url: URL) -> [Entry]? {
        guard let bytes = try? FileBytes.read(url), bytes.count >= 64, bytes.count % 12 == 4 else { return nil }
        let body = Array(bytes.dropLast(64))
        guard SHA256.hex(body).utf8.elementsEqual(bytes.suffix(64)) else { return nil }
        return body.withUnsafeBytes { body in
            (0..<(body.count / 12)).map { row in
                let values = (0..<3).map { Int(body.value(row * 12 + $0 * 4, UInt32.self)) }
                return Entry(position: values[0], classID: values[1], pixels: values[2])
            }
        }
    }
}
