public import TensorCore

/// A family whose networks are a sequence of stages: it says which, ``StagedNetwork`` does the rest.
///
/// ```swift
/// struct Plain: StagedFamily {
///     static let family = "plain"
///     var width = 16
///     var defaultTaps: [String] { ["conv2", "conv3", "conv4"] }
///
///     func build(_ network: inout NetworkLayout) {
///         for (index, stride) in [2, 2, 2, 2, 1].enumerated() {
///             let name = "conv\(index)"
///             network.convolution(network.scope[name], outputs: width << index, tap: name, .init(kernel: 3, stride: stride, bias: true))
///         }
///     }
/// }
/// ```
public protocol StagedFamily: BackboneFamily {
    /// The sizes that the networks take: all, unless the family says otherwise.
    var inputRule: InputRule { get }

    /// Lays out the network: registers its layers under the names of its checkpoints, in the order of the network.
    func build(_ network: inout NetworkLayout)
}

extension StagedFamily {
    public var inputRule: InputRule { InputRule() }

    public func makeBackbone(
        _ scope: ParameterScope, _ settings: BackboneSettings
    ) throws(BackboneError) -> any Backbone { try StagedNetwork(scope, self, settings) }
}

/// The network of a ``StagedFamily``. Pixels are normalised, the stages run in sequence and no further than the deepest level.
public final class StagedNetwork: ImageClassifier {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    public let inputRule: InputRule
    public let levels: [FeatureLevel]
    public let classCount: Int?
    private let stages: [any NetworkStage]
    private let classifier: (@Sendable (_ map: Tensor, _ train: Bool) -> Tensor)?
    /// Whether the first stage makes good that pixels come as RGB.
    private let readsRGB: Bool

    /// Registers a network with random weights, trainable.
    ///
    /// - Throws: ``BackboneError`` where the family's values or the taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ family: some StagedFamily, _ settings: BackboneSettings
    ) throws(BackboneError) {
        try family.check(for: settings.name)
        self.scope = scope
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        inputRule = family.inputRule
        let isReversed = settings.preprocessing.channelOrder == .bgr
        var layout = NetworkLayout(scope, reversed: isReversed)
        family.build(&layout)
        stages = layout.stages
        classifier = layout.classifier
        classCount = layout.classCount
        readsRGB = !isReversed || layout.readsReversedChannels
        levels = try TapPlan.levels(settings.taps ?? family.defaultTaps, of: stages, backbone: settings.name)
    }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { run(images, train: train, to: levels).maps }

    public func logits(_ images: Tensor, train: Bool) -> Tensor {
        guard let classifier else { preconditionFailure("\(name).logits: the network was made without classes") }
        let map = run(images, train: train, to: []).last
        return ModulePath.named(name) { classifier(map, train) }
    }

    /// Runs the stages until `levels` are recorded, or all of them where there are none.
    private func run(_ images: Tensor, train: Bool, to levels: [FeatureLevel]) -> (maps: [Tensor], last: Tensor) {
        ModulePath.named(name) {
            var taps = TapRecorder(levels)
            let pixels = readsRGB ? preprocessing.normalizedRGB(images) : preprocessing(images)
            var x = pixels.converted(to: precision.activations)
            for stage in stages where !taps.isComplete { x = stage(x, train: train, &taps) }
            return (taps.maps, x)
        }
    }
}
