public import TensorCore

/// The shape of a pyramid scene parsing network (Zhao et al. 2017), with the values of `hszhao/semseg`, CAPL and POP as defaults.
public struct PSPNetConfiguration: Hashable, RangedConfiguration {
    /// Sides of the grids that the deepest map is averaged to.
    public var bins = [1, 2, 3, 6]
    /// Channels of the map that the classifier reads.
    public var width = 512
    /// Channels of the auxiliary head.
    public var auxiliaryWidth = 256
    /// The share of channels that training drops before a classifier.
    public var dropout: Float = 0.1
    /// What the auxiliary head's loss counts; 0 leaves the head out.
    public var auxiliaryWeight: Float = 0.4

    public static let ranges: ConfigurationRanges = [
        "bins": .list(.whole(1...64), count: 1...16), "width": .whole(1...65536), "auxiliaryWidth": .whole(1...65536),
        "dropout": .real(0...0.99), "auxiliaryWeight": .real(0...1000),
    ]

    /// The defaults.
    public init() {}
}
