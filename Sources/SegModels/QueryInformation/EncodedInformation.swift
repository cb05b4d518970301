public import TensorCore

/// Turns a photo into a feature map, whatever is behind it: a VAE's encoder, the first blocks of a fixed network.
public protocol PhotoEncoder: Sendable {
    /// What decides the maps, the digest of the weights included, for content keys: equal texts make equal maps.
    var identity: String { get }
    /// Channels of ``encoded(_:)``.
    var channelCount: Int { get }

    /// The features of a photo.
    ///
    /// - Parameter photo: `[1, h, w, 3]`, red, green, blue, 0...255, float32, on the host.
    /// - Returns: `[1, h', w', channelCount]` of any grid.
    func encoded(_ photo: Tensor) -> Tensor
}

/// Query information that an image encoder computes, such as the VAE features that section 3.3.3 names.
///
/// The encoder is fixed and not the model's backbone, so that the decoder stays free of backbones. Channels beyond
/// ``channelCount`` are averaged in groups; every map is brought to mean 0 and deviation 1/2 over its photo and cut at 1, so that
/// encoders of any scale fit.
public struct EncodedInformation: QueryInformationSource {
    public let name: String
    public let channelCount: Int
    private let encoder: any PhotoEncoder

    /// Query information of an encoder.
    ///
    /// - Parameters:
    ///   - name: what layouts and configurations call it ("vae").
    ///   - encoder: computes the features.
    ///   - channels: the maps that the decoder sees, at most as many as the encoder has; by default all of them, at most 8.
    public init(_ name: String, _ encoder: any PhotoEncoder, channels: Int? = nil) {
        self.name = name
        self.encoder = encoder
        channelCount = min(max(channels ?? min(encoder.channelCount, 8), 1), encoder.channelCount)
    }

    public var identity: String { "\(encoder.identity), \(channelCount) maps" }

    public func maps(of photo: Tensor) -> Tensor {
        withoutGradients {
            let size = Size2D(height: photo.shape[1], width: photo.shape[2])
            let features = encoder.encoded(photo).placed(on: photo.device).converted(to: .float32)
            let grouped = grouped(features)
            let centred = grouped - grouped.mean(axes: [1, 2], keepingDimensions: true)
            let deviation = centred.squared().mean(axes: [1, 2], keepingDimensions: true).squareRoot()
            let scaled = centred / (deviation.clamped(to: 1e-6...Float.infinity) * 2)
            return scaled.clamped(to: -1...1).resized(to: size, .bilinear)
        }
    }

    /// The means of `channelCount` groups of neighbouring channels, as equal as they can be.
    private func grouped(_ features: Tensor) -> Tensor {
        let count = features.shape[3]
        guard count > channelCount else { return features }
        let maps = (0..<channelCount).map { group -> Tensor in
            let (start, end) = (group * count / channelCount, (group + 1) * count / channelCount)
            return features.sliced(axis: 3, from: start, count: end - start).mean(axes: [3], keepingDimensions: true)
        }
        return .concatenated(maps, axis: 3)
    }
}

/// One level of a backbone as a ``PhotoEncoder``: its first level has fine detail.
public struct BackboneLevelEncoder: PhotoEncoder {
    public let identity: String
    private let backbone: any Backbone
    private let level: Int

    /// Wraps a frozen backbone.
    ///
    /// - Parameters:
    ///   - backbone: any one; it has nothing to do with the model's.
    ///   - level: counted from the finest.
    ///   - identity: tells these weights from others, such as their digest.
    /// - Precondition: the backbone has that level.
    public init(_ backbone: any Backbone, level: Int = 0, identity: String) {
        precondition(
            backbone.levels.indices.contains(level), "BackboneLevelEncoder: level \(level) of \(backbone.levels.count)")
        (self.backbone, self.level) = (backbone, level)
        self.identity = "\(backbone.levels[level].tap) of \(backbone.name), \(identity)"
    }

    public var channelCount: Int { backbone.levels[level].channels }

    public func encoded(_ photo: Tensor) -> Tensor {
        let device = backbone.parameters.first?.value.device ?? photo.device
        return backbone.features(photo.placed(on: device))[level]
    }
}
