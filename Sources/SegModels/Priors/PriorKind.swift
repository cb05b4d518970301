public import TensorCore

/// The transformations that configurations name. A package of your own registers its prior here, or hands the value to the
/// model and needs no name.
public enum PriorRegistry {
    /// Makers by name.
    public static let transformations: Registry<any PriorTransformation> = {
        let registry = Registry<any PriorTransformation>(
            "prior", ["foreground": ForegroundCosine(), "contrast": BackgroundContrast(), "centred": CentredCosine()])
        for prior in DistancePrior.all { registry.register(prior.name, prior) }
        return registry
    }()
}

/// A prior as configurations name it: a registered transformation, and whether the query's affinity enhances it
/// (equation 11).
///
/// In JSON an object of both, or the transformation's name alone; `"name+affinity"` of format 1 is read, too.
public struct PriorKind: Sendable, Hashable {
    /// A name of ``PriorRegistry/transformations``.
    public var transformation: String
    /// Whether the affinity of the query's pixels spreads the prior.
    public var usesAffinity: Bool

    /// Names a prior.
    public init(_ transformation: String, usesAffinity: Bool = false) {
        self.transformation = transformation
        self.usesAffinity = usesAffinity
    }

    /// Reads `name` or `name+affinity`, as commands and configurations of version 1 write it; nil for anything else.
    public init?(text: String) {
        let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        guard !parts[0].isEmpty, parts.count == 1 || parts[1] == "affinity" else { return nil }
        self.init(String(parts[0]), usesAffinity: parts.count == 2)
    }

    /// ``ForegroundCosine``.
    public static let foreground = PriorKind("foreground")
    /// ``BackgroundContrast``.
    public static let contrast = PriorKind("contrast")
    /// ``CentredCosine``.
    public static let centred = PriorKind("centred")

    /// The names that can be asked for; each also with `+affinity`.
    public static var names: [String] { PriorRegistry.transformations.names }

    /// The same prior, enhanced.
    public var enhanced: PriorKind { PriorKind(transformation, usesAffinity: true) }

    /// The priors of the default model: the three transformations, plain and then enhanced.
    public static let standard: [PriorKind] = [
        .foreground, .contrast, .centred, foreground.enhanced, contrast.enhanced, centred.enhanced,
    ]

    /// The value behind the name.
    ///
    /// - Throws: `UnknownName`.
    public func prior() throws(UnknownName) -> BAFT.Prior {
        BAFT.Prior(
            name: description, try PriorRegistry.transformations.member(named: transformation), isEnhanced: usesAffinity)
    }
}

extension PriorKind: CustomStringConvertible {
    /// "contrast", or "contrast with affinity".
    public var description: String { usesAffinity ? "\(transformation) with affinity" : transformation }
}

extension PriorKind: Codable {
    private enum Key: String, CodingKey { case transformation, affinity }

    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            guard let kind = PriorKind(text: text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" names no prior"))
            }
            self = kind
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            try container.decode(String.self, forKey: .transformation),
            usesAffinity: try container.decodeIfPresent(Bool.self, forKey: .affinity) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(transformation, forKey: .transformation)
        try container.encode(usesAffinity, forKey: .affinity)
    }
}
