public import Foundation
public import SegModels
internal import TensorCore

/// The file of a trained learner: weights that say which network they are of, behind which backbone and how they were trained.
public struct FewShotCheckpoint: Sendable {
    /// The backbone that a learner was trained behind.
    public struct Origin: Codable, Hashable, Sendable {
        /// The name in its description.
        public var name: String
        /// The digest of its weights' file.
        public var weightsSHA256: String
        /// The maps that the network reads.
        public var levels: [FeatureLevel]

        /// Names a backbone.
        public init(name: String, weightsSHA256: String, levels: [FeatureLevel]) {
            self.name = name
            self.weightsSHA256 = weightsSHA256
            self.levels = levels
        }
    }

    private static let settingsKey = "fss.learner"
    private static let originKey = "fss.learner.backbone"
    private static let formatKey = "fss.learner.format"
    private static let trainingKey = "training"
    private static let format = 1

    /// Network and training.
    public let settings: FewShotSettings
    /// The backbone; nil for files that are not ours.
    public let origin: Origin?
    /// What it was trained on, in words; empty where the file does not say it.
    public let note: String
    private let weights: StateDict

    /// Reads a file of ours.
    ///
    /// - Throws: `CheckpointError` for a damaged file, ``FewShotError/checkpoint(file:reason:)`` for one of something else.
    public init(contentsOf url: URL) throws {
        let state = try Safetensors.load(contentsOf: url)
        guard let found = state.metadata[Self.formatKey], let text = state.metadata[Self.settingsKey],
            let origin = state.metadata[Self.originKey]
        else {
            throw FewShotError.checkpoint(
                file: state.source,
                reason:
                    "its metadata lacks \(Self.formatKey), \(Self.settingsKey) or \(Self.originKey); train one with `fss train learner`"
            )
        }
        guard found == String(Self.format) else {
            throw FewShotError.checkpoint(file: state.source, reason: "format \(found), expected \(Self.format)")
        }
        do {
            if let excess = JSONGuard.settings.excess(in: Data(origin.utf8)) {
                throw ConfigurationError(source: state.source, key: Self.originKey, reason: excess)
            }
            settings = try Self.settings(ConfigurationTree(json: text, source: state.source), source: state.source)
            self.origin = try JSONDecoder().decode(Origin.self, from: Data(origin.utf8))
        } catch let error as DecodingError {
            throw FewShotError.checkpoint(file: state.source, reason: "\(Self.originKey) \(error.placeAndReason)")
        } catch {
            throw FewShotError.checkpoint(file: state.source, reason: "\(error)")
        }
        note = state.metadata[Self.trainingKey] ?? ""
        weights = state
    }

    /// Reads a published checkpoint, which does not describe itself; its backbone's weights, if it has them, are passed over.
    ///
    /// - Parameters:
    ///   - url: a file of any format that `Checkpoint` reads.
    ///   - network: what it holds.
    /// - Throws: `CheckpointError` for a file that cannot be read.
    public init(published url: URL, as network: some FewShotFamily) throws {
        settings = FewShotSettings(network)
        (origin, note) = (nil, "")
        let state = try Checkpoint(contentsOf: url).state
        // The release trains a wrapped network, whose prefix only PyTorch's own files lose when they are read.
        let wrapper = "module."
        var own = state.names.contains { $0.hasPrefix(wrapper) } ? state.removingPrefix(wrapper) : state
        own.source = state.source
        weights = own
    }

    private static func settings(_ tree: ConfigurationTree, source: String) throws -> FewShotSettings {
        guard case .text(let name)? = tree["architecture"] else {
            throw ConfigurationError(source: source, key: "architecture", reason: "found none, expected a name")
        }
        return try FewShotSettings(architecture: name).changed(by: tree, source: source)
    }

    /// Writes a learner's file, whole or not at all.
    ///
    /// - Throws: `CheckpointError` where it cannot be written.
    public static func save(
        _ network: some FewShotNetwork, _ settings: FewShotSettings, behind origin: Origin, note: String = "", to url: URL
    ) throws {
        var state = network.stateDict()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        state.metadata[settingsKey] = String(decoding: try encoder.encode(settings), as: UTF8.self)
        state.metadata[originKey] = String(decoding: try encoder.encode(origin), as: UTF8.self)
        state.metadata[formatKey] = String(format)
        state.metadata[trainingKey] = note
        try Safetensors.save(state, to: url)
    }

    /// The learner behind a backbone, frozen.
    ///
    /// - Parameters:
    ///   - backbone: offers the maps that the network reads; that of ``origin``, or another one where the architecture allows it.
    ///   - cacheCapacity: bytes of maps that are kept for photos that come again.
    /// - Throws: ``FewShotError`` for maps that the network cannot read, `CheckpointError` for weights that are of another network.
    public func model(behind backbone: LoadedBackbone, cacheCapacity: Int = 1 << 30) throws -> FewShotModel {
        let tapped = try backbone.tapped(settings.network.taps(of: backbone.description.network))
        let network = try settings.network.makeNetwork(
            ParameterScope(.loading), behind: tapped.levels, precision: tapped.precision)
        do {
            try network.load(weights, options: origin == nil ? .allowsUnexpected : [])
        } catch {
            guard let origin, case .doesNotFit(_, let report) = error, report.missing.isEmpty else { throw error }
            throw FewShotError.backbone(
                file: weights.source, trained: "\(origin.name): \(origin.levels.text)",
                found: "\(backbone.description.name): \(tapped.levels.text)")
        }
        network.freeze()
        return FewShotModel(
            backbone: tapped, network: network, imageSize: settings.network.imageSize, cacheCapacity: cacheCapacity)
    }

    /// What whoever reads a score should know where a learner is behind another backbone than it was trained behind.
    public func remark(behind backbone: LoadedBackbone) -> String? {
        guard let origin, origin.weightsSHA256 != backbone.weightsSHA256 else { return nil }
        return "\(settings.title) was trained behind \(origin.name), not behind \(backbone.description.name)"
    }
}
