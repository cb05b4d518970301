public import Datasets
public import Diffusion
public import Foundation
internal import SegModels
internal import TensorCore

/// What makes auxiliary supports, as a command or a manifest says it.
public enum AuxiliaryGeneratorChoice: Codable, Hashable, Sendable {
    /// The painter of Shapes-5i under the support's layout; it leaves the layout by `drift`.
    case shapes(drift: Float)
    /// A folder of pictures that are there.
    case folder(String)
    /// Stable Diffusion with a ControlNet of its version, nil for the one in the model's own folder, and what its file leaves open: CLIP's
    /// vocabulary where it is not the model's, the folder with the text encoders of a single file of version 3, what the network of a single
    /// file of version 1 or 2 answers.
    case diffusion(
        model: String, controlNet: String? = nil, vocabulary: String? = nil, textEncoders: String? = nil,
        prediction: LatentPrediction? = nil)

    /// Reads `shapes`, `shapes-0.5` with a drift, `folder=<path>`, or the path of a folder of diffusers that holds its own ControlNet.
    ///
    /// - Throws: `RunError.setting(_:found:expected:)`.
    public init(text: String) throws(RunError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2, parts[0] == "folder" {
            self = .folder(URL(fileURLWithPath: parts[1]).standardizedFileURL.path)
        } else if text == "shapes" {
            self = .shapes(drift: 0)
        } else if text.hasPrefix("shapes-"), let drift = Float(text.dropFirst(7)), (0...2).contains(drift) {
            self = .shapes(drift: drift)
        } else if Self.isModel(text) {
            self = .diffusion(model: URL(fileURLWithPath: text).standardizedFileURL.path)
        } else {
            throw .setting(
                "auxiliary-generator", found: text,
                expected: "shapes, shapes-<drift of 0...2>, folder=<path>, or a model of Stable Diffusion with a ControlNet")
        }
    }

    /// Whether a path is that of a folder of diffusers, which may hold a ControlNet.
    public static func isModel(_ path: String) -> Bool {
        let index = URL(fileURLWithPath: path).appendingPathComponent("model_index.json")
        return FileManager.default.fileExists(atPath: index.path)
    }

    /// The generator.
    ///
    /// - Throws: `DatasetError` for a folder, `TextToImageError` for a model, `RunError` for a number out of range.
    public func generator(_ compute: ComputeSettings) throws -> any AuxiliaryGenerator {
        switch self {
        case .shapes(let drift):
            guard (0...2).contains(drift) else {
                throw RunError.setting("drift", found: "\(drift)", expected: "0...2")
            }
            return ShapesRedrawing(drift: drift)
        case .folder(let path): return try AuxiliaryFolder(URL(fileURLWithPath: path))
        case .diffusion(let model, let controlNet, let vocabulary, let textEncoders, let prediction):
            let loaded = try TextToImage.load(
                URL(fileURLWithPath: model), controlNets: [controlNet].compactMap { $0 }.map { URL(fileURLWithPath: $0) },
                vocabulary: vocabulary.map { URL(fileURLWithPath: $0) },
                textEncoders: textEncoders.map { URL(fileURLWithPath: $0) }, prediction: prediction,
                precision: compute.precision)
            return try ControlledDiffusion(loaded)
        }
    }
}

/// Auxiliary supports as a command or a manifest says them: generator, numbers, and the files of networks beside.
public struct AuxiliaryChoice: Codable, Hashable, Sendable {
    /// The name in `SupportExtensions`.
    public static let name = "difffss"

    /// What makes pictures.
    public var generator: AuxiliaryGeneratorChoice
    /// The numbers and words.
    public var settings: AuxiliarySettings
    /// Weights of an edge network, for scribbles and soft boundaries; nil for outlines of masks.
    public var edges: String?
    /// What finds the thing in a picture; nil for the segmenter that is evaluated.
    public var masker: SupportMaskerChoice?
    /// Where pictures are kept; nil for nowhere.
    public var cache: String?

    /// A choice.
    public init(
        _ generator: AuxiliaryGeneratorChoice, settings: AuxiliarySettings = AuxiliarySettings(), edges: String? = nil,
        masker: SupportMaskerChoice? = nil, cache: String? = nil
    ) {
        (self.generator, self.settings, self.edges) = (generator, settings, edges)
        (self.masker, self.cache) = (masker, cache)
    }

    /// Where pictures are kept by default: `swift-fss/auxiliary` in the user's cache folder.
    public static var standardCache: URL {
        FeatureStore.standardFolder.deletingLastPathComponent().appendingPathComponent("auxiliary")
    }

    /// Lets runs of evaluation and training find auxiliary supports by ``name``.
    public static func register() {
        SupportExtensions.register(name) { tree, compute in
            let choice: AuxiliaryChoice
            do {
                choice = try JSONDecoder().decode(AuxiliaryChoice.self, from: JSONEncoder().encode(tree))
            } catch let error as DecodingError {
                let (key, reason) = error.placeAndReason
                throw ConfigurationError(source: "auxiliary supports", key: key, reason: reason)
            }
            return try AuxiliaryExtension(choice, compute)
        }
    }

    /// What a plan holds.
    ///
    /// - Throws: `ConfigurationError` for numbers out of range.
    public func choice() throws -> SupportExtensionChoice {
        try settings.validate(source: "auxiliary supports")
        return SupportExtensionChoice(name: Self.name, settings: try ConfigurationTree(encoding: self))
    }
}
