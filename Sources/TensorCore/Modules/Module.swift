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
    ///
    /// - Precondition: all of it is float32.
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
    ///   - state: tensors by name; types are converted to the parameters' where `options` do not keep them.
    ///   - options: what may differ; nothing by default.
    /// - Returns: what was matched and what was left.
    /// - Throws: ``CheckpointError/doesNotFit(file:report:)`` with every missing, unexpected and mismatched name;
    ///   ``CheckpointError/untrainableType(file:key:found:)`` where a trainable parameter would become another type than float32.
    ///   The module is as before after any error.
    @discardableResult
    public func load(_ state: StateDict, options: LoadOptions = []) throws(CheckpointError) -> LoadReport {
        var report = LoadReport()
        var pending: [(parameter: Parameter, name: String)] = []
        var unused = Set(state.names)
        for parameter in parameters {
            let name = relativePath(of: parameter)
            guard let found = state.shape(of: name) else {
                report.missing.append(name)
                continue
            }
            unused.remove(name)
            if found == parameter.shape {
                report.matched.append(name)
                pending.append((parameter, name))
            } else {
                report.mismatched.append(.init(name: name, found: found, expected: parameter.shape))
            }
        }
        report.unexpected = unused.sorted()
        let acceptable =
            report.mismatched.isEmpty && (report.missing.isEmpty || options.contains(.allowsMissing))
            && (report.unexpected.isEmpty || options.contains(.allowsUnexpected))
        guard acceptable else {
            let shapes = Dictionary(uniqueKeysWithValues: parameters.map { (relativePath(of: $0), $0.shape) })
            report.findNearest(in: state, shapes: shapes)
            throw .doesNotFit(file: state.source, report: report)
        }
        var found: [(Parameter, Tensor, DType)] = []
        for (parameter, name) in pending {
            guard let tensor = try state.tensor(name) else { continue }
            found.append((parameter, tensor, try type(of: tensor, in: parameter, name, state, options)))
        }
        for (parameter, tensor, dtype) in found { parameter.value = tensor.converted(to: dtype) }
        return report
    }

    /// The type that a parameter has with `tensor` as its value.
    private func type(
        of tensor: Tensor, in parameter: Parameter, _ name: String, _ state: StateDict, _ options: LoadOptions
    ) throws(CheckpointError) -> DType {
        guard options.contains(.keepsStoredTypes), tensor.dtype.isFloatingPoint, !parameter.isBuffer else {
            return parameter.dtype
        }
        guard !parameter.isTrainable || tensor.dtype == .float32 else {
            throw .untrainableType(file: state.source, key: name, found: tensor.dtype)
        }
        return tensor.dtype
    }

    private func relativePath(of parameter: Parameter) -> String {
        scope.path.isEmpty ? parameter.path : String(parameter.path.dropFirst(scope.path.count + 1))
    }
}

/// What a checkpoint may lack or have beside a model's parameters, and what becomes of its types.
public struct LoadOptions: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Parameters that the checkpoint lacks keep their value.
    public static let allowsMissing = LoadOptions(rawValue: 1)
    /// Tensors that the model does not know are passed over.
    public static let allowsUnexpected = LoadOptions(rawValue: 2)
    /// Weights keep the floating type that the checkpoint stores (bfloat16 and float16 take half the memory of float32) instead
    /// of being converted to the parameters'. Buffers, such as running statistics, are converted in any case.
    public static let keepsStoredTypes = LoadOptions(rawValue: 4)
}
