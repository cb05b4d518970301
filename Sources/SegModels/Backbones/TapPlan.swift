internal import TensorCore

/// A part of a network that is run in sequence and knows which of its outputs can be tapped.
protocol NetworkStage: Sendable {
    /// The outputs that ``callAsFunction(_:train:_:)`` offers to the recorder, in the order in which they arise.
    var outputs: [FeatureLevel] { get }

    /// Runs the part; may return early, with any value, once the recorder has everything.
    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor
}

/// Which outputs of a network are its levels.
struct TapPlan: Sendable {
    /// In network order.
    let levels: [FeatureLevel]

    /// Checks `taps` against what `stages` offer.
    init(_ taps: [String], of stages: [any NetworkStage], backbone: String) throws(BackboneError) {
        let available = stages.flatMap(\.outputs)
        guard taps.count == Backbones.levelCount else {
            throw .taps(backbone: backbone, reason: "\(Backbones.levelCount) taps are needed, found \(taps.count): \(taps)")
        }
        var positions: [Int] = []
        for tap in taps {
            guard let position = available.firstIndex(where: { $0.tap == tap }) else {
                let known = available.map(\.tap).joined(separator: ", ")
                throw .taps(backbone: backbone, reason: "there is no tap \"\(tap)\"; choose among \(known)")
            }
            positions.append(position)
        }
        guard zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .taps(backbone: backbone, reason: "taps must differ and go from shallow to deep, found \(taps)")
        }
        levels = positions.map { available[$0] }
    }
}

/// Collects the maps of a ``TapPlan`` during one run.
struct TapRecorder {
    private let levels: [FeatureLevel]
    private(set) var maps: [Tensor] = []

    /// Collects the levels of `plan`, or nothing at all for a run to the network's end.
    init(_ plan: TapPlan?) { levels = plan?.levels ?? [] }

    /// Whether the rest of the network need not run.
    var isComplete: Bool { !levels.isEmpty && maps.count == levels.count }

    /// Keeps `map` where `tap` is the next level.
    mutating func record(_ tap: String, _ map: Tensor) {
        if maps.count < levels.count && levels[maps.count].tap == tap { maps.append(map) }
    }
}

/// A backbone that is a sequence of stages.
protocol StagedBackbone: Backbone {
    var stages: [any NetworkStage] { get }
    var plan: TapPlan { get }
}

extension StagedBackbone {
    /// The levels' maps; stops after the deepest.
    func tappedMaps(_ images: Tensor, train: Bool) -> [Tensor] {
        ModulePath.named(name) {
            var taps = TapRecorder(plan)
            var x = preprocessing.normalizedRGB(images).converted(to: precision.activations)
            for stage in stages where !taps.isComplete { x = stage(x, train: train, &taps) }
            return taps.maps
        }
    }

    /// The last stage's output.
    func finalMap(_ images: Tensor, train: Bool) -> Tensor {
        ModulePath.named(name) {
            var ignored = TapRecorder(nil)
            var x = preprocessing.normalizedRGB(images).converted(to: precision.activations)
            for stage in stages { x = stage(x, train: train, &ignored) }
            return x
        }
    }
}

/// Max pooling as a stage.
struct MaxPoolStage: NetworkStage {
    let options: PoolingOptions
    /// Where the pooled map is offered as a level.
    var output: FeatureLevel?

    var outputs: [FeatureLevel] { output.map { [$0] } ?? [] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let y = x.maxPool2d(options)
        if let output { taps.record(output.tap, y) }
        return y
    }
}

/// One convolution as a stage.
struct ConvolutionStage: NetworkStage {
    let unit: ConvolutionUnit
    let output: FeatureLevel

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let y = unit(x, train: train)
        taps.record(output.tap, y)
        return y
    }
}
