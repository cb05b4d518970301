public import Datasets
public import SegModels
public import TensorCore

/// A network that names every pixel of a photo as background, a base class or a novel class: PSPNet with a classifier of its own.
///
/// Classes are added by ``extended(by:directions:)`` without touching what is there. Photos are seen on a square canvas: the longer side
/// becomes ``Configuration/side`` and the rest is filled below and to the right, as ``Configuration/canvas`` has it.
///
/// State: that of `PSPNet`, `classifier.*` and, while base classes are learned, `auxiliary.*`.
public final class GFSSNetwork: Module, SemanticSegmenter {
    /// The shape and the classes: what a checkpoint says beside its weights.
    public struct Configuration: Hashable, Sendable, Codable {
        /// The backbone.
        public var backbone: BackboneDescription
        /// The head.
        public var head = PSPNetConfiguration()
        /// How pixels meet classes.
        public var rule = PixelClassifier.Rule.linear
        /// Pixels along each side of the canvas that photos are seen on; where nothing else is said CAPL's and POP's.
        public var side = 473
        /// What the sides of photos on the canvas are multiples of; 1 for whole pixels.
        public var multiple = 1
        /// What lies beside photos on the canvas.
        public var padding = PhotoCanvas.Padding.mean
        /// The classes without the background, in the order of the classifier's rows, which begin with the background.
        public var classes: [FewShotClass]

        /// A network of a backbone for classes.
        public init(backbone: BackboneDescription, classes: [FewShotClass]) {
            (self.backbone, self.classes) = (backbone, classes)
        }

        /// Reads a configuration; one without ``multiple`` and ``padding`` is of a time when all had these defaults.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                backbone: try values.decode(BackboneDescription.self, forKey: .backbone),
                classes: try values.decode([FewShotClass].self, forKey: .classes))
            head = try values.decode(PSPNetConfiguration.self, forKey: .head)
            rule = try values.decode(PixelClassifier.Rule.self, forKey: .rule)
            side = try values.decode(Int.self, forKey: .side)
            multiple = try values.decodeIfPresent(Int.self, forKey: .multiple) ?? multiple
            padding = try values.decodeIfPresent(PhotoCanvas.Padding.self, forKey: .padding) ?? padding
        }
    }

    public let scope: ParameterScope
    /// The shape and the classes.
    public let configuration: Configuration
    /// The network below the classifier.
    public let network: PSPNet
    /// The classifier of pixels.
    public let classifier: PixelClassifier
    /// The auxiliary head's classifier, where there is one.
    public let auxiliary: PixelClassifier?

    public var classes: [FewShotClass] { configuration.classes }
    /// The dataset's ids in the order of the classifier's rows.
    public var classIDs: [Int] { [Int(ClassMap.background)] + classes.map(\.id) }

    /// Registers a network.
    ///
    /// - Throws: `BackboneError` and `ConfigurationError` for values that make no network.
    public init(_ configuration: Configuration, _ scope: ParameterScope, precision: Precision = .float32) throws {
        self.scope = scope
        self.configuration = configuration
        network = try PSPNet(scope, configuration.head, backbone: configuration.backbone, precision: precision)
        let count = configuration.classes.count + 1
        classifier = PixelClassifier(
            scope["classifier"], channels: configuration.head.width, classes: count, rule: configuration.rule)
        auxiliary =
            network.hasAuxiliary
            ? PixelClassifier(scope["auxiliary"], channels: configuration.head.auxiliaryWidth, classes: count) : nil
    }

    public func segment(_ photo: RGBImage) -> SemanticPrediction { prediction(map(of: photo), of: photo) }

    private var canvas: Canvas { Canvas(configuration.canvas, inputRule: network.backbone.inputRule) }

    /// The labels of photos in a space; where that is the network's canvas, probabilities are enlarged to its pixels, as in
    /// DIaM, and no map goes to the photo and back.
    public func labels(of images: [RGBImage], in space: IoUSpace) throws -> [ClassMap] {
        let canvas = canvas
        guard let wanted = space.layout, canvas.layout.side == wanted.side, canvas.layout.multiple == wanted.multiple else {
            return images.map { space.labels(segment($0).map) }
        }
        return images.map { photo in
            let map = map(of: photo)
            let best = withoutGradients {
                canvas.enlarged(classifier(map).converted(to: .float32).softmax(axis: 3)).argMax(axis: 3).converted(to: .float32)
                    .scalars
            }
            return labels(best, height: wanted.side, width: wanted.side)
        }
    }

    /// Places of classes in the classifier as the dataset's ids.
    private func labels(_ places: [Float], height: Int, width: Int) -> ClassMap {
        let ids = classIDs.map { Int32($0) }
        return ClassMap(height: height, width: width, values: places.map { ids[Int($0)] })
    }

    /// The map that the classifier reads, of a photo's whole canvas.
    func map(of photo: RGBImage) -> Tensor { withoutGradients { network.maps(canvas.image(photo).tensor()).main } }

    /// The labels of a photo from its map.
    func prediction(_ map: Tensor, of photo: RGBImage) -> SemanticPrediction {
        let scores = withoutGradients {
            canvas.restored(classifier(map), height: photo.height, width: photo.width).softmax(axis: 3)
        }
        return prediction(scores, height: photo.height, width: photo.width)
    }

    /// The features of a photo from its map, without what fills its canvas.
    func features(_ map: Tensor, of photo: RGBImage) -> Tensor {
        withoutGradients { canvas.cropped(map, height: photo.height, width: photo.width).converted(to: .float32) }
    }

    private func prediction(_ scores: Tensor, height: Int, width: Int) -> SemanticPrediction {
        let (best, probability) = withoutGradients {
            (scores.argMax(axis: 3).converted(to: .float32).scalars, scores.max(axes: [3]).scalars)
        }
        return SemanticPrediction(
            map: labels(best, height: height, width: width),
            confidence: ScalarMap(height: height, width: width, values: probability))
    }
}

