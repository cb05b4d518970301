public import TensorCore
internal import Datasets

/// How close scenes are looked at: a square window around the thing that a scene was drawn for.
///
/// In whole scenes things are small on large grounds, and a denoiser of a few megabytes spends what it has on the grounds: another class's
/// caption changed its loss by a thousandth.
public struct SceneFraming: Hashable, RangedConfiguration {
    /// Scenes are drawn in so many times the pictures' size, so that windows of them are sharp.
    static let oversampling = 2

    /// The least share of a picture's side that the longer side of the thing has; 0 for whole scenes.
    public var leastShare: Float = 0.4
    /// The largest share.
    public var mostShare: Float = 0.9

    public static let ranges: ConfigurationRanges = ["leastShare": .real(0...1), "mostShare": .real(0...1)]

    /// The defaults.
    public init() {}

    public func validateRelations(source: String) throws(ConfigurationError) {
        guard leastShare <= mostShare else {
            throw ConfigurationError(
                source: source, key: "leastShare", reason: "found \(leastShare), expected at most mostShare, \(mostShare)")
        }
    }

    /// The window of a scene. Shares follow the golden ratio, so that a few scenes of a class have them evenly spread. Things that are larger
    /// than their share, or cannot be seen, have the whole scene.
    ///
    /// - Parameter place: the scene's number.
    func window(of id: Int, in labels: LabelMap, place: Int) -> (y: Int, x: Int, side: Int) {
        let whole = min(labels.height, labels.width)
        let thing = BinaryMask(height: labels.height, width: labels.width, values: labels.values.map { Int($0) == id })
        let turn = (Float(place) * 0.618034).truncatingRemainder(dividingBy: 1)
        let share = leastShare + turn * (mostShare - leastShare)
        guard share > 0, let box = thing.boundingBox else { return (0, 0, whole) }
        let (height, width) = (box.y1 - box.y0, box.x1 - box.x0)
        let side = min(whole, max(1, Int((Float(max(height, width)) / share).rounded())))
        func start(_ from: Int, _ length: Int, _ limit: Int) -> Int { min(max(from + (length - side) / 2, 0), limit - side) }
        return (start(box.y0, height, labels.height), start(box.x0, width, labels.width), side)
    }
}
