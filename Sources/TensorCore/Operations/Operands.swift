/// What one call of an operation asks of its operands, said at the top of the operation and nowhere else.
///
/// Each line names an operand, the types that it may have and the condition on its shape; it gives the operand back in the
/// type that the operation computes in, or traps with operation, operand, types, shapes and module path. Operands of one
/// call live on one device. Where nothing is wrong a line costs a few comparisons.
///
/// The rules of types: what only moves elements takes every type. What computes takes float32 and bfloat16 as they are and
/// everything else as float32. Weights, biases and statistics are float32. Positions are integers.
struct Operands {
    let operation: StaticString
    let first: Tensor
    let firstName: StaticString

    /// The operands of a call of `operation`, which runs where `first` lives.
    init(_ operation: StaticString, _ first: Tensor, _ firstName: StaticString = "x") {
        self.operation = operation
        self.first = first
        self.firstName = firstName
    }

    /// An operand of any type that is only moved.
    @inline(__always)
    func moved(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        return tensor
    }

    /// An operand in a type that is computed in: float32 or bfloat16 as they are, others as float32.
    @inline(__always)
    func floating(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        return tensor.dtype.isComputedIn ? tensor : tensor.converted(to: .float32)
    }

    /// An operand as float32: weights, biases, statistics.
    @inline(__always)
    func float32(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        return tensor.converted(to: .float32)
    }

    /// An operand in the floating type that it is stored in, others as float32: weights, which kernels convert and pack once, and
    /// what is only added to.
    @inline(__always)
    func stored(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        return tensor.dtype.isFloatingPoint ? tensor : tensor.converted(to: .float32)
    }

    /// An operand that may be left out, as float32.
    @inline(__always)
    func float32(
        _ tensor: Tensor?, _ name: StaticString, where holds: (Tensor) -> Bool, _ expected: @autoclosure () -> String = ""
    ) -> Tensor? {
        guard let tensor else { return nil }
        return float32(tensor, name, where: holds(tensor), expected())
    }

    /// Positions: integers, as int64.
    @inline(__always)
    func positions(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        let isInteger = tensor.dtype == .int64 || tensor.dtype == .int32 || tensor.dtype == .uint8
        if !isInteger { unfit(tensor, name, "positions of type int64, int32 or uint8") }
        return tensor.converted(to: .int64)
    }

    /// Truth values: bool and nothing else.
    @inline(__always)
    func truth(
        _ tensor: Tensor, _ name: StaticString, where holds: Bool = true, _ expected: @autoclosure () -> String = ""
    ) -> Tensor {
        check(tensor, name, holds, expected)
        if tensor.dtype != .bool { unfit(tensor, name, "truth values of type bool") }
        return tensor
    }

    /// A number that the operation takes beside its operands.
    @inline(__always)
    func argument(_ holds: Bool, _ message: @autoclosure () -> String) {
        if !holds { mistaken(message()) }
    }

    /// An axis of `tensor`, counted from the end where it is negative.
    func axis(_ axis: Int, of tensor: Tensor, _ name: StaticString = "x") -> Int {
        let rank = tensor.rank
        if axis < -rank || axis >= rank { astray(axis, tensor, name) }
        return axis < 0 ? axis + rank : axis
    }

    /// Different axes of the first operand in ascending order, all of them for nil.
    func axes(_ axes: [Int]?) -> [Int] {
        guard let axes else { return Array(0..<first.rank) }
        let list = axes.map { axis($0, of: first, firstName) }.sorted()
        argument(zip(list, list.dropFirst()).allSatisfy { $0 != $1 }, "axes \(axes) repeat")
        return list
    }

    @inline(__always)
    private func check(_ tensor: Tensor, _ name: StaticString, _ holds: Bool, _ expected: () -> String) {
        if tensor.backend !== first.backend { misplaced(tensor, name) }
        if !holds { unfit(tensor, name, expected()) }
    }

    /// Traps because of an operand that cannot be made to fit.
    func reject(_ tensor: Tensor, _ name: StaticString, _ expected: String) -> Never { unfit(tensor, name, expected) }

    @inline(never)
    private func unfit(_ tensor: Tensor, _ name: StaticString, _ expected: String) -> Never {
        failure(operation, "\(name) is \(described(tensor)), expected \(expected)\(isFirst(name) ? "" : context)")
    }

    @inline(never)
    private func mistaken(_ message: String) -> Never { failure(operation, message + context) }

    @inline(never)
    private func astray(_ axis: Int, _ tensor: Tensor, _ name: StaticString) -> Never {
        failure(operation, "axis \(axis) is out of range for \(name), \(described(tensor))")
    }

    @inline(never)
    private func misplaced(_ tensor: Tensor, _ name: StaticString) -> Never {
        failure(
            operation,
            "\(name), \(described(tensor)), lives on \(tensor.backend.name) and \(firstName), \(described(first)), on "
                + "\(first.backend.name); operands share one place")
    }

    private func isFirst(_ name: StaticString) -> Bool { name.description == firstName.description }

    private var context: String { "; \(firstName) is \(described(first))" }

    private func described(_ tensor: Tensor) -> String { "\(tensor.dtype) \(tensor.shape)" }
}

extension DType {
    /// Whether kernels compute in this type.
    @inline(__always)
    var isComputedIn: Bool { self == .float32 || self == .bfloat16 }

    /// The type that floating-point operations compute in for operands of this one.
    @inline(__always)
    var computed: DType { isComputedIn ? self : .float32 }
}

extension Tensor {
    /// Whether it has one axis of `extent`.
    @inline(__always)
    func isVector(_ extent: Int) -> Bool { rank == 1 && shape[0] == extent }
}
