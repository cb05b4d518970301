internal import TensorCore

/// One call of the walk: an operation with one of its operands changed.
struct WalkedCase: Sendable {
    enum Kind: Sendable {
        case operands(WalkedOperation, [WalkedOperand], Values, elsewhere: Int?)
        case hostile(HostileCall)
    }

    var kind: Kind
    var change: String

    /// What messages begin with, and what those about indices may begin with.
    var label: String {
        switch kind {
        case .operands(let operation, _, _, _): operation.label
        case .hostile(let call): call.label
        }
    }

    var indexLabel: String? {
        if case .operands(let operation, _, _, _) = kind { operation.indexLabel } else { nil }
    }

    /// Words of which a message has one.
    var words: [String] {
        switch kind {
        case .operands(let operation, _, _, _): operation.operands.map(\.name)
        case .hostile(let call): [call.argument]
        }
    }

    var description: String {
        switch kind {
        case .operands(let operation, let operands, _, _):
            let list = operands.map { "\($0.name) \($0.dtype) \($0.shape)" }.joined(separator: ", ")
            return "\(operation.function)(\(list)), \(change)"
        case .hostile(let call): return "\(call.label) with a hostile \(call.argument), \(change)"
        }
    }

    /// All cases, in a fixed order.
    static let all: [WalkedCase] =
        operationTable.flatMap { cases(of: $0) }
        + hostileTable.enumerated().map { WalkedCase(kind: .hostile($1), change: "call \($0)") }

    private static func cases(of operation: WalkedOperation) -> [WalkedCase] {
        let fitting = operation.operands
        var list = [WalkedCase(kind: .operands(operation, fitting, .ordinary, elsewhere: nil), change: "as it is")]
        for dtype in DType.allCases {
            let same = fitting.map { WalkedOperand(name: $0.name, shape: $0.shape, dtype: dtype) }
            list.append(WalkedCase(kind: .operands(operation, same, .ordinary, elsewhere: nil), change: "all \(dtype)"))
        }
        for position in fitting.indices {
            list += variants(operation, position)
            if fitting.count > 1 {
                list.append(
                    WalkedCase(
                        kind: .operands(operation, fitting, .ordinary, elsewhere: position),
                        change: "\(fitting[position].name) elsewhere"))
            }
        }
        return list
    }

    private static func variants(_ operation: WalkedOperation, _ position: Int) -> [WalkedCase] {
        let own = operation.operands[position]
        var list: [WalkedCase] = []
        for dtype in DType.allCases {
            let lengths = dtype == own.dtype ? Length.allCases : Length.common
            for length in lengths {
                guard let shape = length.applied(to: own.shape) else { continue }
                var operands = operation.operands
                operands[position] = WalkedOperand(name: own.name, shape: shape, dtype: dtype)
                list.append(
                    WalkedCase(
                        kind: .operands(operation, operands, .ordinary, elsewhere: nil),
                        change: "\(own.name) \(dtype) \(length)"))
            }
            var operands = operation.operands
            operands[position].dtype = dtype
            list.append(
                WalkedCase(kind: .operands(operation, operands, .extreme, elsewhere: nil), change: "\(own.name) extreme \(dtype)")
            )
        }
        return list
    }
}
