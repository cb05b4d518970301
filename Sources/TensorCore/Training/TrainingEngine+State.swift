public import Foundation

extension TrainingEngine {
    private static let stepKey = "training.step"
    private static let settingsKey = "training.settings"

    /// Everything that the next step depends on: `parameters.`, `optimizer.` and `average.` by path, the number of steps
    /// done and the settings in the metadata.
    ///
    /// - Precondition: not called while the averages stand in for the parameters.
    public func stateDict() throws -> StateDict {
        require(!isAveraged, "TrainingEngine.stateDict", "the averaged values are in the parameters; save after the evaluation")
        try look()
        var state = StateDict()
        for parameter in parameters { state["parameters." + parameter.path] = withoutGradients { parameter.value } }
        state = state.merging(optimizer.stateDict().addingPrefix("optimizer."))
        if let average { state = state.merging(average.stateDict().addingPrefix("average.")) }
        state.metadata[Self.stepKey] = String(step)
        state.metadata[Self.settingsKey] = try TrainingSettingsText.text(engine: settings, learner: learner.settings)
        return state
    }

    /// Writes ``stateDict()``; the file appears whole or not at all.
    public func save(to url: URL) throws { try Safetensors.save(stateDict(), to: url) }

    /// Continues from ``save(to:)``.
    ///
    /// - Throws: as ``load(_:)``, and `CheckpointError` for a damaged file.
    public func load(contentsOf url: URL) throws { try load(Safetensors.load(contentsOf: url)) }

    /// Continues from ``stateDict()``. On an error nothing is changed.
    ///
    /// - Throws: ``TrainingEngineError/noState(file:reason:)`` where step or settings are missing,
    ///   ``TrainingEngineError/otherSettings(file:field:found:expected:)`` with the first setting that differs, and `CheckpointError` for
    ///   tensors that do not fit.
    public func load(_ state: StateDict) throws {
        guard let text = state.metadata[Self.settingsKey], let found = state.metadata[Self.stepKey] else {
            throw TrainingEngineError.noState(
                file: state.source, reason: "it holds no training state (is it a finished model?)")
        }
        try TrainingSettingsText.compare(
            text, with: TrainingSettingsText.text(engine: settings, learner: learner.settings), file: state.source)
        guard let count = Int(found), (0...settings.steps).contains(count) else {
            throw TrainingEngineError.noState(
                file: state.source, reason: "its \(Self.stepKey) is \(found), expected 0...\(settings.steps)")
        }
        let values = try values(of: state.removingPrefix("parameters."))
        var optimizer = optimizer
        try optimizer.load(state.removingPrefix("optimizer."), for: parameters)
        var average = average
        try average?.load(state.removingPrefix("average."), for: parameters)
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
        (self.optimizer, self.average, step) = (optimizer, average, count)
    }

    /// The values for the parameters, in their order.
    private func values(of state: StateDict) throws(CheckpointError) -> [Tensor] {
        var report = LoadReport()
        var values: [Tensor] = []
        for parameter in parameters {
            guard let tensor = state[parameter.path] else {
                report.missing.append(parameter.path)
                continue
            }
            guard tensor.shape == parameter.shape else {
                report.mismatched.append(.init(name: parameter.path, found: tensor.shape, expected: parameter.shape))
                continue
            }
            report.matched.append(parameter.path)
            let expected = withoutGradients { parameter.value.dtype }
            guard tensor.dtype == expected || (tensor.dtype.isFloatingPoint && expected.isFloatingPoint) else {
                throw .malformed(
                    file: state.source, key: "parameters." + parameter.path,
                    reason: "found \(tensor.dtype), expected \(expected)")
            }
            values.append(tensor.converted(to: expected))
        }
        report.unexpected = Set(state.names).subtracting(parameters.map(\.path)).sorted()
        guard report.missing.isEmpty, report.mismatched.isEmpty, report.unexpected.isEmpty else {
            throw .doesNotFit(file: state.source, report: report)
        }
        return values
    }
}
