package import Datasets
internal import Foundation

extension TrainingFolder {
    /// The shards of a training: what was asked for, or for several ranks that begin one without saying how many, a few.
    ///
    /// - Parameters:
    ///   - given: what was asked for; nil for whole batches.
    ///   - key: what people call the setting.
    /// - Throws: `RunError` for shards that do not divide the batch.
    package func shards(
        _ given: Int?, ofBatch batchSize: Int, key: String, _ observe: RunObserver
    ) throws(RunError) -> Int? {
        if let given {
            guard given > 0, batchSize % given == 0 else {
                throw RunError.setting(key, found: "\(given)", expected: "a divisor of the batch size, \(batchSize)")
            }
            return given
        }
        guard ranks.count > 1, !isResumed else { return nil }
        let shards = TrainingConfiguration.standardShards(batchSize: batchSize)
        observe(.note("\(key) is \(shards): as many processes or fewer give the same bits"))
        return shards
    }
}
