internal import ArgumentParser
internal import Datasets
internal import Diffusion

/// `fss bench`.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the main pieces on this machine.",
        discussion: """
            A backbone named without weights and a decoder without a checkpoint get random numbers: times do not \
            depend on them. Medians and the range of the middle 80 % are printed.

            Examples:
              fss bench
              fss bench --backbone mobilenet_v2-torchvision --precision bfloat16 \\
                  --steps 50 --ensemble 5 --json
            """)

    @Option(help: ArgumentHelp("A backbone by name, or name=weights.", valueName: "name"))
    var backbone = "resnet50-torchvision"

    @Option(help: ArgumentHelp("A decoder; by default one of the standard size.", valueName: "file"))
    var checkpoint: String?

    @Option(help: ArgumentHelp("Side of the square that photos are resized to, without a checkpoint.", valueName: "pixels"))
    var imageSize = 320

    @Option(help: "Timed runs of each piece.")
    var runs = 10

    @OptionGroup var sampling: SamplingOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...10_000).contains(runs) else { throw ValidationError("--runs is \(runs), expected 1...10000.") }
        guard (32...2048).contains(imageSize) else { throw ValidationError("--image-size is \(imageSize), expected 32...2048.") }
    }

    func run() async throws {
        try common.apply()
        let console = common.console
        var run = TimingRun(backbone: backbone, checkpoint: checkpoint)
        (run.imageSize, run.sampling, run.runs) = (imageSize, sampling.choice, runs)
        let bar = ProgressBar(on: console)
        let report = try await run.run(compute: common.compute, observe: bar.show)
        var table = TextTable(["piece", "median ms", "10 %", "90 %"])
        for row in report.rows {
            table.add([row.name, row.medianMS.rounded(to: 2), row.lowMS.rounded(to: 2), row.highMS.rounded(to: 2)])
        }
        console.line(
            "\(report.backbone), \(report.imageSize) px, \(report.precision), \(report.threads) threads, \(report.backend)")
        console.line("\(report.samplingSteps) sampling steps, ensemble of \(report.ensemble)")
        console.table(table)
        try console.emit(report)
    }
}
