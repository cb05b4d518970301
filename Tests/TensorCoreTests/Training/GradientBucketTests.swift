import Synchronization
import Testing

@testable import TensorCore

/// Sums that leave while the backward pass goes on.
@Suite("Gradients in buckets")
struct GradientBucketTests {
    /// A rank of several, whose others were at work before: it notes its own terms and adds theirs.
    private final class Replayed: Communicator {
        let rank: Int
        let size: Int
        /// The nodes of every sum that the others began, by rank.
        let others: [Int: [[TreeSum<Tensor>.Node]]]
        /// What the first rank told all others, message by message.
        let told: [[UInt8]]
        private let noted = Mutex<[[TreeSum<Tensor>.Node]]>([])
        private let messages = Mutex<[[UInt8]]>([])
        var own: [[TreeSum<Tensor>.Node]] { noted.withLock { $0 } }
        var node: Int { 0 }
        var nodeCount: Int { 1 }
        var traffic: CommunicationTraffic { CommunicationTraffic() }

        /// What this rank told the others, or heard.
        var heard: [[UInt8]] { messages.withLock { $0 } }

        init(_ rank: Int, of size: Int, others: [Int: [[TreeSum<Tensor>.Node]]] = [:], told: [[UInt8]] = []) {
            (self.rank, self.size, self.others, self.told) = (rank, size, others, told)
        }

        func sum(_ terms: TreeSum<Tensor>) -> Tensor {
            let number = noted.withLock { noted in
                noted.append(terms.nodes)
                return noted.count - 1
            }
            guard others.count == size - 1 else { return terms.nodes[0].value }
            var all = TreeSum<Tensor>(of: terms.count) { left, right in withoutGradients { left + right } }
            for rank in 0..<size {
                (others[rank]?[number] ?? terms.nodes).forEach { all.add($0) }
            }
            return all.total
        }

        func barrier() {}
        func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] {
            messages.withLock { messages in
                messages.append(rank == root ? bytes : told[messages.count])
                return messages[messages.count - 1]
            }
        }
        func gather(_ bytes: [UInt8]) -> [[UInt8]] { Array(repeating: bytes, count: size) }
        func send(_ bytes: [UInt8], to target: Int) {}
        func received() -> (bytes: [UInt8], source: Int)? { nil }
        func makeCounter() -> Int { 0 }
        func take(from counter: Int) -> Int { 0 }
        func abort(_ code: Int32) {}
    }

    @Test("A leaf is told once, with its whole gradient, before what lies behind it is walked")
    func complete() {
        let scope = ParameterScope(seed: 2)
        let first = Linear(scope["first"], inputs: 3, outputs: 3)
        let last = Linear(scope["last"], inputs: 3, outputs: 1)
        var random = TorchRandom(seed: 3)
        let input = random.normal(shape: [5, 3])
        // The first layer is used twice: its gradient is complete after the second use that the walk comes to.
        func loss() -> Tensor { last(first(first(input).relu())).squared().mean() }
        let expected = valueAndGradient(loss)
        var told: [(leaf: Node, gradient: [Float]?)] = []
        let found = valueAndGradient(loss) { told.append(($0, $1?.scalars)) }
        #expect(found.value.scalars == expected.value.scalars)
        #expect(told.count == 4)
        let names = told.compactMap { item in scope.parameters.first { $0.leaf === item.leaf }?.path }
        #expect(Set(names.prefix(2)) == ["last.weight", "last.bias"], "\(names)")
        for parameter in scope.parameters {
            let own = told.filter { $0.leaf === parameter.leaf }
            #expect(own.count == 1 && own[0].gradient == expected.gradients[parameter]?.scalars, "\(parameter.path)")
            #expect(found.gradients[parameter]?.scalars == expected.gradients[parameter]?.scalars)
        }
    }

    @Test("Parts that are run again complete a leaf when the last of them was")
    func replayed() {
        let scope = ParameterScope(seed: 2)
        let layer = Linear(scope["layer"], inputs: 3, outputs: 3)
        var random = TorchRandom(seed: 3)
        let input = random.normal(shape: [5, 3]).requiringGradient()
        func loss() -> Tensor {
            let middle = checkpointed([layer(input)]) { layer($0[0]).relu() }
            return layer(middle).squared().mean()
        }
        let expected = valueAndGradient(loss).gradients
        var told: [ObjectIdentifier: [Float]] = [:]
        _ = valueAndGradient(loss) { leaf, gradient in
            #expect(told[ObjectIdentifier(leaf)] == nil)
            told[ObjectIdentifier(leaf)] = gradient?.scalars
        }
        for parameter in scope.parameters {
            #expect(told[ObjectIdentifier(parameter.leaf)] == expected[parameter]?.scalars, "\(parameter.path)")
        }
    }

    private static func step(_ communicator: any Communicator, bucket: Int?) async throws -> TrainingEngine {
        let engine = TrainingEngine.small { $0.shards = 5 }
        engine.communicator = communicator
        engine.bucketLength = bucket
        try await engine.run(until: 1)
        return engine
    }

    @Test(
        "Buckets of any size and any number of ranks give the bits of one process, running statistics included",
        arguments: [1, 9, 1000])
    func bits(_ bucket: Int) async throws {
        let alone = try await Self.step(SingleProcess(), bucket: nil)
        for ranks in 2...5 {
            let herald = Replayed(0, of: ranks)
            _ = try await Self.step(herald, bucket: bucket)
            var others: [Int: [[TreeSum<Tensor>.Node]]] = [:]
            for rank in 1..<ranks {
                let other = Replayed(rank, of: ranks, told: herald.heard)
                _ = try await Self.step(other, bucket: bucket)
                others[rank] = other.own
            }
            let first = Replayed(0, of: ranks, others: others)
            let engine = try await Self.step(first, bucket: bucket)
            #expect(engine.weights == alone.weights, "\(ranks) ranks")
            // Four weights and biases of the layers, two of the normalisation, and the rest of the step.
            #expect(bucket != 1 || first.own.count == 7)
            // Weights of the last layer are complete first.
            #expect(engine.gradientOrder.map { engine.parameters.filter(\.isTrainable)[$0[0]].path.hasPrefix("last") } == true)
        }
        // The step moved the running statistics, so the comparison can fail.
        #expect(alone.weights != TrainingEngine.small().weights)
    }
}
