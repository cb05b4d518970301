public import Datasets
internal import TensorCore

/// A boundary refiner without a network: the guided filter with the photo's colours as guide (He, Sun and Tang 2013, equations 14 to 16
/// and 19), so that a mask's edge moves to an edge of the photo that is near.
public struct GuidedFilterRefiner: BoundaryRefiner {
    /// The windows' reach in pixels.
    public var radius: Int
    /// epsilon: how much a window's colours must differ (as squares of 0...1) before they count as an edge.
    public var epsilon: Float

    /// A refiner.
    ///
    /// - Precondition: `radius` is 1...128 and `epsilon` positive.
    public init(radius: Int = 8, epsilon: Float = 1e-4) {
        precondition((1...128).contains(radius) && epsilon > 0, "GuidedFilterRefiner: radius \(radius), epsilon \(epsilon)")
        (self.radius, self.epsilon) = (radius, epsilon)
    }

    public var identity: String { "guided-filter radius \(radius) epsilon \(epsilon)" }

    public func refine(_ regions: [PromptedRegion], in photo: RGBImage) -> [RefinedRegion] {
        regions.map { region in
            let (mask, score) = refined(region, photo)
            return RefinedRegion(mask: mask, score: score)
        }
    }

    /// The mask, and the mean of how far its pixels are from one half.
    private func refined(_ region: PromptedRegion, _ photo: RGBImage) -> (BinaryMask, Float) {
        let margin = 2 * radius
        let (x0, y0) = (max(0, region.box.x0 - margin), max(0, region.box.y0 - margin))
        let (x1, y1) = (min(photo.width, region.box.x1 + margin), min(photo.height, region.box.y1 + margin))
        let (height, width) = (y1 - y0, x1 - x0)
        let part = region.mask.cropped(y: y0, x: x0, height: height, width: width)
        let guide = photo.cropped(y: y0, x: x0, height: height, width: width).tensor().converted(to: .float32) / 255
        let mask = Tensor(part.values.map { $0 ? Float(1) : 0 }, shape: [1, height, width, 1])
        let values = withoutGradients { filtered(mask, guide: guide).scalars }
        var result = BinaryMask(
            height: photo.height, width: photo.width, values: [Bool](repeating: false, count: photo.width * photo.height))
        var (sum, count) = (Float(0), 0)
        for y in 0..<height {
            for x in 0..<width where values[y * width + x] > 0.5 {
                result.values[(y0 + y) * photo.width + x0 + x] = true
                sum += min(max(values[y * width + x], 0), 1)
                count += 1
            }
        }
        return (result, count == 0 ? 0 : sum / Float(count))
    }

    /// The filter's output q for an input p `[1, H, W, 1]` and a guide I `[1, H, W, 3]`.
    ///
    /// The maps whose window means are needed lie behind each other, `[maps, H, W]`, so that they are averaged together.
    func filtered(_ p: Tensor, guide: Tensor) -> Tensor {
        let (height, width) = (p.shape[1], p.shape[2])
        let mask = p.reshaped(to: [1, height, width])
        let colours = guide.permuted([0, 3, 1, 2]).reshaped(to: [3, height, width])
        let channels = (0..<3).map { colours.sliced(axis: 0, from: $0, count: 1) }
        let pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
        let products = pairs.map { channels[$0] * channels[$1] }
        let averaged = windowMeans(.concatenated([colours, mask, colours * mask] + products, axis: 0))
        let means = (0..<13).map { averaged.sliced(axis: 0, from: $0, count: 1) }
        let meanP = means[3]
        let covariances = (0..<3).map { means[4 + $0] - means[$0] * meanP }
        let variances = pairs.enumerated().map { place, pair in means[7 + place] - means[pair.0] * means[pair.1] }
        let slopes = Self.solved(
            diagonal: variances.prefix(3).map { $0 + epsilon }, upper: Array(variances.suffix(3)), covariances)
        let offset = zip(slopes, means).reduce(meanP) { $0 - $1.0 * $1.1 }
        let smooth = windowMeans(.concatenated(slopes + [offset], axis: 0))
        let last = smooth.sliced(axis: 0, from: 3, count: 1)
        let q = channels.enumerated().reduce(last) { $0 + smooth.sliced(axis: 0, from: $1.offset, count: 1) * $1.element }
        return q.reshaped(to: [1, height, width, 1])
    }

    /// Means over the window around every pixel, as far as it lies in the picture, of maps `[maps, H, W]`: along columns, then along
    /// rows. The other direction lies in the channels, which pooling takes together.
    private func windowMeans(_ maps: Tensor) -> Tensor {
        alongColumns(alongColumns(maps).permuted([0, 2, 1])).permuted([0, 2, 1])
    }

    private func alongColumns(_ maps: Tensor) -> Tensor {
        let (count, height, width) = (maps.shape[0], maps.shape[1], maps.shape[2])
        let options = PoolingOptions(
            kernel: Size2D(height: 2 * radius + 1, width: 1), stride: 1, padding: EdgeInsets2D(top: radius, bottom: radius))
        return maps.reshaped(to: [count, height, 1, width]).averagePool2d(options, countsPadding: false)
            .reshaped(to: [count, height, width])
    }

    /// The solutions of symmetric 3x3 systems, one a pixel, by the adjugate. `upper` holds the elements (0, 1), (0, 2) and (1, 2).
    private static func solved(diagonal d: [Tensor], upper u: [Tensor], _ right: [Tensor]) -> [Tensor] {
        let a00 = d[1] * d[2] - u[2] * u[2]
        let a01 = u[1] * u[2] - u[0] * d[2]
        let a02 = u[0] * u[2] - u[1] * d[1]
        let a11 = d[0] * d[2] - u[1] * u[1]
        let a12 = u[0] * u[1] - d[0] * u[2]
        let a22 = d[0] * d[1] - u[0] * u[0]
        let determinant = d[0] * a00 + u[0] * a01 + u[1] * a02
        return [[a00, a01, a02], [a01, a11, a12], [a02, a12, a22]].map { row in
            let sum = row[0] * right[0] + row[1] * right[1] + row[2] * right[2]
            return sum / determinant
        }
    }
}
