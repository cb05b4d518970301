public import Foundation
public import TensorCore

/// The backbones that this library knows by name, and how weights become a backbone.
public enum Backbones {
    /// The key of a description (JSON) in a safetensors file's metadata.
    public static let metadataKey = "fss.backbone"

    /// The names of the presets of all families.
    public static var names: [String] { BackbonePreset.all.map(\.description.name) }

    /// The preset called `name`.
    ///
    /// - Throws: ``BackboneError/unknownName(_:known:)``.
    public static func description(named name: String) throws(BackboneError) -> BackboneDescription {
        try preset(named: name).description
    }

    /// Loads a backbone's weights and freezes them.
    ///
    /// The description is the one called `name`; without a name it is the JSON file beside the weights (`x.json` for
    /// `x.safetensors`) or the one in the weights' metadata (``metadataKey``). Nothing is guessed from the weights themselves:
    /// files of one network differ in channel order, scaling, padding and stride placement, and load all the same.
    ///
    /// - Parameters:
    ///   - name: a preset.
    ///   - weights: a file of any format that `Checkpoint` reads, with the names of any publisher that the family knows (``BackboneFamily/keyMaps``;
    ///     `num_batches_tracked` entries are passed over), or with a name, a folder that holds the file of ``fileName(of:)``.
    ///   - precision: the type of activations and maps.
    /// - Throws: ``BackboneError`` with every missing, unexpected and mismatched tensor.
    public static func load(
        name: String? = nil, weights: URL, precision: Precision = .float32
    ) throws(BackboneError) -> LoadedBackbone {
        guard let name else {
            let file = try WeightsFile(weights)
            return try load(file, as: try file.foundDescription(), precision)
        }
        let preset = try preset(named: name)
        let isFolder = (try? weights.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
        let url = isFolder ? weights.appendingPathComponent(preset.fileName) : weights
        return try load(WeightsFile(url), as: preset.description, precision)
    }

    /// Loads a backbone's weights as `description` says and freezes them.
    ///
    /// - Throws: ``BackboneError`` with every missing, unexpected and mismatched tensor.
    public static func load(
        description: BackboneDescription, weights: URL, precision: Precision = .float32
    ) throws(BackboneError) -> LoadedBackbone {
        try load(WeightsFile(weights), as: description, precision)
    }

    /// The usual file name of the weights of the preset called `name`.
    ///
    /// - Throws: ``BackboneError/unknownName(_:known:)``.
    public static func fileName(of name: String) throws(BackboneError) -> String { try preset(named: name).fileName }

    /// The names of the presets whose network has exactly the tensors of a file.
    ///
    /// Several where presets differ in what they expect of pixels, in padding or in stride placement, which weights do not tell.
    public static func names(fitting weights: WeightsIndex) -> [String] {
        let networks = BackboneFamilies.networks(fitting: weights)
        return BackbonePreset.all.map(\.description).filter { networks.contains($0.network) }.map(\.name)
    }

    private static func preset(named name: String) throws(BackboneError) -> BackbonePreset {
        guard let preset = BackbonePreset.all.first(where: { $0.description.name == name }) else {
            throw .unknownName(name, known: names)
        }
        return preset
    }

    private static func load(
        _ file: WeightsFile, as description: BackboneDescription, _ precision: Precision
    ) throws(BackboneError) -> LoadedBackbone {
        let backbone = try description.makeBackbone(ParameterScope(.loading), precision: precision)
        let (report, notes) = try fill(backbone, from: file, as: description)
        return LoadedBackbone(
            backbone: backbone, description: description, weightsFile: file.state.source, weightsSHA256: try file.sha256(),
            report: report, notes: notes)
    }

    /// Whether a file has the tensors that its description says.
    static func check(_ file: WeightsFile, as description: BackboneDescription) throws(BackboneError) {
        _ = try fill(try description.makeBackbone(ParameterScope(.loading)), from: file, as: description)
    }

    private static func fill(
        _ backbone: any Backbone, from file: WeightsFile, as description: BackboneDescription
    ) throws(BackboneError) -> (report: LoadReport, notes: [String]) {
        let (state, notes) = try file.state(for: backbone, type(of: description.network.shape))
        do {
            return (try backbone.load(state), notes)
        } catch .doesNotFit(_, let report) {
            if let (name, type) = file.checkpoint.unreadable.first(where: { report.missing.contains($0.key) }) {
                throw .weights(
                    .damaged(
                        file: state.source, format: file.checkpoint.format, key: name,
                        reason: "no tensors of the type \(type) are read; convert it where the file was made"))
            }
            let hint = LoadingHint.hint(for: report, WeightsIndex(file.state), description.network)
            throw .doesNotFit(weights: state.source, backbone: description.name, report: report, hint: hint)
        } catch {
            throw .weights(error)
        }
    }
}

/// A backbone with the weights of a file, and what a manifest says about them.
public struct LoadedBackbone: Sendable {
    /// The network, frozen.
    public let backbone: any Backbone
    /// What was loaded.
    public let description: BackboneDescription
    /// The weights' path.
    public let weightsFile: String
    /// The SHA-256 digest of the weights' file, hexadecimal.
    public let weightsSHA256: String
    /// The tensors that were read.
    public let report: LoadReport
    /// What was done to the names in the file to get at the network's, one sentence part each.
    public let notes: [String]

    /// The same as sentences for people.
    public var remarks: [String] { notes.map { "weights of \(description.name): \($0)" } }
}
