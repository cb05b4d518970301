public import Datasets
public import TensorCore

/// Base classes that are kept aside from training, to select models without a look at novel classes.
public struct HeldOutSplit: Sendable {
    /// What is trained on: items of the other classes, without the images that held-out items show.
    public let training: [DatasetItem]
    /// The held-out classes as a dataset to draw episodes from.
    public let heldOut: FewShotSubset

    /// Chooses `count` classes by the seed.
    ///
    /// - Throws: `ConfigurationError` when no class is left to train on, or for a
    ///   seed that `NumPyRandom` does not take.
    public init(_ dataset: any FewShotDataset, count: Int, seed: UInt64) throws(ConfigurationError) {
        guard count >= 0, count < dataset.classes.count else {
            throw ConfigurationError(
                source: dataset.name, key: "training.heldOutClasses",
                reason: "found \(count), expected less than its \(dataset.classes.count) classes")
        }
        guard NumPyRandom.seeds.contains(seed) else {
            throw ConfigurationError(
                source: dataset.name, key: "training.seed", reason: "found \(seed), expected at most \(UInt32.max)")
        }
        var random = NumPyRandom(seed: seed)
        let chosen = Set(random.permutation(dataset.classes.count).prefix(count))
        let classes = dataset.classes.enumerated().filter { chosen.contains($0.offset) }.map(\.element)
        heldOut = FewShotSubset(dataset, classes: classes, part: "held-out")
        let ids = Set(classes.map(\.id))
        let images = Set(heldOut.items.map(\.id))
        training = dataset.items.filter { !ids.contains($0.classID) && !images.contains($0.id) }
    }
}
