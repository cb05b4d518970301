import TensorCore
import Testing

/// The engine's step against loops that are written by hand.
@Suite("Training engine")
struct EngineTests {
    @Test("A run equals the loop that one would write, bit for bit")
    func loop() async throws {
        let engine = TrainingEngine.small { $0.averageDecay = 0.9 }
        let rows = try await engine.trained()

        let learner = SmallLearner()
        var optimizer = Adam.adamW(learningRate: 0.05)
        var average = ExponentialMovingAverage(decay: 0.9)
        for step in 0..<12 {
            let context = try await Self.context(of: step)
            var random = context.random
            let (loss, gradients) = try valueAndGradient { try learner.loss(context.value, &random).value }
            optimizer.learningRate = engine.settings.schedule.rate(at: step)
            let norm = optimizer.step(learner.parameters, gradients: gradients, clippingTo: 1)
            average.update(learner.parameters)
            #expect(rows[step].loss == loss.scalar && rows[step].gradientNorm == norm.scalar)
            #expect(rows[step].learningRate == optimizer.learningRate)
        }
        #expect(engine.weights == withoutGradients { learner.parameters.map { $0.value.scalars } })
        let averaged = average.applied(to: learner.parameters) { learner.parameters.map { $0.value.detached().scalars } }
        #expect(engine.withAveragesNow { engine.weights } == averaged)
        #expect(averaged != engine.weights)
    }

    /// The context and random source of a step, as an engine hands them to its learner.
    private static func context(of step: Int) async throws -> (value: StepContext, random: TorchRandom) {
        final class Spy: Learner {
            let wrapped = SmallLearner()
            var seen: [(StepContext, TorchRandom)] = []
            var parameters: [Parameter] { wrapped.parameters }
            var settings: any Encodable { wrapped.settings }
            func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
                seen.append((context, random))
                return try wrapped.loss(context, &random)
            }
        }
        let spy = Spy()
        try await TrainingEngine.small(spy).run(until: step + 1)
        let (value, random) = try #require(spy.seen.last)
        return (value, random)
    }

    @Test("Every step draws from a source of its own, which the seed decides")
    func randomness() async throws {
        func losses(seed: UInt64) async throws -> [Float] {
            let learner = PlainLearner { $1.normal(shape: [4, 3]) }
            return try await TrainingEngine.small(learner, steps: 5) {
                $0.seed = seed
                $0.schedule.base = 0
            }.trained().map(\.loss)
        }
        let first = try await losses(seed: 1)
        #expect(Set(first).count == 5)
        #expect(try await losses(seed: 1) == first)
        #expect(try await losses(seed: 2) != first)
        #expect(try await losses(seed: 1 << 32) != losses(seed: 0))
    }

    @Test("Accumulated micro-batches give the gradients of the whole batch")
    func accumulation() async throws {
        func run(parts: Int) async throws -> (rows: [TrainingProgress], weights: [[Float]]) {
            let learner = PlainLearner { context, _ in
                var random = TorchRandom(seed: 40 + UInt64(context.step))
                let count = 12 / context.microBatchCount
                return random.normal(shape: [12, 3]).sliced(axis: 0, from: context.microBatch * count, count: count)
            }
            let engine = TrainingEngine.small(learner, steps: 6) { $0.microBatches = parts }
            return (try await engine.trained(), engine.weights)
        }
        let (whole, parts) = (try await run(parts: 1), try await run(parts: 3))
        for (a, b) in zip(whole.rows, parts.rows) {
            #expect(abs(a.loss - b.loss) < 1e-5 * a.loss && abs(a.gradientNorm - b.gradientNorm) < 1e-4 * a.gradientNorm)
        }
        for (a, b) in zip(whole.weights.joined(), parts.weights.joined()) { #expect(abs(a - b) < 1e-4) }
    }

    @Test("Clipping limits the joint norm and reports the one before")
    func clipping() async throws {
        func change(limit: Float?) async throws -> (norm: Float, moved: Float) {
            let learner = PlainLearner { $1.normal(shape: [4, 3]) * 10 }
            let before = withoutGradients { learner.parameters.flatMap { $0.value.scalars } }
            var settings = TrainingEngine.Settings(schedule: LearningRateSchedule(base: 1, totalSteps: 1))
            settings.maximumNorm = limit
            let engine = TrainingEngine(learner, optimizer: SGD(learningRate: 1), settings: settings)
            let norm = try #require(try await engine.trained().first).gradientNorm
            let moved = zip(before, engine.weights.joined()).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return (norm, moved.squareRoot())
        }
        let (free, limited) = (try await change(limit: nil), try await change(limit: 0.25))
        #expect(free.norm == limited.norm && free.norm > 1)
        #expect(abs(free.moved - free.norm) < 1e-3 * free.norm)
        #expect(abs(limited.moved - 0.25) < 1e-4)
    }

    @Test("Progress has every step with its rate, also where the losses are read seldom")
    func progress() async throws {
        let often = try await TrainingEngine.small().trained()
        let engine = TrainingEngine.small()
        var steps: [Int] = []
        let seldom = try await engine.trained { callbacks in
            callbacks.lookInterval = 5
            let report = callbacks.onProgress
            callbacks.onProgress = {
                steps.append(engine.step)
                try report($0)
            }
        }
        #expect(steps == [5, 5, 5, 5, 5, 10, 10, 10, 10, 10, 12, 12])
        #expect(seldom.map(\.step) == Array(1...12))
        #expect(seldom.map(\.loss) == often.map(\.loss))
        #expect(seldom.compactMap { $0.metrics["error"] }.count == 12)
        #expect(often.allSatisfy { $0.total == 12 && ($0.work.rate ?? 0) > 0 })
        #expect(often.last?.work.remaining == .zero)
    }

    @Test("Evaluations see the averages, checkpoints follow them, both in their rhythm")
    func cadence() async throws {
        let engine = TrainingEngine.small(steps: 8)
        var events: [String] = []
        var averaged: [[[Float]]] = []
        _ = try await engine.trained { callbacks in
            callbacks.evaluationInterval = 3
            callbacks.checkpointInterval = 2
            callbacks.onEvaluation = { step in
                events.append("evaluation \(step)")
                averaged.append(engine.weights)
            }
            callbacks.onCheckpoint = { step in
                events.append("checkpoint \(step)")
                #expect(engine.step == step)
                #expect(engine.weights != averaged.last)
            }
        }
        #expect(events == ["checkpoint 2", "evaluation 3", "checkpoint 4", "evaluation 6", "checkpoint 6", "checkpoint 8"])
        let again = TrainingEngine.small(steps: 8)
        try await again.run(until: 6)
        #expect(again.withAveragesNow { again.weights } == averaged.last)
    }
}
