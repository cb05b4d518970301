public import TensorCore
public import Foundation

/// The family and shape of a backbone's network.
public enum NetworkConfiguration: Sendable, Hashable {
    case resNet(ResNetConfiguration)
    case squeezeNet(SqueezeNetConfiguration)
    case mobileNetV2(MobileNetV2Configuration)
    case denseNet(DenseNetConfiguration)
    case vgg(VGGConfiguration)
}

/// In JSON the fields of the configuration, and `family` beside them.
extension NetworkConfiguration: Codable {
    private enum Key: String, CodingKey { case family }

    private enum Family: String, Codable {
        case resnet, squeezenet, mobilenetV2 = "mobilenet_v2", densenet, vgg
    }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: Key.self).decode(Family.self, forKey: .family) {
        case .resnet: self = .resNet(try ResNetConfiguration(from: decoder))
        case .squeezenet: self = .squeezeNet(try SqueezeNetConfiguration(from: decoder))
        case .mobilenetV2: self = .mobileNetV2(try MobileNetV2Configuration(from: decoder))
        case .densenet: self = .denseNet(try DenseNetConfiguration(from: decoder))
        case .vgg: self = .vgg(try VGGConfiguration(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .resNet(let configuration):
            try container.encode(Family.resnet, forKey: .family)
            try configuration.encode(to: encoder)
        case .squeezeNet(let configuration):
            try container.encode(Family.squeezenet, forKey: .family)
            try configuration.encode(to: encoder)
        case .mobileNetV2(let configuration):
            try container.encode(Family.mobilenetV2, forKey: .family)
            try configuration.encode(to: encoder)
        case .denseNet(let configuration):
            try container.encode(Family.densenet, forKey: .family)
            try configuration.encode(to: encoder)
        case .vgg(let configuration):
            try container.encode(Family.vgg, forKey: .family)
            try configuration.encode(to: encoder)
        }
    }
}

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
/// Only `classes` (no classifier) and `taps` (the network's default) may be left out.
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
            self = try JSONDecoder().decode(BackboneDescription.self, from: json)
        } catch let error as DecodingError {
            throw .malformedDescription(source: source, reason: Self.explanation(of: error))
        } catch {
            throw .malformedDescription(source: source, reason: error.localizedDescription)
        }
        if let problem = preprocessing.problem {
            throw .malformedDescription(source: source, reason: "preprocessing: \(problem)")
        }
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
        if let problem = preprocessing.problem { throw .configuration(backbone: name, reason: problem) }
        let settings = BackboneSettings(name: name, preprocessing: preprocessing, taps: taps, precision: precision)
        switch network {
        case .resNet(let configuration): return try ResNet(scope, configuration, settings)
        case .squeezeNet(let configuration): return try SqueezeNet(scope, configuration, settings)
        case .mobileNetV2(let configuration): return try MobileNetV2(scope, configuration, settings)
        case .denseNet(let configuration): return try DenseNet(scope, configuration, settings)
        case .vgg(let configuration): return try VGG(scope, configuration, settings)
        }
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
