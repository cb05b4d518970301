/// What one step leaves behind, on its device until somebody reads it.
struct StepReport {
    let step: Int
    private(set) var learningRate: Float = 0
    private(set) var batch = ""
    /// The metrics' names in the order of their values.
    private(set) var names: [String] = []
    private var loss: Tensor?
    private var metrics: [String: Tensor] = [:]
    /// Loss, norm, metrics.
    private(set) var values: Tensor?

    init(step: Int) { self.step = step }

    /// Adds a micro-batch's share; `loss` is already scaled.
    mutating func add(_ loss: Tensor, metrics: [String: Tensor], share: Float, batch: String) {
        withoutGradients {
            self.loss = self.loss.map { $0 + loss } ?? loss
            for (name, value) in metrics {
                let part = share == 1 ? value : value.converted(to: .float32) * share
                self.metrics[name] = self.metrics[name].map { $0 + part } ?? part
            }
        }
        self.batch += (self.batch.isEmpty || batch.isEmpty ? "" : ", ") + batch
    }

    /// Joins everything in one small tensor, so that one read brings it.
    mutating func finish(norm: Tensor, learningRate: Float) {
        self.learningRate = learningRate
        names = metrics.keys.sorted()
        let scalars = [loss, norm].compactMap(\.self) + names.compactMap { metrics[$0] }
        values = withoutGradients {
            Tensor.concatenated(scalars.map { $0.detached().converted(to: .float32).reshaped(to: [1]) }, axis: 0)
        }
    }
}

/// A step whose values were read.
struct ReadStep {
    var step: Int
    var learningRate: Float
    var loss: Float
    var gradientNorm: Float
    var metrics: [String: Float]
}

/// Steps whose values nobody has read yet.
struct UnreadSteps {
    private var reports: [StepReport] = []
    private var finished: [ReadStep] = []

    mutating func append(_ report: StepReport) { reports.append(report) }

    /// Brings all values with one read.
    ///
    /// - Throws: ``TrainingEngineError/diverged(step:loss:gradientNorm:batch:)`` at the first step whose loss or norm is not finite.
    mutating func read() throws(TrainingEngineError) {
        guard !reports.isEmpty else { return }
        let pending = reports
        reports = []
        let tensors = pending.compactMap(\.values)
        let joined = withoutGradients { tensors.count == 1 ? tensors[0] : Tensor.concatenated(tensors, axis: 0) }
        let scalars = joined.scalars
        var position = 0
        for report in pending {
            let (loss, norm) = (scalars[position], scalars[position + 1])
            guard loss.isFinite, norm.isFinite else {
                throw TrainingEngineError.diverged(step: report.step, loss: loss, gradientNorm: norm, batch: report.batch)
            }
            let figures = scalars[(position + 2)..<(position + 2 + report.names.count)]
            let metrics = Dictionary(zip(report.names, figures)) { first, _ in first }
            finished.append(
                ReadStep(
                    step: report.step, learningRate: report.learningRate, loss: loss, gradientNorm: norm, metrics: metrics))
            position += 2 + report.names.count
        }
    }

    /// The steps that were read since the last call.
    mutating func take() -> [ReadStep] {
        defer { finished = [] }
        return finished
    }
}
