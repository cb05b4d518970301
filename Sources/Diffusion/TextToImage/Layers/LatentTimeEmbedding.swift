internal import Foundation
public import TensorCore

/// The time as a vector: cosines and sines of the timestep, then two linear layers. State: `linear_1`, `linear_2`.
public final class LatentTimeEmbedding: Module {
    public let scope: ParameterScope
    private let first: Linear
    private let second: Linear
    private let width: Int
    private let sinesFirst: Bool
    private let shift: Float

    /// Registers the layers.
    ///
    /// - Parameters:
    ///   - scope: where they go.
    ///   - width: cosines and sines together, even.
    ///   - outputs: the length of the vector.
    ///   - sinesFirst: the order; Stable Diffusion has cosines first (diffusers' `flip_sin_to_cos`).
    ///   - shift: diffusers' `freq_shift`, less than half the width.
    public init(_ scope: ParameterScope, width: Int, outputs: Int, sinesFirst: Bool = false, shift: Float = 0) {
        self.scope = scope
        (self.width, self.sinesFirst, self.shift) = (width, sinesFirst, shift)
        first = Linear(scope["linear_1"], inputs: width, outputs: outputs)
        second = Linear(scope["linear_2"], inputs: outputs, outputs: outputs)
    }

    /// `[N, outputs]` for timesteps, beside `other` and of its type.
    public func callAsFunction(_ timesteps: [Float], beside other: Tensor) -> Tensor {
        let rows = timesteps.flatMap { Self.sinusoid($0, width: width, sinesFirst: sinesFirst, shift: shift) }
        let x = Tensor(rows, shape: [timesteps.count, width], beside: other)
        return second(first(x, activation: .silu)).converted(to: other.dtype)
    }

    /// `cos(t w_k)` and `sin(t w_k)` with `w_k = 10000^(-k / (width / 2 - shift))`, in single precision as the reference.
    static func sinusoid(_ timestep: Float, width: Int, sinesFirst: Bool = false, shift: Float = 0) -> [Float] {
        let half = width / 2
        let step = -logf(10_000) / (Float(half) - shift)
        let angles = (0..<half).map { timestep * expf(Float($0) * step) }
        let (cosines, sines) = (angles.map { cosf($0) }, angles.map { sinf($0) })
        return sinesFirst ? sines + cosines : cosines + sines
    }
}
