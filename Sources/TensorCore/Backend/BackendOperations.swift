/// Element-wise functions of one operand, `alpha` and `beta` being their constants.
public enum UnaryOperation: UInt8, Sendable, CaseIterable {
    case negate, absolute, square, squareRoot, reciprocalSquareRoot, reciprocal
    case exponential, logarithm, sine, cosine, sign, floor, round
    case sigmoid, tanh, relu, silu
    /// `x * sigmoid(1.702 x)`, CLIP's activation.
    case quickGELU
    /// `x/2 * (1 + erf(x / sqrt 2))`.
    case geluErf
    /// The tanh approximation ("gelu_new").
    case geluTanh
    /// `x > 0 ? x : alpha * x`.
    case leakyReLU
    /// `x > 0 ? x : alpha * (exp(x) - 1)`.
    case elu
    /// `log(1 + exp(x))`, linear above 20 as in PyTorch.
    case softplus
    /// `min(max(x, alpha), beta)`.
    case clamp
    /// `x * clamp(x + 3, 0, 6) / 6`.
    case hardSwish
    /// `clamp(x + 3, 0, 6) / 6`.
    case hardSigmoid
    /// `alpha * x + beta`.
    case affine
    /// `x` to the power `alpha`.
    case power
    /// The error function.
    case erf
    /// Boolean complement.
    case logicalNot
}

/// Element-wise functions of two operands; the comparisons yield ``DType/bool``.
public enum BinaryOperation: UInt8, Sendable, CaseIterable {
    case add, subtract, multiply, divide, minimum, maximum, power
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case logicalAnd, logicalOr

    /// Whether the result is boolean.
    public var isPredicate: Bool { rawValue >= BinaryOperation.equal.rawValue }
}

/// Reductions over axes.
public enum ReduceOperation: UInt8, Sendable, CaseIterable {
    case sum, mean, maximum, minimum, product
}

/// Reads or writes a tensor through explicit strides: element `i` of the contiguous side meets
/// `offset + sum(i[axis] * strides[axis])` of the other. Strides may be zero (broadcast) or negative (flip).
public struct StridedLayout: Sendable, Hashable {
    /// Elements before the first.
    public var offset: Int
    /// One stride an axis of the contiguous side, in elements.
    public var strides: [Int]

    /// Makes a layout.
    public init(offset: Int = 0, strides: [Int]) {
        self.offset = offset
        self.strides = strides
    }
}

/// The activations that matrix and convolution kernels apply to their result before it leaves the registers.
public enum FusedActivation: Sendable, Hashable {
    case none, relu, relu6, silu, quickGELU, geluErf, geluTanh, sigmoid
}

/// What follows a convolution or matrix product in the same kernel: `activation(result + bias + residual)`.
public struct Epilogue: Sendable {
    /// One value an output channel, float32.
    public var bias: TensorBuffer?
    /// A tensor of the result's shape and type.
    public var residual: TensorBuffer?
    /// The function applied last.
    public var activation: FusedActivation

    /// Makes an epilogue; the default does nothing.
    public init(bias: TensorBuffer? = nil, residual: TensorBuffer? = nil, activation: FusedActivation = .none) {
        self.bias = bias
        self.residual = residual
        self.activation = activation
    }
}

/// The geometry of a two-dimensional convolution.
public struct ConvolutionOptions: Sendable, Hashable {
    /// Steps between windows.
    public var stride: Size2D
    /// Zeros around the image.
    public var padding: EdgeInsets2D
    /// Steps between kernel taps.
    public var dilation: Size2D
    /// Channel groups.
    public var groups: Int

    /// Makes a geometry.
    public init(
        stride: Size2D = 1, padding: EdgeInsets2D = 0, dilation: Size2D = 1, groups: Int = 1
    ) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    /// The output size for an input of `input` and a kernel of `kernel`, zero or less where nothing fits.
    public func outputSize(input: Size2D, kernel: Size2D) -> Size2D {
        let reachHeight = dilation.height * (kernel.height - 1) + 1
        let reachWidth = dilation.width * (kernel.width - 1) + 1
        let roomHeight = input.height + padding.top + padding.bottom - reachHeight
        let roomWidth = input.width + padding.left + padding.right - reachWidth
        return Size2D(
            height: roomHeight < 0 ? 0 : roomHeight / stride.height + 1,
            width: roomWidth < 0 ? 0 : roomWidth / stride.width + 1)
    }
}

/// The kinds of pooling.
public enum PoolingKind: Sendable, Hashable {
    case maximum
    /// `countIncludesPadding` divides by the whole window, as PyTorch's default.
    case average(countIncludesPadding: Bool)
}

/// The geometry of a pooling.
public struct PoolingOptions: Sendable, Hashable {
    /// The window.
    public var kernel: Size2D
    /// Steps between windows.
    public var stride: Size2D
    /// Padding (minus infinity for maxima).
    public var padding: EdgeInsets2D
    /// Whether a last, partial window counts (PyTorch's `ceil_mode`).
    public var ceilMode: Bool

    /// Makes a geometry; the stride defaults to the kernel.
    public init(kernel: Size2D, stride: Size2D? = nil, padding: EdgeInsets2D = 0, ceilMode: Bool = false) {
        self.kernel = kernel
        self.stride = stride ?? kernel
        self.padding = padding
        self.ceilMode = ceilMode
    }

    /// The output size (PyTorch's rule: a window may not start beyond the input and its leading padding).
    public func outputSize(input: Size2D) -> Size2D {
        func extent(_ size: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int) -> Int {
            let room = size + before + after - kernel
            guard room >= 0 else { return 0 }
            var count = room / stride + 1
            if ceilMode && room % stride != 0 && count * stride < size + before { count += 1 }
            return count
        }
        return Size2D(
            height: extent(input.height, kernel.height, stride.height, padding.top, padding.bottom),
            width: extent(input.width, kernel.width, stride.width, padding.left, padding.right))
    }
}
