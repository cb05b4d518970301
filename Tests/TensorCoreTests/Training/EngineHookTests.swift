import TensorCore
import Testing

/// What may come between gradients and update.
@Suite("Training engine: gradient hooks")
struct EngineHookTests {
    @Test("Hooks run in their order, each on what the one before it left, and before clipping")
    func order() async throws {
        let learner = PlainLearner { $1.normal(shape: [4, 3]) }
        let engine = TrainingEngine.small(learner, steps: 1) { $0.maximumNorm = nil }
        let weight = learner.layer.parameters[0]
        var seen: [[Float]] = []
        engine.hooks = [
            { gradients, context in
                seen.append(gradients[weight]?.scalars ?? [])
                for parameter in context.parameters { gradients[parameter] = gradients[parameter].map { $0 * 2 } }
            },
            { gradients, context in
                #expect(context.step == 1 && context.total == 1)
                seen.append(gradients[weight]?.scalars ?? [])
                for parameter in context.parameters { gradients[parameter] = nil }
                gradients[weight] = Tensor(ones: weight.shape)
            },
        ]
        let rows = try await engine.trained()
        #expect(seen.count == 2 && seen[1] == seen[0].map { $0 * 2 } && !seen[0].isEmpty)
        #expect(rows.map(\.gradientNorm) == [Float(6).squareRoot()])
    }

    @Test("A hook's failure ends the run before the update")
    func failure() async throws {
        struct Lost: Error {}
        let engine = TrainingEngine.small()
        engine.hooks = [{ _, context in if context.step == 4 { throw Lost() } }]
        await #expect(throws: Lost.self) { try await engine.run() }
        let other = TrainingEngine.small()
        try await other.run(until: 3)
        #expect(engine.step == 3)
        for (index, parameter) in engine.parameters.enumerated() where !parameter.isBuffer {
            #expect(engine.weights[index] == other.weights[index])
        }
    }

    @Test("Two ranks that average their gradients train as one on both halves")
    func allReduce() async throws {
        func half(_ rank: Int?) -> (StepContext, inout TorchRandom) -> Tensor {
            { _, random in
                let whole = random.normal(shape: [8, 3])
                return rank.map { whole.sliced(axis: 0, from: $0 * 4, count: 4) } ?? whole
            }
        }
        let exchange = Exchange(ranks: 2)
        let ranks = try await withThrowingTaskGroup(of: (Int, [[Float]], [Float]).self) { group in
            for rank in 0..<2 {
                group.addTask {
                    let engine = TrainingEngine.small(PlainLearner(half(rank)), steps: 6)
                    engine.hooks = [
                        { gradients, context in
                            let own = context.parameters.compactMap { gradients[$0] }
                            let mean = await exchange.mean(own, from: rank)
                            for (parameter, value) in zip(context.parameters, mean) { gradients[parameter] = value }
                        }
                    ]
                    let rows = try await engine.trained()
                    return (rank, engine.weights, rows.map(\.gradientNorm))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        let whole = TrainingEngine.small(PlainLearner(half(nil)), steps: 6)
        let rows = try await whole.trained()
        #expect(ranks[0].1 == ranks[1].1, "both ranks hold the same bits")
        #expect(ranks[0].2 == ranks[1].2)
        for (a, b) in zip(ranks[0].1.joined(), whole.weights.joined()) { #expect(abs(a - b) < 1e-4) }
        for (a, b) in zip(ranks[0].2, rows) { #expect(abs(a - b.gradientNorm) < 1e-4 * a) }
    }
}

/// Collects the gradients of all ranks and answers each with the mean, summed in the ranks' order.
private actor Exchange {
    private let ranks: Int
    private var parts: [Int: [Tensor]] = [:]
    private var waiting: [CheckedContinuation<[Tensor], Never>] = []

    init(ranks: Int) { self.ranks = ranks }

    func mean(_ gradients: [Tensor], from rank: Int) async -> [Tensor] {
        parts[rank] = gradients
        if parts.count < ranks { return await withCheckedContinuation { waiting.append($0) } }
        let all = parts.sorted { $0.key < $1.key }.map(\.value)
        let sums = all.dropFirst().reduce(all[0]) { sum, part in zip(sum, part).map { $0 + $1 } }
        let mean = sums.map { $0 * (1 / Float(ranks)) }
        parts = [:]
        for continuation in waiting { continuation.resume(returning: mean) }
        waiting = []
        return mean
    }
}
