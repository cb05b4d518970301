internal import Foundation
internal import TensorCore
internal import TestSupport

/// A case as it is run in a process of its own, and what that process says to standard error.
enum Execution {
    static let firstDone = "walk: the first backend is done"
    static let right = "walk: right"
    static let wrong = "walk: wrong: "

    static func run(_ walked: WalkedCase) {
        switch walked.kind {
        case .hostile(let call):
            _ = call.run().scalars
            say(right)
        case .operands(let operation, let operands, let values, let elsewhere):
            say(outcome(operation, operands, values, elsewhere).map { wrong + $0 } ?? right)
        }
    }

    private static func outcome(
        _ operation: WalkedOperation, _ operands: [WalkedOperand], _ values: Values, _ elsewhere: Int?
    ) -> String? {
        guard let first = Devices.all.first, let last = Devices.all.last else { return "no device" }
        let tensors = made(operands, values, on: first, elsewhere: elsewhere, other: last)
        let results = operation.run(tensors)
        // Reading waits for the work, so that what goes wrong has gone wrong by then.
        for result in results { _ = result.scalars }
        if first != last { say(firstDone) }
        if elsewhere != nil && first != last { return "operands of two devices gave a result" }
        let expected = operation.run(made(operands, values, on: last))
        let problem = compared(results, expected, operands, values)
        if problem != nil { return problem }
        let found = gradients(operation, made(operands, values, on: first), first)
        let wanted = gradients(operation, made(operands, values, on: last), last)
        return compared(found, wanted, operands, values).map { "gradient: " + $0 }
    }

    private static func made(
        _ operands: [WalkedOperand], _ values: Values, on device: Device, elsewhere: Int? = nil, other: Device? = nil
    ) -> [Tensor] {
        operands.enumerated().map { position, operand in
            let place = position == elsewhere ? other ?? device : device
            return Devices.using(place) { values.tensor(operand.shape, operand.dtype) }
        }
    }

    private static func gradients(
        _ operation: WalkedOperation, _ tensors: [Tensor], _ device: Device
    ) -> [Tensor] {
        let leaves = tensors.map { $0.dtype.isFloatingPoint ? $0.requiringGradient() : $0 }
        return Devices.using(device) {
            let (_, gradients) = valueAndGradient {
                let floating = operation.run(leaves).filter(\.dtype.isFloatingPoint)
                // Every element counts differently: the sum of what was normalised is the same for all operands.
                let sums = floating.map { ($0.converted(to: .float32) * weights($0.shape)).sum() }
                return sums.reduce(Tensor(0)) { $0 + $1 }
            }
            return leaves.filter(\.requiresGradient).compactMap { gradients[$0] }
        }
    }

    private static func weights(_ shape: Shape) -> Tensor { Values.ordinary.tensor(shape, .float32) }

    private static func compared(
        _ found: [Tensor], _ wanted: [Tensor], _ operands: [WalkedOperand], _ values: Values
    ) -> String? {
        if found.count != wanted.count { return "\(found.count) results, expected \(wanted.count)" }
        for (a, b) in zip(found, wanted) {
            let ofReals = a.dtype.isFloatingPoint || operands.contains(where: \.dtype.isFloatingPoint)
            if case .extreme = values, ofReals { continue }
            let isExact = operands.allSatisfy { $0.dtype != .bfloat16 } && a.dtype != .bfloat16
            if let problem = mismatch(a, b, isExact ? .elements(relative: 1e-3, absolute: 1e-4) : .bfloat16) {
                return problem
            }
        }
        return nil
    }

    private static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
