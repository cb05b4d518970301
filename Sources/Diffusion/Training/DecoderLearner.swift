internal import TensorCore

/// The decoder as an engine trains it: a batch is drawn without a graph, then the total loss (equation 21).
struct DecoderLearner: Learner {
    let decoder: UQDD
    let values: TrainingSettings
    /// Draws a batch; all that it draws comes from the source.
    let batches: (inout TorchRandom) throws -> TrainingBatch
    private let objective: DiffUpLoss

    init(
        decoder: UQDD, model: DiffUpConfiguration, training: TrainingConfiguration,
        batches: @escaping (inout TorchRandom) throws -> TrainingBatch
    ) throws {
        self.decoder = decoder
        self.batches = batches
        var values = TrainingSettings()
        (values.model, values.training) = (model, training)
        self.values = values
        objective = DiffUpLoss(process: try model.parts().process, training: training)
    }

    var parameters: [Parameter] { decoder.parameters }
    var settings: any Encodable { values }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = try withoutGradients { try batches(&random) }
        return StepLoss(objective(decoder, batch, &random), batch: batch.names.joined(separator: ", "))
    }
}
