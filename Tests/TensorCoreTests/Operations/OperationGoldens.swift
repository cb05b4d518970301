import Foundation
import TensorCore
import TestSupport

/// One case of `Scripts/goldens/operations.py`: an operation with its operands, results and gradients by PyTorch.
struct GoldenCase: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let family: String
    let operation: String
    let dtype: String
    let attributes: [String: AttributeValue]
    /// The number of operands.
    let inputs: Int
    /// The number of results.
    let outputs: Int
    /// The operands whose gradients are known.
    let gradients: [Int]
    /// The results that a gradient flows into.
    let seeds: [Int]

    var description: String { name }

    /// How near the results must come.
    var tolerance: Tolerance { dtype == "bfloat16" ? .bfloat16 : .float32 }
}

/// A constant of a case.
enum AttributeValue: Decodable, Sendable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Double])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([Double].self))
        }
    }
}

/// The golden suite of operations: the list of cases, and their tensors.
enum OperationGoldens {
    /// Every case, in the order of the script.
    static func load() throws -> [GoldenCase] {
        try JSONDecoder().decode([GoldenCase].self, from: Data(contentsOf: url("operations.json")))
    }

    /// The cases of one family; empty where the list cannot be read, which `OperationGoldensTests` reports.
    static func cases(of family: String) -> [GoldenCase] { all.filter { $0.family == family } }

    /// The tensors of the cases.
    static let tensors = Result { try Goldens(contentsOf: url("operations.safetensors")) }

    private static let all = (try? load()) ?? []

    private static func url(_ name: String) throws -> URL {
        guard let folder = Bundle.module.url(forResource: "Goldens", withExtension: nil) else {
            throw GoldensError.missing("folder")
        }
        return folder.appendingPathComponent(name)
    }
}

/// The operands and constants that an operation is called with.
struct OperationCall {
    let golden: GoldenCase
    let inputs: [Tensor]

    /// An operand.
    subscript(position: Int) -> Tensor { inputs[position] }

    /// An operand that a case may leave out.
    func optional(_ position: Int) -> Tensor? { position < inputs.count ? inputs[position] : nil }

    func float(_ name: String) throws -> Float {
        guard case .number(let value)? = golden.attributes[name] else { throw missing(name) }
        return Float(value)
    }

    func integer(_ name: String) throws -> Int {
        guard case .number(let value)? = golden.attributes[name], let exact = Int(exactly: value) else {
            throw missing(name)
        }
        return exact
    }

    func integers(_ name: String) throws -> [Int] {
        guard case .list(let values)? = golden.attributes[name] else { throw missing(name) }
        return values.map { Int($0) }
    }

    func flag(_ name: String) throws -> Bool {
        guard case .flag(let value)? = golden.attributes[name] else { throw missing(name) }
        return value
    }

    func text(_ name: String) throws -> String {
        guard case .text(let value)? = golden.attributes[name] else { throw missing(name) }
        return value
    }

    func has(_ name: String) -> Bool { golden.attributes[name] != nil }

    func transposedOperands() throws -> TransposedOperands {
        var operands: TransposedOperands = []
        if try flag("left") { operands.insert(.left) }
        if try flag("right") { operands.insert(.right) }
        return operands
    }

    func size(_ name: String) throws -> Size2D {
        let values = try integers(name)
        guard values.count == 2 else { throw missing(name) }
        return Size2D(height: values[0], width: values[1])
    }

    func insets(_ name: String) throws -> EdgeInsets2D {
        let values = try integers(name)
        guard values.count == 4 else { throw missing(name) }
        return EdgeInsets2D(top: values[0], bottom: values[1], left: values[2], right: values[3])
    }

    private func missing(_ name: String) -> GoldensError { .noAttribute(name, inCase: golden.name) }
}
