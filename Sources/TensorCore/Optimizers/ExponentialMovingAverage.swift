/// A slowly moving copy of a model's parameters; evaluation uses it instead of the last step's.
public struct ExponentialMovingAverage: Sendable {
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
                let average = averages[parameter.path]
                require(
                    average.map { $0.shape == value.shape && $0.backend === value.backend } ?? true,
                    "ExponentialMovingAverage.update",
                    "the average of \(parameter.path) is \(average?.shape ?? []), expected \(value.shape) beside it")
                averages[parameter.path] = average.map { $0.scaled(by: kept, adding: value, scaledBy: 1 - kept) } ?? value
            }
        }
        updates += 1
    }

    /// Runs `body` with the averaged values in the parameters, then puts the current ones back.
    public func applied<Result>(to parameters: [Parameter], _ body: () throws -> Result) rethrows -> Result {
        let current = withoutGradients { parameters.map(\.value) }
        for parameter in parameters {
            if let average = averages[parameter.path] { parameter.value = average }
        }
        defer { for (parameter, value) in zip(parameters, current) { parameter.value = value } }
        return try body()
    }

    /// The averages and the update count, for exact resume.
    public func stateDict() -> StateDict {
        var state = StateDict(averages)
        state["ema.updates"] = Tensor([Int64(updates)], shape: [1])
        return state
    }

    /// Restores ``stateDict()``.
    public mutating func load(_ state: StateDict) throws(CheckpointError) {
        guard let count = state["ema.updates"], count.count == 1, count.integers[0] >= 0 else {
            throw .malformed(file: state.source, key: "ema.updates", reason: "the update count is missing or negative")
        }
        updates = Int(count.integers[0])
        averages = [:]
        for name in state.names where name != "ema.updates" { averages[name] = state[name] }
    }

    /// Restores ``stateDict()`` after comparing it with the parameters that it is for.
    ///
    /// - Throws: ``CheckpointError/doesNotFit(file:report:)`` with every average of another shape or without a parameter.
    public mutating func load(_ state: StateDict, for parameters: [Parameter]) throws(CheckpointError) {
        var report = LoadReport()
        let shapes = Dictionary(parameters.map { ($0.path, $0.shape) }) { first, _ in first }
        for name in state.names where name != "ema.updates" {
            guard let tensor = state[name], let shape = shapes[name] else {
                report.unexpected.append(name)
                continue
            }
            if tensor.shape != shape { report.mismatched.append(.init(name: name, found: tensor.shape, expected: shape)) }
        }
        guard report.unexpected.isEmpty, report.mismatched.isEmpty else {
            throw .doesNotFit(file: state.source, report: report)
        }
        try load(state)
    }
}
