extension TrainingEngine {
    /// The mean gradients over a step's shards: those of this rank one after the other, then the sum of all ranks.
    func backward(shards: Int, seed: UInt64) throws -> (Gradients, StepReport) {
        let trained = parameters.filter(\.isTrainable)
        var sum = TreeSum<Tensor>(of: shards) { left, right in withoutGradients { left + right } }
        var names: [String] = []
        var batches: [String] = []
        for shard in Ranks.block(of: shards, communicator) {
            var random = TorchRandom(seed: Self.seed(seed, step: shard + 1))
            var found: StepLoss?
            let (value, gradients) = try valueAndGradient {
                let loss = try learner.loss(context(shard), &random)
                require(loss.value.count == 1, "TrainingEngine", "the loss has shape \(loss.value.shape), expected a scalar")
                found = loss
                return loss.value * (1 / Float(shards))
            }
            let metrics = found?.metrics ?? [:]
            names = metrics.keys.sorted()
            if let batch = found?.batch, !batch.isEmpty { batches.append(batch) }
            sum.add(
                withoutGradients { Self.flat(gradients, of: trained, loss: value, metrics: metrics, share: 1 / Float(shards)) },
                at: shard)
        }
        let total = try communicator.sum(sum)
        return withoutGradients { parts(of: total, trained, names, batches) }
    }

    /// All that a shard adds to a step, end to end: gradients, whether they are there, whether to stop, loss, metrics.
    private static func flat(
        _ gradients: Gradients, of parameters: [Parameter], loss: Tensor, metrics: [String: Tensor], share: Float
    ) -> Tensor {
        var parts: [Tensor] = []
        var marks: [Float] = []
        for parameter in parameters {
            let gradient = gradients[parameter]
            marks.append(gradient == nil ? 0 : 1)
            let count = parameter.shape.elementCount
            parts.append(
                gradient?.converted(to: .float32).reshaped(to: [count])
                    ?? Tensor([Float](repeating: 0, count: count), shape: [count], beside: loss))
        }
        marks.append(Task.isCancelled ? 1 : 0)
        parts.append(Tensor(marks, shape: [marks.count], beside: loss))
        parts.append(loss.converted(to: .float32).reshaped(to: [1]))
        for name in metrics.keys.sorted() {
            if let value = metrics[name] { parts.append(value.converted(to: .float32).reshaped(to: [1]) * share) }
        }
        return Tensor.concatenated(parts, axis: 0)
    }

    /// Takes a sum of ``flat(_:of:loss:metrics:share:)`` apart.
    private func parts(
        of total: Tensor, _ parameters: [Parameter], _ names: [String], _ batches: [String]
    ) -> (Gradients, StepReport) {
        let length = parameters.reduce(0) { $0 + $1.shape.elementCount }
        let marks = total.sliced(axis: 0, from: length, count: parameters.count + 1).scalars
        isStopAgreed = marks[parameters.count] > 0
        var gradients = Gradients()
        var place = 0
        for (parameter, mark) in zip(parameters, marks) {
            let count = parameter.shape.elementCount
            if mark > 0 {
                gradients[parameter] = total.sliced(axis: 0, from: place, count: count).reshaped(to: parameter.shape)
            }
            place += count
        }
        let first = length + parameters.count + 1
        func scalar(_ place: Int) -> Tensor { total.sliced(axis: 0, from: first + place, count: 1).reshaped(to: []) }
        var metrics: [String: Tensor] = [:]
        for (place, name) in names.enumerated() { metrics[name] = scalar(place + 1) }
        var report = StepReport(step: step + 1)
        report.add(scalar(0), metrics: metrics, share: 1, batch: batches.joined(separator: ", "))
        return (gradients, report)
    }

    /// Whether the ranks can share this training.
    ///
    /// - Throws: ``TrainingEngineError/notShared(ranks:reason:)``.
    func checkRanks() throws(TrainingEngineError) {
        let ranks = communicator.size
        guard ranks > 1 else { return }
        guard let shards = settings.shards else {
            throw .notShared(ranks: ranks, reason: "its settings have no shards, into which every batch is cut; set them")
        }
        guard shards >= ranks else {
            throw .notShared(
                ranks: ranks,
                reason: "its batches are cut into \(shards) shards; start at most \(shards) ranks or set more shards")
        }
        if let buffer = parameters.first(where: \.isBuffer) {
            throw .notShared(
                ranks: ranks, reason: "\(buffer.path) is a running statistic, which each rank would have of its own photos")
        }
    }

    /// Ends the run where it was asked to: one process by its task, ranks as all agreed in the last step.
    func checkStop() throws(CancellationError) {
        if communicator.size == 1 ? Task.isCancelled : isStopAgreed { throw CancellationError() }
    }

    /// Compares the weights of all ranks, which take every step by themselves from the same sums.
    ///
    /// - Throws: ``TrainingEngineError/drifted(step:rank:)`` at every rank, and `CommunicationError`.
    public func checkSameWeights() throws {
        guard communicator.size > 1 else { return }
        var hash = SHA256()
        for parameter in parameters { withoutGradients { parameter.value.withHostBytes { hash.update($0) } } }
        let digests = try communicator.gather(hash.digest())
        if let rank = digests.indices.first(where: { digests[$0] != digests[0] }) {
            throw TrainingEngineError.drifted(step: step, rank: rank)
        }
    }
}
