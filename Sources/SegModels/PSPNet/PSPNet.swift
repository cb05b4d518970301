public import TensorCore

/// A pyramid scene parsing network (Zhao et al. 2017) without its last convolution: what a classifier of pixels reads.
///
/// The last level of any ``Backbone`` goes through the pyramid and a 3x3 convolution; the level before it feeds the auxiliary head. With
/// ``ResNet/resNet50Dilated`` and the taps `layer3.5`, `layer4.2` it is semseg's network of stride 8, with other backbones the same
/// head. The classifier is a ``PixelClassifier`` of its own, so that classes can be added without touching the network.
///
/// State: `backbone.*`, `ppm.features.{bin}.{1,2}`, `cls.{0,1}`, `aux.{0,1}`.
public final class PSPNet: Module {
    public let scope: ParameterScope
    /// The network below the head.
    public let backbone: any Backbone
    /// The shape.
    public let configuration: PSPNetConfiguration
    private let pyramid: PyramidPooling
    private let fusion: ConvolutionUnit
    private let auxiliary: ConvolutionUnit?

    /// Maps for classifiers.
    public struct Maps {
        /// `[N, h, w, width]`.
        public var main: Tensor
        /// `[N, h', w', auxiliaryWidth]`; nil where there is no auxiliary head, and outside of training.
        public var auxiliary: Tensor?
    }

    /// Registers a network around a backbone.
    ///
    /// - Parameters:
    ///   - scope: the network's; its backbone registers below `backbone`.
    ///   - configuration: the shape.
    ///   - description: the backbone, with one level or more.
    ///   - precision: the type of activations.
    /// - Throws: ``BackboneError`` where the values make no backbone; `ConfigurationError` for a number out of its range.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: PSPNetConfiguration = PSPNetConfiguration(),
        backbone description: BackboneDescription, precision: Precision = .float32
    ) throws {
        try configuration.validate(source: "PSPNet")
        self.scope = scope
        self.configuration = configuration
        backbone = try description.makeBackbone(scope["backbone"], precision: precision)
        let levels = backbone.levels
        let (deep, before) = (levels[levels.count - 1].channels, levels.dropLast().last?.channels)
        pyramid = PyramidPooling(scope["ppm"], channels: deep, bins: configuration.bins)
        let head = scope["cls"]
        fusion = ConvolutionUnit(
            head[0], norm: head[1], inputs: PyramidPooling.outputs(channels: deep, bins: configuration.bins),
            outputs: configuration.width, .init(kernel: 3))
        let hasAuxiliary = configuration.auxiliaryWeight > 0
        auxiliary = before.flatMap { channels in
            guard hasAuxiliary else { return nil }
            let head = scope["aux"]
            return ConvolutionUnit(
                head[0], norm: head[1], inputs: channels, outputs: configuration.auxiliaryWidth, .init(kernel: 3))
        }
    }

    /// Whether training has an auxiliary head.
    public var hasAuxiliary: Bool { auxiliary != nil }

    /// The maps of images, before dropout.
    ///
    /// - Parameters:
    ///   - images: raw pixels, `[N, H, W, 3]`, 0...255.
    ///   - train: normalises with the statistics of the batch, and runs the auxiliary head.
    public func maps(_ images: Tensor, train: Bool = false) -> Maps {
        maps(of: backbone.features(images, train: train), train: train)
    }

    /// The maps of a backbone's levels, which may come from a cache while the backbone is frozen.
    public func maps(of levels: [Tensor], train: Bool = false) -> Maps {
        ModulePath.named("PSPNet") {
            let deep = levels[levels.count - 1]
            let main = fusion(pyramid(deep, train: train), train: train)
            guard train, let auxiliary, levels.count > 1 else { return Maps(main: main) }
            return Maps(main: main, auxiliary: auxiliary(levels[levels.count - 2], train: train))
        }
    }

    /// Drops whole channels with the configured share and scales the others up (torch's `Dropout2d`).
    ///
    /// - Parameters:
    ///   - map: `[N, h, w, C]`.
    ///   - random: what is dropped.
    public func dropped(_ map: Tensor, _ random: inout TorchRandom) -> Tensor {
        let share = configuration.dropout
        guard share > 0 else { return map }
        let kept = (0..<map.shape[0] * map.shape[3]).map { _ in random.uniform() < share ? 0 : 1 / (1 - share) }
        let mask = Tensor(kept, shape: [map.shape[0], 1, 1, map.shape[3]], beside: map)
        return map * mask.converted(to: map.dtype)
    }
}
