internal import Diffusion
internal import TensorCore

/// One optimizer step of the decoder: forward, total loss (equation 21), backward, AdamW.
final class TrainingStep: Workload {
    private let decoder: UQDD
    private let precision: Precision
    private let conditions: MaskConditions
    private let truth: Tensor
    private let sample: DiffusionProcess.Sample
    private let iouTarget: Tensor
    private var optimizer = Adam(learningRate: 1e-4, betas: (0.9, 0.99), decay: .decoupled(0.01))

    init(_ inputs: Inputs, _ precision: Precision) throws {
        self.precision = precision
        let configuration = DiffUpConfiguration()
        decoder = try configuration.makeDecoder(ParameterScope())
        try decoder.load(inputs.weights("decoder"))
        truth = try inputs.tensor("truth")
        conditions = MaskConditions(
            levels: try configuration.decoder.channels.indices.map { try inputs.tensor("c\($0)") },
            image: try inputs.tensor("image"), expectation: truth)
        let process = configuration.process.process
        sample = process.noised(
            truth * 2 - 1, noise: try inputs.tensor("noise"), timesteps: try inputs.tensor("timesteps").integers.map { Int($0) })
        let (predicted, actual) = (sample.noisy .> 0, truth .> 0.5)
        func area(_ mask: Tensor) -> Tensor { mask.converted(to: .float32).sum(axes: [1, 2, 3]) }
        iouTarget = area(predicted.and(actual)) / area(predicted.or(actual)).clamped(to: 1...Float.infinity)
    }

    func outputs() -> StateDict {
        let (first, gradients) = step()
        var state = results(["losses": Tensor([first, step().loss, step().loss], shape: [3])])
        for parameter in decoder.parameters {
            state["gradient." + parameter.path] = gradients[parameter]?.converted(to: .float32)
        }
        return state
    }

    func run() { _ = step() }

    private func step() -> (loss: Float, gradients: Gradients) {
        let (loss, gradients) = valueAndGradient { total() }
        optimizer.step(decoder.parameters, gradients: gradients)
        return (loss.scalar, gradients)
    }

    private func total() -> Tensor {
        let prepared = decoder.prepared(for: conditions, precision: precision)
        let output = prepared(sample.noisy, timesteps: sample.timesteps)
        var loss = (output.prediction - sample.target).squared().mean()
        if let errorMap = output.errorMap, let iou = output.iou {
            let current = (sample.noisy + 1).clamped(to: 0...2) * 0.5
            loss = loss + (errorMap - (truth - current)).squared().mean() * 0.1
            loss = loss + (iou - iouTarget).absoluteValue().mean() * 0.1
        }
        return loss
    }
}
