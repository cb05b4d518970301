/// What a training's state may hold, checked before anything is computed with it.
extension StateDict {
    /// A count of steps.
    ///
    /// - Throws: ``CheckpointError/malformed(file:key:reason:)`` where it is missing, no single whole number or out of range.
    func count(_ name: String, atLeast least: Int) throws(CheckpointError) -> Int {
        let expected = "expected one whole number of \(least)...\(TrainingEngine.maximumSteps)"
        func refuse(_ found: String) -> CheckpointError {
            .malformed(file: source, key: name, reason: "found \(found), \(expected)")
        }
        guard let tensor = try tensor(name) else { throw refuse("no such entry") }
        guard tensor.count == 1, tensor.dtype == .int64 || tensor.dtype == .int32 else {
            throw refuse("\(tensor.dtype) \(tensor.shape)")
        }
        let count = tensor.integers[0]
        guard (Int64(least)...Int64(TrainingEngine.maximumSteps)).contains(count) else { throw refuse("\(count)") }
        return Int(count)
    }

    /// Refuses moments and averages that are no real numbers.
    func check(floating names: [String]) throws(CheckpointError) {
        for name in names {
            guard let found = dtype(of: name), !found.isFloatingPoint else { continue }
            throw .malformed(file: source, key: name, reason: "found \(found), expected a floating-point type")
        }
    }
}
