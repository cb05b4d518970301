public import Datasets
internal import SegModels
internal import TensorCore

/// How well the coarse priors of a backbone segment by themselves (figure 6): the IoU of every episode's prior, brought to [0, 1] and
/// cut at 0.5, with the truth.
public struct PriorHistogram: Codable, Sendable, Hashable {
    /// Bars from IoU 0 to 1.
    public static let binCount = 10

    /// The backbone.
    public var name: String
    /// The IoUs, 0...1, in the order of the episodes.
    public var values: [Double]

    /// A histogram.
    public init(name: String, values: [Double] = []) { (self.name, self.values) = (name, values) }

    /// Their mean; nil without episodes.
    public var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

    /// Their standard deviation; nil without episodes.
    public var deviation: Double? {
        mean.map { mean in (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot() }
    }

    /// The share of episodes in each bar.
    public var shares: [Double] {
        var counts = [Int](repeating: 0, count: Self.binCount)
        for value in values { counts[min(max(Int(value * Double(Self.binCount)), 0), Self.binCount - 1)] += 1 }
        return counts.map { Double($0) / Double(max(values.count, 1)) }
    }

    /// The share of episodes that two histograms have in common: 1 for the same distribution.
    public func overlap(with other: PriorHistogram) -> Double { zip(shares, other.shares).reduce(0) { $0 + min($1.0, $1.1) } }

    /// The bars as a picture; IoU grows to the right.
    public func picture(barWidth: Int = 14, height: Int = 120) -> RGBImage {
        let width = Self.binCount * barWidth
        let highest = max(shares.max() ?? 0, 1e-9)
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        for (bin, share) in shares.enumerated() {
            let top = height - Int((share / highest * Double(height - 1)).rounded())
            for y in min(top, height - 1)..<height {
                for x in (bin * barWidth)..<((bin + 1) * barWidth - 2) {
                    pixels.replaceSubrange(((y * width + x) * 3)..<((y * width + x) * 3 + 3), with: [40, 110, 160])
                }
            }
        }
        return RGBImage(height: height, width: width, pixels: pixels)
    }

    /// The histograms beside each other, with their means under them.
    public static func sheet(_ histograms: [PriorHistogram]) -> PictureSheet {
        let tiles = histograms.map { item in
            PictureSheet.Tile(item.picture(), caption: "\(item.name): mean \(item.mean.percent) %")
        }
        return PictureSheet(
            title: "IoU of priors", rows: [tiles], cellHeight: 150, cellWidth: 240)
    }
}

extension DiffUp {
    /// The coarse prior as a mask: the deepest level's last prior, averaged over the views, stretched to [0, 1] over the photo and cut at
    /// 0.5, the paper's normalised space.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func priorMask(_ episode: Episode) throws -> BinaryMask {
        try withoutGradients {
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            let priors = try pipeline.priors(episode, queries: pipeline.queryFeatures(episode.query))
            let maps = priors.compactMap(\.last).map { Self.stretched($0, to: size) }
            let mean = maps.count == 1 ? maps[0] : Tensor.concatenated(maps, axis: 0).mean(axes: [0], keepingDimensions: true)
            return ScalarMap(mean).mask(from: 0.5)
        }
    }

    /// The last prior's mean over the views, from its minimum to its maximum.
    private static func stretched(_ prior: Tensor, to size: Size2D) -> Tensor {
        let last = prior.sliced(axis: 3, from: prior.shape[3] - 1, count: 1).converted(to: .float32)
        let mean = last.mean(axes: [0], keepingDimensions: true)
        let (low, high) = (mean.min().scalar, mean.max().scalar)
        return ((mean - low) / max(high - low, 1e-6)).resized(to: size, .bilinear)
    }
}
