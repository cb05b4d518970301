extension TrainingEngine {
    /// The mean gradients over a step's shards: those of this rank one after the other, then the sum of all ranks, which begins while the
    /// backward pass of this rank's last shard goes on.
    ///
    /// Running statistics move in every shard from where the step began, and all of them move by the mean of these moves.
    func backward(shards: Int, seed: UInt64) throws -> (Gradients, StepReport) {
        let trained = parameters.filter(\.isTrainable)
        let buffers = ShardBuffers(parameters)
        let order = gradientOrder ?? Array(trained.indices.reversed())
        let buckets = GradientBuckets(trained, order: order, length: bucketLength, shards: shards, communicator)
        var rest = TreeSum<Tensor>(of: shards) { left, right in withoutGradients { left + right } }
        var names: [String] = []
        var batches: [String] = []
        let own = Ranks.block(of: shards, communicator)
        let share = 1 / Float(shards)
        for shard in own {
            var random = TorchRandom(seed: Self.seed(seed, step: shard + 1))
            var found: StepLoss?
            buffers.reset()
            let (value, marks) = try buckets.gradients(of: shard, isLast: shard == own.upperBound - 1) {
                let loss = try learner.loss(context(shard), &random)
                require(loss.value.count == 1, "TrainingEngine", "the loss has shape \(loss.value.shape), expected a scalar")
                found = loss
                return loss.value * share
            }
            let metrics = found?.metrics ?? [:]
            names = metrics.keys.sorted()
            if let batch = found?.batch, !batch.isEmpty { batches.append(batch) }
            let moves = buffers.moves(share: share)
            rest.add(withoutGradients { Self.flat(marks, loss: value, metrics: metrics, share: share, moves) }, at: shard)
        }
        let tail = try communicator.sum(rest)
        let sums = try withoutGradients { try buckets.finish() }
        if gradientOrder == nil, communicator.size > 1 { gradientOrder = try communicator.shared(buckets.order) }
        return withoutGradients { parts(of: tail, trained, sums, names, batches, buffers) }
    }

    /// All that a shard adds to a step beside its gradients, end to end: whether they are there, whether to stop, loss, metrics, moves.
    private static func flat(
        _ marks: [Float], loss: Tensor, metrics: [String: Tensor], share: Float, _ moves: [Tensor]
    ) -> Tensor {
        let marks = marks + [Task.isCancelled ? 1 : 0]
        var parts = [Tensor(marks, shape: [marks.count], beside: loss), loss.converted(to: .float32).reshaped(to: [1])]
        for name in metrics.keys.sorted() {
            if let value = metrics[name] { parts.append(value.converted(to: .float32).reshaped(to: [1]) * share) }
        }
        return Tensor.concatenated(parts + moves, axis: 0)
    }

    /// Takes the sums apart.
    private func parts(
        of tail: Tensor, _ parameters: [Parameter], _ sums: [Tensor], _ names: [String], _ batches: [String],
        _ buffers: ShardBuffers
    ) -> (Gradients, StepReport) {
        let marks = tail.sliced(axis: 0, from: 0, count: parameters.count + 1).scalars
        isStopAgreed = marks[parameters.count] > 0
        var gradients = Gradients()
        for (place, parameter) in parameters.enumerated() where marks[place] > 0 { gradients[parameter] = sums[place] }
        let first = parameters.count + 1
        func scalar(_ place: Int) -> Tensor { tail.sliced(axis: 0, from: first + place, count: 1).reshaped(to: []) }
        var metrics: [String: Tensor] = [:]
        for (place, name) in names.enumerated() { metrics[name] = scalar(place + 1) }
        buffers.move(by: tail, from: first + names.count + 1)
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
