internal import Foundation

/// The noise that a latent diffusion model was trained with: `abar` of every training step.
///
/// diffusers computes it in single and the original repository in double precision; they differ by less than 1e-6 of the value.
public struct LatentSchedule: Sendable, Hashable {
    /// The curve of the variances, by diffusers' names.
    public enum Curve: String, Sendable, Hashable, Codable, CaseIterable {
        /// `beta` linear.
        case linear
        /// `sqrt(beta)` linear: all of Stable Diffusion.
        case scaledLinear = "scaled_linear"
        /// `abar = cos^2` with s = 0.008, `beta` at most 0.999.
        case squaredCosine = "squaredcos_cap_v2"
    }

    /// `abar_t`, t = 0 ..< T.
    public let alphasCumulative: [Double]

    /// A schedule of `count` steps whose variances go from `first` to `last` (the cosine has its own).
    ///
    /// - Precondition: at least two steps.
    public init(_ curve: Curve = .scaledLinear, count: Int = 1000, first: Double = 0.00085, last: Double = 0.012) {
        precondition(count > 1, "LatentSchedule: at least two steps, found \(count)")
        let betas: [Double]
        switch curve {
        case .linear: betas = Self.line(first, last, count)
        case .scaledLinear: betas = Self.line(first.squareRoot(), last.squareRoot(), count).map { $0 * $0 }
        case .squaredCosine: betas = NoiseSchedule(.cosine, count: count).betas
        }
        var product = 1.0
        alphasCumulative = betas.map { beta in
            product *= 1 - beta
            return product
        }
    }

    /// Training steps `T`.
    public var count: Int { alphasCumulative.count }

    /// `sqrt((1 - abar) / abar)`: noise in units of the clean latent.
    public var sigmas: [Double] { alphasCumulative.map { ((1 - $0) / $0).squareRoot() } }

    /// `sigma` between training steps, which diffusers interpolates.
    func sigma(at timestep: Double) -> Double {
        let sigmas = sigmas
        let position = min(max(timestep, 0), Double(count - 1))
        let low = Int(position)
        let high = min(low + 1, count - 1)
        return sigmas[low] + (sigmas[high] - sigmas[low]) * (position - Double(low))
    }

    /// The training step, with a fraction, whose `ln sigma` is that of `sigma`.
    func timestep(of sigma: Double) -> Double {
        let logs = sigmas.map { log($0) }
        let wanted = log(max(sigma, 1e-10))
        let after = logs.firstIndex { $0 > wanted } ?? count
        let low = min(max(after - 1, 0), count - 2)
        let share = (logs[low] - wanted) / (logs[low] - logs[low + 1])
        let clamped = min(max(share, 0), 1)
        return (1 - clamped) * Double(low) + clamped * Double(low + 1)
    }

    /// Karras et al. (2022), equation 5 with rho = 7: `count` values from `largest` to `smallest`.
    static func karras(from largest: Double, to smallest: Double, count: Int) -> [Double] {
        let rho = 7.0
        let (high, low) = (pow(largest, 1 / rho), pow(smallest, 1 / rho))
        return line(0, 1, count).map { pow(high + $0 * (low - high), rho) }
    }

    static func line(_ first: Double, _ last: Double, _ count: Int) -> [Double] {
        guard count > 1 else { return [first] }
        return (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
    }
}
