internal import Foundation

/// Draws Shapes-5i into a run folder in VOC layout; its fields are the settings of the manifest.
public struct ShapesBuild: DatasetBuild {
    public static var datasetName: String { "shapes-5i" }
    public static var currentVersion: Int { Shapes5i.version }

    /// The name of the dataset.
    public private(set) var dataset = datasetName
    /// The version of the drawing.
    public private(set) var version = currentVersion
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
        images = Self.export(seed, imageSize, imagesPerClass, folds).count
    }

    private static func export(_ seed: UInt64, _ imageSize: Int, _ imagesPerClass: Int, _ folds: [Int]) -> VOCExport {
        VOCExport(Shapes5i(seed: seed, imageSize: imageSize, imagesPerClass: imagesPerClass), folds: folds)
    }

    /// Draws everything.
    ///
    /// - Throws: ``RunError`` for settings of a manifest that cannot be drawn, and as
    ///   ``DatasetBuild/run(in:arguments:workers:ranks:observe:)``.
    @discardableResult
    public func run(
        in folder: RunFolder, arguments: [String] = [], workers: Int = PrefetchWorkers.standard,
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> BuildSummary {
        let start = Date()
        let checked = try ShapesBuild(seed: seed, imageSize: imageSize, imagesPerClass: imagesPerClass, folds: folds)
        let export = Self.export(seed, imageSize, imagesPerClass, folds)
        var manifest = RunManifest(command: Self.command, arguments: arguments, settings: checked, started: start)
        manifest.compute.seed = seed
        try ranks.requireSameBuild(manifest)
        folder.remarks.forEach { observe(.note($0)) }
        try await folder.run(manifest, since: start) { _ in
            try await export.write(to: folder.url, keepsImages: true, workers: workers, sharedBy: ranks.communicator) {
                observe(.progress(RunProgress("drawing", $0)))
            }
        }
        let sets = Shapes5i.Split.allCases.map { ($0.rawValue, export.count(of: $0)) }
        return BuildSummary(images: checked.images, sets: Dictionary(uniqueKeysWithValues: sets))
    }
}
