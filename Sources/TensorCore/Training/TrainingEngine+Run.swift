extension TrainingEngine {
    /// Trains until the settings' last step.
    ///
    /// Evaluation and checkpoint of a step follow after its update, in this order. Whoever cancels the task gets the
    /// step that is at work finished and a `CancellationError`: the state of ``step`` can be saved then. Of several ranks all end
    /// after the same step where one is cancelled.
    ///
    /// - Parameters:
    ///   - last: stops after this many steps in all; by default at the schedule's end.
    ///   - callbacks: who listens.
    /// - Throws: ``TrainingEngineError/diverged(step:loss:gradientNorm:batch:)``, `CancellationError`, and what the learner,
    ///   hooks and callbacks throw.
    public nonisolated(nonsending) func run(
        until last: Int? = nil, _ callbacks: TrainingCallbacks = TrainingCallbacks()
    ) async throws {
        try checkRanks()
        isStopAgreed = false
        let end = min(last ?? settings.steps, settings.steps)
        var pace = Pace(from: step)
        while step < end {
            try checkStop()
            let next = step + 1
            let evaluates = callbacks.evaluationInterval > 0 && next % callbacks.evaluationInterval == 0
            let saves = callbacks.checkpointInterval > 0 && next % callbacks.checkpointInterval == 0
            let looks = next % max(callbacks.lookInterval, 1) == 0 || evaluates || saves || next == end
            do {
                try await advance(looks: looks)
            } catch {
                try report(pace, callbacks)
                throw error
            }
            try report(pace, callbacks)
            guard evaluates || saves else { continue }
            pace.pause()
            if evaluates { try await withAverages { try await callbacks.onEvaluation(step) } }
            if saves { try callbacks.onCheckpoint(step) }
            pace.resume()
        }
    }

    /// Hands out what was read.
    private func report(_ pace: Pace, _ callbacks: TrainingCallbacks) throws {
        for values in takeRead() {
            try callbacks.onProgress(
                TrainingProgress(
                    work: pace.progress(values.step, of: settings.steps), loss: values.loss,
                    gradientNorm: values.gradientNorm, learningRate: values.learningRate, metrics: values.metrics))
        }
    }
}

/// Measures the speed of steps, without what comes between them.
private struct Pace {
    private let clock = ContinuousClock()
    private let first: Int
    private var start: ContinuousClock.Instant
    private var paused: ContinuousClock.Instant?

    init(from first: Int) {
        self.first = first
        start = clock.now
    }

    mutating func pause() { paused = clock.now }

    /// Moves the start by the length of the pause.
    mutating func resume() {
        guard let since = paused else { return }
        start += clock.now - since
        paused = nil
    }

    func progress(_ step: Int, of total: Int) -> WorkProgress {
        WorkProgress(done: step, total: total, first: first, elapsed: clock.now - start)
    }
}
