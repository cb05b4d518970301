internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss data build`.
struct DataBuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Make a dataset in VOC layout, lists included: draw Shapes-5i, or build PASCAL-5i from VOC 2012 and SBD.",
        discussion: """
            PASCAL-5i has VOC's labels where there are some and SBD's elsewhere; --sbd may also be a folder \
            SegmentationClassAug. Images that cannot be used are named and left out, and the command ends with 1.

            Examples:
              fss data build shapes5i --out data/shapes5i
              fss data build shapes5i --out data/small --fold 0 \\
                  --images-per-class 20 --image-size 128
              fss data build pascal5i --voc VOCdevkit/VOC2012 --sbd SBD \\
                  --lists hsnet/data/splits/pascal --out data/pascal
              fss data build pascal5i --resume data/pascal
            """)

    @Argument(help: "The dataset: shapes5i, which is drawn, or pascal5i.")
    var name: String

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption,
        help: ArgumentHelp("Folds of shapes5i to draw; all by default.", valueName: "fold"))
    var folds: [Int] = []

    @Option(
        help: ArgumentHelp("Images a class of shapes5i; \(FoldedShapes5i.defaultImagesPerClass) by default.", valueName: "count"))
    var imagesPerClass: Int?

    @Option(help: ArgumentHelp("Pixels along each side of shapes5i; 256 by default.", valueName: "pixels"))
    var imageSize: Int?

    @Option(help: ArgumentHelp("What all pictures of shapes5i are drawn from; 5 by default.", valueName: "seed"))
    var drawingSeed: UInt64?

    @OptionGroup var pascal: PascalBuildOptions

    @Option(help: ArgumentHelp("The folder of the dataset.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace a dataset that this command made before.")
    var force = false

    @Option(help: ArgumentHelp("Go on with the build of pascal5i in this folder.", valueName: "folder"))
    var resume: String?

    @OptionGroup var report: ReportOptions

    private var isPascal: Bool { name == DatasetRegistry.pascal5i }

    func validate() throws {
        guard isPascal || name == DatasetRegistry.shapes5i else {
            throw ValidationError(
                "the dataset is \(name), expected \(DatasetRegistry.shapes5i) or \(DatasetRegistry.pascal5i).")
        }
        let drawn = [
            ("--fold", !folds.isEmpty), ("--images-per-class", imagesPerClass != nil), ("--image-size", imageSize != nil),
            ("--drawing-seed", drawingSeed != nil),
        ]
        let other = isPascal ? drawn : pascal.given + [("--resume", resume != nil)]
        if let option = other.first(where: \.1)?.0 {
            throw ValidationError("\(option) belongs to \(isPascal ? DatasetRegistry.shapes5i : DatasetRegistry.pascal5i).")
        }
        if resume != nil, let option = (pascal.given + [("--out", out != nil), ("--force", force)]).first(where: \.1)?.0 {
            throw ValidationError("\(option) was settled when the build began, and --resume keeps it; leave it out.")
        }
        guard resume == nil else { return }
        guard out != nil else { throw ValidationError("Missing expected argument '--out <folder>'") }
        if isPascal { _ = try pascal.build } else { try validating { _ = try drawing() } }
    }

    func run() async throws {
        if isPascal { return try await buildPascal() }
        let build = try drawing()
        let folder = try RunFolder(out, command: ShapesBuild.command, force: force)
        let bar = ProgressBar(on: report.console)
        try await build.run(in: folder, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        report.console.line("\(build.images) images: \(folder.url.path)")
        try report.console.emit(build)
    }

    private func drawing() throws -> ShapesBuild {
        try ShapesBuild(
            seed: drawingSeed ?? 5, imageSize: imageSize ?? 256,
            imagesPerClass: imagesPerClass ?? FoldedShapes5i.defaultImagesPerClass,
            folds: folds.isEmpty ? Array(0..<Shapes5i.foldCount) : folds)
    }

    private func buildPascal() async throws {
        let folder: RunFolder
        let build: PascalBuild
        if let resume {
            folder = try RunFolder(resuming: resume, command: PascalBuild.command)
            build = try PascalBuild.resuming(folder)
        } else {
            build = try pascal.build
            folder = try RunFolder(out, command: PascalBuild.command, force: force)
        }
        let bar = ProgressBar(on: report.console)
        let summary: PascalBuild.Summary
        do {
            summary = try await build.run(in: folder, arguments: FSS.arguments, observe: bar.show)
        } catch is CancellationError {
            throw Interrupted(
                advice: "What is done is kept. Continue with: fss data build \(name) --resume \(folder.url.path)")
        }
        bar.finish()
        let sets = summary.sets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        report.console.line("\(summary.images) images (\(sets)): \(folder.url.path)")
        try report.console.emit(summary)
        for line in summary.refused { Console.standardError("Error: \(line)") }
        if !summary.refused.isEmpty { throw ExitCode(1) }
    }
}
