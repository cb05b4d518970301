internal import TensorCore

/// A mask denoiser as an engine trains it: a batch is drawn without a graph, then the total loss (equation 21).
struct DecoderLearner: Learner {
    /// What decides a decoder's training; the keys of states.
    struct Settings: Encodable {
        var model: DiffUpConfiguration
        var training: TrainingConfiguration
    }

    let denoiser: any MaskDenoiser
    let values: Settings
    /// Draws a batch; all that it draws comes from the source.
    let batches: (inout TorchRandom) throws -> TrainingBatch
    private let objective: DiffUpLoss

    init(
        _ denoiser: any MaskDenoiser, model: DiffUpConfiguration, training: TrainingConfiguration, process: DiffusionProcess,
        batches: @escaping (inout TorchRandom) throws -> TrainingBatch
    ) {
        self.denoiser = denoiser
        self.batches = batches
        values = Settings(model: model, training: training)
        objective = DiffUpLoss(process: process, training: training)
    }

    var parameters: [Parameter] { denoiser.parameters }
    var settings: any Encodable { values }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = try withoutGradients { try batches(&random) }
        return StepLoss(objective(denoiser, batch, &random), batch: batch.names.joined(separator: ", "))
    }
}
