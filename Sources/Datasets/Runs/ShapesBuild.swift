internal import Foundation

/// Draws Shapes-5i into a run folder in VOC layout; its fields are the settings of the manifest.
public struct ShapesBuild: Codable, Hashable, Sendable {
    /// The command, as the manifest names it.
    public static let command = "data build"

    /// The name of the dataset.
    public private(set) var dataset = "shapes-5i"
    /// The version of the drawing.
    public private(set) var version = Shapes5i.version
    /// What all pictures are drawn from.
    public let seed: UInt64
    /// Pixels along each side.
    public let imageSize: Int
    /// Images a class.
    public let imagesPerClass: Int
    /// The folds that are drawn.
    public let folds: [Int]
    /// Images in all.
    public let images: Int

    /// Names what is drawn.
    ///
    /// - Throws: ``RunError/setting(_:found:expected:)``.
    public init(
        seed: UInt64 = 5, imageSize: Int = 256, imagesPerClass: Int = FoldedShapes5i.defaultImagesPerClass,
        folds: [Int] = Array(0..<Shapes5i.foldCount)
    ) throws(RunError) {
        let known = 0..<Shapes5i.foldCount
        guard folds.allSatisfy({ known.contains($0) }), !folds.isEmpty, Set(folds).count == folds.count else {
            throw .setting("fold", found: "\(folds)", expected: "different numbers of 0...\(known.upperBound - 1)")
        }
        let sizes = [("images-per-class", imagesPerClass, 2...100_000), ("image-size", imageSize, 16...8192)]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .setting(name, found: "\(value)", expected: "\(range.lowerBound)...\(range.upperBound)")
        }
        self.seed = seed
        self.imageSize = imageSize
        self.imagesPerClass = imagesPerClass
        self.folds = folds
        images = VOCExport(Shapes5i(seed: seed, imageSize: imageSize, imagesPerClass: imagesPerClass), folds: folds).count
    }

    /// Draws everything.
    ///
    /// - Parameters:
    ///   - folder: for the dataset.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - observe: hears of progress.
    /// - Throws: `CancellationError` when the task was cancelled; errors of files.
    public func run(
        in folder: RunFolder, arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws {
        let start = Date()
        let shapes = Shapes5i(seed: seed, imageSize: imageSize, imagesPerClass: imagesPerClass)
        var manifest = RunManifest(command: Self.command, arguments: arguments, settings: self, started: start)
        manifest.compute.seed = seed
        folder.remarks.forEach { observe(.note($0)) }
        try await folder.run(manifest, since: start) { _ in
            try await VOCExport(shapes, folds: folds).write(to: folder.url) { observe(.progress(RunProgress("drawing", $0))) }
        }
    }
}
