internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss data`.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Build, check and describe datasets.",
        discussion: """
            Examples:
              fss data build shapes5i --out data/shapes5i
              fss data check VOC2012 --lists lists/pascal
              fss data info shapes5i
            """,
        subcommands: [DataBuild.self, DataCheck.self, DataInfo.self])
}

/// `fss data build`.
struct DataBuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Draw the Shapes-5i dataset into a folder in VOC layout, lists included.",
        discussion: """
            Examples:
              fss data build shapes5i --out data/shapes5i
              fss data build shapes5i --out data/small --fold 0 \\
                  --images-per-class 20 --image-size 128
            """)

    @Argument(help: "The dataset; shapes5i is the one that is drawn.")
    var name: String

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption,
        help: ArgumentHelp("Folds to draw; all by default.", valueName: "fold"))
    var folds: [Int] = [0, 1, 2, 3]

    @Option(help: "Images a class.")
    var imagesPerClass = FoldedShapes5i.defaultImagesPerClass

    @Option(help: "Pixels along each side.")
    var imageSize = 256

    @Option(help: "What all pictures are drawn from.")
    var drawingSeed: UInt64 = 5

    @Option(help: ArgumentHelp("The folder of the dataset.", valueName: "folder"))
    var out: String

    @Flag(help: "Replace a dataset that this command made before.")
    var force = false

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard name == DatasetRegistry.shapes5i else {
            throw ValidationError("the dataset is \(name), expected \(DatasetRegistry.shapes5i).")
        }
        guard folds.allSatisfy({ (0..<Shapes5i.foldCount).contains($0) }), !folds.isEmpty, Set(folds).count == folds.count else {
            throw ValidationError("--fold is \(folds), expected different numbers of 0...3.")
        }
        guard (2...100_000).contains(imagesPerClass), (16...8192).contains(imageSize) else {
            throw ValidationError("--images-per-class must be 2...100000 and --image-size 16...8192.")
        }
    }

    func run() async throws {
        let start = Date()
        let export = VOCExport(Shapes5i(seed: drawingSeed, imageSize: imageSize, imagesPerClass: imagesPerClass), folds: folds)
        let folder = try RunFolder(out, command: "data build", force: force)
        let plan = BuildPlan(
            dataset: "shapes-5i", version: Shapes5i.version, seed: drawingSeed, imageSize: imageSize,
            imagesPerClass: imagesPerClass, folds: folds, images: export.count)
        let manifest = RunManifest(command: "data build", arguments: FSS.arguments, settings: plan, started: start)
        let bar = ProgressBar(on: report.console)
        try await folder.run(manifest, since: start) {
            try await export.write(to: folder.url) { bar.update(RunProgress("drawing", $0)) }
        }
        report.console.line("\(export.count) images: \(folder.url.path)")
        try report.console.emit(plan)
    }
}

/// What is drawn.
private struct BuildPlan: Codable {
    var dataset: String
    var version: Int
    var seed: UInt64
    var imageSize: Int
    var imagesPerClass: Int
    var folds: [Int]
    var images: Int
}
