internal import Foundation

/// The learning rate at each step: a linear warm-up, then a decay.
public struct LearningRateSchedule: Hashable, RangedConfiguration {
    /// What follows the warm-up.
    public enum Decay: Sendable, Hashable, Codable {
        case constant
        /// Half a cosine down to `final` times the base rate.
        case cosine(final: Float)
        /// `(1 - progress)^power`, the schedule of segmentation networks.
        case polynomial(power: Float)
        /// Multiplied by `factor` at each of these steps.
        case steps(at: [Int], factor: Float)
    }

    /// The rate after warm-up.
    public var base: Float
    /// Steps from zero to the base rate.
    public var warmUpSteps: Int
    /// The whole length.
    public var totalSteps: Int
    /// The decay.
    public var decay: Decay

    public static let ranges: ConfigurationRanges = [
        "base": .real(0...1000), "warmUpSteps": .whole(0...TrainingEngine.maximumSteps),
        "totalSteps": .whole(0...TrainingEngine.maximumSteps), "decay.cosine.final": .real(0...1000),
        "decay.polynomial.power": .real(0...1000), "decay.steps.factor": .real(0...1000),
        "decay.steps.at": .list(.whole(0...TrainingEngine.maximumSteps), count: 0...10_000),
    ]

    /// Makes a schedule.
    public init(base: Float, warmUpSteps: Int = 0, totalSteps: Int, decay: Decay = .constant) {
        self.base = base
        self.warmUpSteps = warmUpSteps
        self.totalSteps = totalSteps
        self.decay = decay
    }

    /// The rate for a step, counted from 0.
    public func rate(at step: Int) -> Float {
        if step < warmUpSteps { return base * Float(step + 1) / Float(warmUpSteps) }
        let span = max(totalSteps - warmUpSteps, 1)
        let progress = min(Float(step - warmUpSteps) / Float(span), 1)
        switch decay {
        case .constant: return base
        case .cosine(let final):
            let wave = 0.5 * (1 + Float(cos(Double.pi * Double(progress))))
            return base * (final + (1 - final) * wave)
        case .polynomial(let power): return base * Float(pow(Double(1 - progress), Double(power)))
        case .steps(let at, let factor): return at.reduce(base) { step >= $1 ? $0 * factor : $0 }
        }
    }
}
