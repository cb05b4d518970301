internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// `fss bench`.
struct Bench: ParsableCommand {
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

    func run() throws {
        try common.apply()
        let network = try network()
        var (configuration, weights) = try described()
        try sampling.apply(to: &configuration, seed: common.seedValue)
        let model = try model(behind: network, configuration, weights)
        let episode = try Self.episode()
        let settings = configuration.sampling
        var rows: [BenchRow] = []
        for stage in try model.stages(of: episode) {
            common.console.note("timing: \(stage.name)")
            rows.append(BenchRow(name: stage.name, seconds: try times(of: stage)))
        }
        let report = BenchReport(
            backend: Devices.current.summary, threads: Devices.current.threadCount, precision: common.precisionValue,
            backbone: network.name, imageSize: configuration.imageSize, samplingSteps: settings.steps,
            ensemble: settings.ensemble, runs: runs, rows: rows)
        var table = TextTable(["piece", "median ms", "10 %", "90 %"])
        for row in rows {
            table.add([row.name, row.medianMS.rounded(to: 2), row.lowMS.rounded(to: 2), row.highMS.rounded(to: 2)])
        }
        common.console.line(
            "\(report.backbone), \(report.imageSize) px, \(report.precision.rawValue), \(report.threads) threads, \(report.backend)"
        )
        common.console.line("\(settings.steps) sampling steps, ensemble of \(settings.ensemble)")
        common.console.table(table)
        try common.console.emit(report)
    }

    private func times(of stage: DiffUp.Stage) throws -> [Double] {
        let clock = ContinuousClock()
        // The first runs pack weights and fill the buffer pool.
        for _ in 0..<2 { try stage.run() }
        return try (0..<runs).map { _ in
            try Interruption.check()
            return try clock.measure { try stage.run() }.seconds
        }
    }

    private func network() throws -> any Backbone {
        if backbone.contains("=") || backbone.hasSuffix(".safetensors") {
            return try BackboneChoice(backbone).load(precision: common.precisionValue).backbone
        }
        let network = try Backbones.description(named: backbone).makeBackbone(precision: common.precisionValue)
        network.freeze()
        return network
    }

    /// The checkpoint's settings with its weights, or the default ones without.
    private func described() throws -> (DiffUpConfiguration, DiffUpCheckpoint?) {
        if let checkpoint {
            let file = try DiffUpCheckpoint(contentsOf: URL(fileURLWithPath: checkpoint))
            return (file.configuration, file)
        }
        var configuration = DiffUpConfiguration()
        configuration.imageSize = imageSize
        return (configuration, nil)
    }

    private func model(
        behind network: any Backbone, _ configuration: DiffUpConfiguration, _ weights: DiffUpCheckpoint?
    ) throws -> DiffUp {
        if var weights {
            weights.configuration = configuration
            return try weights.model(behind: network)
        }
        let decoder = try configuration.makeDecoder(ParameterScope(seed: common.seedValue))
        decoder.freeze()
        return try DiffUp(backbone: network, denoiser: decoder, parts: configuration.parts())
    }

    /// A drawn query with one drawn support.
    private static func episode() throws -> Episode {
        let dataset = Shapes5iDataset(split: .validation, fold: 0)
        let reference = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 1)
        guard let first = reference.first else { throw CommandError("shapes5i: found no episode") }
        return try EpisodeLoader(dataset: dataset).load(first).episode
    }
}

/// The times of one piece in milliseconds.
struct BenchRow: Codable {
    var name: String
    var medianMS: Double
    var lowMS: Double
    var highMS: Double

    init(name: String, seconds: [Double]) {
        self.name = name
        let sorted = seconds.sorted().map { $0 * 1000 }
        func at(_ share: Double) -> Double { sorted.isEmpty ? 0 : sorted[Int((Double(sorted.count - 1) * share).rounded())] }
        (medianMS, lowMS, highMS) = (at(0.5), at(0.1), at(0.9))
    }
}

/// What `bench --json` prints.
private struct BenchReport: Codable {
    var backend: String
    var threads: Int
    var precision: Precision
    var backbone: String
    var imageSize: Int
    var samplingSteps: Int
    var ensemble: Int
    var runs: Int
    var rows: [BenchRow]
}
