public import TensorCore
public import Foundation

/// Everything about a backbone that its weights do not say: network, pixels, levels.
///
/// ```json
/// {
///   "name": "my-resnet",
///   "network": { "family": "resnet", "block": "bottleneck", "blocks": [3, 4, 6], "width": 64, "stridePlacement": "conv1" },
///   "preprocessing": { "channelOrder": "bgr", "scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1] },
///   "taps": ["layer2.3", "layer3.4", "layer3.5"]
/// }
/// ```
/// The fields of `network` are those of its family's type (``ResNet``, for one; see ``BackboneFamilies``). `taps` may be left
/// out for the network's default.
public struct BackboneDescription: Sendable, Hashable, Codable {
    /// What messages and manifests call it.
    public var name: String
    /// The network.
    public var network: NetworkConfiguration
    /// What it expects of its pixels.
    public var preprocessing: Preprocessing
    /// The modules whose outputs are the levels; nil for the network's default.
    public var taps: [String]?

    /// Makes a description.
    public init(name: String, network: NetworkConfiguration, preprocessing: Preprocessing, taps: [String]? = nil) {
        self.name = name
        self.network = network
        self.preprocessing = preprocessing
        self.taps = taps
    }

    /// Reads JSON; `source` names it in messages.
    ///
    /// - Throws: ``BackboneError/malformedDescription(source:reason:)``.
    public init(json: Data, source: String) throws(BackboneError) {
        do {
            let tree = try ConfigurationTree(json: json, source: source)
            try Self.ranges(of: tree).check(tree, source: source)
            self = try JSONDecoder().decode(BackboneDescription.self, from: json)
            try network.shape.validateRelations(source: source)
        } catch let error as ConfigurationError {
            let place = error.key.isEmpty ? "" : "\(error.key): "
            throw .malformedDescription(source: source, reason: place + error.reason)
        } catch let error as DecodingError {
            throw .malformedDescription(source: source, reason: Self.explanation(of: error))
        } catch {
            throw .malformedDescription(source: source, reason: error.localizedDescription)
        }
    }

    /// The ranges of a description's numbers; those of its network are its family's.
    static func ranges(of tree: ConfigurationTree) -> ConfigurationRanges {
        let own = ConfigurationRanges().with(Preprocessing.ranges, under: "preprocessing")
        guard case .text(let name)? = tree["network"]?["family"], let family = BackboneFamilies.family(named: name) else {
            return own
        }
        return own.with(family.ranges, under: "network")
    }

    /// The description as JSON, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self)
    }

    /// The network with random weights, trainable.
    ///
    /// - Throws: ``BackboneError`` where the values make no network.
    public func makeBackbone(
        _ scope: ParameterScope = ParameterScope(), precision: Precision = .float32
    ) throws(BackboneError) -> any Backbone {
        do throws(ConfigurationError) { try preprocessing.validate(source: name) } catch {
            throw .configuration(backbone: name, reason: "preprocessing.\(error.key): \(error.reason)")
        }
        try network.shape.check(for: name)
        let settings = BackboneSettings(name: name, preprocessing: preprocessing, taps: taps, precision: precision)
        return try network.shape.makeBackbone(scope, settings)
    }

    private static func explanation(of error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "" : " in \"\(path.map(\.stringValue).joined(separator: "."))\""
        }
        switch error {
        case .keyNotFound(let key, let context): return "\"\(key.stringValue)\" is missing\(place(context.codingPath))"
        case .typeMismatch(let type, let context): return "expected \(type)\(place(context.codingPath))"
        case .valueNotFound(let type, let context): return "expected \(type), found null\(place(context.codingPath))"
        case .dataCorrupted(let context): return context.debugDescription + place(context.codingPath)
        @unknown default: return error.localizedDescription
        }
    }
}
