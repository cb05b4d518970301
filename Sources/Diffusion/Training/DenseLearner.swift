internal import Datasets
internal import SegModels
internal import TensorCore

/// A backbone with heads as an engine trains it: the sum of the cross-entropies of all levels and tasks.
struct DenseLearner: Learner {
    let parameters: [Parameter]
    let settings: any Encodable

    private let backbone: any Backbone
    private let heads: [[Conv2d]]
    private let tasks: [DensePretraining.Task]
    private let examples: DenseExamples
    private let batchSize: Int

    init(
        backbone: any Backbone, tasks: [DensePretraining.Task], examples: DenseExamples,
        configuration: DensePretraining.Configuration, shards: Int?
    ) {
        self.backbone = backbone
        self.tasks = tasks
        self.examples = examples
        batchSize = configuration.batchSize / (shards ?? 1)
        settings = configuration
        let scope = ParameterScope(seed: configuration.seed &+ 1)
        heads = backbone.levels.indices.map { level in
            tasks.indices.map { task in
                Conv2d(
                    scope["level\(level)"][task], inputChannels: backbone.levels[level].channels,
                    outputChannels: tasks[task].count, kernelSize: 1)
            }
        }
        parameters = backbone.parameters + scope.parameters
    }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = (0..<batchSize).map { _ in examples.augmented(&random) }
        let images = Tensor.concatenated(batch.map { $0.image.tensor() }, axis: 0).placed(beside: parameters[0].value)
        let labels = batch.map(\.labels)
        let levels = backbone.features(images, train: true)
        var loss = Tensor(0).placed(beside: images)
        var share = loss
        for (features, heads) in zip(levels, heads) {
            let found = levelLoss(features, heads, labels)
            loss = loss + found.loss
            share = found.share
        }
        return StepLoss(
            loss, metrics: [DensePretraining.accuracy: share], batch: batch.map(\.id).joined(separator: ", "))
    }

    /// The losses of a level's tasks, and the mean share of pixels that they name rightly.
    private func levelLoss(_ features: Tensor, _ heads: [Conv2d], _ labels: [ClassMap]) -> (loss: Tensor, share: Tensor) {
        let (height, width) = (features.shape[1], features.shape[2])
        let grids = labels.map { $0.resized(height: height, width: width) }
        var loss = Tensor(0).placed(beside: features)
        var share = loss
        for (task, head) in zip(tasks, heads) {
            let values = grids.flatMap(task.targets)
            let target = Tensor(values, shape: [labels.count, height, width]).placed(beside: features)
            let logits = head(features)
            loss = loss + logits.crossEntropy(target: target, ignoreIndex: DensePretraining.Task.ignored)
            share = share + (logits.argMax(axis: 3) .== target).converted(to: .float32).mean()
        }
        return (loss, share / Float(max(tasks.count, 1)))
    }
}
