internal import Datasets
internal import Foundation
internal import TensorCore

/// Epochs of a photo loader on demand, for `Benchmarks/loader`: a line of words comes in, a line of numbers goes out.
///
///     first FILE     writes the first batch without flips as float32 [N, H, W, 3], says its shape
///     epoch NUMBER   runs an epoch, says its seconds, its photos and the sum of all numbers
///     parts          decodes, scales and so on, one thing after another on one thread; says milliseconds a photo
enum PhotoEpochs {
    static func run(_ folder: String, side: Int, batch: Int, workers: Int) async throws {
        let files = try PhotoFolder(URL(filePath: folder)).photos
        let resize = PhotoResize(height: side, width: side)
        let plain = PhotoLoader(files: files, transformations: [resize], workers: workers)
        let loader = PhotoLoader(files: files, isShuffled: true, transformations: [resize, RandomFlip()], workers: workers)
        say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "first":
                for try await element in plain.batches(of: batch, normalization: .imageNet) {
                    let images = try element.get().images
                    try images.scalars.withUnsafeBytes { Data($0) }.write(to: URL(filePath: words[1]))
                    say(images.shape.map(String.init).joined(separator: " "))
                    break
                }
            case "parts": say(try parts(files, resize))
            default: say(try await epoch(loader, Int(words.last ?? "") ?? 0, batch))
            }
        }
    }

    private static func epoch(_ loader: PhotoLoader, _ epoch: Int, _ batch: Int) async throws -> String {
        let clock = ContinuousClock()
        let start = clock.now
        var photos = 0
        for try await element in loader.batches(of: batch, epoch: epoch, normalization: .imageNet) {
            let loaded = try element.get()
            if let failure = loaded.failures.first { throw failure.error }
            photos += loaded.images.shape[0]
        }
        return "\((clock.now - start) / .seconds(1)) \(photos)"
    }

    private static func parts(_ files: [URL], _ resize: PhotoResize) throws -> String {
        let clock = ContinuousClock()
        var (read, decode, scale, flip, tensor) = (Duration.zero, Duration.zero, Duration.zero, Duration.zero, Duration.zero)
        for file in files {
            let start = clock.now
            let bytes = try [UInt8](Data(contentsOf: file))
            let held = clock.now
            let image = try ImageFile.decode(bytes, name: file.path)
            let decoded = clock.now
            let scaled = image.resized(height: resize.height, width: resize.width)
            let resized = clock.now
            let mirrored = scaled.flippedHorizontally()
            let flipped = clock.now
            _ = try PhotoBatch(PhotoSample(id: file.path, image: mirrored), normalization: .imageNet)
            let done = clock.now
            read += held - start
            decode += decoded - held
            scale += resized - decoded
            flip += flipped - resized
            tensor += done - flipped
        }
        let all = [("read", read), ("decode", decode), ("resize", scale), ("flip", flip), ("tensor", tensor)]
        return all.map { "\($0.0) \($0.1 / .milliseconds(1) / Double(max(files.count, 1)))" }.joined(separator: " ")
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
