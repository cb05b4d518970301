public import TensorCore

/// A part of a network that is run in sequence and knows which of its outputs can be tapped.
public protocol NetworkStage: Sendable {
    /// The outputs that ``callAsFunction(_:train:_:)`` offers to the recorder, in the order in which they arise.
    var outputs: [FeatureLevel] { get }

    /// Runs the part; may return early, with any value, once the recorder has everything.
    ///
    /// - Parameters:
    ///   - x: the map of the stage before, `[N, H, W, C]`.
    ///   - train: whether normalisations use the statistics of the batch.
    ///   - taps: is offered every one of ``outputs``.
    /// - Returns: the map for the next stage.
    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor
}

/// Collects the maps of a network's levels during one run.
public struct TapRecorder {
    private let levels: [FeatureLevel]
    private(set) var maps: [Tensor] = []

    /// Collects `levels`; of none it collects nothing, for a run to the network's end.
    init(_ levels: [FeatureLevel]) { self.levels = levels }

    /// Whether the rest of the network need not run.
    public var isComplete: Bool { !levels.isEmpty && maps.count == levels.count }

    /// Whether `output` is the next level: what costs extra is made only then.
    public func wants(_ output: FeatureLevel) -> Bool { maps.count < levels.count && levels[maps.count].tap == output.tap }

    /// Keeps `map` where `output` is the next level.
    public mutating func record(_ output: FeatureLevel, _ map: Tensor) {
        if wants(output) { maps.append(map) }
    }
}

/// A function as a stage, whose result may be a level.
struct FunctionStage: NetworkStage {
    let output: FeatureLevel?
    let function: @Sendable (_ x: Tensor, _ train: Bool) -> Tensor

    var outputs: [FeatureLevel] { output.map { [$0] } ?? [] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let y = function(x, train)
        if let output { taps.record(output, y) }
        return y
    }
}

/// What an activation makes of a map; map and result may both be levels.
///
/// The map before the activation is called as the module whose output it is, with ``FeatureLevel/beforeActivation`` behind it.
struct ActivatedStage: NetworkStage {
    let output: FeatureLevel
    /// Applies the unit with this activation in place of its own, its own for nil.
    let unit: @Sendable (_ x: Tensor, _ train: Bool, _ activation: FusedActivation?) -> Tensor

    var outputs: [FeatureLevel] { [output.beforeActivation, output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        guard taps.wants(output.beforeActivation) else {
            let y = unit(x, train, nil)
            taps.record(output, y)
            return y
        }
        let y = unit(x, train, FusedActivation.none)
        taps.record(output.beforeActivation, y)
        if taps.isComplete { return y }
        let activated = y.relu()
        taps.record(output, activated)
        return activated
    }
}

extension FeatureLevel {
    /// The same place before its activation: `layer3.5` is rectified, `layer3.5.preactivation` is not.
    var beforeActivation: FeatureLevel { FeatureLevel(tap: tap + ".preactivation", channels: channels, stride: stride) }
}

/// Which outputs of a network are its levels.
enum TapPlan {
    /// The levels called `taps` among what `stages` offer, checked.
    static func levels(
        _ taps: [String], of stages: [any NetworkStage], backbone: String
    ) throws(BackboneError) -> [FeatureLevel] {
        let available = stages.flatMap(\.outputs)
        let known = available.map(\.tap).joined(separator: ", ")
        guard !taps.isEmpty else {
            throw .taps(backbone: backbone, reason: "the network has no default, name at least one; choose among \(known)")
        }
        var positions: [Int] = []
        for tap in taps {
            guard let position = available.firstIndex(where: { $0.tap == tap }) else {
                throw .taps(backbone: backbone, reason: "there is no tap \"\(tap)\"; choose among \(known)")
            }
            positions.append(position)
        }
        guard zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .taps(backbone: backbone, reason: "taps must differ and go from shallow to deep, found \(taps)")
        }
        return positions.map { available[$0] }
    }
}
