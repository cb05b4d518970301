import Foundation
import TensorCore
import Testing

/// An opened checkpoint is the file's pages: known at once, read when asked for.
@Suite struct MappedCheckpointTests {
    private static let large = Tensor(repeating: 0.5, shape: [1 << 20])

    private static func saved(_ folder: URL, _ tensors: [String: Tensor]) throws -> URL {
        let url = folder.appendingPathComponent("model.safetensors")
        try Safetensors.save(StateDict(tensors, metadata: ["format": "pt"]), to: url)
        return url
    }

    @Test func namesShapesAndTypesAreKnown() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = try Self.saved(folder, ["a": Tensor(zeros: [2, 3]), "b": Tensor(zeros: [4], dtype: .float16)])
            let state = try Safetensors.load(contentsOf: url)
            #expect(state.names == ["a", "b"])
            #expect(state.shape(of: "a") == [2, 3])
            #expect(state.dtype(of: "b") == .float16)
            #expect(state.shape(of: "c") == nil && state["c"] == nil)
            #expect(state.metadata == ["format": "pt"])
            #expect(state.source == url.path)
        }
    }

    @Test(.serialized, arguments: Devices.all)
    func tensorsAreTheFilesPages(_ tested: Device) throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = try Self.saved(folder, ["x": Self.large])
            try Devices.using(tested) {
                let state = try Safetensors.load(contentsOf: url)
                let (first, second) = (try #require(state["x"]), try #require(state["x"]))
                #expect(first.buffer.address == second.buffer.address)
                #expect(first.backend.name == tested.backend.name)
                #expect(first.max().scalar == 0.5 && first.min().scalar == 0.5)
                #expect((first + 1).max().scalar == 1.5)
                // Pages of the file, and not a copy in the backend's own memory: a mapping begins behind the file's header.
                let header = try Data(contentsOf: url).count - 4 << 20
                #expect(UInt(bitPattern: first.buffer.address) % 4096 == UInt(header % 4096))
            }
        }
    }

    @Test func tensorsOutliveTheFile() throws {
        let tensor = try AtomicSaveTests.withFolder { (folder: URL) throws -> Tensor in
            let url = try Self.saved(folder, ["x": Self.large])
            let tensor = try #require(try Safetensors.load(contentsOf: url)["x"])
            try Safetensors.save(StateDict(["x": Tensor(zeros: [3])]), to: url)
            return tensor
        }
        #expect(tensor.min().scalar == 0.5)
    }

    @Test func tensorsOfAnyAlignment() throws {
        let header = "{" + CraftedFile.entry("c", "U8", "1", 0, 1) + "," + CraftedFile.entry("a", "F32", "2", 1, 9) + "}"
        var bytes = Data(CraftedFile.encoded(UInt64(header.utf8.count)) + Array(header.utf8) + [7])
        for value in [Float(1.5), -2] { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("odd.safetensors")
            try bytes.write(to: url)
            let state = try Safetensors.load(contentsOf: url)
            #expect(state["a"]?.scalars == [1.5, -2])
            #expect(state["c"]?.integers == [7])
        }
    }

    @Test func booleansBecomeZeroAndOne() throws {
        let header = "{" + CraftedFile.entry("f", "BOOL", "3", 0, 3) + "}"
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("flags.safetensors")
            try Data(CraftedFile.encoded(UInt64(header.utf8.count)) + Array(header.utf8) + [0, 255, 1]).write(to: url)
            #expect(try Safetensors.load(contentsOf: url)["f"]?.bytes == [0, 1, 1])
        }
    }

    @Test func everyCraftedFile() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = folder.appendingPathComponent("crafted.safetensors")
            for file in CraftedFile.layouts + CraftedFile.entries + CraftedFile.headers {
                try file.bytes.write(to: url)
                switch file.outcome {
                case .accepted(let shapes):
                    let state = try Safetensors.load(contentsOf: url)
                    #expect(Set(state.names) == Set(shapes.keys), "\(file)")
                    for (name, shape) in shapes { #expect(state[name].map { Array($0.shape) } == shape, "\(file)") }
                case .refused(_, let text), .named(let text):
                    let error = #expect(throws: CheckpointError.self, "\(file)") { try Safetensors.load(contentsOf: url) }
                    #expect(error?.description.contains(text) == true, "\(file)")
                }
            }
        }
    }

    @Test func aFileThatIsCutShortIsAnError() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let url = try Self.saved(folder, ["weight": Tensor(ones: [512, 512])])
            let state = try Safetensors.load(contentsOf: url)
            #expect(truncate(url.path, 1000) == 0)
            let error = #expect(throws: CheckpointError.self) { try state.tensor("weight") }
            #expect(error?.description.hasPrefix(url.path + ": was cut short") == true)
            let layer = Linear(ParameterScope(.loading), inputs: 512, outputs: 512, bias: false)
            #expect(throws: CheckpointError.self) { try layer.load(state) }
            #expect(!layer.weight.isSet)
        }
    }

    @Test func mappedWeightsTrain() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let layer = Linear(ParameterScope(seed: 1), inputs: 4, outputs: 2)
            let url = folder.appendingPathComponent("model.safetensors")
            try Safetensors.save(layer.stateDict(), to: url)
            let loaded = Linear(ParameterScope(.loading), inputs: 4, outputs: 2)
            try loaded.load(try Safetensors.load(contentsOf: url))
            loaded.unfreeze()
            var (ours, theirs) = (Adam(learningRate: 0.1), Adam(learningRate: 0.1))
            for _ in 0..<3 {
                for (model, isLoaded) in [(layer, false), (loaded, true)] {
                    let gradients = model(Tensor(ones: [3, 4])).squared().sum().gradients()
                    if isLoaded {
                        ours.step(model.parameters, gradients: gradients)
                    } else {
                        theirs.step(model.parameters, gradients: gradients)
                    }
                }
            }
            #expect(loaded.weight.value.scalars == layer.weight.value.scalars)
        }
    }
}