extension GFSSNetwork: PixelFeatures {
    /// The map that the classifier reads, of the photo without what fills its canvas.
    public func features(of photo: RGBImage) -> Tensor { features(map(of: photo), of: photo) }
}

extension GFSSNetwork {
    /// The network with further classes, whose rows of the classifier begin as prototypes.
    ///
    /// A new row points where its prototype points and is as long as the others are on average, so that no class is preferred for its
    /// length; its bias is the mean of theirs.
    ///
    /// - Parameters:
    ///   - classes: the new classes.
    ///   - directions: their prototypes in the classifier's map, of length one, `[1, width]`.
    /// - Throws: ``PseudoLabelError/noPrototype(_:)`` for a class without one.
    public func extended(by classes: [FewShotClass], directions: ClassPrototypes) throws -> GFSSNetwork {
        var configuration = configuration
        configuration.classes += classes
        configuration.head.auxiliaryWeight = 0
        let precision = network.backbone.precision
        let result = try GFSSNetwork(configuration, ParameterScope(seed: 0), precision: precision)
        var state = stateDict()
        for name in state.names where name.hasPrefix("aux") { state[name] = nil }
        let rows = withoutGradients { classifier.weight.value.flattened(from: 1) }
        let length = rows.squared().sum(axes: [1]).squareRoot().mean()
        var all = [rows]
        for new in classes {
            guard let direction = directions.direction(new.id) else { throw PseudoLabelError.noPrototype(new.name) }
            all.append(direction * length)
        }
        let weight = Tensor.concatenated(all, axis: 0)
        state["classifier.weight"] = weight.reshaped(to: [weight.shape[0], weight.shape[1], 1, 1])
        if let bias = classifier.bias {
            let value = withoutGradients { bias.value }
            let mean = value.mean().reshaped(to: [1])
            state["classifier.bias"] = .concatenated([value] + classes.map { _ in mean }, axis: 0)
        }
        try result.load(state)
        return result
    }
}
