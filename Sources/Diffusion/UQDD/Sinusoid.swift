internal import Foundation
internal import TensorCore

/// The frequencies of sinusoidal codes: `10000^(-i / count)` (DDPM, Ho et al. 2020).
enum Sinusoid {
    static func frequencies(count: Int) -> Tensor {
        let step = -log(10000.0) / Double(count)
        return Tensor((0..<count).map { Float(exp(step * Double($0))) }, shape: [1, count])
    }
}
