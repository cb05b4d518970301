import Foundation
import TensorCore
import Testing

/// Steps that are cut into shards, as ranks share them.
@Suite("Training engine: shards")
struct EngineShardTests {
    /// A communicator that says that there are more ranks than this one.
    private struct Claimed: Communicator {
        let size: Int
        var rank: Int { 0 }
        var node: Int { 0 }
        var nodeCount: Int { 1 }
        var traffic: CommunicationTraffic { CommunicationTraffic() }
        func barrier() {}
        func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] { bytes }
        func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] + Array(repeating: bytes + [0], count: size - 1) }
        func sum(_ terms: TreeSum<Tensor>) -> Tensor { terms.nodes[0].value }
        func send(_ bytes: [UInt8], to target: Int) {}
        func received() -> (bytes: [UInt8], source: Int)? { nil }
        func makeCounter() -> Int { 0 }
        func take(from counter: Int) -> Int { 0 }
        func abort(_ code: Int32) {}
    }

    @Test("Every shard draws from a source of its own; the step takes the mean of their gradients and losses")
    func mean() async throws {
        var inputs: [[Float]] = []
        let sharded = TrainingEngine.small(
            PlainLearner { _, random in
                let input = random.normal(shape: [4, 3])
                inputs.append(input.scalars)
                return input
            }, steps: 1
        ) { ($0.shards, $0.maximumNorm) = (4, nil) }
        let row = try await sharded.trained()[0]
        #expect(inputs.count == 4 && Set(inputs).count == 4)
        let whole = TrainingEngine.small(
            PlainLearner { _, _ in Tensor(inputs.flatMap(\.self), shape: [16, 3]) }, steps: 1
        ) { $0.maximumNorm = nil }
        let expected = try await whole.trained()[0]
        #expect(abs(row.loss - expected.loss) < 1e-5 * expected.loss)
        #expect(abs(row.gradientNorm - expected.gradientNorm) < 1e-5 * expected.gradientNorm)
    }

    @Test("Metrics are means, and a training without shards has the bits that it had")
    func metrics() async throws {
        let sharded = TrainingEngine.small { $0.shards = 3 }
        #expect(try await sharded.trained()[0].metrics["error"] ?? 0 > 0)
        let (one, plain) = (TrainingEngine.small { $0.shards = 1 }, TrainingEngine.small())
        try await one.run()
        try await plain.run()
        // One shard has another source than a step.
        #expect(one.weights != plain.weights)
        let again = TrainingEngine.small { $0.shards = 3 }
        try await again.run()
        #expect(again.weights == sharded.weights)
    }

    @Test("A sharded training goes on to the same bits; states that are older than the key are taken without it")
    func resumed() async throws {
        let whole = TrainingEngine.small { $0.shards = 2 }
        try await whole.run()
        let first = TrainingEngine.small { $0.shards = 2 }
        try await first.run(until: 5)
        let second = TrainingEngine.small { $0.shards = 2 }
        try second.load(first.stateDict())
        try await second.run()
        #expect(second.weights == whole.weights)
        #expect(throws: TrainingEngineError.self) { try TrainingEngine.small().load(first.stateDict()) }
        let plain = TrainingEngine.small()
        var old = try plain.stateDict()
        let text = try #require(old.metadata["training.settings"])
        #expect(text.contains(",\"shards\":null"))
        old.metadata["training.settings"] = text.replacing(",\"shards\":null", with: "")
        try plain.load(old)
    }

    @Test("Ranks refuse what they cannot share, and weights that are not the same any more")
    func refused() async throws {
        for (shards, ranks, words) in [(nil, 2, "shards"), (2, 3, "at most 2 ranks")] {
            let engine = TrainingEngine.small { $0.shards = shards }
            engine.communicator = Claimed(size: ranks)
            let error = await #expect(throws: TrainingEngineError.self) { try await engine.run() }
            #expect(error?.description.contains(words) == true && engine.step == 0)
        }
        let engine = TrainingEngine.small()
        engine.communicator = Claimed(size: 3)
        #expect(throws: TrainingEngineError.drifted(step: 0, rank: 1)) { try engine.checkSameWeights() }
    }
}
