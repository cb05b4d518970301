public import TensorCore

/// What a network expects of its pixels: `(pixel * scale - mean) / std`, channels in ``channelOrder``.
///
/// Networks converted from other frameworks keep their framework's rule; with the wrong one they still work, only worse.
public struct Preprocessing: Hashable, RangedConfiguration {
    /// The order of the channels that the first convolution reads.
    public enum ChannelOrder: String, Sendable, Hashable, Codable {
        case rgb, bgr
    }

    /// The order of ``mean``, ``std`` and the network's input.
    public var channelOrder: ChannelOrder
    /// Multiplies raw pixels (0...255).
    public var scale: Float
    /// Subtracted after scaling; three values in ``channelOrder``.
    public var mean: [Float]
    /// Divides last; three values in ``channelOrder``.
    public var std: [Float]

    /// Makes a rule.
    ///
    /// - Precondition: finite numbers, three means and three positive deviations.
    public init(channelOrder: ChannelOrder, scale: Float, mean: [Float], std: [Float]) {
        self.channelOrder = channelOrder
        self.scale = scale
        self.mean = mean
        self.std = std
        do throws(ConfigurationError) { try validate(source: "Preprocessing") } catch { preconditionFailure("\(error)") }
    }

    /// Torchvision's: RGB in [0, 1], ImageNet's mean and deviation.
    public static let torchvision = Preprocessing(
        channelOrder: .rgb, scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    /// Caffe's, also Keras's mode "caffe": BGR in 0...255 minus the mean.
    public static let caffe = Preprocessing(
        channelOrder: .bgr, scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1])
    /// Caffe's with the mean rounded, as SqueezeNet 1.0 was trained.
    public static let caffeRounded = Preprocessing(
        channelOrder: .bgr, scale: 1, mean: [104, 117, 123], std: [1, 1, 1])
    /// TensorFlow's, also Keras's mode "tf": RGB in [-1, 1].
    public static let tensorFlow = Preprocessing(
        channelOrder: .rgb, scale: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1])

    public static let ranges: ConfigurationRanges = [
        "scale": .real(-1e6...1e6), "mean": .list(.real(-1e6...1e6), count: 3...3),
        "std": .list(.real(above: 0, upTo: 1e6), count: 3...3),
    ]

    /// Applies the rule to raw RGB pixels `[N, H, W, 3]` of 0...255.
    ///
    /// - Returns: float32, channels in ``channelOrder``: what the network's first layer reads in its own framework.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        let normalized = normalizedRGB(images)
        return channelOrder == .rgb ? normalized : normalized.flipped(axes: [3])
    }

    /// The rule without reordering, which the first convolution's reversed weights make good at no cost.
    func normalizedRGB(_ images: Tensor) -> Tensor {
        precondition(
            images.rank == 4 && images.shape[3] == 3,
            "Preprocessing: expected RGB images [N, H, W, 3], found \(images.shape)")
        var factors = std.map { scale / $0 }
        var offsets = zip(mean, std).map { -$0 / $1 }
        if channelOrder == .bgr {
            factors.reverse()
            offsets.reverse()
        }
        return images.converted(to: .float32).modulated(
            scale: Tensor(factors, shape: [3], beside: images), shift: Tensor(offsets, shape: [3], beside: images),
            addingOne: false)
    }
}
