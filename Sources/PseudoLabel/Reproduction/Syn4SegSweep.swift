public import Datasets
internal import TensorCore

/// A number of pseudo labels that is swept.
public enum Syn4SegParameter: String, Codable, Hashable, Sendable, CaseIterable {
    /// beta of APR.
    case beta
    /// lambda of APF.
    case lambda
    /// The width of SABR's band.
    case band

    func set(_ value: Float, in settings: inout PseudoLabelSettings) {
        switch self {
        case .beta: settings.enhancement.beta = value
        case .lambda: settings.enhancement.regionThreshold = value
        case .band: settings.refinement.bandWidth = value
        }
    }
}

/// What a value gives.
public struct Syn4SegSweepPoint: Codable, Hashable, Sendable {
    /// The number.
    public var parameter: Syn4SegParameter
    /// Its value.
    public var value: Float
    /// The quality of the refined labels, where the truth is known.
    public var quality: PseudoLabelQuality.Summary?
    /// The scores of a network that learned from them; nil where none was trained.
    public var scores: GeneralizedScores?
}

/// One value of a number.
struct Syn4SegSweep: Hashable, Sendable {
    let parameter: Syn4SegParameter
    let value: Float

    /// The name of its folders.
    var name: String { "\(parameter.rawValue)-\(value)" }

    /// All different values, one number after another.
    static func all(_ sweeps: Syn4SegSettings.Sweeps) -> [Syn4SegSweep] {
        guard sweeps.isOn else { return [] }
        var found: [Syn4SegSweep] = []
        for (parameter, values) in [(Syn4SegParameter.beta, sweeps.beta), (.lambda, sweeps.lambda), (.band, sweeps.band)] {
            for value in values {
                let sweep = Syn4SegSweep(parameter: parameter, value: value)
                if !found.contains(sweep) { found.append(sweep) }
            }
        }
        return found
    }
}

extension Syn4SegSweepPoint {
    /// The value that the point is of.
    var sweep: Syn4SegSweep { Syn4SegSweep(parameter: parameter, value: value) }
}
