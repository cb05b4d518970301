/// A slowly moving copy of a model's parameters; evaluation uses it instead of the last step's.
public struct ExponentialMovingAverage: Sendable {
    private static let updatesKey = "ema.updates"

    /// The share of the average that a step keeps, in the long run.
    public let decay: Float
    private var averages: [String: Tensor] = [:]
    /// Updates so far; early ones keep less, `(1 + n) / (10 + n)`, so that the random start is forgotten.
    public private(set) var updates = 0

    /// Makes an average; the first update copies.
    public init(decay: Float) { self.decay = decay }

    /// Moves the average towards the current values.
    public mutating func update(_ parameters: [Parameter]) {
        let kept = min(decay, Float(1 + updates) / Float(10 + updates))
        withoutGradients {
            for parameter in parameters {
                let value = parameter.value
                let average = averages[parameter.path]?.placed(beside: value)
                require(
                    average.map { $0.shape == value.shape } ?? true, "ExponentialMovingAverage.update",
                    "the average of \(parameter.path) is \(average?.shape ?? []), expected \(value.shape)")
                averages[parameter.path] = average.map { $0.scaled(by: kept, adding: value, scaledBy: 1 - kept) } ?? value
            }
        }
        updates += 1
    }

    /// Runs `body` with the averaged values in the parameters, then puts the current ones back.
    public func applied<Result>(to parameters: [Parameter], _ body: () throws -> Result) rethrows -> Result {
        let current = place(into: parameters)
        defer { for (parameter, value) in zip(parameters, current) { parameter.value = value } }
        return try body()
    }

    /// Puts the averages into the parameters and returns the values that were there.
    func place(into parameters: [Parameter]) -> [Tensor] {
        let current = withoutGradients { parameters.map(\.value) }
        for parameter in parameters {
            if let average = averages[parameter.path] { parameter.value = average }
        }
        return current
    }

    /// The averages and the update count, for exact resume.
    public func stateDict() -> StateDict {
        var state = StateDict(averages)
        state[Self.updatesKey] = Tensor([Int64(updates)], shape: [1])
        return state
    }

    /// Restores ``stateDict()``.
    public mutating func load(_ state: StateDict) throws(CheckpointError) {
        let names = state.names.filter { $0 != Self.updatesKey }
        try state.check(floating: names)
        updates = try state.count(Self.updatesKey, atLeast: 0)
        averages = [:]
        for name in names { averages[name] = state[name] }
    }

    /// Restores ``stateDict()`` after comparing it with the parameters that it is for.
    ///
    /// - Throws: ``CheckpointError/doesNotFit(file:report:)`` with every name that is missing, unexpected or of another shape.
    public mutating func load(_ state: StateDict, for parameters: [Parameter]) throws(CheckpointError) {
        var restored = self
        try restored.load(state)
        var report = LoadReport()
        for parameter in parameters where restored.updates > 0 {
            guard let average = restored.averages[parameter.path] else {
                report.missing.append(parameter.path)
                continue
            }
            if average.shape == parameter.shape {
                report.matched.append(parameter.path)
            } else {
                report.mismatched.append(.init(name: parameter.path, found: average.shape, expected: parameter.shape))
            }
        }
        report.unexpected = Set(restored.averages.keys).subtracting(parameters.map(\.path)).sorted()
        guard report.missing.isEmpty, report.mismatched.isEmpty, report.unexpected.isEmpty else {
            throw .doesNotFit(file: state.source, report: report)
        }
        self = restored
    }
}
