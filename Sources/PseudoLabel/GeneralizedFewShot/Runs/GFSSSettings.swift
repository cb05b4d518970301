public import Datasets
public import SegModels
public import TensorCore

/// What decides a training beside its data: the head and how it is learned, as one JSON file.
public struct GFSSSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The head.
    public var head = PSPNetConfiguration()
    /// How pixels meet classes.
    public var rule = PixelClassifier.Rule.linear
    /// The training.
    public var training = GFSSTraining()
    /// How often each kind of example is drawn; novel classes alone.
    public var mixture = GFSSRegistration.Mixture()
    /// What the sides of photos are multiples of on the canvas where the network sees them whole, 1 for whole pixels; nil for
    /// the convention's. Base classes alone, as ``canvasPadding`` and the canvas's side, `training.augmentation.side`.
    @NullableKey public var canvasMultiple: Int?
    /// What lies beside photos on that canvas; nil for the convention's.
    @NullableKey public var canvasPadding: PhotoCanvas.Padding?
    /// Steps between checkpoints.
    public var checkpointInterval = 200
    /// Parts that every batch is cut into, so that several processes share it: each normalises by the statistics of its photos. Nil for whole
    /// batches.
    @NullableKey public var shards: Int?

    /// The defaults, for base classes.
    public init() {}

    /// The defaults for novel classes.
    public static var novel: GFSSSettings {
        var settings = GFSSSettings()
        settings.training = .novel
        return settings
    }

    static let canvasMultiples = 1...256

    /// The canvas of a network that learns base classes.
    func canvas(of convention: GFSSConvention) -> PhotoCanvas {
        let own = convention.canvas
        return PhotoCanvas(
            side: training.augmentation.side ?? own.side, multiple: canvasMultiple ?? own.multiple,
            padding: canvasPadding ?? own.padding)
    }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "checkpointInterval": .whole(1...TrainingEngine.maximumSteps), "shards": .whole(1...4096),
            "rule.scale": .real(above: 0, upTo: 1000), "canvasMultiple": .whole(canvasMultiples),
        ]
        return own.with(PSPNetConfiguration.ranges, under: "head").with(GFSSTraining.ranges, under: "training")
            .with(GFSSRegistration.Mixture.ranges, under: "mixture")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try training.validateRelations(source: source) } catch { throw error.under("training") }
    }
}
