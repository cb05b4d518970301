public import ArgumentParser
public import Datasets
public import SegModels
public import TensorCore

// Values of the libraries that the command line names by their raw text.
extension Precision: ExpressibleByArgument {}
extension PriorKind: ExpressibleByArgument {
    public init?(argument: String) { self.init(text: argument) }
}
extension AnnotationRule: ExpressibleByArgument {}

extension EvaluationProtocol: ExpressibleByArgument {
    /// A named protocol.
    public init?(argument: String) { self.init(named: argument) }

    public var defaultValueDescription: String { id }

    public static var allValueStrings: [String] { named.map(\.id) }
}

extension IoUSpace: ExpressibleByArgument {
    /// "original" or "square-400".
    public init?(argument: String) { self.init(argument) }
}

/// The classes that an evaluation draws its episodes from.
enum EvaluatedClasses: String, Codable, CaseIterable, ExpressibleByArgument {
    /// Of the fold, which its decoder never saw.
    case novel
    /// Of the training list: for choices, which novel classes must not decide.
    case base
}
