internal import Datasets
public import TensorCore

extension TrainingConfiguration {
    /// 2: supports are drawn for every example, so that their number is no setting.
    public static var version: Int { 2 }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {
        if version < 2 { tree["supportsPerQuery"] = nil }
    }

    public func validate(source: String) throws(ConfigurationError) {
        func check(_ condition: Bool, _ key: String, _ found: Any, _ expected: String) throws(ConfigurationError) {
            if !condition {
                throw ConfigurationError(source: source, key: "training.\(key)", reason: "found \(found), expected \(expected)")
            }
        }
        func share(_ value: Float, _ key: String) throws(ConfigurationError) {
            try check((0...1).contains(value), key, value, "0...1")
        }
        try check((1...100_000_000).contains(steps), "steps", steps, "at least 1")
        try check((1...4096).contains(batchSize), "batchSize", batchSize, "1...4096")
        try check(learningRate.isFinite && learningRate > 0, "learningRate", learningRate, "a positive number")
        try check(warmUpSteps >= 0, "warmUpSteps", warmUpSteps, "0 or more")
        try check(weightDecay.isFinite && weightDecay >= 0, "weightDecay", weightDecay, "0 or more")
        try check(gradientClip > 0, "gradientClip", gradientClip, "a positive number")
        try check(errorWeight >= 0 && iouWeight >= 0, "errorWeight and iouWeight", [errorWeight, iouWeight], "0 or more")
        try check((0..<1).contains(beta2), "beta2", beta2, "0..<1")
        try check((0..<1).contains(emaDecay), "emaDecay", emaDecay, "0..<1")
        try check(!annotations.isEmpty && !annotations.contains(.none), "annotations", annotations, "at least one, none excluded")
        try share(multiShotProbability, "multiShotProbability")
        try check((1...1000).contains(multiShotCount), "multiShotCount", multiShotCount, "1...1000")
        let crop = augmentation.smallestCrop
        try check(crop > 0 && crop <= 1, "augmentation.smallestCrop", crop, "above 0, at most 1")
        try check(augmentation.priorJitter >= 0, "augmentation.priorJitter", augmentation.priorJitter, "0 or more")
        try check(heldOutClasses >= 0, "heldOutClasses", heldOutClasses, "0 or more")
        try check(evaluationInterval >= 0, "evaluationInterval", evaluationInterval, "0 or more")
        try check(checkpointInterval > 0, "checkpointInterval", checkpointInterval, "at least 1")
    }
}
