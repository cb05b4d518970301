public import TensorCore

/// What every backbone needs beside the shape of its network.
public struct BackboneSettings: Sendable, Hashable {
    /// What messages and manifests call it.
    public var name: String
    /// What the network expects of its pixels.
    public var preprocessing: Preprocessing
    /// The modules whose outputs are the levels, shallow to deep; nil for the network's default.
    public var taps: [String]?
    /// The type of activations and maps.
    public var precision: Precision

    /// Makes settings.
    public init(
        name: String, preprocessing: Preprocessing = .torchvision, taps: [String]? = nil, precision: Precision = .float32
    ) {
        self.name = name
        self.preprocessing = preprocessing
        self.taps = taps
        self.precision = precision
    }
}
