public import Foundation
public import SegModels
public import TensorCore

/// The file of a trained model: the denoiser's weights with the configuration beside them. A whole model but for the backbone.
public struct DiffUpCheckpoint: Sendable {
    /// The metadata key of the configuration.
    static let configurationKey = "diffup.configuration"
    /// The metadata key of the file format's version.
    static let formatKey = "diffup.format"
    static let format = 2

    /// The settings; what draws masks may be changed before a model is made.
    public var configuration: DiffUpConfiguration
    /// The denoiser's weights.
    public let weights: StateDict

    /// Reads a file, whatever its version.
    ///
    /// - Throws: `CheckpointError` for a damaged file, ``DiffUpError/configuration(file:reason:)`` for one of something else.
    public init(contentsOf url: URL) throws { try self.init(Safetensors.load(contentsOf: url)) }

    /// Finds settings and weights in a state dict.
    ///
    /// - Throws: ``DiffUpError/configuration(file:reason:)``.
    init(_ state: StateDict) throws(DiffUpError) {
        guard let found = state.metadata[Self.formatKey], let text = state.metadata[Self.configurationKey] else {
            throw .configuration(
                file: state.source,
                reason: "its metadata lacks \(Self.formatKey) or \(Self.configurationKey); train one with `fss train`")
        }
        guard let version = Int(found), (1...Self.format).contains(version) else {
            throw .configuration(file: state.source, reason: "format \(found), expected 1...\(Self.format)")
        }
        do {
            configuration = try DiffUpConfiguration(
                ConfigurationTree(json: text, source: state.source), source: state.source, assuming: version)
        } catch {
            throw .configuration(file: state.source, reason: error.description)
        }
        var weights = state.removingPrefix("decoder.")
        weights.source = state.source
        self.weights = weights
    }

    /// What a file of this model holds.
    static func stateDict(_ denoiser: some MaskDenoiser, _ configuration: DiffUpConfiguration) throws -> StateDict {
        var state = denoiser.stateDict().addingPrefix("decoder.")
        state.metadata[configurationKey] = try configuration.json()
        state.metadata[formatKey] = String(format)
        return state
    }

    /// Writes a model's file, whole or not at all.
    ///
    /// - Throws: `CheckpointError` where it cannot be written.
    public static func save(_ denoiser: some MaskDenoiser, _ configuration: DiffUpConfiguration, to url: URL) throws {
        try Safetensors.save(stateDict(denoiser, configuration), to: url)
    }

    /// The model behind a backbone, frozen.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features; any one with as many levels.
    ///   - denoiser: takes the weights; by default the one that the configuration names.
    ///   - cacheCapacity: bytes of features that are kept for photos that come again.
    ///   - change: replaces parts that the configuration names.
    /// - Throws: `CheckpointError` for weights that do not fit, ``DiffUpError`` for a backbone of other levels.
    public func model(
        behind backbone: any Backbone, denoiser: (any MaskDenoiser)? = nil, cacheCapacity: Int = 2 << 30,
        changing change: (inout DiffUpParts) -> Void = { _ in }
    ) throws -> DiffUp {
        try model(behind: [backbone], denoiser: denoiser, cacheCapacity: cacheCapacity, changing: change)
    }

    /// The model behind several backbones at once, whose priors are fused as views.
    ///
    /// - Parameters:
    ///   - backbones: at least one.
    ///   - denoiser: as for one backbone.
    ///   - cacheCapacity: bytes of features that are kept, an equal part for each backbone.
    ///   - change: replaces parts that the configuration names.
    /// - Throws: as for one backbone.
    public func model(
        behind backbones: [any Backbone], denoiser: (any MaskDenoiser)? = nil, cacheCapacity: Int = 2 << 30,
        changing change: (inout DiffUpParts) -> Void = { _ in }
    ) throws -> DiffUp {
        let network: any MaskDenoiser = try denoiser ?? configuration.makeDenoiser(ParameterScope(.loading))
        try network.load(weights)
        network.freeze()
        var parts = try configuration.parts()
        change(&parts)
        return try DiffUp(backbones: backbones, denoiser: network, parts: parts, cacheCapacity: cacheCapacity)
    }
}
