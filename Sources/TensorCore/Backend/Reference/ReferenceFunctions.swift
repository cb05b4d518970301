internal import Foundation

/// The element-wise functions and their derivatives, in double precision.
extension UnaryOperation {
    /// `op(x)`.
    func value(_ x: Double, alpha: Double, beta: Double) -> Double {
        switch self {
        case .negate: -x
        case .absolute: abs(x)
        case .square: x * x
        case .squareRoot: x.squareRoot()
        case .reciprocalSquareRoot: 1 / x.squareRoot()
        case .reciprocal: 1 / x
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .sine: sin(x)
        case .cosine: cos(x)
        case .sign: signOf(x)
        case .floor: x.rounded(.down)
        case .round: x.rounded(.toNearestOrEven)
        case .sigmoid: logistic(x)
        case .tanh: Foundation.tanh(x)
        case .relu: x < 0 ? 0 : x
        case .silu: x * logistic(x)
        case .quickGELU: x * logistic(1.702 * x)
        case .geluErf: x * normalDistribution(x)
        case .geluTanh: x / 2 * (1 + Foundation.tanh(geluTanhArgument(x)))
        case .leakyReLU: x > 0 ? x : alpha * x
        case .elu: x > 0 ? x : alpha * expm1(x)
        case .softplus: x > 20 ? x : log1p(exp(x))
        case .clamp: clamped(x, alpha, beta)
        case .hardSwish: x * clamped(x + 3, 0, 6) / 6
        case .hardSigmoid: clamped(x + 3, 0, 6) / 6
        case .affine: alpha * x + beta
        case .power: pow(x, alpha)
        case .erf: Foundation.erf(x)
        case .logicalNot: x == 0 ? 1 : 0
        }
    }

    /// `d op(x) / dx`; at a kink the side that PyTorch takes.
    func derivative(_ x: Double, alpha: Double, beta: Double) -> Double {
        switch self {
        case .negate: return -1
        case .absolute: return signOf(x)
        case .square: return 2 * x
        case .squareRoot: return 0.5 / x.squareRoot()
        case .reciprocalSquareRoot: return -0.5 / (x * x.squareRoot())
        case .reciprocal: return -1 / (x * x)
        case .exponential: return exp(x)
        case .logarithm: return 1 / x
        case .sine: return cos(x)
        case .cosine: return -sin(x)
        case .sign, .floor, .round, .logicalNot: return 0
        case .sigmoid: return logistic(x) * logistic(-x)
        case .tanh:
            let result = Foundation.tanh(x)
            return 1 - result * result
        case .relu: return x <= 0 ? 0 : 1
        case .silu: return logistic(x) * (1 + x * logistic(-x))
        case .quickGELU: return logistic(1.702 * x) * (1 + 1.702 * x * logistic(-1.702 * x))
        case .geluErf: return normalDistribution(x) + x * normalDensity(x)
        case .geluTanh:
            let tangent = Foundation.tanh(geluTanhArgument(x))
            let inner = geluTanhScale * (1 + 3 * 0.044715 * x * x)
            return 0.5 * (1 + tangent) + 0.5 * x * (1 - tangent * tangent) * inner
        case .leakyReLU: return x > 0 ? 1 : alpha
        case .elu: return x > 0 ? 1 : alpha * exp(x)
        case .softplus: return x > 20 ? 1 : logistic(x)
        case .clamp: return x >= alpha && x <= beta ? 1 : 0
        case .hardSwish:
            if x <= -3 { return 0 }
            return x < 3 ? x / 3 + 0.5 : 1
        case .hardSigmoid: return x > -3 && x < 3 ? 1.0 / 6 : 0
        case .affine: return alpha
        case .power: return alpha == 0 ? 0 : alpha * pow(x, alpha - 1)
        case .erf: return 2 / Double.pi.squareRoot() * exp(-x * x)
        }
    }
}

extension BinaryOperation {
    /// `op(a, b)` of an arithmetic operation.
    func value(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .minimum: smaller(a, b)
        case .maximum: larger(a, b)
        case .power: pow(a, b)
        default: holds(a, b, isZero: { $0 == 0 }) ? 1 : 0
        }
    }

    /// `op(a, b)` of an arithmetic operation on integers: wrapping, division toward zero, and zero where PyTorch fails
    /// (a zero divisor) or truncates (a negative exponent).
    func value(_ a: Int64, _ b: Int64) -> Int64 {
        switch self {
        case .add: a &+ b
        case .subtract: a &- b
        case .multiply: a &* b
        case .divide: b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
        case .minimum: min(a, b)
        case .maximum: max(a, b)
        case .power: integerPower(a, b)
        default: holds(a, b, isZero: { $0 == 0 }) ? 1 : 0
        }
    }

    /// The truth of a predicate.
    func holds<Value: Comparable>(_ a: Value, _ b: Value, isZero: (Value) -> Bool) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .logicalAnd: !isZero(a) && !isZero(b)
        case .logicalOr: !isZero(a) || !isZero(b)
        default: preconditionFailure("\(self) is not a predicate")
        }
    }
}

extension FusedActivation {
    /// The function itself.
    func value(_ x: Double) -> Double {
        switch self {
        case .none: x
        case .relu6: clamped(x, 0, 6)
        case .relu: UnaryOperation.relu.value(x, alpha: 0, beta: 0)
        case .silu: UnaryOperation.silu.value(x, alpha: 0, beta: 0)
        case .quickGELU: UnaryOperation.quickGELU.value(x, alpha: 0, beta: 0)
        case .geluErf: UnaryOperation.geluErf.value(x, alpha: 0, beta: 0)
        case .geluTanh: UnaryOperation.geluTanh.value(x, alpha: 0, beta: 0)
        case .sigmoid: logistic(x)
        }
    }
}

/// The larger of two numbers, NaN where one is NaN.
func larger(_ a: Double, _ b: Double) -> Double { a.isNaN || a > b ? a : b }

/// The smaller of two numbers, NaN where one is NaN.
func smaller(_ a: Double, _ b: Double) -> Double { a.isNaN || a < b ? a : b }

private func clamped(_ x: Double, _ low: Double, _ high: Double) -> Double {
    x.isNaN ? x : min(max(x, low), high)
}

private func signOf(_ x: Double) -> Double {
    if x > 0 { return 1 }
    return x < 0 ? -1 : 0
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

private func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

private func normalDensity(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

private let geluTanhScale = (2 / Double.pi).squareRoot()

private func geluTanhArgument(_ x: Double) -> Double {
    let cubic = 0.044715 * x * x * x
    return geluTanhScale * (x + cubic)
}

private func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
    if exponent < 0 {
        if base == 1 { return 1 }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        return 0
    }
    var result: Int64 = 1
    var factor = base
    var remaining = exponent
    while remaining > 0 {
        if remaining & 1 == 1 { result = result &* factor }
        factor = factor &* factor
        remaining >>= 1
    }
    return result
}
