public import Datasets

/// Labelled photos that a network learns from: base images, supports or synthetic images. Labels are the dataset's ids; void pixels do
/// not count.
public struct GFSSExamples: Sendable {
    /// How many there are.
    public var count: Int
    /// How often they are drawn beside others.
    public var weight: Float
    /// Loads one, with its labels.
    public var load: @Sendable (_ index: Int) throws -> PhotoSample

    /// Photos that are loaded when they are drawn.
    public init(count: Int, weight: Float = 1, load: @escaping @Sendable (_ index: Int) throws -> PhotoSample) {
        (self.count, self.weight, self.load) = (count, weight, load)
    }

    /// Photos in memory.
    public init(_ samples: [PhotoSample], weight: Float = 1) {
        self.init(count: samples.count, weight: weight) { samples[$0] }
    }
}
