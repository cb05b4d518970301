internal import SegModels
public import TensorCore

/// All numbers of a reproduction of Syn4Seg, as one JSON file.
public struct Syn4SegSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// Values at which one number of pseudo labels is tried while the others stay.
    public struct Sweeps: Hashable, Codable, Sendable {
        /// beta of APR.
        public var beta: [Float] = [0, 0.25, 0.5, 0.75, 1]
        /// lambda of APF.
        public var lambda: [Float] = [0.2, 0.4, 0.6, 0.8, 0.95]
        /// The width of SABR's band.
        public var band: [Float] = [1, 3, 5, 9, 15]
        /// Whether a network is trained at every value; without, the quality of labels alone is measured.
        public var trains = true
        /// Whether anything is swept.
        public var isOn = true
    }

    /// The training on base classes.
    public var base = GFSSSettings()
    /// The registration of novel ones.
    public var novel = GFSSSettings.novel
    /// Prompt banks.
    public var prompts = PromptStage.Settings()
    /// Images of the banks; class-name prompts get as many images a class.
    public var images = GenerationSettings()
    /// Pseudo labels.
    public var masks = PseudoLabelSettings()
    /// Synthetic images with fewer pixels of their class are left out.
    public var minimumPixels = 64
    /// Sweeps, in the first fold with the first seed.
    public var sweeps = Sweeps()

    /// The defaults: sizes of the paper.
    public init() {}

    /// A setting for two cores and Shapes-5i: small photos, few steps, and a head on a backbone that stays as it is.
    public static var quick: Syn4SegSettings {
        var settings = Syn4SegSettings()
        settings.base.head.width = 128
        settings.base.head.auxiliaryWeight = 0
        (settings.base.training.steps, settings.base.training.part) = (500, .head)
        settings.base.training.learningRate = 0.05
        settings.base.training.augmentation.side = 128
        settings.novel.training.steps = 100
        settings.prompts.bank.count = 16
        settings.images.shapes.size = 160
        settings.sweeps.trains = false
        return settings
    }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "minimumPixels": .whole(1...1_000_000_000), "sweeps.beta": .list(.real(0...1), count: 0...100),
            "sweeps.lambda": .list(.real(-1...1), count: 0...100), "sweeps.band": .list(.real(0...1000), count: 0...100),
        ]
        return own.with(GFSSSettings.ranges, under: "base").with(GFSSSettings.ranges, under: "novel")
            .with(PromptStage.Settings.ranges, under: "prompts").with(GenerationSettings.ranges, under: "images")
            .with(PseudoLabelSettings.ranges, under: "masks")
    }
}
