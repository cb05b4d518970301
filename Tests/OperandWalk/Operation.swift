internal import TensorCore

/// An operand of a walked operation: its name in messages, and the shape and type that fit.
struct WalkedOperand: Sendable {
    var name: String
    var shape: Shape
    var dtype: DType

    static func float(_ name: String, _ shape: Shape) -> WalkedOperand {
        WalkedOperand(name: name, shape: shape, dtype: .float32)
    }
    static func index(_ name: String, _ shape: Shape) -> WalkedOperand {
        WalkedOperand(name: name, shape: shape, dtype: .int64)
    }
    static func truth(_ name: String, _ shape: Shape) -> WalkedOperand {
        WalkedOperand(name: name, shape: shape, dtype: .bool)
    }
}

/// A row of the table: a public operation and operands that fit it.
struct WalkedOperation: Sendable {
    /// The name in the sources.
    var function: String
    /// What messages begin with.
    var label: String
    /// What messages about indices that are out of range begin with where they are found further down.
    var indexLabel: String?
    /// In the order in which ``run`` takes them.
    var operands: [WalkedOperand]
    /// Calls the operation.
    var run: @Sendable ([Tensor]) -> [Tensor]

    init(
        _ function: String, label: String? = nil, indexLabel: String? = nil, _ operands: WalkedOperand...,
        run: @escaping @Sendable ([Tensor]) -> [Tensor]
    ) {
        self.function = function
        self.label = label ?? function
        self.indexLabel = indexLabel
        self.operands = operands
        self.run = run
    }
}

/// A call with an argument that is no number for it, or one at the edge.
struct HostileCall: Sendable {
    /// What messages begin with.
    var label: String
    /// A word that the message must have.
    var argument: String
    /// The call; a result is as good as a trap with a message.
    var run: @Sendable () -> Tensor

    init(_ label: String, _ argument: String, run: @escaping @Sendable () -> Tensor) {
        self.label = label
        self.argument = argument
        self.run = run
    }
}
