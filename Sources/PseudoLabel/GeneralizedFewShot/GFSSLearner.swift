internal import Datasets
internal import SegModels
internal import TensorCore

/// A network as an engine trains it: cross-entropy of the pixels at the size of the square, with the auxiliary head's.
struct GFSSLearner: Learner {
    private struct Settings: Encodable {
        var network: GFSSNetwork.Configuration
        var training: GFSSTraining
    }

    private static let ignored = -1

    let settings: any Encodable
    private let network: GFSSNetwork
    private let training: GFSSTraining
    private let sources: [GFSSExamples]
    private let rows: [Int32: Int64]
    /// Photos of a batch, or of a shard of one.
    private let batchSize: Int

    init(_ network: GFSSNetwork, _ training: GFSSTraining, _ sources: [GFSSExamples], batchSize: Int) {
        self.batchSize = batchSize
        var training = training
        training.augmentation.side = training.augmentation.side ?? network.configuration.side
        (self.network, self.training, self.sources) = (network, training, sources)
        settings = Settings(network: network.configuration, training: training)
        rows = Dictionary(uniqueKeysWithValues: network.classIDs.enumerated().map { (Int32($0.element), Int64($0.offset)) })
        let frozen = network.parameters.filter { !Self.changes($0, training.part) }
        network.unfreeze()
        for parameter in frozen { parameter.isTrainable = false }
    }

    var parameters: [Parameter] { network.parameters }

    private static func changes(_ parameter: Parameter, _ part: GFSSTraining.Part) -> Bool {
        switch part {
        case .all: true
        case .head: !parameter.path.hasPrefix("backbone.")
        case .classifier: parameter.path.hasPrefix("classifier.")
        }
    }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = try (0..<batchSize).map { _ in training.augmentation(try example(&random), &random) }
        let images = Tensor.concatenated(batch.map { $0.image.tensor() }, axis: 0).placed(beside: parameters[0].value)
        let side = training.augmentation.square
        let values = batch.flatMap { target(of: $0) }
        let wanted = Tensor(values, shape: [batch.count, side, side]).placed(beside: images)
        let (learns, part) = (training.learnsStatistics, training.part)
        let levels = network.network.backbone.features(images, train: learns && part == .all)
        let maps = network.network.maps(of: levels, train: learns && part != .classifier)
        let main = enlarged(network.classifier(network.network.dropped(maps.main, &random)), side)
        var loss = main.crossEntropy(target: wanted, ignoreIndex: Self.ignored)
        if let map = maps.auxiliary, let classifier = network.auxiliary {
            let scores = enlarged(classifier(network.network.dropped(map, &random)), side)
            let further = scores.crossEntropy(target: wanted, ignoreIndex: Self.ignored)
            loss = loss + further * network.configuration.head.auxiliaryWeight
        }
        let counted = (wanted .!= Tensor([Int64(Self.ignored)], shape: [1, 1, 1], beside: wanted)).converted(to: .float32)
        let right = (main.argMax(axis: 3) .== wanted).converted(to: .float32)
        let share = right.sum() / counted.sum().clamped(to: 1...Float.infinity)
        return StepLoss(loss, metrics: [GFSSTraining.accuracy: share], batch: batch.map(\.id).joined(separator: ", "))
    }

    /// The classifier's row of every pixel; void pixels, and those of classes that the network does not know, do not count.
    private func target(of sample: PhotoSample) -> [Int64] {
        let pixels = sample.image.width * sample.image.height
        guard let labels = sample.labels else { return [Int64](repeating: Int64(Self.ignored), count: pixels) }
        return labels.values.map { rows[$0] ?? Int64(Self.ignored) }
    }

    private func enlarged(_ scores: Tensor, _ side: Int) -> Tensor { scores.resized(to: Size2D(side), alignCorners: true) }

    /// A source by its weight, then any of its examples.
    private func example(_ random: inout TorchRandom) throws -> PhotoSample {
        var place = random.uniform() * sources.reduce(0) { $0 + $1.weight }
        for source in sources.dropLast() {
            if place < source.weight { return try source.load(random.integer(below: source.count)) }
            place -= source.weight
        }
        let last = sources[sources.count - 1]
        return try last.load(random.integer(below: last.count))
    }
}
