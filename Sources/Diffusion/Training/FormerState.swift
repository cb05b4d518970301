internal import Foundation
internal import TensorCore

/// States of decoder trainings as they were before the training engine wrote them: the weights under `decoder.`, model and
/// training configurations under keys of their own.
enum FormerState {
    private static let trainingKey = "training.configuration"

    /// The state in the engine's layout; others pass unchanged.
    static func converted(_ state: StateDict) throws -> StateDict {
        guard let training = state.metadata[trainingKey] else { return state }
        let model = try DiffUp.configuration(of: state)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let configuration = String(decoding: try encoder.encode(model), as: UTF8.self)
        var result = StateDict()
        result.source = state.source
        for name in state.names {
            let isWeight = name.hasPrefix("decoder.")
            result[isWeight ? "parameters." + name.dropFirst("decoder.".count) : name] = state[name]
        }
        result.metadata["training.step"] = state.metadata["training.step"]
        result.metadata["training.settings"] = #"{"learner":{"model":\#(configuration),"training":\#(training)}}"#
        return result
    }
}
