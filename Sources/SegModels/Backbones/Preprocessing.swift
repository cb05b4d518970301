public import TensorCore

/// What a network expects of its pixels: `(pixel * scale - mean) / std`, channels in ``channelOrder``.
///
/// Networks converted from other frameworks keep their framework's rule; with the wrong one they still work, only worse.
public struct Preprocessing: Sendable, Hashable, Codable {
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
    /// - Precondition: three means and three positive deviations.
    public init(channelOrder: ChannelOrder, scale: Float, mean: [Float], std: [Float]) {
        self.channelOrder = channelOrder
        self.scale = scale
        self.mean = mean
        self.std = std
        precondition(problem == nil, "Preprocessing: \(problem ?? "")")
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

    /// Why the values cannot be used, nil where they can: for rules that were read from a file.
    var problem: String? {
        if mean.count != 3 || std.count != 3 { return "mean and std need 3 values, found \(mean.count) and \(std.count)" }
        if !std.allSatisfy({ $0.isFinite && $0 > 0 }) { return "std must be positive, found \(std)" }
        if !scale.isFinite || !mean.allSatisfy(\.isFinite) { return "scale and mean must be finite, found \(scale) and \(mean)" }
        return nil
    }

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
