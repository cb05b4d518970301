/// A part of a model: a final class with `let` properties that registered its parameters in a ``ParameterScope``.
public protocol Module: AnyObject, Sendable {
    /// Where the module registered.
    var scope: ParameterScope { get }
}

extension Module {
    /// Every parameter and buffer below the module, in registration order.
    public var parameters: [Parameter] { scope.parameters }

    /// The number of trainable scalars.
    public var trainableCount: Int { parameters.filter(\.isTrainable).reduce(0) { $0 + $1.shape.elementCount } }

    /// Stops training of everything below the module.
    public func freeze() { for parameter in parameters { parameter.isTrainable = false } }

    /// Trains everything below the module that is not a buffer.
    public func unfreeze() { for parameter in parameters { parameter.isTrainable = true } }

    /// Names and tensors as checkpoints hold them, relative to the module.
    public func stateDict() -> StateDict {
        var state = StateDict()
        for parameter in parameters { state[relativePath(of: parameter)] = withoutGradients { parameter.value } }
        return state
    }

    /// Replaces the parameters by tensors of a state dict.
    ///
    /// - Parameters:
    ///   - state: tensors by name; types are converted to the parameters'.
    ///   - options: what may differ; nothing by default.
    /// - Returns: what was matched and what was left.
    /// - Throws: ``CheckpointError/doesNotFit(file:report:)`` with every missing, unexpected and mismatched name.
    @discardableResult
    public func load(_ state: StateDict, options: LoadOptions = []) throws(CheckpointError) -> LoadReport {
        var report = LoadReport()
        var pending: [(Parameter, Tensor)] = []
        var unused = Set(state.names)
        for parameter in parameters {
            let name = relativePath(of: parameter)
            guard let tensor = state[name] else {
                report.missing.append(name)
                continue
            }
            unused.remove(name)
            if tensor.shape == parameter.shape {
                report.matched.append(name)
                pending.append((parameter, tensor))
            } else {
                report.mismatched.append(.init(name: name, found: tensor.shape, expected: parameter.shape))
            }
        }
        report.unexpected = unused.sorted()
        let acceptable =
            report.mismatched.isEmpty && (report.missing.isEmpty || options.contains(.allowsMissing))
            && (report.unexpected.isEmpty || options.contains(.allowsUnexpected))
        guard acceptable else { throw .doesNotFit(file: state.source, report: report) }
        for (parameter, tensor) in pending {
            parameter.value = tensor.converted(to: withoutGradients { parameter.value.dtype })
        }
        return report
    }

    private func relativePath(of parameter: Parameter) -> String {
        scope.path.isEmpty ? parameter.path : String(parameter.path.dropFirst(scope.path.count + 1))
    }
}

/// What a checkpoint may lack or have beside a model's parameters.
public struct LoadOptions: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Parameters that the checkpoint lacks keep their value.
    public static let allowsMissing = LoadOptions(rawValue: 1)
    /// Tensors that the model does not know are passed over.
    public static let allowsUnexpected = LoadOptions(rawValue: 2)
}
