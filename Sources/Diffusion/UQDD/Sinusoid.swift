internal import Foundation

/// The frequencies of sinusoidal codes: `10000^(-i / count)` (DDPM, Ho et al. 2020).
enum Sinusoid {
    static func frequencies(count: Int) -> [Float] {
        let step = -log(10000.0) / Double(count)
        return (0..<count).map { Float(exp(step * Double($0))) }
    }
}
