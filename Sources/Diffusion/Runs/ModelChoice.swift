public import Datasets
internal import Foundation
public import SegModels
internal import TensorCore

/// A whole model as users name it: a backbone and a decoder's checkpoint.
public enum ModelChoice: Codable, Sendable, Hashable {
    /// The one that comes with the library and was trained on drawn shapes.
    case shipped
    /// The decoder for photos that comes with the library, behind a backbone of the user's.
    case photos(backbone: BackboneChoice)
    /// Both from files.
    case files(backbone: BackboneChoice, checkpoint: String)
    /// A decoder behind several backbones at once, whose priors are fused as views; the decoder for photos where no file is named.
    case fused(backbones: [BackboneChoice], checkpoint: String?)

    /// Loads both halves.
    ///
    /// - Parameters:
    ///   - sampling: what is otherwise than the checkpoint says.
    ///   - compute: how it computes.
    ///   - cacheCapacity: bytes of features that are kept for photos that come again.
    ///   - judgesPresence: whether the calibration beside the decoder, where there is one, judges if the thing is there.
    /// - Throws: `RunError`, `BackboneError`, `CheckpointError` and ``DiffUpError`` for what is missing or does not fit.
    public func load(
        sampling: SamplingChoice = SamplingChoice(), compute: ComputeSettings = ComputeSettings(), cacheCapacity: Int = 2 << 30,
        judgesPresence: Bool = false
    ) throws -> LoadedModel {
        let (backbones, file) = try parts(compute)
        var checkpoint = try DiffUpCheckpoint(contentsOf: file)
        try sampling.apply(to: &checkpoint.configuration, seed: compute.seed)
        let record = try FileRecord(file)
        let presence = judgesPresence ? try PresenceCalibration.load(beside: file, sha256: record.sha256) : nil
        return LoadedModel(
            backbone: backbones[0], further: Array(backbones.dropFirst()), checkpoint: record,
            configuration: checkpoint.configuration,
            model: try checkpoint.model(behind: backbones.map(\.backbone), cacheCapacity: cacheCapacity) {
                $0.presence = presence
            })
    }

    private static let withoutResources = RunError.file(
        "the model that comes along", found: "no such file in this build", expected: "the library's resources",
        advice: "give --backbone, --weights and --checkpoint")

    /// The networks, at least one, and the decoder's file.
    private func parts(_ compute: ComputeSettings) throws -> ([LoadedBackbone], URL) {
        switch self {
        case .files(let backbone, let checkpoint):
            return ([try backbone.load(precision: compute.precision)], URL(fileURLWithPath: checkpoint))
        case .photos(let backbone):
            return ([try backbone.load(precision: compute.precision)], try Self.photoDecoder())
        case .fused(let backbones, let checkpoint):
            guard !backbones.isEmpty else {
                throw RunError.setting("backbone", found: "none", expected: "one or more to fuse")
            }
            let file = try checkpoint.map { URL(fileURLWithPath: $0) } ?? Self.photoDecoder()
            return (try backbones.map { try $0.load(precision: compute.precision) }, file)
        case .shipped:
            guard let files = ShippedModels.shapes5i else {
                throw Self.withoutResources
            }
            return ([try Backbones.load(weights: files.backbone, precision: compute.precision)], files.decoder)
        }
    }

    private static func photoDecoder() throws(RunError) -> URL {
        guard let decoder = ShippedModels.photoDecoder else { throw withoutResources }
        return decoder
    }
}

/// A model and where it came from.
public struct LoadedModel: Sendable {
    /// The network; of several the first.
    public var backbone: LoadedBackbone
    /// Networks whose priors are fused with those of ``backbone``.
    public var further: [LoadedBackbone] = []
    /// The decoder's file.
    public var checkpoint: FileRecord
    /// The settings, sampling included.
    public var configuration: DiffUpConfiguration
    /// Both together.
    public var model: DiffUp

    /// All networks.
    public var backbones: [LoadedBackbone] { [backbone] + further }
}

/// How masks are drawn where a user wants it otherwise than the checkpoint says.
public struct SamplingChoice: Codable, Hashable, Sendable {
    /// Sampling steps, nil for the checkpoint's.
    public var steps: Int?
    /// Masks that are drawn and averaged, nil for the checkpoint's.
    public var ensemble: Int?
    /// A name of ``SamplerRegistry``, nil for the checkpoint's.
    public var sampler: String?
    /// How little the predicted IoU moves before a walk ends early, nil for the checkpoint's.
    public var settledTolerance: Float?

    /// By default nothing is changed.
    public init(steps: Int? = nil, ensemble: Int? = nil, sampler: String? = nil, settledTolerance: Float? = nil) {
        self.steps = steps
        self.ensemble = ensemble
        self.sampler = sampler
        self.settledTolerance = settledTolerance
    }

    /// Puts these settings in place of the checkpoint's.
    ///
    /// - Throws: `RunError.setting(_:found:expected:)`.
    public func apply(to configuration: inout DiffUpConfiguration, seed: UInt64) throws(RunError) {
        let most = configuration.process.steps
        if let steps, !(1...most).contains(steps) {
            throw .setting("steps", found: "\(steps)", expected: "1...\(most), the steps of the checkpoint's process")
        }
        if let ensemble, !(1...1000).contains(ensemble) {
            throw .setting("ensemble", found: "\(ensemble)", expected: "1...1000")
        }
        if let settledTolerance, !(0...1).contains(settledTolerance) {
            throw .setting("settled", found: "\(settledTolerance)", expected: "0...1")
        }
        configuration.sampling.sampler = sampler ?? configuration.sampling.sampler
        configuration.sampling.settledTolerance = settledTolerance ?? configuration.sampling.settledTolerance
        configuration.sampling.steps = steps ?? configuration.sampling.steps
        configuration.sampling.ensemble = ensemble ?? configuration.sampling.ensemble
        configuration.sampling.seed = seed
        guard let sampler else { return }
        do throws(UnknownName) { _ = try configuration.sampling.makeSampler() } catch {
            throw .setting("sampler", found: sampler, expected: error.known.joined(separator: ", "))
        }
        do throws(ConfigurationError) { try configuration.validate(source: "--sampler \(sampler)") } catch {
            throw .conflict(error.description)
        }
    }
}
