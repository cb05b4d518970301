internal import Datasets
internal import Foundation
internal import TensorCore

/// An instances file, made into an index without a cache.
struct COCOInstances: Workload {
    private static let sample = 300
    let file: URL

    init(_ file: URL) { self.file = file }

    func run() throws { _ = try COCOIndex(file, cache: nil) }

    func outputs() throws -> StateDict {
        let index = try COCOIndex(file, cache: nil)
        var areas = Dictionary(uniqueKeysWithValues: index.categories.map { ($0.id, 0.0) })
        var pixels: [Int: Int] = [:]
        for position in 0..<index.imageCount {
            let image = index.image(at: position)
            for annotation in try index.annotations(at: position) {
                areas[annotation.category, default: 0] += annotation.area
                guard annotation.id <= Self.sample else { continue }
                pixels[annotation.id] = annotation.segmentation.mask(height: image.height, width: image.width).area
            }
        }
        let counts = [index.imageCount, index.annotationCount, index.categories.count]
        return results([
            "counts": Self.tensor(counts.map { Float($0) }),
            "areas": Self.tensor(areas.sorted { $0.key < $1.key }.map { Float($0.value) }),
            "pixels": Self.tensor(pixels.sorted { $0.key < $1.key }.map { Float($0.value) }),
        ])
    }

    private static func tensor(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }
}

/// One instances file, timed in a fresh process: without a cache, and from it.
enum COCOTiming {
    static func report(_ path: String, cache folder: String) throws {
        let (file, cache) = (URL(filePath: path), COCOIndexCache(folder: URL(filePath: folder)))
        let clock = ContinuousClock()
        let start = clock.now
        let index = try COCOIndex(file, cache: cache)
        let seconds = (clock.now - start) / .seconds(1)
        let source = index.isFromCache ? "cache" : "file"
        print("\(source) \(seconds) \(index.imageCount) \(index.annotationCount) \(peak())")
    }

    /// Megabytes.
    private static func peak() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        let words = line.split(whereSeparator: \.isWhitespace)
        return (words.count > 1 ? Double(words[1]) ?? 0 : 0) / 1024
    }
}
