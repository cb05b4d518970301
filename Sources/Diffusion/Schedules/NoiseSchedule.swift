internal import Foundation

/// The fixed variances of the forward process (equations 5 and 6), computed in double precision.
public struct NoiseSchedule: Sendable, Hashable {
    /// The curve of the variances.
    public enum Curve: String, Sendable, Hashable, Codable, CaseIterable {
        /// `beta` from 1e-4 to 2e-2, scaled by 1000 / T (Ho et al. 2020).
        case linear
        /// `sqrt(beta)` linear from 0.00085 to 0.012, scaled by 1000 / T (Stable Diffusion).
        case scaledLinear
        /// `abar = cos^2` with s = 0.008, `beta` at most 0.999 (Nichol and Dhariwal 2021).
        case cosine
    }

    /// Forward steps `T`.
    public let count: Int
    /// `beta_t`, t = 0 ..< T.
    public let betas: [Double]
    /// `abar_t`, the product of `1 - beta`.
    public let alphasCumulative: [Double]

    /// A schedule of `count` steps.
    ///
    /// - Precondition: at least one step.
    public init(_ curve: Curve = .cosine, count: Int = 250) {
        precondition(count > 0, "NoiseSchedule: at least one step, found \(count)")
        self.count = count
        betas = Self.betas(curve, count)
        var product = 1.0
        alphasCumulative = betas.map { beta in
            product *= 1 - beta
            return product
        }
    }

    private static func betas(_ curve: Curve, _ count: Int) -> [Double] {
        let scale = 1000 / Double(count)
        func fraction(_ step: Int) -> Double { count == 1 ? 0 : Double(step) / Double(count - 1) }
        switch curve {
        case .linear:
            let (first, last) = (scale * 1e-4, scale * 2e-2)
            return (0..<count).map { min(first + (last - first) * fraction($0), 0.999) }
        case .scaledLinear:
            let (first, last) = (0.00085.squareRoot(), 0.012.squareRoot())
            return (0..<count).map { step in
                let root = first + (last - first) * fraction(step)
                return min(scale * root * root, 0.999)
            }
        case .cosine:
            func level(_ position: Double) -> Double {
                let angle = (position + 0.008) / 1.008 * Double.pi / 2
                return cos(angle) * cos(angle)
            }
            return (0..<count).map { step in
                let (now, next) = (Double(step) / Double(count), Double(step + 1) / Double(count))
                return min(1 - level(next) / level(now), 0.999)
            }
        }
    }

    /// `sqrt(abar_t)`: what is left of the clean mask.
    public func signal(at t: Int) -> Float { Float(alphasCumulative[t].squareRoot()) }

    /// `sqrt(1 - abar_t)`: how much noise there is.
    public func noise(at t: Int) -> Float { Float((1 - alphasCumulative[t]).squareRoot()) }

    /// `abar_t / (1 - abar_t)`.
    public func signalToNoise(at t: Int) -> Double { alphasCumulative[t] / (1 - alphasCumulative[t]) }
}
