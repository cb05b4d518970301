internal import Datasets
public import TensorCore

extension TrainingConfiguration {
    /// 2: supports are drawn for every example, so that their number is no setting.
    public static var version: Int { 2 }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {
        if version < 2 { tree["supportsPerQuery"] = nil }
    }

    public static var ranges: ConfigurationRanges {
        let steps = 0...TrainingEngine.maximumSteps
        let own: ConfigurationRanges = [
            "steps": .whole(1...TrainingEngine.maximumSteps), "batchSize": .whole(1...4096),
            "learningRate": .real(above: 0, upTo: 1000), "warmUpSteps": .whole(steps), "weightDecay": .real(0...1000),
            "beta2": .real(0..<1), "emaDecay": .real(0..<1), "gradientClip": .real(above: 0, upTo: 1e30),
            "errorWeight": .real(0...1e6), "iouWeight": .real(0...1e6), "multiShotProbability": .real(0...1),
            "multiShotCount": .whole(1...1000), "heldOutClasses": .whole(0...100_000), "evaluationInterval": .whole(steps),
            "checkpointInterval": .whole(1...TrainingEngine.maximumSteps), "shards": .whole(1...4096), "seed": .seed,
            "regionShare": .real(0...1), "regions": .whole(1...RegionTasks.maximumRegions), "nearShare": .real(0...1),
        ]
        return own.with(AugmentationConfiguration.ranges, under: "augmentation")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            !annotations.isEmpty && !annotations.contains(.none), source, "annotations", found: annotations,
            expected: "at least one, none excluded")
        try ConfigurationError.check(
            shards == nil || batchSize % (shards ?? 1) == 0, source, "shards", found: shards ?? 0,
            expected: "a divisor of batchSize, which is \(batchSize)")
        do { _ = try augmentation.transformations() } catch {
            throw ConfigurationError(source: source, key: "augmentation.metrics", reason: error.description)
        }
    }
}
