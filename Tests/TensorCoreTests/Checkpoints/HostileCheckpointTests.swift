import Foundation
import TensorCore
import TestSupport
import Testing

/// Files that are made to run something, to fill the memory or to lead astray are refused in words.
@Suite("Hostile checkpoints")
struct HostileCheckpointTests {
    private typealias Pickle = CraftedPickle

    private static func open(_ bytes: Data) throws -> Checkpoint {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Checkpoint in
            let file = folder.appendingPathComponent("w.pth")
            try bytes.write(to: file)
            return try Checkpoint(contentsOf: file)
        }
    }

    private static func refusal(_ archive: CraftedArchive) throws -> String {
        let error = #expect(throws: CheckpointError.self) { try open(archive.bytes) }
        return try #require(error).description
    }

    private static func refusal(ofTensor tensor: [UInt8]) throws -> String {
        try refusal(.torch(Pickle.whole(Pickle.dictionary([("w", tensor)]))))
    }

    @Test("Sound ones are read, also with the table of large files and with marks of a compiled model")
    func sound() throws {
        var archive = CraftedArchive.torch(Pickle.whole(Pickle.dictionary([("_orig_mod.w", Pickle.tensor([4, 6], [6, 1]))])))
        for usesZIP64 in [false, true] {
            archive.usesZIP64 = usesZIP64
            let checkpoint = try Self.open(archive.bytes)
            #expect(checkpoint.state.shape(of: "w") == [4, 6] && checkpoint.prefix == "_orig_mod.")
            #expect(checkpoint.state["w"]?.integers.allSatisfy { $0 == 1 } == true)
        }
    }

    @Test("A pickle that calls a shell runs nothing, and is no obstacle beside tensors")
    func shell() throws {
        let mark = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        let call = Pickle.call("os", "system", [Pickle.text("touch \(mark.path)")])
        let code = Pickle.call("builtins", "eval", [Pickle.text("__import__('os').system('touch \(mark.path)')")])
        for hostile in [call, code] {
            #expect(try Self.refusal(.torch(Pickle.whole(hostile))).contains("holds no tensors but"))
            let beside = Pickle.dictionary([("run", hostile), ("w", Pickle.tensor([2], [1]))])
            #expect(try Self.open(CraftedArchive.torch(Pickle.whole(beside)).bytes).state.names == ["w"])
        }
        #expect(!FileManager.default.fileExists(atPath: mark.path))
    }

    @Test("A model that was saved whole is named, with the way to its tensors")
    func wholeModel() throws {
        let model = Pickle.call("torchvision.models.resnet", "ResNet", [])
        let text = try Self.refusal(.torch(Pickle.whole(model)))
        #expect(text.contains("torchvision.models.resnet.ResNet") && text.contains("state_dict()"))
        let list = Pickle.dictionary([("conv1.weight", [0x5d])])
        #expect(try Self.refusal(.torch(Pickle.whole(list))).contains("\"conv1.weight\" is a list"))
    }

    @Test("Views that leave their storage or repeat it without bound are refused")
    func views() throws {
        let huge = 1 << 40
        let tensors: [[UInt8]] = [
            Pickle.tensor([25], [1]), Pickle.tensor([4, 6], [7, 1]), Pickle.tensor([2], [1], offset: 23),
            Pickle.tensor([2], [-1]),
            Pickle.tensor([2], [1], offset: -1), Pickle.tensor([-2], [1]), Pickle.tensor([huge], [0]),
            Pickle.tensor([2_000_000_000, 2], [0, 1]), Pickle.tensor([3], [1, 1]), Pickle.tensor([2], [Int.max]),
            Pickle.tensor([Int.max, Int.max], [1, 1]), Pickle.tensor([2], [1], offset: Int.max),
            Pickle.tensor([Int](repeating: 1, count: 9), [Int](repeating: 1, count: 9)), Pickle.tensor([2], [1], count: 25),
            Pickle.tensor([2], [1], count: Int.max), Pickle.tensor([2], [1], key: "1"), Pickle.tensor([2], [1], key: "../0"),
        ]
        for tensor in tensors { #expect(try Self.refusal(ofTensor: tensor).contains("key \"w\"")) }
        #expect(
            try Self.open(CraftedArchive.torch(Pickle.whole(Pickle.dictionary([("w", Pickle.tensor([0, 7], [7, 1]))]))).bytes)
                .state["w"]?.shape == [0, 7])
    }

    @Test("Types that tensors do not have leave their tensors out, with the name of the type")
    func types() throws {
        let complex = Pickle.tensor([3], [1], kind: "ComplexFloatStorage", count: 3)
        let both = Pickle.dictionary([("w", Pickle.tensor([2], [1])), ("z", complex)])
        // One storage of 24 bytes serves both.
        let checkpoint = try Self.open(CraftedArchive.torch(Pickle.whole(both)).bytes)
        #expect(checkpoint.state.names == ["w"] && checkpoint.unreadable == ["z": "ComplexFloat"])
        #expect(try Self.refusal(ofTensor: complex).contains("ComplexFloat"))
    }

    @Test("Big-endian files are refused by name")
    func bigEndian() throws {
        var archive = CraftedArchive.torch(Pickle.whole(Pickle.dictionary([("w", Pickle.tensor([2], [1]))])))
        archive.entries.append(.init(name: "archive/byteorder", bytes: Array("big".utf8)))
        #expect(try Self.refusal(archive).contains("big-endian"))
    }

    @Test("Dictionaries that contain themselves or double themselves end")
    func references() throws {
        let start = ContinuousClock.now
        // {"a": itself}, twice: as the root and as the state.
        let cycle: [UInt8] = [0x7d, 0x71, 0] + Pickle.text("a") + [0x68, 0, 0x73]
        #expect(try Self.refusal(.torch(Pickle.whole(cycle))).contains("no tensors"))
        let cycleWithTensor: [UInt8] =
            [0x7d, 0x71, 0, 0x28] + Pickle.text("a") + [0x68, 0] + Pickle.text("w")
            + Pickle.tensor([2], [1]) + [0x75]
        #expect(try Self.refusal(.torch(Pickle.whole(cycleWithTensor))).contains("in each other"))
        // d0 = {"w": tensor}, dn = {"a": dn-1, "b": dn-1}: 2^50 tensors.
        var doubling: [UInt8] = Pickle.dictionary([("w", Pickle.tensor([2], [1]))]) + [0x71, 0, 0x30]
        for level in 1...50 {
            let below: [UInt8] = [0x68, UInt8(level - 1)]
            doubling += Pickle.dictionary([("a", below), ("b", below)]) + [0x71, UInt8(level), 0x30]
        }
        #expect(try Self.refusal(.torch(Pickle.whole(doubling + [0x68, 50]))).contains("too often"))
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("A million brackets in each other are refused")
    func depth() throws {
        var nested: [UInt8] = []
        for _ in 0..<100_000 { nested += [0x7d] + [0x4b, 1] }
        nested += [0x4e] + [UInt8](repeating: 0x73, count: 100_000)
        #expect(try Self.refusal(.torch(Pickle.whole(nested))).contains("no tensors"))
        #expect(try Self.refusal(.torch([0x80, 2] + [UInt8](repeating: 0x28, count: 1_000_000))).contains("nested marks"))
        #expect(try Self.refusal(.torch([0x80, 2] + [UInt8](repeating: 0x5d, count: 3_000_000))).contains("data.pkl"))
    }

    @Test("Archives that lie about their entries are refused")
    func archives() throws {
        let pickle = Pickle.whole(Pickle.dictionary([("w", Pickle.tensor([2], [1]))]))
        func changed(_ change: (inout CraftedArchive) -> Void) throws -> String {
            var archive = CraftedArchive.torch(pickle)
            change(&archive)
            return try Self.refusal(archive)
        }
        #expect(try changed { $0.entries[1].size = 1 << 31 }.contains("stored, but"))
        #expect(
            try changed {
                $0.entries[1].size = 1 << 31; $0.entries[1].packedSize = 1 << 31
            }.contains("truncated"))
        #expect(try changed { $0.entries[1].place = 0 }.contains("another name"))
        #expect(try changed { $0.entries[1].place = 5 }.contains("nothing begins"))
        #expect(try changed { $0.entries[1].flags = 1 }.contains("encrypted"))
        #expect(try changed { $0.entries[1].method = 12 }.contains("method 12"))
        #expect(try changed { $0.entries[1].method = 8 }.contains("compressed"))
        #expect(try changed { $0.entries[0].method = 8 }.contains("compressed"))
        #expect(try changed { $0.entries.append($0.entries[1]) }.contains("two entries"))
        #expect(
            try changed {
                $0.entries[0].packedSize = 500; $0.entries[0].size = 500
            }.contains("beyond the table"))
    }

    @Test("Compressed arrays that would expand without bound, and damaged ones, are refused")
    func bombs() throws {
        func archive(_ size: Int) -> CraftedArchive {
            CraftedArchive(entries: [.init(name: "w.npy", bytes: [3, 0], method: 8, size: size)])
        }
        #expect(try Self.refusal(archive(1 << 31)).contains("would expand to"))
        #expect(try Self.refusal(archive(100)).contains("damaged"))
    }

    @Test(
        "Headers of arrays that are no dictionary of the three fields are refused",
        arguments: [
            ("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "big-endian"),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "Python objects"),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", "the type <c8"),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "records"),
            ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "no dictionary"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "no dictionary"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "no dictionary"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3000000000,), }", "out of range"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "leave the storage"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "8 bytes for the shape"),
            ("{'descr': '<f4', 'fortran_order': False}", "no dictionary"),
            ("__import__('os').system('true')", "no dictionary"),
        ])
    func headers(_ header: String, _ found: String) throws {
        let text = Array(header.utf8)
        let bytes =
            [0x93] + Array("NUMPY".utf8) + [1, 0] + CraftedArchive.number(text.count, 2) + text + [UInt8](repeating: 0, count: 8)
        let error = #expect(throws: CheckpointError.self) { try Self.open(Data(bytes)) }
        #expect(error?.description.contains(found) == true, "\(String(describing: error))")
    }

    @Test("The nearest name is told for what is missing, unexpected or of another shape")
    func nearest() throws {
        let layer = Linear(ParameterScope(.loading)["head"], inputs: 2, outputs: 3)
        let state = StateDict(["classifier.weight": Tensor(zeros: [3, 2]), "classifier.bias": Tensor(zeros: [3])])
        let error = try #require(throws: CheckpointError.self) { try layer.load(state) }
        guard case .doesNotFit(_, let report) = error else { throw error }
        #expect(report.nearest["weight"] == nil || report.nearest["weight"] == "classifier.weight")
        let near = StateDict(["wieght": Tensor(zeros: [3, 2]), "bias": Tensor(zeros: [2])])
        let other = try #require(throws: CheckpointError.self) { try layer.load(near) }
        guard case .doesNotFit(_, let second) = other else { throw other }
        #expect(second.nearest["weight"] == "wieght" && second.nearest["wieght"] == "weight")
        #expect(second.description.contains("weight (nearest: wieght)"))
    }
}
