public import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The times of one piece of the work on a query, in milliseconds.
public struct StageTimes: Codable, Sendable, Hashable {
    /// The piece.
    public var name: String
    /// The median.
    public var medianMS: Double
    /// The 10th percentile.
    public var lowMS: Double
    /// The 90th percentile.
    public var highMS: Double

    /// Sums up the seconds of several runs.
    public init(name: String, seconds: [Double]) {
        self.name = name
        let sorted = seconds.sorted().map { $0 * 1000 }
        func at(_ share: Double) -> Double { sorted.isEmpty ? 0 : sorted[Int((Double(sorted.count - 1) * share).rounded())] }
        (medianMS, lowMS, highMS) = (at(0.5), at(0.1), at(0.9))
    }
}

/// What was timed and how long it took.
public struct TimingReport: Codable, Sendable {
    /// The computing library.
    public var backend: String
    /// Its threads.
    public var threads: Int
    /// The type of activations.
    public var precision: String
    /// The network's name.
    public var backbone: String
    /// The square that photos are resized to.
    public var imageSize: Int
    /// Denoising steps.
    public var samplingSteps: Int
    /// Samples that are averaged.
    public var ensemble: Int
    /// Timed runs of each piece.
    public var runs: Int
    /// The pieces.
    public var rows: [StageTimes]
}

/// Times the pieces of the work on one drawn query.
///
/// A backbone without weights and a decoder without a checkpoint get random numbers: times do not depend on them.
public struct TimingRun: Sendable {
    /// A backbone's name, or one with weights as ``BackboneChoice`` reads it.
    public var backbone: String
    /// A decoder, nil for one of the standard size.
    public var checkpoint: String?
    /// The square that photos are resized to, without a checkpoint.
    public var imageSize = 320
    /// How masks are drawn.
    public var sampling = SamplingChoice()
    /// Timed runs of each piece.
    public var runs = 10

    /// Times a backbone.
    public init(backbone: String, checkpoint: String? = nil) {
        self.backbone = backbone
        self.checkpoint = checkpoint
    }

    /// Times every piece.
    ///
    /// - Throws: `CancellationError` when the task was cancelled; errors of files and settings.
    public func run(compute: ComputeSettings = ComputeSettings(), observe: RunObserver = { _ in }) async throws -> TimingReport {
        let (model, configuration) = try model(compute)
        var rows: [StageTimes] = []
        for stage in try model.stages(of: Self.episode()) {
            observe(.note("timing: \(stage.name)"))
            rows.append(StageTimes(name: stage.name, seconds: try times(of: stage)))
        }
        let record = ComputeRecord(compute)
        return TimingReport(
            backend: record.backend, threads: record.threads, precision: record.precision.rawValue,
            backbone: model.extractor.backbone.name, imageSize: configuration.imageSize,
            samplingSteps: configuration.sampling.steps, ensemble: configuration.sampling.ensemble, runs: runs, rows: rows)
    }

    private func times(of stage: DiffUp.Stage) throws -> [Double] {
        let clock = ContinuousClock()
        // The first runs pack weights and fill the buffer pool.
        for _ in 0..<2 { try stage.run() }
        return try (0..<runs).map { _ in
            try Task.checkCancellation()
            return try clock.measure { try stage.run() } / .seconds(1)
        }
    }

    private func model(_ compute: ComputeSettings) throws -> (DiffUp, DiffUpConfiguration) {
        let network = try network(compute.precision)
        var file = try checkpoint.map { try DiffUpCheckpoint(contentsOf: URL(fileURLWithPath: $0)) }
        var configuration = file?.configuration ?? DiffUpConfiguration()
        if file == nil { configuration.imageSize = imageSize }
        try sampling.apply(to: &configuration, seed: compute.seed)
        file?.configuration = configuration
        if let file { return (try file.model(behind: network), configuration) }
        let decoder = try configuration.makeDenoiser(ParameterScope(seed: compute.seed))
        decoder.freeze()
        return (try DiffUp(backbone: network, denoiser: decoder, parts: configuration.parts()), configuration)
    }

    private func network(_ precision: Precision) throws -> any Backbone {
        if backbone.contains("=") || backbone.hasSuffix(".safetensors") {
            return try BackboneChoice(backbone).load(precision: precision).backbone
        }
        let network = try BackboneChoice.description(backbone).makeBackbone(precision: precision)
        network.freeze()
        return network
    }

    /// A drawn query with one drawn support.
    private static func episode() throws -> Episode {
        let dataset = Shapes5iDataset(split: .validation, fold: 0)
        let drawn = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 1)
        return try EpisodeLoader(dataset: dataset).load(drawn[0]).episode
    }
}
