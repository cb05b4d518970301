public import TensorCore

/// The sizes of a ``WordModel``.
public struct WordShape: Hashable, RangedConfiguration {
    /// The length of a token's vector in the text tower.
    public var width = 64
    /// Blocks of the text tower.
    public var depth = 1
    /// Heads of its attention.
    public var heads = 4
    /// The most tokens of a text, those that begin and end it included.
    public var context = 24
    /// The numbers between the two layers that lead from features to the space.
    public var hidden = 64
    /// The length of a vector in the space of texts and pixels.
    public var dimension = 64
    /// Pixels along each side of the photos that it looks at.
    public var imageSize = 192

    public static let ranges: ConfigurationRanges = [
        "width": .whole(8...4096), "depth": .whole(1...64), "heads": .whole(1...64), "context": .whole(4...1024),
        "hidden": .whole(8...65536), "dimension": .whole(8...4096), "imageSize": .whole(32...2048),
    ]

    /// The defaults: about 120 000 weights behind a backbone of a million.
    public init() {}

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            width % heads == 0, source, "heads", found: heads, expected: "a divisor of the width \(width)")
    }
}
