internal import Datasets
internal import Diffusion
internal import Foundation
internal import TensorCore

/// `fss predict` over a folder for some concepts, as the command does it, for `Benchmarks/predict`: decoding, masks, overlays,
/// probabilities and records included. It prints a line: concepts, precision, photos a second, peak memory in megabytes.
///
/// A concept is a box in one of the photos; what it shows costs nothing here.
enum Predicting {
    static func report(
        _ folder: String, backbone: String, concepts: Int, precision: Precision, look: FirstLookChoice?
    ) async throws {
        let queries = try QueryPhoto.found([folder])
        let out = FileManager.default.temporaryDirectory.appending(path: "fss-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: out) }
        let model = backbone == "drawn" ? ModelChoice.shipped : .photos(backbone: BackboneChoice(backbone))
        var run = PredictionRun(supports: [], queries: queries, model: model)
        run.firstLook = look
        run.concepts = try (0..<concepts).map { number in
            let file = out.appending(path: "\(number).fss")
            try concept(number, queries[number % queries.count].url, of: concepts).write(to: file)
            return ConceptChoice(file.path)
        }
        let threads = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"].flatMap { Int($0) }
        let compute = ComputeSettings(precision: precision, threads: threads)
        try compute.apply()
        let results = try RunFolder(out.appending(path: "found").path, command: "predict")
        let summary = try await run.summary(in: results, compute: compute) { _ in }
        guard summary.failed == 0 else { throw BenchmarkError("\(summary.failed) photos of \(folder) failed") }
        let speed = String(format: "%.4f", summary.photosPerSecond)
        print("\(concepts) \(precision.rawValue) \(speed) \(Int(Conversation.peakMegabytes ?? 0))")
    }

    private static func concept(_ number: Int, _ photo: URL, of count: Int) throws -> Concept {
        let bytes = try [UInt8](Data(contentsOf: photo))
        let image = try ImageFile.decode(bytes, name: photo.path)
        // Another box for every concept, also where they share a photo.
        let left = image.width * number / (count * 2)
        let box = Box(x0: left, y0: image.height / 4, x1: left + image.width / 2, y1: image.height * 3 / 4)
        return try Concept(
            name: "thing \(number)", supports: [try ConceptSupport(photo: bytes, annotation: .boxes([box]))])
    }
}
