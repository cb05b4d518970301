internal import TensorCore

/// One encoder or decoder layer of the U-Net: residual block, SCM, and the quality branch's SCM.
final class DecoderLayer: Module {
    let scope: ParameterScope
    private let block: ResidualBlock
    let modulation: SelfConditionedModulation
    private let quality: SelfConditionedModulation?

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, conditionChannels: Int, _ configuration: UQDDConfiguration) {
        self.scope = scope
        block = ResidualBlock(scope["res"], inputs: inputs, outputs: outputs, configuration)
        modulation = SelfConditionedModulation(
            scope["scm"], channels: outputs, conditionChannels: conditionChannels, configuration)
        quality =
            configuration.hasQualityModulation
            ? SelfConditionedModulation(scope["dqm"], channels: outputs, conditionChannels: 0, configuration) : nil
    }

    func callAsFunction(_ f: Tensor, level: Int, conditions: Tensor, _ signals: StepSignals) -> Tensor {
        let modulated = modulation(
            block(f), x: signals.masks[level], embedding: signals.timeEmbedding, conditions: conditions)
        guard let quality, let errors = signals.errors, let embedding = signals.iouEmbedding else { return modulated }
        return quality(modulated, x: errors[level], embedding: embedding, conditions: nil)
    }
}

/// What one denoising step feeds to every layer.
struct StepSignals {
    /// The noisy mask at the three sizes.
    var masks: [Tensor]
    var timeEmbedding: Tensor
    /// The predicted error map at the three sizes.
    var errors: [Tensor]?
    var iouEmbedding: Tensor?
}
