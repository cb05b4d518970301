import Testing

@testable import Datasets
import TensorCore

@Suite("Ranks of a run")
struct RunRanksTests {
    private func share(_ node: Int, _ processors: Range<Int>) -> ProcessorShare {
        ProcessorShare(node: node, host: "host\(node)", processors: Array(processors))
    }

    @Test("One line says ranks, machines and threads; another one that ranks fight for processors")
    func notes() throws {
        let one = [share(0, 0..<4), share(0, 0..<4)]
        #expect(RunRanks.notes(one, threads: [2, 2]) == ["2 ranks on one machine (host0), 2 threads each"])
        let crowded = RunRanks.notes(one, threads: [4, 4])
        #expect(crowded.count == 2 && crowded[1].contains("8 threads of 2 ranks fight for 4 processors"))
        let two = [share(0, 0..<4), share(1, 0..<1)]
        #expect(RunRanks.notes(two, threads: [4, 1]) == ["2 ranks on 2 machines (host0, host1), 1 to 4 threads each"])
        #expect(try RunRanks.alone.notes().isEmpty)
    }

    @Test("A process that is alone keeps its settings and finds nothing different")
    func alone() throws {
        let alone = RunRanks.alone
        #expect(alone.settled(ComputeSettings()) == ComputeSettings() && alone.isFirst && alone.count == 1)
        try alone.requireSame([("version", "1")])
    }
}
