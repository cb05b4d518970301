public import Datasets
public import SegModels
internal import TensorCore

/// Trains a small backbone from scratch to name pixels, so that its features can serve as priors.
///
/// Every level carries 1x1 heads, one a task, that are thrown away afterwards. Tasks are groupings of the dataset's labels:
/// for Shapes-5i the shape and the texture of a pixel, so that unseen compositions of seen parts stay apart. Only the
/// images of the given dataset are seen, which must be one of base classes.
public final class DensePretraining {
    /// A grouping of classes.
    public struct Task: Sendable {
        /// A name for logs.
        public var name: String
        /// The group of each class, from 1 upward; background and classes that are missing here are group 0.
        public var groups: [Int: Int]

        /// The group of pixels that are not counted.
        static let ignored = -1

        /// A task that tells groups of classes apart.
        ///
        /// - Precondition: groups are not negative.
        public init(name: String, groups: [Int: Int]) {
            precondition(groups.values.allSatisfy { $0 >= 0 }, "DensePretraining.Task: a negative group in \(groups)")
            self.name = name
            self.groups = groups
        }

        var count: Int { (groups.values.max() ?? 0) + 1 }

        /// The groups of a map's pixels, void ones not counted.
        func targets(_ map: ClassMap) -> [Int64] {
            map.values.map { Int64($0 == ClassMap.void ? Self.ignored : groups[Int($0), default: 0]) }
        }
    }

    /// The settings.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Optimizer steps.
        public var steps = 2500
        /// Images a step.
        public var batchSize = 16
        /// The learning rate after warm-up; AdamW, cosine decay.
        public var learningRate: Float = 2e-3
        /// Decoupled weight decay.
        public var weightDecay: Float = 0.05
        /// The square that images are resized to.
        public var imageSize = 128
        /// Drives initial weights, order and augmentation.
        public var seed: UInt64 = 0

        /// The defaults.
        public init() {}
    }

    /// One step, for progress.
    public struct Progress: Sendable {
        /// Steps done, this one included.
        public var step: Int
        /// Steps in all.
        public var total: Int
        /// The sum of the losses of levels and tasks.
        public var loss: Float
        /// The share of pixels that the deepest level names rightly, a mean over the tasks.
        public var accuracy: Float
    }

    private let backbone: any Backbone
    private let heads: [[Conv2d]]
    private let headScope: ParameterScope
    private let tasks: [Task]
    private let configuration: Configuration
    private let examples: [Example]

    private struct Example {
        var image: RGBImage
        var labels: ClassMap
    }

    /// Loads the images.
    public init(
        backbone: any Backbone, tasks: [Task], dataset: any FewShotDataset, configuration: Configuration = Configuration()
    ) throws {
        self.backbone = backbone
        self.tasks = tasks
        self.configuration = configuration
        let scope = ParameterScope(seed: configuration.seed &+ 1)
        headScope = scope
        heads = backbone.levels.indices.map { level in
            tasks.indices.map { task in
                Conv2d(
                    scope["level\(level)"][task], inputChannels: backbone.levels[level].channels,
                    outputChannels: tasks[task].count, kernelSize: 1)
            }
        }
        let side = configuration.imageSize
        let ids = Set(dataset.items.map(\.id)).sorted()
        examples = try ids.map { id in
            Example(
                image: try dataset.image(id).resized(height: side, width: side, filter: .bilinear),
                labels: try dataset.classMap(of: id).resized(height: side, width: side))
        }
    }

    /// Trains all steps.
    public func run(onStep: (Progress) throws -> Bool) throws {
        let parameters = backbone.parameters + headScope.parameters
        var optimizer = Adam(
            learningRate: configuration.learningRate, decay: .decoupled(configuration.weightDecay), decaysVectors: false)
        let schedule = LearningRateSchedule(
            base: configuration.learningRate, warmUpSteps: min(100, configuration.steps / 10),
            totalSteps: configuration.steps, decay: .cosine(final: 0.01))
        var random = TorchRandom(seed: configuration.seed)
        for step in 0..<configuration.steps {
            let batch = (0..<configuration.batchSize).map { _ in augmented(&random) }
            let images = Tensor.concatenated(batch.map { $0.image.tensor() }, axis: 0)
            var accuracy: Float = 0
            let (loss, gradients) = valueAndGradient {
                let levels = backbone.features(images, train: true)
                return levels.enumerated().reduce(Tensor(0)) { sum, level in
                    let (value, share) = levelLoss(level.element, heads[level.offset], batch.map(\.labels))
                    accuracy = share
                    return sum + value
                }
            }
            guard loss.scalar.isFinite else { throw TrainingError.diverged(step: step, loss: loss.scalar) }
            optimizer.learningRate = schedule.rate(at: step)
            optimizer.step(parameters, gradients: gradients, clippingTo: 5)
            let progress = Progress(step: step + 1, total: configuration.steps, loss: loss.scalar, accuracy: accuracy)
            if try !onStep(progress) { return }
        }
    }

    private func levelLoss(_ features: Tensor, _ heads: [Conv2d], _ labels: [ClassMap]) -> (Tensor, Float) {
        let (height, width) = (features.shape[1], features.shape[2])
        let grids = labels.map { $0.resized(height: height, width: width) }
        var loss = Tensor(0)
        var share: Float = 0
        for (task, head) in zip(tasks, heads) {
            let values = grids.flatMap(task.targets)
            let target = Tensor(values, shape: [labels.count, height, width])
            let logits = head(features)
            loss = loss + logits.crossEntropy(target: target, ignoreIndex: Task.ignored)
            share += (logits.argMax(axis: 3) .== target).converted(to: .float32).mean().scalar
        }
        return (loss, share / Float(max(tasks.count, 1)))
    }

    /// A random example, cropped, mirrored, with colours shifted.
    private func augmented(_ random: inout TorchRandom) -> Example {
        let example = examples[random.integer(below: examples.count)]
        let side = configuration.imageSize
        let crop = side / 2 + random.integer(below: side / 2 + 1)
        let (x, y) = (random.integer(below: side - crop + 1), random.integer(below: side - crop + 1))
        var image = example.image.cropped(y: y, x: x, height: crop, width: crop).resized(
            height: side, width: side, filter: .bilinear)
        var labels = example.labels.cropped(y: y, x: x, height: crop, width: crop).resized(height: side, width: side)
        if random.uniform() < 0.5 { (image, labels) = (image.flippedHorizontally(), labels.flippedHorizontally()) }
        let gains = (0..<3).map { _ in 0.7 + 0.6 * random.uniform() }
        let shift = 40 * (random.uniform() - 0.5)
        for index in image.pixels.indices {
            let value = Float(image.pixels[index]) * gains[index % 3] + shift
            image.pixels[index] = UInt8(min(max(value, 0), 255))
        }
        return Example(image: image, labels: labels)
    }
}

extension DensePretraining.Task {
    /// The tasks of Shapes-5i: which shape, and which texture.
    public static let shapes5i: [DensePretraining.Task] = {
        func task(_ name: String, _ group: (Shapes5i.Composition) -> Int) -> DensePretraining.Task {
            let groups = Shapes5i.compositions.enumerated().map { ($0.offset + 1, group($0.element) + 1) }
            return DensePretraining.Task(name: name, groups: Dictionary(uniqueKeysWithValues: groups))
        }
        return [
            task("shape") { Shapes5i.Shape.allCases.firstIndex(of: $0.shape) ?? 0 },
            task("texture") { Shapes5i.Texture.allCases.firstIndex(of: $0.texture) ?? 0 },
        ]
    }()
}
