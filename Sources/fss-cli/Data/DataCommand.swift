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
        try validating { _ = try build }
    }

    func run() async throws {
        let build = try build
        let folder = try RunFolder(out, command: ShapesBuild.command, force: force)
        let bar = ProgressBar(on: report.console)
        try await build.run(in: folder, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        report.console.line("\(build.images) images: \(folder.url.path)")
        try report.console.emit(build)
    }

    private var build: ShapesBuild {
        get throws {
            try ShapesBuild(seed: drawingSeed, imageSize: imageSize, imagesPerClass: imagesPerClass, folds: folds)
        }
    }
}
