internal import Datasets
internal import SegModels
internal import TensorCore

/// Trains a ``WordModel``: each place of a batch is compared with every caption, and each pair is right or wrong by itself (the pairwise
/// sigmoid loss of Zhai et al. 2023). A place has several right captions, as its texture and its shape alone are said of it, too; a
/// softmax over captions would set them against each other.
struct WordLearner: Learner {
    /// The share of a batch's pairs that are told rightly.
    static let accuracy = "accuracy"

    let model: WordModel
    let places: WordPlaces
    let captions: [Shapes5i.Caption]
    /// Names that are no more than their words, which is said to the text tower alone: no picture shows them.
    let names: [Shapes5i.Caption]
    /// Places that one loss is computed of: a shard's, or the batch.
    let batchSize: Int
    let compositionWeight: Float
    let settings: any Encodable

    var parameters: [Parameter] { model.parameters }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = places.batch(batchSize, from: context.microBatch * batchSize, &random)
        let logits = model.logits(try encoded(captions, &random), model.vectors(batch.features))
        let right = captions.flatMap { caption in batch.things.map { Float(caption.isTrue(of: $0) ? 1 : 0) } }
        let target = Tensor(right, shape: logits.shape, beside: logits)
        var loss = (logits.softplus() - logits * target).sum() * (1 / Float(batchSize))
        if compositionWeight > 0, !names.isEmpty { loss = loss + (try composition(&random)) * compositionWeight }
        let told = 1 - ((logits .> 0).converted(to: .float32) - target).absoluteValue().mean()
        return StepLoss(loss, metrics: [Self.accuracy: told])
    }

    /// How far names are from the direction between their words', one less the cosine: few names are shown, and a tower that learns
    /// them by heart reads no other.
    private func composition(_ random: inout TorchRandom) throws -> Tensor {
        func directions(_ part: (Shapes5i.Caption) -> Shapes5i.Caption) throws -> Tensor {
            try encoded(names.map(part), &random).normalized(axis: 1)
        }
        let whole = try directions { $0 }
        let textures = try directions { Shapes5i.Caption(texture: $0.texture) }
        let shapes = try directions { Shapes5i.Caption(shape: $0.shape) }
        return 1 - (whole * (textures + shapes).normalized(axis: 1)).sum(axes: [1]).mean()
    }

    /// The vectors of captions in sentences of all kinds.
    private func encoded(_ captions: [Shapes5i.Caption], _ random: inout TorchRandom) throws -> Tensor {
        let (openings, endings) = (Shapes5i.captionOpenings, Shapes5i.captionEndings)
        return try model.text.encoded(
            captions.map { caption in
                let opening = openings[random.integer(below: openings.count)]
                return opening + caption.phrase + endings[random.integer(below: endings.count)]
            })
    }
}
