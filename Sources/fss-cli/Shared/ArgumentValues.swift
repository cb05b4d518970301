public import ArgumentParser
public import Datasets
public import Diffusion
public import PseudoLabel

// Values of the libraries that the command line names by their raw text.
extension ComputeSettings.Precision: ExpressibleByArgument {}
extension SupportRule: ExpressibleByArgument {}
extension EvaluatedClasses: ExpressibleByArgument {}
extension PhotoPlacement: ExpressibleByArgument {}
extension COCOFolds: ExpressibleByArgument {}
extension ControlKind: ExpressibleByArgument {}
extension COCOMaskRule.Crowds: ExpressibleByArgument {}
extension COCOMaskRule.Parts: ExpressibleByArgument {}
extension PascalListRule.NovelImages: ExpressibleByArgument {}
extension MiniatureStage: ExpressibleByArgument {}
extension PredictedLabels.ClassOrder: ExpressibleByArgument {}

extension AnnotationRule: ExpressibleByArgument {
    /// A registered rule, some with a number behind their name.
    public init?(argument: String) { self.init(rawValue: argument) }

    public var defaultValueDescription: String { rawValue }

    public static var allValueStrings: [String] { names }
}

extension EvaluationProtocol: ExpressibleByArgument {
    /// A named protocol.
    public init?(argument: String) { self.init(named: argument) }

    public var defaultValueDescription: String { id }

    public static var allValueStrings: [String] { named.map(\.id) }
}

extension PhotoTiling: ExpressibleByArgument {
    /// `auto` or a number of tiles.
    public init?(argument: String) { self.init(argument) }
}

extension OverlapRule: ExpressibleByArgument {}

extension IoUSpace: ExpressibleByArgument {
    /// "original", "square-400" or "canvas-417".
    public init?(argument: String) { self.init(argument) }
}

extension ScoredPart: ExpressibleByArgument {
    /// "2/4".
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { description }
}

extension MaskValue: ExpressibleByArgument {
    /// An index or id, or a colour.
    public init?(argument: String) { self.init(argument) }
}

extension ParsableArguments {
    /// Checks values by the library's rules: what it refuses is wrong usage.
    func validating(_ check: () throws -> Void) throws {
        do {
            try check()
        } catch let error as RunError {
            throw ValidationError(error.description)
        }
    }
}

extension HTTPGenerator.Form: ExpressibleByArgument {}
extension PseudoLabelStage: ExpressibleByArgument {}
