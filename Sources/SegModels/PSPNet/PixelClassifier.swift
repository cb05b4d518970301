public import TensorCore

/// Scores of classes for every pixel of a map: a linear layer, or cosines with one prototype a class.
///
/// State: `weight [classes, C, 1, 1]`, and `bias [classes]` for a linear one.
public final class PixelClassifier: Module {
    /// How a pixel meets a class.
    public enum Rule: Hashable, Sendable, Codable {
        /// `w · x + b`.
        case linear
        /// `scale * cos(w, x)`, as prototypes are compared.
        case cosine(scale: Float)

        private enum CodingKeys: String, CodingKey { case kind, scale }
        private enum Kind: String, Codable { case linear, cosine }
        /// The scale where none is said.
        private static let standardScale: Float = 10

        /// `kind` is "linear" or "cosine", `scale` that of the latter.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            switch try values.decode(Kind.self, forKey: .kind) {
            case .linear:
                let scale = try values.decodeIfPresent(Float.self, forKey: .scale) ?? Self.standardScale
                guard scale == Self.standardScale else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .scale, in: values, debugDescription: "belongs to the kind cosine, found it with linear")
                }
                self = .linear
            case .cosine: self = .cosine(scale: try values.decodeIfPresent(Float.self, forKey: .scale) ?? Self.standardScale)
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .linear:
                try values.encode(Kind.linear, forKey: .kind)
                try values.encode(Self.standardScale, forKey: .scale)
            case .cosine(let scale):
                try values.encode(Kind.cosine, forKey: .kind)
                try values.encode(scale, forKey: .scale)
            }
        }
    }

    public let scope: ParameterScope
    /// How a pixel meets a class.
    public let rule: Rule
    /// One vector a class, `[classes, C, 1, 1]`.
    public let weight: Parameter
    /// `[classes]`, for a linear rule.
    public let bias: Parameter?

    /// The classes.
    public var classCount: Int { weight.shape[0] }

    /// Registers a classifier of random vectors.
    public init(_ scope: ParameterScope, channels: Int, classes: Int, rule: Rule = .linear) {
        self.scope = scope
        self.rule = rule
        weight = scope.parameter("weight", shape: [classes, channels, 1, 1], initializer: .torchDefault)
        bias = rule == .linear ? scope.parameter("bias", shape: [classes], initializer: .torchBias(fanIn: channels)) : nil
    }

    /// The scores of a map `[N, h, w, C]`: `[N, h, w, classes]`, float32.
    public func callAsFunction(_ map: Tensor) -> Tensor {
        switch rule {
        case .linear: return map.conv2d(weight: weight.value, bias: bias?.value).converted(to: .float32)
        case .cosine(let scale):
            let unit = map.converted(to: .float32).normalized(axis: 3)
            return unit.conv2d(weight: weight.value.normalized(axis: 1)) * scale
        }
    }
}
