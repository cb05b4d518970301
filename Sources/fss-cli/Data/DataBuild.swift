internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss data build`.
struct DataBuild: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Make a dataset, lists included: draw Shapes-5i, or build PASCAL-5i or COCO-20i from the raw downloads.",
        discussion: """
            PASCAL-5i has VOC's labels where there are some and SBD's elsewhere; --sbd may also be a folder \
            SegmentationClassAug. COCO-20i has label maps drawn from the instances by the rule that the manifest names. \
            Images that cannot be used are named and left out, and the command ends with 1.

            Examples:
              fss data build shapes5i --out data/shapes5i
              fss data build shapes5i --out data/small --fold 0 \\
                  --images-per-class 20 --image-size 128
              fss data build pascal5i --voc VOCdevkit/VOC2012 --sbd SBD \\
                  --lists hsnet/data/splits/pascal --out data/pascal
              fss data build pascal5i --resume data/pascal
              fss data build coco20i --coco COCO --out data/coco
              mpirun -n 4 fss data build coco20i --coco COCO --out data/coco
            """)

    @Argument(help: "The dataset: shapes5i, which is drawn, pascal5i or coco20i.")
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

    @OptionGroup var coco: COCOBuildOptions

    @OptionGroup var shared: BuildOptions

    @Option(help: ArgumentHelp("The folder of the dataset.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace a dataset that this command made before.")
    var force = false

    @Option(help: ArgumentHelp("Go on with the build in this folder.", valueName: "folder"))
    var resume: String?

    @OptionGroup var report: ReportOptions

    private static let coco20i = "coco20i"
    private static let names = [DatasetRegistry.shapes5i, DatasetRegistry.pascal5i, coco20i]

    func validate() throws {
        guard Self.names.contains(name) else {
            throw ValidationError("the dataset is \(name), expected one of \(Self.names.joined(separator: ", ")).")
        }
        let drawn = [
            ("--fold", !folds.isEmpty), ("--images-per-class", imagesPerClass != nil), ("--image-size", imageSize != nil),
            ("--drawing-seed", drawingSeed != nil),
        ]
        let owners = [
            (DatasetRegistry.shapes5i, drawn), (DatasetRegistry.pascal5i, pascal.given), (Self.coco20i, coco.given),
            (name == DatasetRegistry.shapes5i ? "pascal5i and coco20i" : name, shared.given),
        ]
        for (owner, options) in owners where owner != name {
            if let option = options.first(where: \.1)?.0 { throw ValidationError("\(option) belongs to \(owner).") }
        }
        let settled = drawn + pascal.given + coco.given + shared.given + [("--out", out != nil), ("--force", force)]
        if resume != nil, let option = settled.first(where: \.1)?.0 {
            throw ValidationError("\(option) was settled when the build began, and --resume keeps it; leave it out.")
        }
        guard resume == nil else { return }
        guard out != nil else { throw ValidationError("Missing expected argument '--out <folder>'") }
        switch name {
        case DatasetRegistry.pascal5i: _ = try pascal.build(shared)
        case Self.coco20i: _ = try coco.build(shared)
        default: try validating { _ = try drawing() }
        }
    }

    func run() async throws {
        switch name {
        case DatasetRegistry.pascal5i: return try await build { try pascal.build(shared) }
        case Self.coco20i: return try await build { try coco.build(shared) }
        default: return try await build { try drawing() }
        }
    }

    private func drawing() throws -> ShapesBuild {
        try ShapesBuild(
            seed: drawingSeed ?? 5, imageSize: imageSize ?? 256,
            imagesPerClass: imagesPerClass ?? FoldedShapes5i.defaultImagesPerClass,
            folds: folds.isEmpty ? Array(0..<Shapes5i.foldCount) : folds)
    }

    private func build<Build: DatasetBuild>(_ asked: () throws -> Build) async throws {
        let ranks = Session.ranks
        let folder: RunFolder
        let build: Build
        if let resume {
            folder = try RunFolder.resumed(resume, command: Build.command, ranks: ranks)
            build = try Build.resuming(folder)
        } else {
            build = try asked()
            folder = try RunFolder.taken(out, command: Build.command, force: force, ranks: ranks)
        }
        try ranks.settled(ComputeSettings()).apply()
        try report.console.introduce(ranks)
        let bar = ProgressBar(on: report.console)
        let summary: BuildSummary
        do {
            summary = try await build.run(
                in: folder, arguments: FSS.arguments, workers: ranks.workers, ranks: ranks, observe: bar.show)
        } catch is CancellationError {
            throw Interrupted(
                advice: "What is done is kept. Continue with: fss data build \(name) --resume \(folder.url.path)")
        }
        bar.finish()
        let sets = summary.sets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        report.console.line("\(summary.images) images (\(sets)): \(folder.url.path)")
        try report.console.emit(summary)
        for line in summary.refused where ranks.isFirst { Console.standardError("Error: \(line)") }
        if !summary.refused.isEmpty { throw ExitCode(1) }
    }
}
