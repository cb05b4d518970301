/// How a parameter's first value is drawn.
public enum Initializer: Sendable, Hashable {
    case zeros
    case ones
    case constant(Float)
    /// A normal distribution.
    case normal(mean: Float, deviation: Float)
    /// A uniform distribution.
    case uniform(ClosedRange<Float>)
    /// He's normal distribution for ReLU-like activations: deviation `sqrt(2 / fan)`.
    case kaimingNormal(FanMode)
    /// PyTorch's default for linear and convolution weights: uniform within `1 / sqrt(fan in)`.
    case torchDefault
    /// PyTorch's default for biases, of a layer with this fan-in.
    case torchBias(fanIn: Int)
    /// Glorot's uniform distribution.
    case xavierUniform

    /// Which side's connections count.
    public enum FanMode: Sendable, Hashable {
        case fanIn, fanOut
    }

    func makeTensor(shape: Shape, using random: inout TorchRandom) -> Tensor {
        let (fanIn, fanOut) = Self.fans(of: shape)
        switch self {
        case .zeros: return Tensor(zeros: shape)
        case .ones: return Tensor(ones: shape)
        case .constant(let value): return Tensor(repeating: Double(value), shape: shape)
        case .normal(let mean, let deviation): return random.normal(shape: shape) * deviation + mean
        case .uniform(let range): return random.uniform(shape: shape, in: range)
        case .kaimingNormal(let mode):
            let fan = mode == .fanIn ? fanIn : fanOut
            return random.normal(shape: shape) * (2 / Float(max(fan, 1))).squareRoot()
        case .torchDefault: return random.uniform(shape: shape, in: Self.symmetric(1 / Float(max(fanIn, 1)).squareRoot()))
        case .torchBias(let fanIn):
            return random.uniform(shape: shape, in: Self.symmetric(1 / Float(max(fanIn, 1)).squareRoot()))
        case .xavierUniform:
            return random.uniform(shape: shape, in: Self.symmetric((6 / Float(max(fanIn + fanOut, 1))).squareRoot()))
        }
    }

    private static func symmetric(_ bound: Float) -> ClosedRange<Float> { -bound...bound }

    /// Connections into and out of one unit for a weight `[out, in, ...]`.
    private static func fans(of shape: Shape) -> (Int, Int) {
        guard shape.rank >= 2 else { return (shape.elementCount, shape.elementCount) }
        let receptive = shape.dropFirst(2).reduce(1, *)
        return (shape[1] * receptive, shape[0] * receptive)
    }
}
