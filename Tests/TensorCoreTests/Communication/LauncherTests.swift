import TensorCore
import Testing

@Suite("Launchers and processors")
struct LauncherTests {
    @Test("A launcher is known by what it sets; a batch script is one process")
    func environments() {
        #expect(Launcher([:]) == nil)
        #expect(Launcher(["OMPI_COMM_WORLD_SIZE": "3"]) == Launcher(name: "mpirun", size: 3))
        #expect(Launcher(["PMI_SIZE": "2"]) == Launcher(name: "mpiexec", size: 2))
        #expect(Launcher(["PMI_SIZE": "2", "SLURM_STEP_ID": "0"]) == Launcher(name: "srun", size: 2))
        #expect(Launcher(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
        #expect(Launcher(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "3"]) == Launcher(name: "srun", size: 8))
        #expect(Launcher(["PMIX_RANK": "1"]) == Launcher(name: "the launcher", size: nil))
    }

    @Test("One process needs no MPI; several without MPI in the build are told what to install")
    func joining() throws {
        for launcher in [nil, Launcher(name: "mpirun", size: 1)] {
            #expect(try Launcher.communicator(launcher).size == 1)
        }
        guard !MPICommunicator.isBuilt else { return }
        let error = #expect(throws: CommunicationError.self) {
            try Launcher.communicator(Launcher(name: "mpirun", size: 2))
        }
        #expect(error?.description.contains("Scripts/bootstrap.sh --with mpi") == true)
        #expect(throws: CommunicationError.self) { try MPICommunicator() }
    }

    @Test("Ranks share the processors that they may use, machine by machine")
    func threads() {
        func share(_ node: Int, _ processors: Range<Int>) -> ProcessorShare {
            ProcessorShare(node: node, host: "host\(node)", processors: Array(processors))
        }
        #expect(ProcessorShare.threads(of: 0, [share(0, 0..<8)]) == 8)
        // Two ranks on one machine, one on another, whose processors have the same numbers.
        let spread = [share(0, 0..<8), share(0, 0..<8), share(1, 0..<6)]
        #expect(spread.indices.map { ProcessorShare.threads(of: $0, spread) } == [4, 4, 6])
        // Bound to processors of their own, bound to overlapping ones, and more ranks than processors.
        let bound = [share(0, 0..<2), share(0, 2..<6)]
        #expect(bound.indices.map { ProcessorShare.threads(of: $0, bound) } == [2, 4])
        let thirds = [share(0, 0..<6), share(0, 0..<6), share(0, 0..<6)]
        #expect(thirds.indices.map { ProcessorShare.threads(of: $0, thirds) } == [2, 2, 2])
        let crowd = (0..<4).map { _ in share(0, 0..<2) }
        #expect(crowd.indices.map { ProcessorShare.threads(of: $0, crowd) } == [1, 1, 1, 1])
        #expect(!ProcessorShare.allowedProcessors.isEmpty)
    }

    @Test("One process does all pieces in order and counts from 0")
    func alone() async throws {
        let alone = SingleProcess()
        let (first, second) = (alone.makeCounter(), alone.makeCounter())
        #expect([alone.take(from: first), alone.take(from: first), alone.take(from: second)] == [0, 1, 0])
        var found: [Int] = []
        try await SharedWork(alone, blockSize: 3, count: 7).run(7) { block, deliver in
            for piece in block { try deliver(piece, piece * piece) }
        } deliver: { (piece: Int, result: Int) in
            #expect(result == piece * piece)
            found.append(piece)
        } isDone: {
            found.count == 7
        }
        #expect(found == Array(0..<7))
        #expect(try alone.shared([1.5]) == [1.5] && alone.gathered("a") == ["a"])
    }
}
